// The flow that all peers train, and its batches: the same numbers for the same job.

import { PIXELS } from "./vae-work.mjs";
import { matrix, numbers } from "./work.mjs";

/** Sines and cosines of the time, and numbers of what blocks are told. */
export const TIME = 64;
export const GROUPS = 8;
export const AVERAGE = 0.998;

/** Radians at time 1 of each sine. */
export const frequencies = Float32Array.from(
  { length: TIME / 2 },
  (_, i) => 1000 * 10_000 ** (-i / (TIME / 2)),
);

/** An endless supply of batches: pixels from -1 to 1, times from 0 to 1, and noise. */
export function flowBatches({ batch }) {
  const next = numbers(17);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return () => ({
    pixels: Float32Array.from({ length: batch * PIXELS }, () => 2 * next() - 1),
    times: Float32Array.from({ length: batch }, next),
    noise: Float32Array.from({ length: batch * PIXELS }, normal),
  });
}

/** Weights by name, [shape, numbers], names and layout as PyTorch's and simdream's; gains are 1, biases 0. */
export function flowWeights({ channels, levels }) {
  const all = {};
  const add = (name, weight, outputs = weight[0]) => {
    const size = weight.reduce((a, b) => a * b, 1);
    const seed = Object.keys(all).length + 1;
    all[`${name}.weight`] = [weight, matrix(size, seed, 1 / Math.sqrt(size / weight[0]))];
    all[`${name}.bias`] = [[outputs], new Float32Array(outputs)];
  };
  const norm = (name, count) => {
    all[`${name}.weight`] = [[count], new Float32Array(count).fill(1)];
    all[`${name}.bias`] = [[count], new Float32Array(count)];
  };
  const block = (name, inputs, outputs) => {
    norm(`${name}.norm1`, inputs);
    norm(`${name}.norm2`, outputs);
    add(`${name}.conv1`, [outputs, inputs, 3, 3]);
    add(`${name}.conv2`, [outputs, outputs, 3, 3]);
    add(`${name}.told`, [outputs, TIME]);
    if (inputs !== outputs) add(`${name}.skip`, [outputs, inputs, 1, 1]);
  };
  add("time", [TIME, TIME]);
  add("input", [channels, 1, 3, 3]);
  for (let i = 0; i < levels; i++) {
    const width = channels * 2 ** i;
    block(`down.${i}`, width, width);
    if (i === levels - 1) break;
    add(`halving.${i}`, [2 * width, width, 3, 3]);
    add(`doubling.${i}`, [2 * width, width, 4, 4], width);
    block(`up.${i}`, 2 * width, width);
  }
  norm("norm", channels);
  add("output", [1, channels, 3, 3]);
  return all;
}
