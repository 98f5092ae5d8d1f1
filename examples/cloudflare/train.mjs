// node train.mjs [text file]
//
// Learns a text and writes the model that the Worker serves, with weights of 8 bits. Without a file, the
// text is a thousand everyday Chinese sentences.

import { readFileSync, writeFileSync } from "node:fs";
import { LanguageModel } from "simdream";
import { chinese } from "simdream/corpus";

const [file] = process.argv.slice(2);
const text = file ? readFileSync(file, "utf8") : chinese;
const steps = Number(process.env.STEPS ?? 400);

const model = await LanguageModel.create({
  corpus: text,
  hidden: 256,
  dropout: 0.2,
  seed: 1,
});
for await (const { step, loss } of model.fit(text, { steps, batch: 16, lr: 3e-3 })) {
  if (step % 20 === 0) console.log(`step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
}
const target = new URL("src/model.safetensors", import.meta.url);
const bytes = (await model.quantize()).save();
writeFileSync(target, bytes);
console.log(`${target.pathname}: ${Math.round(bytes.length / 1000)} kB`);
