// TensorFlow.js, on its WebAssembly backend (XNNPACK, SIMD, one thread) or in plain JavaScript ("cpu").
// The WebAssembly backend has no gradient of a table look-up, so there the table is multiplied by
// one-hot rows.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { setThreadsCount, setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { serveOrRefuse } from "./serve.mjs";
import { diffusion } from "./tfjs-diffusion.mjs";
import { gan } from "./tfjs-gan.mjs";
import { convolution, vae } from "./tfjs-vae.mjs";
import { batches, CLIP, EMBEDDING, LEARNING_RATE, matrix, VOCABULARY, weights } from "./work.mjs";

const backend = process.argv[2];

function matmul({ m, k, n, form }) {
  const a = tf.tensor2d(matrix(m * k, 1), form === "tn" ? [k, m] : [m, k]);
  const b = tf.tensor2d(matrix(k * n, 2), form === "nt" ? [n, k] : [k, n]);
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) tf.matMul(a, b, form === "tn", form === "nt").dispose();
    },
    close() {
      tf.dispose([a, b]);
    },
  };
}

function parameters(hidden) {
  const w = weights(hidden);
  const variable = (data, shape) => tf.variable(tf.tensor(data, shape));
  // The layout of its own layers, (in, out): products without a transpose are much faster forward.
  const transposed = (data, shape) =>
    tf.tidy(() => tf.variable(tf.transpose(tf.tensor(data, shape))));
  return {
    table: variable(w.embedding, [VOCABULARY, EMBEDDING]),
    wih: transposed(w.weightIh, [4 * hidden, EMBEDDING]),
    whh: transposed(w.weightHh, [4 * hidden, hidden]),
    bih: variable(w.biasIh, [4 * hidden]),
    bhh: variable(w.biasHh, [4 * hidden]),
    linear: transposed(w.linear, [VOCABULARY, hidden]),
    bias: variable(w.bias, [VOCABULARY]),
  };
}

/** The mean loss of a batch whose inputs and targets are (T · B). */
function meanLoss(p, inputs, targets, { hidden: H, batch: B, length: T }) {
  const x =
    backend === "cpu"
      ? tf.gather(p.table, inputs)
      : tf.matMul(tf.oneHot(inputs, VOCABULARY), p.table);
  const projected = tf.add(tf.matMul(x, p.wih), tf.add(p.bih, p.bhh));
  const steps = tf.unstack(tf.reshape(projected, [T, B, 4 * H]));
  let h = tf.zeros([B, H]);
  let c = tf.zeros([B, H]);
  const outputs = [];
  for (const step of steps) {
    const [i, f, g, o] = tf.split(tf.add(step, tf.matMul(h, p.whh)), 4, 1);
    c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    outputs.push(h);
  }
  const logits = tf.add(tf.matMul(tf.concat(outputs, 0), p.linear), p.bias);
  return tf.losses.softmaxCrossEntropy(tf.oneHot(targets, VOCABULARY), logits);
}

function training(job) {
  const p = parameters(job.hidden);
  const variables = Object.values(p);
  const optimizer = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8);
  const feed = batches(job.length, job.batch);
  function step() {
    return tf.tidy(() => {
      const { inputs, targets } = feed();
      const compute = () => meanLoss(p, tf.tensor1d(inputs), tf.tensor1d(targets), job);
      const { value, grads } = tf.variableGrads(compute, variables);
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
        const loss = step();
        if (!(loss < 10)) throw new Error(`the loss is ${loss}`);
        if (process.env.BENCH_LOSS) console.log(loss);
      }
    },
    close() {
      tf.dispose(variables);
      optimizer.dispose();
    },
  };
}

await serveOrRefuse(async () => {
  if (backend === "wasm") {
    const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    setWasmPaths(join(dirname(main), "/"));
    setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend} backend here`);
  await tf.ready();
  const kinds = { matmul, train: training, convolution, gan, vae, diffusion };
  return { prepare: (job) => kinds[job.kind](job) };
});
