// Trains the two models of characters and writes them in 8 bits, a quarter of the size: npm run characters-models
// (some minutes each on two cores). models/text.safetensors writes sheets, models/picture.safetensors draws sprites.
// Both learn from what this folder makes by a seed (sheets.mjs, sprites.mjs), and may be used for anything (CC0 1.0).

import { mkdirSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { Diffusion, LanguageModel } from "simdream";
import { labelled, sheets } from "./sheets.mjs";
import { anyLooks, sprites } from "./sprites.mjs";

const folder = new URL(`${env.FOLDER ?? "models"}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
const [only] = process.argv.slice(2);

if (only !== "text") {
  const images = sprites(anyLooks(10_000, 1), 1);
  const model = await Diffusion.create({ images, channels: 16, levels: 2, seed: 1 });
  await learn("picture", model, images, Number(env.STEPS ?? 1400), {
    ...{ batch: 32, lr: 4e-3, schedule: "cosine", ema: 0.99 },
  });
}

if (only !== "picture") {
  // What is asked of a character stands before its sheet, as labels: half of the sheets are read without some of them.
  const corpus = sheets(6000, 1).map((sheet) => ({
    text: JSON.stringify(sheet),
    labels: Object.fromEntries(labelled.map((name) => [name, sheet[name]])),
  }));
  const model = await LanguageModel.create({
    corpus,
    ...{ tokenizer: "bpe", vocab: 512, seed: 1 },
    network: { kind: "transformer", hidden: 64, layers: 2, heads: 4, context: 160 },
  });
  await learn("text", model, corpus, Number(env.STEPS ?? 900), {
    ...{ batch: 32, lr: 4e-3, schedule: "cosine", labelDropout: 0.4 },
  });
}

async function learn(name, model, data, steps, options) {
  console.log(`${name}: ${model.parameterCount} parameters`);
  const run = model.fit(data, { steps, val: 0, shards: 2, workers: 2, ...options });
  for await (const { step, loss, elapsed } of run) {
    if (step % 100 !== 0 && step !== steps) continue;
    console.log(`step ${step}: loss ${loss.toFixed(4)}, ${elapsed.toFixed(0)} s`);
  }
  const bytes = (await model.quantize()).save();
  writeFileSync(new URL(`${name}.safetensors`, folder), bytes);
  console.log(`${name}.safetensors: ${Math.round(bytes.length / 1000)} kB`);
}
