// Generating: every stream draws 128 tokens, one after the other, each fed back. The numbers are all
// streams' tokens a second. ONNX Runtime Web runs the network and the suite draws from its softmax;
// PyTorch draws with torch.multinomial; simdream is `generate` with everything it does.

export const title = "Sampling, one thread";

const TOKENS = 128;

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const hidden of [256, 512]) {
    for (const streams of [1, 64]) {
      if (quick && hidden === 512 && streams === 64) continue;
      rows.push(await group.row(one(hidden, streams, labels)));
    }
  }
  rows.push(await group.row(large(labels)));
  return rows;
}

/** A large vocabulary: what its filters and log-probabilities cost beside the network. */
function large(labels) {
  const job = { kind: "sample", hidden: 256, streams: 1, tokens: 32, classes: 20_000 };
  const contender = (name, options) => ({
    name: `${labels.simdream}${name}`,
    peer: "simdream",
    job: { ...job, options },
  });
  return {
    name: "hidden 256, 20,000 tokens to choose from",
    unit: "tokens/s",
    work: 32,
    contenders: [
      contender("", {}),
      contender(", logprobs 5", { logprobs: 5 }),
      contender(", topK 40", { topK: 40 }),
      contender(", topP 0.9", { topP: 0.9 }),
      contender(", minP 0.05", { minP: 0.05 }),
      contender(", typicalP 0.9", { typicalP: 0.9 }),
    ],
  };
}

function one(hidden, streams, labels) {
  const job = { kind: "sample", hidden, streams, tokens: TOKENS };
  const contender = (peer, extra = {}, name = labels[peer]) => ({
    name,
    peer,
    job: { ...job, ...extra },
  });
  return {
    name: `hidden ${hidden}, ${streams === 1 ? "one stream" : `${streams} streams`}`,
    unit: "tokens/s",
    work: TOKENS * streams,
    contenders: [
      contender("simdream"),
      contender("simdream", { bits: 8 }, "simdream, int8"),
      contender("simdream", { bits: 4 }, "simdream, int4"),
      contender("simdream", { bits: 4, plain: true }, "simdream, int4, plain"),
      contender("fast"),
      contender("onnx"),
      contender("torch1"),
      contender("torch1", { cell: true }, "PyTorch, LSTMCell"),
      ...(streams === 1
        ? []
        : [
            {
              ...contender("simdream", { streams: 1 }, "simdream, one stream"),
              work: TOKENS,
            },
          ]),
    ],
  };
}
