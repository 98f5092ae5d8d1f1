// The floors that simdream has set itself, as ratios within one run.

import { ratioOf } from "./compare.mjs";
import { labels } from "./peers.mjs";

const P = labels.roofline;
const { simdream, fast, jax, tfjs, tfjsCpu, nanogpt, onnx, torch1 } = labels;
const square = "512×512×512 nn";
const step64 = "hidden 64, batch 8, length 32";
const step256 = "hidden 256, batch 32, length 64";
const translation = "translation, hidden 256, batch 64";
const small = "4 layers, 4 heads, width 128, context 64, batch 12";
const kernel = (pass) => `3×3, 64 → 64, 16×16, batch 32: ${pass}`;
const dense = "dense, 784-200-200-50, batch 100";
const conv = "convolutions, 32 and 64 channels, 16 latents, batch 128";
const dcgan = "64 and 128 channels, 64 latents, batch 64";
const flow = "U-Net of 16, 32, 64 channels, batch 64";
const stream = (hidden) => `hidden ${hidden}, one stream`;

/** What, in which group and row, who over whom, and the floor. */
const floors = [
  ["matmul 512³ over P", "matmul", square, simdream, P, 0.68],
  ["matmul 512³ over jax-js", "matmul", square, simdream, jax, 1.1],
  ["matmul 512³ over tfjs WASM", "matmul", square, simdream, tfjs, 1.3],
  ["matmul 512³, fast, over P", "matmul", square, fast, P, 0.85],
  ["training, hidden 256, over jax-js", "training", step256, simdream, jax, 5.5],
  ["training, hidden 256, over tfjs WASM", "training", step256, simdream, tfjs, 35],
  ["training, hidden 256, over PyTorch", "training", step256, simdream, torch1, 0.5],
  ["training, hidden 256, fast, over PyTorch", "training", step256, fast, torch1, 0.65],
  ["training, hidden 64, over PyTorch", "training", step64, simdream, torch1, 1.25],
  [
    "training, hidden 256, 2 workers over 1",
    "training",
    step256,
    `${simdream}, 2 shards, 2 workers`,
    `${simdream}, 2 shards, 1 worker`,
    1.7,
  ],
  ["translation, over PyTorch", "translation", translation, simdream, torch1, 0.4],
  ["sampling, hidden 256, over ONNX Runtime Web", "sampling", stream(256), simdream, onnx, 2.5],
  ["sampling, hidden 256, over PyTorch", "sampling", stream(256), simdream, torch1, 15],
  [
    "sampling, hidden 512, int8 over f32",
    "sampling",
    stream(512),
    `${simdream}, int8`,
    simdream,
    2,
  ],
  [
    "sampling, hidden 256, 64 streams over one",
    "sampling",
    "hidden 256, 64 streams",
    simdream,
    `${simdream}, one stream`,
    1.8,
  ],
  ["Transformer training, width 128, over P", "transformer", small, simdream, P, 0.5],
  ["Transformer training, width 128, over jax-js", "transformer", small, simdream, jax, 1.3],
  ["Transformer training, width 128, over nanogpt", "transformer", small, simdream, nanogpt, 20],
  ["decoding, 15 M, over ONNX Runtime Web", "decoding", "15 M, decoding", simdream, onnx, 1.2],
  ["decoding, 260 k, over ONNX Runtime Web", "decoding", "260 k, decoding", simdream, onnx, 2],
  ["convolution, forward, over P", "convolution", kernel("forward"), simdream, P, 0.65],
  [
    "convolution, gradient of the input, over P",
    "convolution",
    kernel("gradient of the input"),
    simdream,
    P,
    0.55,
  ],
  [
    "convolution, gradient of the weights, over P",
    "convolution",
    kernel("gradient of the weights"),
    simdream,
    P,
    0.55,
  ],
  ["convolutional VAE, over P", "vae", conv, simdream, P, 0.4],
  ["convolutional VAE, over jax-js", "vae", conv, simdream, jax, 1.3],
  ["convolutional VAE, over tfjs cpu", "vae", conv, simdream, tfjsCpu, 20],
  ["dense VAE, over PyTorch", "vae", dense, simdream, torch1, 0.75],
  ["DCGAN, over P", "gan", dcgan, simdream, P, 0.4],
  ["DCGAN, over jax-js", "gan", dcgan, simdream, jax, 1.3],
  ["DCGAN, over tfjs cpu", "gan", dcgan, simdream, tfjsCpu, 20],
  ["diffusion, over P", "diffusion", flow, simdream, P, 0.4],
  ["diffusion, over jax-js", "diffusion", flow, simdream, jax, 1.3],
  ["diffusion, over tfjs cpu", "diffusion", flow, simdream, tfjsCpu, 20],
  [
    "diffusion, 2 workers over 1",
    "diffusion",
    flow,
    `${simdream}, 2 shards, 2 workers`,
    `${simdream}, 2 shards, 1 worker`,
    1.6,
  ],
  ["prefill, 15 M, over P", "decoding", "15 M, prefill", simdream, P, 0.6],
];

/** Each floor with what this run measured, or why it could not. */
export function bars({ groups, clock }) {
  const found = floors.flatMap(([what, groupName, rowName, above, below, bar]) => {
    const group = groups.find(({ name }) => name === groupName);
    if (!group) return [];
    const row = group.rows.find(({ name }) => name === rowName);
    const [a, b] = [above, below].map((peer) => row?.results.find((one) => one.peer === peer));
    const failed = [a, b].find((one) => !one?.samples);
    if (!row || failed || !a || !b) {
      return [{ what, bar, missing: failed?.skipped ?? "the row was not measured" }];
    }
    return [{ what, bar, measured: ratioOf(a, b, clock) }];
  });
  return [...found, ...coldStart(groups, clock)];
}

/** By the least where the machine is shared: there the median tells of its other users. */
function coldStart(groups, clock) {
  const group = groups.find(({ name }) => name === "cold-start");
  if (!group) return [];
  const result = group.rows[0].results.find(({ peer }) => peer === simdream);
  const what = "cold start beyond node -e 0, ms";
  const measured = clock === "cpu" ? result?.least : result?.beyond;
  const missing = result?.skipped ?? "the row was not measured";
  return [{ what, bar: 60, most: true, measured, missing }];
}
