// A whole training step of an encoder-decoder as translation has it: a fresh batch of 64 pairs of 8 and 11
// tokens, 3,000 of them on each side; embedding 128, an encoder of two directions, a decoder of 256 units that
// attends to it (Luong's "general"), forward, backward, the gradient clipped to norm 1, and Adam.

export const title = "encoder-decoder training step";

export function run({ group, labels }) {
  const job = {
    kind: "translate",
    hidden: 256,
    embed: 128,
    batch: 64,
    source: 8,
    target: 11,
    words: 3000,
  };
  const contenders = ["simdream", "fast", "torch1"].map((peer) => ({
    name: labels[peer],
    peer,
    job,
  }));
  const row = {
    name: "translation, hidden 256, batch 64",
    unit: "target tokens/s",
    work: job.batch * (job.target + 1),
    contenders,
  };
  return Promise.all([group.row(row)]);
}
