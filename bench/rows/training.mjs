// A whole training step of the character language model: a fresh batch of tokens, forward, backward,
// the gradient clipped to norm 1, Adam, and the loss read back. Vocabulary 65, embedding 64.

export const title = "LSTM training step";

const sizes = [
  { hidden: 64, batch: 8, length: 32 },
  { hidden: 128, batch: 16, length: 64 },
  { hidden: 256, batch: 32, length: 64 },
  { hidden: 512, batch: 32, length: 64 },
];

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const size of sizes) {
    if (quick && size.hidden !== 64 && size.hidden !== 256) continue;
    rows.push(await group.row(one(size, quick, labels)));
  }
  return rows;
}

function one({ hidden, batch, length }, quick, labels) {
  const job = { kind: "train", hidden, batch, length };
  const contender = (peer, extra = {}, name = labels[peer]) => ({
    name,
    peer,
    job: { ...job, ...extra },
  });
  const slow = quick && hidden > 64 ? "left out of --quick: a step takes 10 s and more" : undefined;
  return {
    name: `hidden ${hidden}, batch ${batch}, length ${length}`,
    unit: "tokens/s",
    work: batch * length,
    contenders: [
      contender("simdream"),
      contender("simdream", { shards: 2, workers: 1 }, "simdream, 2 shards, 1 worker"),
      {
        ...contender("simdream", { shards: 2, workers: 2 }, "simdream, 2 shards, 2 workers"),
        parallel: true,
      },
      contender("fast"),
      ...(quick ? [] : [contender("wide")]),
      contender("torch1"),
      { ...contender("torch2"), parallel: true },
      contender("jax"),
      contender("tfjs"),
      { ...contender("tfjsCpu"), skip: slow },
    ],
  };
}
