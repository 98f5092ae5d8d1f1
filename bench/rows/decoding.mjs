// Sampling from a Transformer with random weights: a prompt of one token and 256 that are drawn one by one, or a prompt of
// 256 and one that is drawn. simdream is `generate` with everything it does, ONNX Runtime Web runs the network with its
// caches passed on, and the suite draws from its softmax; transformers.js is its own `generate` over the same graph and engine; PyTorch
// draws with torch.multinomial.

export const title = "Transformer decoding and prefill, one thread";

const sizes = {
  "15 M": { layers: 6, heads: 6, hidden: 288, inner: 768, classes: 32_000 },
  "260 k": { layers: 5, heads: 8, kvHeads: 4, hidden: 64, inner: 172, classes: 512 },
};
const COUNT = 256;

/** Of what takes seconds for so many: its rate counts. */
const FEW = 32;

export async function run({ group, labels, quick }) {
  const rows = [];
  for (const [name, size] of Object.entries(sizes)) {
    for (const [what, length] of [
      ["decoding", { prompt: 1, tokens: COUNT }],
      ["prefill", { prompt: COUNT, tokens: 1 }],
    ]) {
      rows.push(await group.row(one(`${name}, ${what}`, { ...size, ...length }, labels, quick)));
    }
  }
  return rows;
}

function one(name, sizes, labels, quick) {
  const job = { kind: "decode", ...sizes };
  const { layers, heads, kvHeads = heads, hidden, inner, prompt } = sizes;
  const own = (hidden / heads) * kvHeads;
  const parameters = layers * hidden * (2 * hidden + 2 * own + 3 * inner);
  const contender = (peer, extra = {}, label = labels[peer]) => ({
    name: label,
    peer,
    job: { ...job, ...extra },
  });
  // Only simdream has products for 4 bits in WebAssembly that are faster than those of f32.
  const coarse = (peer) => ({
    ...contender(peer, { bits: 4, ...(prompt === 1 && { tokens: FEW }) }, `${labels[peer]}, int4`),
    ...(prompt === 1 && { work: FEW }),
    ...(quick && { skip: "in a full run only: a token takes ten times as long as with f32" }),
  });
  const peak = {
    name: labels.roofline,
    peer: "roofline",
    job: { fused: true, per: 2 * parameters },
  };
  return {
    name,
    unit: "tokens/s",
    work: COUNT,
    contenders: [
      contender("simdream"),
      contender("simdream", { bits: 8 }, `${labels.simdream}, int8`),
      contender("simdream", { bits: 4 }, `${labels.simdream}, int4`),
      contender("simdream", { bits: 4, plain: true }, `${labels.simdream}, int4, plain`),
      contender("fast"),
      contender("onnx"),
      contender("onnx", { bits: 8 }, `${labels.onnx}, int8`),
      coarse("onnx"),
      contender("transformersJs"),
      contender("transformersJs", { bits: 8 }, `${labels.transformersJs}, int8`),
      coarse("transformersJs"),
      contender("torch1"),
      // One token after the other waits for memory, not for arithmetic.
      ...(prompt > 1 ? [peak] : []),
    ],
  };
}
