// ONNX Runtime Web, its WebAssembly execution provider with one thread. It only infers.

import * as ort from "onnxruntime-web";
import { languageModel, matmulModel } from "../lib/onnx.mjs";
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

await serveOrRefuse(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  await session(matmulModel({ m: 1, k: 1, n: 1, form: "nn" }));
  const kinds = { matmul, sample: sampling };
  return { prepare: (job) => kinds[job.kind](job) };
});
