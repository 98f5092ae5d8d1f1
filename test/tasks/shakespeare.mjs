// nanoGPT's recipe for a CPU on tiny Shakespeare: its two styles of Transformer, and a larger one that takes half an
// hour on two cores. Nats a character over the whole last tenth of the text, in windows that each start from nothing.
//
//   node test/tasks/shakespeare.mjs tinyshakespeare.txt [--style llama|gpt2] [--seed 1] [--large] [--stop 200]
//
// What `simdream train` does with the same options, to the bit. --stop ends the run early, for its fingerprint.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { LanguageModel } from "../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    style: { type: "string", default: "llama" },
    seed: { type: "string", default: "1" },
    large: { type: "boolean", default: false },
    stop: { type: "string", default: "Infinity" },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("usage: shakespeare.mjs <tinyshakespeare.txt>");
const { style, large } = values;
const seed = Number(values.seed);

const size = large
  ? { hidden: 192, layers: 4, heads: 6, context: 128, dropout: 0.1 }
  : { hidden: 128, layers: 4, heads: 4, context: 64, dropout: 0 };
const run = large ? { batch: 32, shards: 2, workers: 2 } : { batch: 12, shards: 1 };

const text = readFileSync(file, "utf8");
const model = await LanguageModel.create({
  corpus: text,
  network: { kind: "transformer", style, ...size },
  seed,
});
console.log(`${style}, seed ${seed}: ${model.parameterCount} parameters`);

const started = performance.now();
const minutes = () => ((performance.now() - started) / 60000).toFixed(1);
const reports = model.fit(text, {
  steps: 2000,
  lr: 1e-3,
  schedule: "cosine",
  lrMin: 0.1,
  warmup: 100,
  betas: [0.9, 0.99],
  weightDecay: 0.1,
  clip: 1,
  val: 0.1,
  ...run,
});
for await (const { step, loss } of reports) {
  if (step % 200 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}, ${minutes()} minutes`);
  if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
  if (step >= Number(values.stop)) process.exit(0);
}
console.log(`at the end: fingerprint ${model.fingerprint()}`);
const held = text.slice(Math.floor(0.9 * text.length));
const { nats, tokens } = model.score(held, { resetEvery: size.context });
console.log(`held out: ${nats.toFixed(4)} nats, ${tokens} characters; ${minutes()} minutes`);
