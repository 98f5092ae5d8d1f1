// A flow for tfjs.mjs. Its convolutions take the channels last; it has no group norm.

import * as tf from "@tensorflow/tfjs";
import { AVERAGE, flowBatches, flowWeights, frequencies, GROUPS, TIME } from "./diffusion-work.mjs";
import { RATE, SIDE } from "./vae-work.mjs";
import { CLIP } from "./work.mjs";

/** Its layout: dense weights (in, out), kernels (kh, kw, in, out), transposed ones (kh, kw, out, in). */
function variables(job) {
  const all = Object.entries(flowWeights(job)).map(([name, [shape, data]]) => {
    const axes = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] }[shape.length];
    return [name, tf.tidy(() => tf.variable(tf.transpose(tf.tensor(data, shape), axes)))];
  });
  return Object.fromEntries(all);
}

const biased = (p, name, y) => tf.add(y, p[`${name}.bias`]);
const dense = (p, name, x) => biased(p, name, tf.matMul(x, p[`${name}.weight`]));
const convolution = (p, name, x, stride = 1, padding = 1) =>
  biased(p, name, tf.conv2d(x, p[`${name}.weight`], stride, padding));

function double(p, name, x) {
  const [batch, side] = x.shape;
  const weight = p[`${name}.weight`];
  const shape = [batch, 2 * side, 2 * side, weight.shape[2]];
  return biased(p, name, tf.conv2dTranspose(x, weight, shape, 2, "same"));
}

function normed(p, name, x) {
  const [batch, height, width, channels] = x.shape;
  const grouped = tf.reshape(x, [batch, height * width, GROUPS, channels / GROUPS]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const unit = tf.div(tf.sub(grouped, mean), tf.sqrt(tf.add(variance, 1e-5)));
  return biased(p, name, tf.mul(tf.reshape(unit, x.shape), p[`${name}.weight`]));
}

const silu = (x) => tf.mul(x, tf.sigmoid(x));

function block(p, name, x, told) {
  const inner = (i, y) =>
    convolution(p, `${name}.conv${i}`, silu(normed(p, `${name}.norm${i}`, y)));
  const own = dense(p, `${name}.told`, told);
  const [batch, width] = own.shape;
  const y = inner(2, tf.add(inner(1, x), tf.reshape(own, [batch, 1, 1, width])));
  return tf.add(y, `${name}.skip.weight` in p ? convolution(p, `${name}.skip`, x, 1, 0) : x);
}

function loss(p, { levels, batch }, { pixels, times, noise }) {
  const [x, e] = [pixels, noise].map((one) => tf.tensor4d(one, [batch, SIDE, SIDE, 1]));
  const velocity = tf.sub(e, x);
  const seen = tf.add(x, tf.mul(velocity, tf.tensor4d(times, [batch, 1, 1, 1])));
  const angles = tf.mul(tf.tensor2d(times, [batch, 1]), tf.tensor2d(frequencies, [1, TIME / 2]));
  const told = silu(dense(p, "time", tf.concat([tf.sin(angles), tf.cos(angles)], 1)));
  let y = convolution(p, "input", seen);
  const kept = [];
  for (let i = 0; i < levels; i++) {
    y = block(p, `down.${i}`, y, told);
    if (i === levels - 1) break;
    kept.push(y);
    y = convolution(p, `halving.${i}`, y, 2);
  }
  for (let i = levels - 2; i >= 0; i--) {
    y = block(p, `up.${i}`, tf.concat([double(p, `doubling.${i}`, y), kept[i]], 3), told);
  }
  y = convolution(p, "output", silu(normed(p, "norm", y)));
  return tf.mean(tf.square(tf.sub(y, velocity)));
}

export function diffusion(job) {
  const p = variables(job);
  const averages = variables(job);
  const all = Object.values(p);
  const optimizer = tf.train.adam(RATE, 0.9, 0.999, 1e-8);
  const feed = flowBatches(job);
  function step() {
    return tf.tidy(() => {
      const batch = feed();
      const { value, grads } = tf.variableGrads(() => loss(p, job, batch), all);
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g)))));
      const scale = tf.minimum(tf.div(CLIP, tf.add(norm, 1e-6)), 1);
      const clipped = Object.entries(grads).map(([name, g]) => [name, tf.mul(g, scale)]);
      optimizer.applyGradients(Object.fromEntries(clipped));
      for (const [name, average] of Object.entries(averages)) {
        average.assign(tf.add(tf.mul(average, AVERAGE), tf.mul(p[name], 1 - AVERAGE)));
      }
      return value.dataSync()[0];
    });
  }
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const value = step();
        if (!(value < 10)) throw new Error(`the loss is ${value}`);
        if (process.env.BENCH_LOSS) console.log(value);
      }
    },
    close() {
      tf.dispose([p, averages]);
      optimizer.dispose();
    },
  };
}
