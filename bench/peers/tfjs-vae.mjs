// A VAE and convolutions for tfjs.mjs. Its convolutions take the channels last.

import * as tf from "@tensorflow/tfjs";
import { outputsOf, PIXELS, pictureBatches, RATE, SIDE, vaeWeights } from "./vae-work.mjs";
import { CLIP, matrix } from "./work.mjs";

/** Its layout: dense weights (in, out), kernels (kh, kw, in, out), transposed ones (kh, kw, out, in). */
function variables(job) {
  const p = {};
  for (const [name, [shape, data]] of Object.entries(vaeWeights(job))) {
    p[name] = tf.tidy(() => {
      const axes = shape.length === 2 ? [1, 0] : [2, 3, 1, 0];
      return tf.variable(tf.transpose(tf.tensor(data, shape), axes));
    });
    p[`${name}Bias`] = tf.variable(tf.zeros([outputsOf(name, shape, job.network)]));
  }
  return p;
}

const dense = (p, name, x) => tf.add(tf.matMul(x, p[name]), p[`${name}Bias`]);
const halve = (p, name, x) => tf.add(tf.conv2d(x, p[name], 2, "same"), p[`${name}Bias`]);
function double(p, name, x) {
  const [batch, side] = x.shape;
  const shape = [batch, 2 * side, 2 * side, p[name].shape[2]];
  return tf.add(tf.conv2dTranspose(x, p[name], shape, 2, "same"), p[`${name}Bias`]);
}

function loss(p, { network, channels, latent, batch }, { pixels, noise }) {
  const x = tf.tensor2d(pixels, [batch, PIXELS]);
  const conv = network === "conv";
  const features = conv
    ? tf.reshape(
        tf.relu(halve(p, "in2", tf.relu(halve(p, "in1", tf.reshape(x, [batch, SIDE, SIDE, 1]))))),
        [batch, 7 * 7 * 2 * channels],
      )
    : tf.tanh(dense(p, "in2", tf.tanh(dense(p, "in1", x))));
  const mean = dense(p, "mean", features);
  const logVariance = dense(p, "logVariance", features);
  const drawn = tf.mul(tf.exp(tf.mul(logVariance, 0.5)), tf.tensor2d(noise, [batch, latent]));
  const z = tf.add(mean, drawn);
  const first = dense(p, "out1", z);
  const small = [batch, 7, 7, 2 * channels];
  const logits = conv
    ? tf.reshape(double(p, "out3", tf.relu(double(p, "out2", tf.reshape(tf.relu(first), small)))), [
        batch,
        PIXELS,
      ])
    : dense(p, "out3", tf.tanh(dense(p, "out2", tf.tanh(first))));
  const cross = tf.sum(tf.sub(tf.softplus(logits), tf.mul(logits, x)));
  const own = tf.sub(tf.add(tf.exp(logVariance), tf.square(mean)), tf.add(logVariance, 1));
  return tf.div(tf.add(cross, tf.mul(tf.sum(own), 0.5)), batch);
}

export function vae(job) {
  const p = variables(job);
  const all = Object.values(p);
  const optimizer = tf.train.adam(RATE, 0.9, 0.999, 1e-8);
  const feed = pictureBatches(job);
  function step() {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(p, job, feed()), all);
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g)))));
      const scale = tf.minimum(tf.div(CLIP, tf.add(norm, 1e-6)), 1);
      const clipped = Object.entries(grads).map(([name, g]) => [name, tf.mul(g, scale)]);
      optimizer.applyGradients(Object.fromEntries(clipped));
      return value.dataSync()[0];
    });
  }
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const value = step();
        if (!(value < 1000)) throw new Error(`the loss is ${value}`);
        if (process.env.BENCH_LOSS) console.log(value);
      }
    },
    close() {
      tf.dispose(all);
      optimizer.dispose();
    },
  };
}

export function convolution({ side, inputs, outputs, kernel, stride, batch, pass }) {
  const map = side / stride;
  const shape = [batch, side, side, inputs];
  const x = tf.tensor4d(matrix(batch * side * side * inputs, 1), shape);
  const w = tf.tensor4d(matrix(kernel * kernel * inputs * outputs, 2), [
    kernel,
    kernel,
    inputs,
    outputs,
  ]);
  const dy = tf.tensor4d(matrix(batch * map * map * outputs, 3), [batch, map, map, outputs]);
  const compute = {
    forward: () => tf.conv2d(x, w, stride, "same"),
    // The gradient of the input is what it calls a transposed convolution.
    input: () => tf.conv2dTranspose(dy, w, shape, stride, "same"),
  }[pass];
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) compute().dispose();
    },
    close() {
      tf.dispose([x, w, dy]);
    },
  };
}
