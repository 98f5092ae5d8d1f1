// A VAE and convolutions for jax.mjs. Its convolutions take the channels first, as PyTorch's.

import { grad, jit, lax, nn, numpy as np } from "@jax-js/jax";
import { outputsOf, SIDE, vaeWeights } from "./vae-work.mjs";
import { matrix } from "./work.mjs";

const array = (data, shape) => np.array(data).reshape(shape);

export function vaeParameters(job) {
  return Object.fromEntries(
    Object.entries(vaeWeights(job)).flatMap(([name, [shape, data]]) => [
      [name, array(data, shape)],
      [`${name}Bias`, np.zeros([outputsOf(name, shape, job.network)])],
    ]),
  );
}

const dense = (p, name, x) => np.matmul(x, np.transpose(p[name])).add(p[`${name}Bias`]);
const channels = (bias) => bias.reshape([1, -1, 1, 1]);
const around = (n) => [
  [n, n],
  [n, n],
];
const halve = (p, name, x) =>
  lax.convGeneralDilated(x, p[name], [2, 2], around(1)).add(channels(p[`${name}Bias`]));
const double = (p, name, x) =>
  lax
    .convTranspose(x, p[name], [2, 2], around(1), { transposeKernel: true })
    .add(channels(p[`${name}Bias`]));

/** The negative ELBO, mean over a batch of pixels (B, 784), with normal numbers for the draws (B, latent). */
export function vaeLoss({ network, channels: C, latent, batch: B }) {
  const encode = (p, x) => {
    if (network === "dense") return np.tanh(dense(p, "in2", np.tanh(dense(p, "in1", x))));
    const y = nn.relu(halve(p, "in1", x.reshape([B, 1, SIDE, SIDE])));
    return nn.relu(halve(p, "in2", y)).reshape([B, 7 * 7 * 2 * C]);
  };
  const decode = (p, z) => {
    if (network === "dense") {
      return dense(p, "out3", np.tanh(dense(p, "out2", np.tanh(dense(p, "out1", z)))));
    }
    const y = nn.relu(dense(p, "out1", z)).reshape([B, 2 * C, 7, 7]);
    return double(p, "out3", nn.relu(double(p, "out2", y))).reshape([B, SIDE * SIDE]);
  };
  return (p, pixels, noise) => {
    const x = pixels.reshape([B, SIDE * SIDE]);
    const features = encode(p, x.ref);
    const mean = dense(p, "mean", features.ref);
    const logVariance = dense(p, "logVariance", features);
    const drawn = np.exp(logVariance.ref.mul(0.5)).mul(noise.reshape([B, latent]));
    const logits = decode(p, mean.ref.add(drawn));
    const cross = nn.softplus(logits.ref).sub(logits.mul(x)).sum();
    const kl = np.exp(logVariance.ref).add(np.square(mean)).sub(logVariance).sub(1).sum().mul(0.5);
    return cross.add(kl).mul(1 / B);
  };
}

/** A convolution, or one of its gradients: of its product with numbers for the map. */
export function convolution({ side, inputs, outputs, kernel, stride, batch, pass }) {
  const map = side / stride;
  const shapes = {
    x: [batch, inputs, side, side],
    w: [outputs, inputs, kernel, kernel],
    dy: [batch, outputs, map, map],
  };
  const [x, w, dy] = Object.values(shapes).map((shape, i) =>
    array(
      matrix(
        shape.reduce((a, b) => a * b, 1),
        i + 1,
      ),
      shape,
    ),
  );
  const forward = (a, b) => lax.convGeneralDilated(a, b, [stride, stride], around(1));
  const product = (a, b) => forward(a, b).mul(dy.ref).sum();
  const compute = {
    forward: jit(forward),
    input: jit(grad(product)),
    weights: jit(grad((b, a) => product(a, b))),
  }[pass];
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const y = pass === "weights" ? compute(w.ref, x.ref) : compute(x.ref, w.ref);
        await y.blockUntilReady();
        y.dispose();
      }
    },
    close() {
      for (const one of [x, w, dy]) one.dispose();
    },
  };
}
