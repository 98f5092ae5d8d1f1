// jax-js on its WebAssembly backend, jit-compiled. Node has no global Worker, so it runs one thread.

import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { AVERAGE, flowBatches } from "./diffusion-work.mjs";
import { flowLoss, flowParameters } from "./jax-diffusion.mjs";
import { gan } from "./jax-gan.mjs";
import { transformerLoss, transformerParameters } from "./jax-transformer.mjs";
import { convolution, vaeLoss, vaeParameters } from "./jax-vae.mjs";
import { serveOrRefuse } from "./serve.mjs";
import { pictureBatches, RATE } from "./vae-work.mjs";
import { batches, CLIP, EMBEDDING, LEARNING_RATE, matrix, VOCABULARY, weights } from "./work.mjs";

const array = (data, shape) => np.array(data).reshape(shape);

function matmul({ m, k, n, form }) {
  const a = array(matrix(m * k, 1), form === "tn" ? [k, m] : [m, k]);
  const b = array(matrix(k * n, 2), form === "nt" ? [n, k] : [k, n]);
  const product = jit((x, y) =>
    np.matmul(form === "tn" ? np.transpose(x) : x, form === "nt" ? np.transpose(y) : y),
  );
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const c = product(a.ref, b.ref);
        await c.blockUntilReady();
        c.dispose();
      }
    },
    close() {
      a.dispose();
      b.dispose();
    },
  };
}

function parameters(hidden) {
  const w = weights(hidden);
  return {
    table: array(w.embedding, [VOCABULARY, EMBEDDING]),
    wih: array(w.weightIh, [4 * hidden, EMBEDDING]),
    whh: array(w.weightHh, [4 * hidden, hidden]),
    bih: array(w.biasIh, [4 * hidden]),
    bhh: array(w.biasHh, [4 * hidden]),
    linear: array(w.linear, [VOCABULARY, hidden]),
    bias: array(w.bias, [VOCABULARY]),
  };
}

/**
 * The mean loss of the network for inputs and targets (T · B), unrolled over time: jax-js has no
 * gradient of a loop. Projecting all inputs at once was twice as fast as step by step.
 */
function network(T, B, H) {
  return (p, inputs, targets) => {
    const x = np.matmul(nn.oneHot(inputs, VOCABULARY), p.table);
    const projected = np.matmul(x, np.transpose(p.wih)).add(p.bih).add(p.bhh);
    const whh = np.transpose(p.whh);
    const steps = np.split(projected, T, 0);
    let h = np.zeros([B, H]);
    let c = np.zeros([B, H]);
    const outputs = [];
    for (let t = 0; t < T; t++) {
      const gates = steps[t].add(np.matmul(h, whh.ref));
      const [i, f, g, o] = np.split(gates, 4, 1);
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(g)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
      outputs.push(h.ref);
    }
    for (const rest of [h, c, whh]) rest.dispose();
    const hs = np.concatenate(outputs, 0);
    const logits = np.matmul(hs, np.transpose(p.linear)).add(p.bias);
    const chosen = nn.oneHot(targets, VOCABULARY);
    return nn
      .logSoftmax(logits, -1)
      .mul(chosen)
      .sum()
      .mul(-1 / (T * B));
  };
}

/**
 * @param feed gives a batch: an object of arrays, which the loss takes in that order
 * @param decay AdamW's, for all matrices
 * @param average decay of the weights' average; 0: none
 */
function training(feed, loss, initial, options = {}) {
  const { decay = 0, rate = LEARNING_RATE, most = 10, average = 0 } = options;
  const gradients = valueAndGrad(loss);
  const step = jit((p, m, v, a, t, ...given) => {
    const [loss, grads] = gradients(tree.ref(p), ...given);
    const squares = tree.leaves(grads).map((g) => np.square(g.ref).sum());
    const norm = np.sqrt(squares.reduce((sum, square) => sum.add(square)));
    const scale = np.minimum(np.array(CLIP).div(norm.add(1e-6)), 1);
    const next = { p: {}, m: {}, v: {}, a: {} };
    const unbias1 = np.array(1).sub(np.exp(t.ref.mul(Math.log(0.9))));
    const unbias2 = np.array(1).sub(np.exp(t.mul(Math.log(0.999))));
    for (const name of Object.keys(p)) {
      const g = grads[name].mul(scale.ref);
      const m1 = m[name].mul(0.9).add(g.ref.mul(0.1));
      const v1 = v[name].mul(0.999).add(np.square(g).mul(0.001));
      next.m[name] = m1.ref;
      next.v[name] = v1.ref;
      const update = m1.div(unbias1.ref).div(np.sqrt(v1.div(unbias2.ref)).add(1e-8));
      const kept = decay === 0 ? p[name] : p[name].mul(1 - rate * decay);
      next.p[name] = kept.sub(update.mul(rate));
      if (average === 0) continue;
      next.a[name] = a[name].mul(average).add(next.p[name].ref.mul(1 - average));
    }
    for (const rest of [scale, unbias1, unbias2]) rest.dispose();
    return { loss, ...next };
  });
  let p = initial;
  let m = tree.map((x) => np.zeros(x.shape), p);
  let v = tree.map((x) => np.zeros(x.shape), p);
  let a = average === 0 ? {} : tree.ref(p);
  let t = 0;
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const given = Object.values(feed()).map((values) => np.array(values));
        const next = step(p, m, v, a, np.array(++t), ...given);
        ({ p, m, v, a } = next);
        const [loss] = await next.loss.data();
        if (!(loss < most)) throw new Error(`the loss is ${loss}`);
        if (process.env.BENCH_LOSS) console.log(loss);
      }
    },
    close() {
      for (const state of [p, m, v, a]) tree.dispose(state);
    },
  };
}

await serveOrRefuse(async () => {
  await init("wasm");
  defaultDevice("wasm");
  const kinds = {
    matmul,
    train: ({ hidden, batch, length }) =>
      training(batches(length, batch), network(length, batch, hidden), parameters(hidden)),
    transformer: (job) => {
      const feed = batches(job.context, job.batch);
      return training(feed, transformerLoss(job), transformerParameters(job), { decay: 0.1 });
    },
    convolution,
    diffusion: (job) => {
      const options = { rate: RATE, average: AVERAGE };
      return training(flowBatches(job), flowLoss(job), flowParameters(job), options);
    },
    gan,
    vae: (job) => {
      const options = { rate: RATE, most: 1000 };
      return training(pictureBatches(job), vaeLoss(job), vaeParameters(job), options);
    },
  };
  return {
    prepare: (job) => kinds[job.kind](job),
  };
});
