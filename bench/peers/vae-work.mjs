// The VAE that all peers train, and its batches: the same numbers for the same job.

import { matrix, numbers } from "./work.mjs";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const RATE = 1e-3;

/** An endless supply of batches: pixels from 0 to 1, and the normal numbers of the draws, fresh for every step. */
export function pictureBatches({ batch, latent }) {
  const next = numbers(17);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return () => ({
    pixels: Float32Array.from({ length: batch * PIXELS }, next),
    noise: Float32Array.from({ length: batch * latent }, normal),
  });
}

/** Weights in PyTorch's layout by name, each [shape, numbers]; biases are zero. */
export function vaeWeights({ network, hidden, channels, latent }) {
  const flat = 7 * 7 * 2 * channels;
  const shapes =
    network === "dense"
      ? {
          ...{ in1: [hidden, PIXELS], in2: [hidden, hidden] },
          ...{ mean: [latent, hidden], logVariance: [latent, hidden] },
          ...{ out1: [hidden, latent], out2: [hidden, hidden], out3: [PIXELS, hidden] },
        }
      : {
          ...{ in1: [channels, 1, 4, 4], in2: [2 * channels, channels, 4, 4] },
          ...{ mean: [latent, flat], logVariance: [latent, flat], out1: [flat, latent] },
          ...{ out2: [2 * channels, channels, 4, 4], out3: [channels, 1, 4, 4] },
        };
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, [shape, matrix(size, i + 1, 1 / Math.sqrt(size / shape[0]))]];
    }),
  );
}

/** How many outputs a weight has, each with a bias. */
export function outputsOf(name, shape, network) {
  return network === "conv" && (name === "out2" || name === "out3") ? shape[1] : shape[0];
}
