// ONNX Runtime Web, its WebAssembly execution provider with one thread. It only infers.

import * as ort from "onnxruntime-web";
import { languageModel, matmulModel } from "../lib/onnx.mjs";
import { transformerModel } from "../lib/onnx-transformer.mjs";
import { serveOrRefuse } from "./serve.mjs";
import { draw, matrix, numbers } from "./work.mjs";

const session = (bytes) =>
  ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });

async function matmul(job) {
  const { m, k, n, form } = job;
  const product = await session(matmulModel(job));
  const a = new ort.Tensor("float32", matrix(m * k, 1), form === "tn" ? [k, m] : [m, k]);
  const b = new ort.Tensor("float32", matrix(k * n, 2), form === "nt" ? [n, k] : [k, n]);
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await product.run({ a, b });
    },
    close: () => product.release(),
  };
}

async function sampling({ hidden, streams, tokens }) {
  const step = await session(languageModel(hidden));
  const random = numbers(5);
  const shape = [1, streams, hidden];
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        let h = new ort.Tensor("float32", new Float32Array(streams * hidden), shape);
        let c = new ort.Tensor("float32", new Float32Array(streams * hidden), shape);
        const ids = new BigInt64Array(streams);
        const chosen = new Array(streams).fill(0);
        for (let t = 0; t < tokens; t++) {
          for (let s = 0; s < streams; s++) ids[s] = BigInt(chosen[s]);
          const out = await step.run({ tokens: new ort.Tensor("int64", ids, [1, streams]), h, c });
          draw(out.logits.data, streams, random, chosen);
          h = out.h_out;
          c = out.c_out;
        }
      }
    },
    close: () => step.release(),
  };
}

/** One call of the network: tokens at the next positions, and caches (a dictionary) that grow by them. */
async function advance(network, { layers }, tokens, caches, length) {
  const total = length + tokens.length;
  const positions = BigInt64Array.from(tokens, (_, t) => BigInt(length + t));
  const shape = [1, tokens.length];
  const out = await network.run({
    tokens: new ort.Tensor("int64", BigInt64Array.from(tokens, BigInt), shape),
    positions: new ort.Tensor("int64", positions, shape),
    seen: new ort.Tensor("int32", Int32Array.of(total - 1), [1]),
    total: new ort.Tensor("int32", Int32Array.of(total), []),
    ...caches,
  });
  const grown = {};
  for (let i = 0; i < layers; i++) {
    for (const part of ["k", "v"]) grown[`${i}.past_${part}`] = out[`${i}.present_${part}`];
  }
  return { logits: out.logits.data, caches: grown };
}

function emptyCaches({ layers, heads, kvHeads = heads, hidden }) {
  const caches = {};
  const dims = [1, kvHeads, 0, hidden / heads];
  for (let i = 0; i < layers; i++) {
    for (const part of ["k", "v"]) {
      caches[`${i}.past_${part}`] = new ort.Tensor("float32", new Float32Array(0), dims);
    }
  }
  return caches;
}

/** Reads a prompt, and draws the tokens after it one by one. */
async function decoding(job) {
  const network = await session(transformerModel(job));
  const random = numbers(5);
  const prompt = Array.from({ length: job.prompt }, () => Math.floor(random() * job.classes));
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        let step = await advance(network, job, prompt, emptyCaches(job), 0);
        const chosen = [0];
        for (let t = 1; t <= job.tokens; t++) {
          draw(step.logits, 1, random, chosen);
          if (t === job.tokens) break;
          step = await advance(network, job, chosen, step.caches, job.prompt + t - 1);
        }
      }
    },
    close: () => network.release(),
  };
}

await serveOrRefuse(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  await session(matmulModel({ m: 1, k: 1, n: 1, form: "nn" }));
  const kinds = { matmul, sample: sampling, decode: decoding };
  return { prepare: (job) => kinds[job.kind](job) };
});
