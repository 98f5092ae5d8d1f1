// Sampling from a Transformer with random weights: a prompt of one token and 256 that are drawn one by one, or a prompt of
// 256 and one that is drawn. simdream is `generate` with everything it does, ONNX Runtime Web runs the network with its
// caches passed on, and the suite draws from its softmax; PyTorch draws with torch.multinomial.

export const title = "Transformer decoding and prefill, one thread";

const sizes = {
  "15 M": { layers: 6, heads: 6, hidden: 288, inner: 768, classes: 32_000 },
  "260 k": { layers: 5, heads: 8, kvHeads: 4, hidden: 64, inner: 172, classes: 512 },
};
const COUNT = 256;

export async function run({ group, labels }) {
  const rows = [];
  for (const [name, size] of Object.entries(sizes)) {
    rows.push(
      await group.row(one(`${name}, decoding`, { ...size, prompt: 1, tokens: COUNT }, labels)),
    );
    rows.push(
      await group.row(one(`${name}, prefill`, { ...size, prompt: COUNT, tokens: 1 }, labels)),
    );
  }
  return rows;
}

function one(name, sizes, labels) {
  const job = { kind: "decode", ...sizes };
  const { layers, heads, kvHeads = heads, hidden, inner, prompt } = sizes;
  const own = (hidden / heads) * kvHeads;
  const parameters = layers * hidden * (2 * hidden + 2 * own + 3 * inner);
  const contender = (peer, extra = {}, label = labels[peer]) => ({
    name: label,
    peer,
    job: { ...job, ...extra },
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
      contender("torch1"),
      // One token after the other waits for memory, not for arithmetic.
      ...(prompt > 1 ? [peak] : []),
    ],
  };
}
