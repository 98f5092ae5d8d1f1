// transformers.js: its own `generate`, over the ONNX Runtime Web of the other rows, whose graph it is given under its own names.

import * as ort from "onnxruntime-web";
import { pretrainedModel } from "../lib/onnx-transformer.mjs";
import { serveOrRefuse } from "./serve.mjs";
import { numbers } from "./work.mjs";

/** The build for the web, which in Node takes the engine that it is given; the one for Node has native code. */
const library = new URL("transformers.web.js", import.meta.resolve("@huggingface/transformers"));

/** Its files, as a cache that has all it asks for. */
function cacheOf(files) {
  return {
    async match(request) {
      const name = String(request.url ?? request);
      const found = Object.keys(files).find((file) => name.endsWith(file));
      return found && new Response(files[found]);
    },
    async put() {},
  };
}

const dtypes = { 32: ["fp32", "model"], 8: ["q8", "model_quantized"], 4: ["q4", "model_q4"] };

async function decoding({ AutoModelForCausalLM, Tensor, env }, job) {
  const { layers, heads, kvHeads = heads, hidden, inner, classes, bits = 32 } = job;
  const [dtype, file] = dtypes[bits];
  const config = {
    model_type: "llama",
    architectures: ["LlamaForCausalLM"],
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    hidden_size: hidden,
    intermediate_size: inner,
    head_dim: hidden / heads,
    vocab_size: classes,
  };
  env.customCache = cacheOf({
    "config.json": JSON.stringify(config),
    "generation_config.json": "{}",
    [`${file}.onnx`]: pretrainedModel(job),
  });
  env.useCustomCache = true;
  env.useBrowserCache = false;
  env.useFSCache = false;
  const session_options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
  const model = await AutoModelForCausalLM.from_pretrained("bench/random", {
    dtype,
    device: "auto",
    session_options,
  });
  const random = numbers(5);
  const prompt = BigInt64Array.from({ length: job.prompt }, () =>
    BigInt(Math.floor(random() * classes)),
  );
  const ones = new BigInt64Array(job.prompt).fill(1n);
  const shape = [1, job.prompt];
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { dims } = await model.generate({
          input_ids: new Tensor("int64", prompt, shape),
          attention_mask: new Tensor("int64", ones, shape),
          max_new_tokens: job.tokens,
          do_sample: true,
          top_k: 0,
        });
        if (dims[1] !== job.prompt + job.tokens) throw new Error(`${dims[1]} tokens`);
      }
    },
    close: () => model.dispose(),
  };
}

await serveOrRefuse(async () => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  // Else it would look for the engine on the network.
  ort.env.wasm.wasmPaths = {};
  globalThis[Symbol.for("onnxruntime")] = ort;
  const transformers = await import(library);
  return { version: transformers.env.version, prepare: (job) => decoding(transformers, job) };
});
