// Learns names, each a document of its own, with a small Transformer, and invents more, as makemore does:
// npm run names [names.txt], of one name a line; without a file it learns the capitals of the world.
import { readFile } from "node:fs/promises";
import { LanguageModel } from "simdream";
import { capitals } from "./browser/capitals.js";

const [file] = process.argv.slice(2);
const lines = file ? (await readFile(file, "utf8")).split(/\r?\n/) : capitals;
const names = lines.map((line) => line.trim()).filter(Boolean);
const few = names.length < 5000;

const model = await LanguageModel.create({
  corpus: names,
  network: {
    kind: "transformer",
    hidden: 64,
    layers: few ? 2 : 4,
    heads: 4,
    dropout: few ? 0.2 : 0.1,
  },
  seed: 1,
});
console.log(`${names.length} names, ${model.parameterCount} parameters`);

const steps = Number(process.env.STEPS ?? (few ? 300 : 3000));
const options = { steps, batch: few ? 32 : 64, lr: 3e-3, warmup: 50, schedule: "cosine", val: 0.1 };
for await (const { step, loss, validation } of model.fit(names, options)) {
  if (validation)
    console.log(`step ${step}: loss ${loss.toFixed(3)}, validation ${validation.toFixed(3)}`);
}

const known = new Set(names);
const { samples } = model.generate({ samples: 40, temperature: 0.8, seed: 1 });
const fresh = new Set(samples.map(({ text }) => text).filter((name) => !known.has(name)));
console.log(`\n${fresh.size} new names:\n${[...fresh].join(", ")}`);
