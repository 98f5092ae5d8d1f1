// @genai-fi/nanogpt, a GPT for the browser, on its own TensorFlow.js' cpu backend: its model, trainer and batches.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { serveOrRefuse } from "./serve.mjs";
import { batches, LEARNING_RATE, VOCABULARY } from "./work.mjs";

/** Its trainer takes one step at a time, and is no export of the package. */
async function load() {
  // Its bundle takes a Node for a browser without a TextEncoder, but knows workers.
  globalThis.WorkerGlobalScope = class {};
  const main = createRequire(import.meta.url).resolve("@genai-fi/nanogpt");
  const [names, trainer] = await Promise.all(
    ["./main.js", "./training/PreTrainer.js"].map(
      (file) => import(new URL(file, pathToFileURL(main))),
    ),
  );
  await names.TeachableLLM.selectBackend("cpu");
  return { ...names, PreTrainer: trainer.default };
}

/** Its store of tokens, as far as batches are made from it. */
function store(tokens) {
  return {
    shardSize: tokens.length,
    getTokenCount: () => tokens.length,
    getShardCount: () => 1,
    getShardLength: () => tokens.length,
    getShard: async () => tokens,
    hasMask: () => false,
  };
}

async function transformer({ models, tokenise, PreTrainer }, job) {
  const { layers, heads, hidden, context, batch } = job;
  const model = new models.NanoGPTV1({
    vocabSize: VOCABULARY,
    blockSize: context,
    nLayer: layers,
    nHead: heads,
    nEmbed: hidden,
    mlpFactor: 4,
    useRope: true,
  });
  // Without clipping, for which its cpu backend has no kernel.
  const options = { learningRate: LEARNING_RATE, weightDecay: 0.1 };
  const trainer = new PreTrainer(model, new tokenise.CharTokeniser(VOCABULARY), options);
  const tokens = Uint16Array.from(batches(100_000, 1)().inputs);
  const { dataset } = await trainer.datasetBuilder.createTextDataset(store(tokens), {
    batchSize: batch,
  });
  const feed = await dataset.iterator();
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { value } = await feed.next();
        const result = trainer.trainStep({}, value);
        const [loss] = await result.data();
        for (const tensor of [value.xs, value.ys, result]) tensor.dispose();
        if (!(loss < 10)) throw new Error(`the loss is ${loss}`);
        if (process.env.BENCH_LOSS) console.log(loss);
      }
    },
    close() {
      model.dispose();
      trainer.dispose();
    },
  };
}

await serveOrRefuse(async () => {
  const nanogpt = await load();
  return { prepare: (job) => transformer(nanogpt, job) };
});
