// Learns names, each a document of its own, and invents new ones: npm run pokemon [language]
import pokemon from "pokemon";
import { LanguageModel } from "simdream";

const language = process.argv[2] ?? "en";
const names = [...pokemon.all(language)];
const model = await LanguageModel.create({
  corpus: names,
  hidden: 128,
  dropout: 0.3,
  seed: 1,
});

const options = {
  steps: 1500,
  batch: 32,
  schedule: "linear",
  weightDecay: 0.01,
  val: 0.1,
  evalEvery: 250,
};
for await (const { step, loss, validation } of model.fit(names, options)) {
  if (validation)
    console.log(`step ${step}: loss ${loss.toFixed(3)}, validation ${validation.toFixed(3)}`);
}

const known = new Set(names);
const { samples } = model.generate({ samples: 40, temperature: 0.8, seed: 1 });
const fresh = new Set(samples.map(({ text }) => text).filter((name) => !known.has(name)));
console.log(`\n${fresh.size} new names:\n${[...fresh].join(", ")}`);
