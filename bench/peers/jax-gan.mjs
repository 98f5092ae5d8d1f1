// A DCGAN for jax.mjs: one jit of both phases. Its convolutions take the channels first, as PyTorch's.

import { jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { BETAS, GAN_RATE, ganBatches, ganWeights } from "./gan-work.mjs";
import { SIDE } from "./vae-work.mjs";

const around = [
  [1, 1],
  [1, 1],
];
const channels = (one) => one.reshape([1, -1, 1, 1]);
const mean = (x) => np.mean(x, [0, 2, 3], { keepdims: true });

function normed(p, name, x) {
  const centred = x.ref.sub(mean(x));
  const variance = mean(np.square(centred.ref));
  const unit = centred.div(np.sqrt(variance.add(1e-5)));
  return unit.mul(channels(p[name].ref)).add(channels(p[`${name}Bias`].ref));
}

const leaky = (x) => np.maximum(x.ref, x.mul(0.2));
const double = (w, x) => lax.convTranspose(x, w.ref, [2, 2], around, { transposeKernel: true });
const halve = (w, x) => lax.convGeneralDilated(x, w.ref, [2, 2], around);

/** Both sides take references of their weights, which the caller disposes of. */
function sides({ channels: C, latent, batch: B }) {
  return {
    generate(p, noise) {
      const z = noise.reshape([B, latent]);
      const first = np.matmul(z, np.transpose(p.first.ref)).reshape([B, 2 * C, 7, 7]);
      const inner = double(p.inner, nn.relu(normed(p, "firstNorm", first)));
      const outer = double(p.outer, nn.relu(normed(p, "innerNorm", inner)));
      return np.tanh(outer.add(channels(p.outerBias.ref)));
    },
    judge(p, x) {
      const outer = leaky(halve(p.outer, x).add(channels(p.outerBias.ref)));
      const inner = leaky(normed(p, "innerNorm", halve(p.inner, outer)));
      const flat = inner.reshape([B, 7 * 7 * 2 * C]);
      return np.matmul(flat, np.transpose(p.last.ref)).add(p.lastBias.ref);
    },
  };
}

const release = (p) => tree.dispose(p);

export function gan(job) {
  const B = job.batch;
  const { generate, judge } = sides(job);
  const discriminatorLoss = (d, real, generated) => {
    const all = nn.softplus(judge(d, real).mul(-1)).sum();
    const loss = all.add(nn.softplus(judge(d, generated)).sum()).mul(1 / B);
    release(d);
    return loss;
  };
  const generatorLoss = (g, d, noise) => {
    const loss = nn
      .softplus(judge(d, generate(g, noise)).mul(-1))
      .sum()
      .mul(1 / B);
    release(g);
    release(d);
    return loss;
  };
  const [ofDiscriminator, ofGenerator] = [discriminatorLoss, generatorLoss].map((loss) =>
    valueAndGrad(loss),
  );
  const step = jit((g, d, t, pixels, first, second) => {
    const generated = generate(g.p, first);
    const real = pixels.reshape([B, 1, SIDE, SIDE]);
    const [lossD, gradsD] = ofDiscriminator(tree.ref(d.p), real, generated);
    const nextD = adam(d, gradsD, t.ref);
    const [lossG, gradsG] = ofGenerator(tree.ref(g.p), tree.ref(nextD.p), second);
    return { g: adam(g, gradsG, t), d: nextD, lossD, lossG };
  });
  const weights = ganWeights(job);
  const state = (own) => {
    const p = Object.fromEntries(
      Object.entries(own).map(([name, [shape, data]]) => [name, np.array(data).reshape(shape)]),
    );
    const zeros = () => tree.map((x) => np.zeros(x.shape), p);
    return { p, m: zeros(), v: zeros() };
  };
  let [g, d] = [state(weights.generator), state(weights.discriminator)];
  let t = 0;
  const feed = ganBatches(job);
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const given = Object.values(feed()).map((values) => np.array(values));
        const next = step(g, d, np.array(++t), ...given);
        ({ g, d } = next);
        const losses = [(await next.lossD.data())[0], (await next.lossG.data())[0]];
        if (!losses.every((loss) => loss < 100)) throw new Error(`the losses are ${losses}`);
        if (process.env.BENCH_LOSS) console.log(losses);
      }
    },
    close() {
      for (const one of [g, d]) tree.dispose(one);
    },
  };
}

function adam({ p, m, v }, grads, t) {
  const next = { p: {}, m: {}, v: {} };
  const unbias = BETAS.map((beta) => np.array(1).sub(np.exp(t.ref.mul(Math.log(beta)))));
  for (const name of Object.keys(p)) {
    const g = grads[name];
    const m1 = m[name].mul(BETAS[0]).add(g.ref.mul(1 - BETAS[0]));
    const v1 = v[name].mul(BETAS[1]).add(np.square(g).mul(1 - BETAS[1]));
    next.m[name] = m1.ref;
    next.v[name] = v1.ref;
    const update = m1.div(unbias[0].ref).div(np.sqrt(v1.div(unbias[1].ref)).add(1e-8));
    next.p[name] = p[name].sub(update.mul(GAN_RATE));
  }
  for (const rest of [...unbias, t]) rest.dispose();
  return next;
}
