// Convolutions alone, forward and their two gradients. Weights are packed before by simdream, as a model keeps them; the
// pictures are in each engine's own order.

export const title = "Convolutions, one thread";

const sizes = [
  { side: 16, inputs: 64, outputs: 64, kernel: 3, stride: 1, batch: 32 },
  { side: 14, inputs: 32, outputs: 64, kernel: 4, stride: 2, batch: 128 },
  { side: 28, inputs: 1, outputs: 32, kernel: 4, stride: 2, batch: 128 },
  { side: 32, inputs: 16, outputs: 32, kernel: 3, stride: 1, batch: 32 },
];

const passes = {
  forward: "forward",
  input: "gradient of the input",
  weights: "gradient of the weights",
};

export async function run({ group, quick, labels }) {
  const rows = [];
  for (const size of quick ? sizes.slice(0, 1) : sizes) {
    for (const pass of Object.keys(passes)) rows.push(await group.row(one(size, pass, labels)));
  }
  return rows;
}

function one({ side, inputs, outputs, kernel, stride, batch }, pass, labels) {
  const job = { kind: "convolution", side, inputs, outputs, kernel, stride, batch, pass };
  const contender = (peer) => ({ name: labels[peer], peer, job });
  const map = side / stride;
  const step = stride > 1 ? `, stride ${stride}` : "";
  return {
    name: `${kernel}×${kernel}${step}, ${inputs} → ${outputs}, ${side}×${side}, batch ${batch}: ${passes[pass]}`,
    unit: "GFLOP/s",
    work: (2 * batch * map * map * outputs * inputs * kernel * kernel) / 1e9,
    contenders: [
      ...["simdream", "fast", "jax"].map(contender),
      ...(pass === "weights" ? [] : [contender("tfjs")]),
      contender("torch1"),
      { name: labels.roofline, peer: "roofline", job: { fused: true } },
    ],
  };
}
