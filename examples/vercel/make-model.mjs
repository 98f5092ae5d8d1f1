// node make-model.mjs [model.safetensors]
//
// Writes a model with weights of 8 bits as a module, because edge functions have modules, not files.
// Without a file it first trains a small model.

import { readFileSync, writeFileSync } from "node:fs";
import { LanguageModel } from "simdream";
import { english } from "simdream/corpus";

const [file] = process.argv.slice(2);
const model = file ? await LanguageModel.load(readFileSync(file)) : await trained();
const bytes = (await model.quantize()).save();
const module = `export default ${JSON.stringify(Buffer.from(bytes).toString("base64"))};\n`;
const target = new URL("api/_model.js", import.meta.url);
writeFileSync(target, module);
console.log(`${target.pathname}: ${Math.round(module.length / 1000)} kB`);

async function trained() {
  const steps = Number(process.env.STEPS ?? 400);
  const made = await LanguageModel.create({ corpus: english, hidden: 128, seed: 1 });
  for await (const { step, loss } of made.fit(english, { steps, batch: 16, lr: 5e-3 })) {
    if (step % 20 === 0) console.log(`step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
  }
  return made;
}
