// A DCGAN for tfjs.mjs. Its convolutions take the channels last.

import * as tf from "@tensorflow/tfjs";
import { BETAS, GAN_RATE, ganBatches, ganWeights } from "./gan-work.mjs";
import { SIDE } from "./vae-work.mjs";

/** Its layout: dense weights (in, out), kernels (kh, kw, in, out), transposed ones (kh, kw, out, in). */
function variables(own) {
  const all = Object.entries(own).map(([name, [shape, data]]) => {
    const axes = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] }[shape.length];
    return [name, tf.tidy(() => tf.variable(tf.transpose(tf.tensor(data, shape), axes)))];
  });
  return Object.fromEntries(all);
}

function normed(p, name, x) {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean, variance, p[`${name}Bias`], p[name], 1e-5);
}

function generate(p, { channels, batch, latent }, noise) {
  const first = tf.reshape(tf.matMul(tf.tensor2d(noise, [batch, latent]), p.first), [
    ...[batch, 7, 7, 2 * channels],
  ]);
  const inner = tf.conv2dTranspose(
    tf.relu(normed(p, "firstNorm", first)),
    p.inner,
    [batch, 14, 14, channels],
    2,
    "same",
  );
  const outer = tf.conv2dTranspose(
    tf.relu(normed(p, "innerNorm", inner)),
    p.outer,
    [batch, SIDE, SIDE, 1],
    2,
    "same",
  );
  return tf.tanh(tf.add(outer, p.outerBias));
}

function judge(p, { channels, batch }, x) {
  const outer = tf.leakyRelu(tf.add(tf.conv2d(x, p.outer, 2, "same"), p.outerBias), 0.2);
  const inner = tf.leakyRelu(normed(p, "innerNorm", tf.conv2d(outer, p.inner, 2, "same")), 0.2);
  const flat = tf.reshape(inner, [batch, 7 * 7 * 2 * channels]);
  return tf.add(tf.matMul(flat, p.last), p.lastBias);
}

export function gan(job) {
  const weights = ganWeights(job);
  const [g, d] = [variables(weights.generator), variables(weights.discriminator)];
  const [ofG, ofD] = [g, d].map(() => tf.train.adam(GAN_RATE, ...BETAS, 1e-8));
  const feed = ganBatches(job);
  const mean = (x) => tf.div(tf.sum(x), job.batch);
  function update(optimizer, own, loss) {
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss, Object.values(own));
      optimizer.applyGradients(grads);
      return value.dataSync()[0];
    });
  }
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { pixels, first, second } = feed();
        const generated = tf.tidy(() => generate(g, job, first));
        const real = tf.tensor4d(pixels, [job.batch, SIDE, SIDE, 1]);
        const losses = [
          update(ofD, d, () => {
            const right = mean(tf.softplus(tf.neg(judge(d, job, real))));
            return tf.add(right, mean(tf.softplus(judge(d, job, generated))));
          }),
          update(ofG, g, () => mean(tf.softplus(tf.neg(judge(d, job, generate(g, job, second)))))),
        ];
        tf.dispose([generated, real]);
        if (!losses.every((loss) => loss < 100)) throw new Error(`the losses are ${losses}`);
        if (process.env.BENCH_LOSS) console.log(losses);
      }
    },
    close() {
      tf.dispose([g, d]);
      for (const one of [ofG, ofD]) one.dispose();
    },
  };
}
