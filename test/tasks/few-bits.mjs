// What 8 and 4 bits a weight cost: nats a token over the last tenth of a text, in windows that each start from nothing, and
// bytes of the file; of a model that is trained here (1.8 million parameters), or of a file.
//
//   node test/tasks/few-bits.mjs tinyshakespeare.txt [--steps 600] [--model m.safetensors]

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { LanguageModel } from "../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { steps: { type: "string", default: "600" }, model: { type: "string" } },
});
const [file] = positionals;
if (file === undefined) throw new Error("usage: few-bits.mjs <text> [--model m.safetensors]");

const text = readFileSync(file, "utf8");
const heldOut = text.slice(Math.floor(0.9 * text.length));

const model = values.model
  ? await LanguageModel.load(readFileSync(values.model))
  : await trained(Number(values.steps));
const window = model.config.context ?? 256;
const whole = model.score(heldOut, { resetEvery: window }).nats;
console.log(`f32: ${whole.toFixed(5)} nats, ${model.save().length} bytes`);
for (const bits of [8, 4]) {
  const copy = await model.quantize({ bits });
  const { nats } = copy.score(heldOut, { resetEvery: window });
  const more = (nats - whole).toFixed(5);
  console.log(`int${bits}: ${nats.toFixed(5)} nats (${more} more), ${copy.save().length} bytes`);
}

async function trained(steps) {
  const network = { kind: "transformer", hidden: 192, layers: 4, heads: 6, context: 64 };
  const made = await LanguageModel.create({ corpus: text, network, seed: 1 });
  console.log(`${made.parameterCount} parameters`);
  for await (const { step, loss } of made.fit(text, { steps, batch: 12, val: 0.1 })) {
    if (step % 100 === 0) console.log(`step ${step}: ${loss.toFixed(3)}`);
  }
  return made;
}
