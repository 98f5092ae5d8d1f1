// A whole training step of a decoder-only Transformer in Llama's style: a fresh batch of tokens, 65 of them, forward,
// backward, the gradient clipped to norm 1, AdamW, and the loss read back. The peak's tokens are what P would do of the
// six operations a parameter and position that the products alone take.

export const title = "Transformer training step";

const sizes = [
  { layers: 4, heads: 4, hidden: 128, context: 64, batch: 12 },
  { layers: 3, heads: 3, hidden: 48, context: 128, batch: 8 },
  { layers: 4, heads: 6, hidden: 192, context: 128, batch: 32 },
  { layers: 6, heads: 6, hidden: 384, context: 256, batch: 4 },
];
const CLASSES = 65;

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const size of quick ? sizes.slice(0, 2) : sizes) {
    rows.push(await group.row(one(size, labels)));
  }
  return rows;
}

function one({ layers, heads, hidden, context, batch }, labels) {
  const inner = 8 * Math.ceil(hidden / 3);
  const job = { kind: "transformer", layers, heads, hidden, inner, context, batch };
  const parameters = layers * (4 * hidden ** 2 + 3 * hidden * inner) + CLASSES * hidden;
  const contender = (peer) => ({ name: labels[peer], peer, job });
  const long = parameters * batch * context > 1e9 ? "left out: a step takes minutes" : undefined;
  return {
    name: `${layers} layers, ${heads} heads, width ${hidden}, context ${context}, batch ${batch}`,
    unit: "tokens/s",
    work: batch * context,
    contenders: [
      contender("simdream"),
      contender("fast"),
      contender("torch1"),
      contender("jax"),
      { ...contender("nanogpt"), skip: long },
      { name: labels.roofline, peer: "roofline", job: { fused: true, per: 6 * parameters } },
    ],
  };
}
