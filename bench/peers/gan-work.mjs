// The DCGAN that all peers train, and its batches: the same numbers for the same job.

import { PIXELS } from "./vae-work.mjs";
import { matrix, numbers } from "./work.mjs";

export const GAN_RATE = 2e-4;
export const BETAS = [0.5, 0.999];

/** An endless supply of batches: pixels from -1 to 1, and the latent vectors of both phases. */
export function ganBatches({ batch, latent }) {
  const next = numbers(17);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return () => ({
    pixels: Float32Array.from({ length: batch * PIXELS }, () => 2 * next() - 1),
    first: Float32Array.from({ length: batch * latent }, normal),
    second: Float32Array.from({ length: batch * latent }, normal),
  });
}

/**
 * Weights of both sides, [shape, numbers]: kernels in PyTorch's layout, but the convolution from a latent vector to 7×7
 * and the one from 7×7 to a number as matrices (out, in), which they are. Gains are 1, biases 0.
 */
export function ganWeights({ channels, latent }) {
  const flat = 7 * 7 * 2 * channels;
  const shapes = {
    generator: {
      ...{ first: [flat, latent], inner: [2 * channels, channels, 4, 4] },
      outer: [channels, 1, 4, 4],
    },
    discriminator: {
      ...{ outer: [channels, 1, 4, 4], inner: [2 * channels, channels, 4, 4] },
      last: [1, flat],
    },
  };
  const norms = {
    generator: { firstNorm: 2 * channels, innerNorm: channels },
    discriminator: { innerNorm: 2 * channels },
  };
  const biases = {
    generator: { outerBias: 1 },
    discriminator: { outerBias: channels, lastBias: 1 },
  };
  const sides = Object.entries(shapes).map(([side, own], s) => {
    const kernels = Object.entries(own).map(([name, shape], i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, [shape, matrix(size, 10 * s + i + 1, 0.05)]];
    });
    const rest = Object.entries(norms[side]).flatMap(([name, count]) => [
      [name, [[count], new Float32Array(count).fill(1)]],
      [`${name}Bias`, [[count], new Float32Array(count)]],
    ]);
    const last = Object.entries(biases[side]).map(([name, count]) => [
      name,
      [[count], new Float32Array(count)],
    ]);
    return [side, Object.fromEntries([...kernels, ...rest, ...last])];
  });
  return Object.fromEntries(sides);
}
