// A flow for jax.mjs. Its convolutions take the channels first, as PyTorch's; it has no group norm.

import { lax, nn, numpy as np } from "@jax-js/jax";
import { flowWeights, frequencies, GROUPS, TIME } from "./diffusion-work.mjs";
import { SIDE } from "./vae-work.mjs";

export function flowParameters(job) {
  const all = Object.entries(flowWeights(job));
  return Object.fromEntries(
    all.map(([name, [shape, data]]) => [name, np.array(data).reshape(shape)]),
  );
}

const channels = (one) => one.reshape([1, -1, 1, 1]);
const around = (n) => [
  [n, n],
  [n, n],
];
const dense = (p, name, x) =>
  np.matmul(x, np.transpose(p[`${name}.weight`])).add(p[`${name}.bias`]);

function convolution(p, name, x, stride = 1, padding = 1) {
  const y = lax.convGeneralDilated(x, p[`${name}.weight`], [stride, stride], around(padding));
  return y.add(channels(p[`${name}.bias`]));
}

function double(p, name, x) {
  const y = lax.convTranspose(x, p[`${name}.weight`], [2, 2], around(1), { transposeKernel: true });
  return y.add(channels(p[`${name}.bias`]));
}

function normed(p, name, x) {
  const { shape } = x;
  const mean = (y) => np.mean(y, 2, { keepdims: true });
  const grouped = x.reshape([shape[0], GROUPS, -1]);
  const centred = grouped.ref.sub(mean(grouped));
  const variance = mean(np.square(centred.ref));
  const unit = centred.div(np.sqrt(variance.add(1e-5))).reshape(shape);
  return unit.mul(channels(p[`${name}.weight`])).add(channels(p[`${name}.bias`]));
}

function block(p, name, x, told) {
  const inner = (i, y) =>
    convolution(p, `${name}.conv${i}`, nn.silu(normed(p, `${name}.norm${i}`, y)));
  const own = dense(p, `${name}.told`, told.ref);
  const y = inner(2, inner(1, x.ref).add(own.reshape([...own.shape, 1, 1])));
  return y.add(`${name}.skip.weight` in p ? convolution(p, `${name}.skip`, x, 1, 0) : x);
}

/** The mean squared error of the velocities of pixels (B · 784) at times (B), with their noise (B · 784). */
export function flowLoss({ levels, batch: B }) {
  return (p, pixels, times, noise) => {
    const [x, e] = [pixels, noise].map((one) => one.reshape([B, 1, SIDE, SIDE]));
    const t = times.reshape([B, 1, 1, 1]);
    const seen = x.ref.add(e.ref.sub(x.ref).mul(t.ref));
    const angles = t.reshape([B, 1]).mul(np.array(frequencies).reshape([1, TIME / 2]));
    const sines = np.concatenate([np.sin(angles.ref), np.cos(angles)], 1);
    const told = nn.silu(dense(p, "time", sines));
    let y = convolution(p, "input", seen);
    const kept = [];
    for (let i = 0; i < levels; i++) {
      y = block(p, `down.${i}`, y, told);
      if (i === levels - 1) break;
      kept.push(y.ref);
      y = convolution(p, `halving.${i}`, y, 2);
    }
    for (let i = levels - 2; i >= 0; i--) {
      const both = np.concatenate([double(p, `doubling.${i}`, y), kept[i]], 1);
      y = block(p, `up.${i}`, both, told);
    }
    told.dispose();
    y = convolution(p, "output", nn.silu(normed(p, "norm", y)));
    return np.square(y.sub(e.sub(x))).mean();
  };
}
