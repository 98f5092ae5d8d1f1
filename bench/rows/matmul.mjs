// Products alone. Every factor is in the engine's memory beforehand and nothing is packed in advance,
// except where a row says so. Forms: nn = A B, nt = A Bᵀ, tn = Aᵀ B.

export const title = "Matrix products, one thread";

const square = (size) => ({ m: size, k: size, n: size, form: "nn" });

/** The products of an LSTM step at hidden 256, batch 32, length 64, embedding 64. */
const training = [
  { m: 32, k: 256, n: 1024, form: "nt", what: "h Whhᵀ" },
  { m: 32, k: 1024, n: 256, form: "nn", what: "dG Whh" },
  { m: 2048, k: 64, n: 1024, form: "nt", what: "x Wihᵀ" },
  { m: 2048, k: 1024, n: 64, form: "nn", what: "dG Wih" },
  { m: 1024, k: 2048, n: 256, form: "tn", what: "dGᵀ h" },
  { m: 256, k: 1024, n: 2048, form: "tn", what: "tall, Aᵀ B" },
];

/** Few rows: the products of a sampler, and of the gradient of a small batch. */
const skinny = [
  ...[1, 2, 4, 8, 64].map((m) => ({ m, k: 256, n: 1024, form: "nt", what: "sampling" })),
  { m: 4, k: 1024, n: 256, form: "nn", what: "dG Whh, batch 4" },
];

export async function run({ group, quick, labels }) {
  const shapes = quick
    ? [square(64), square(256), square(512), training[0], training[3], training[4], skinny[0]]
    : [...[64, 128, 256, 512, 1024].map(square), ...training, ...skinny];
  const rows = [];
  for (const { what, ...shape } of shapes)
    rows.push(await group.row(one(shape, what, quick, labels)));
  return rows;
}

function one({ m, k, n, form }, what, quick, labels) {
  const job = { kind: "matmul", m, k, n, form };
  const contender = (peer, extra) => ({ name: labels[peer], peer, job: { ...job, ...extra } });
  const packed = (peer, packs = { packed: true }) => ({
    ...contender(peer, packs),
    name: `${labels[peer]}, B packed before`,
  });
  const weights = what !== undefined && form !== "tn" && m <= 64;
  return {
    name: `${m}×${k}×${n} ${form}${what ? ` (${what})` : ""}`,
    unit: "GFLOP/s",
    work: (2 * m * k * n) / 1e9,
    contenders: [
      contender("simdream"),
      ...(weights ? [packed("simdream")] : []),
      contender("fast"),
      ...(weights ? [packed("fast")] : []),
      ...(quick ? [] : [contender("wide")]),
      ...["jax", "tfjs", "onnx", "torch1"].map((peer) => contender(peer)),
      { name: labels.roofline, peer: "roofline", job: { fused: true } },
    ],
  };
}
