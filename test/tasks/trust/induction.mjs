// An induction head in a small Transformer: trained on random sequences that are said twice, a head of its second layer looks at
// what came after the same symbol before (Olsson et al., "In-context Learning and Induction Heads", 2022). Sequences differ in
// length, so that no head can look so many places back instead.
//
//   node test/tasks/trust/induction.mjs <output folder> [--steps 2000] [--hidden 64] [--heads 4] [--lr 3e-3] [--batch 32] [--seed 1]

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inductionScores } from "../../../dist/insight.js";
import { ImageSet, LanguageModel } from "../../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "2000" },
    hidden: { type: "string", default: "64" },
    heads: { type: "string", default: "4" },
    lr: { type: "string", default: "2e-3" },
    batch: { type: "string", default: "32" },
    seed: { type: "string", default: "1" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: induction.mjs <output folder>");
mkdirSync(out, { recursive: true });
const number = (name) => Number(values[name]);
const [steps, batch, seed] = ["steps", "batch", "seed"].map(number);

const SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
/** Xorshift: whole numbers, the same everywhere. */
let state = 2463534242 + seed;
function below(most) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % most;
}
/** 64 symbols: some different ones, again and again. */
function again(length) {
  const all = Array.from(SYMBOLS);
  for (let i = 0; i < length; i++) {
    const j = i + below(all.length - i);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return Array.from({ length: 64 }, (_, i) => all[i % length]).join("");
}
/** Lengths from 2 to 32, short ones more often. */
const lengths = Array.from({ length: 31 }, (_, i) =>
  Array(Math.ceil(96 / (i + 2))).fill(i + 2),
).flat();
const documents = Array.from({ length: steps * batch }, () =>
  again(lengths[below(lengths.length)]),
);

const shown = again(24);

const model = await LanguageModel.create({
  corpus: documents,
  network: "transformer",
  layers: 2,
  hidden: number("hidden"),
  heads: number("heads"),
  inner: number("hidden"),
  context: 80,
  tied: false,
  dropout: 0,
  seed,
});
console.log(`${model.parameterCount} parameters`, model.config);
const pictures = [heads()];
const begun = performance.now();
for await (const { step, loss } of model.fit(documents, {
  steps,
  batch,
  lr: number("lr"),
  warmup: 50,
})) {
  if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
  if (step % 100 !== 0) continue;
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  const [best] = inductionScores(model, { symbols: Array.from(SYMBOLS), length: 32 });
  console.log(
    `step ${step}: ${loss.toFixed(3)} nats, ${best.induction.toFixed(3)} by head ${best.head} of layer ${best.layer}, ${seconds} s`,
  );
}
console.log("fingerprint", model.fingerprint());
writeFileSync(join(out, "induction.safetensors"), model.save());
for (const score of inductionScores(model, { symbols: Array.from(SYMBOLS), length: 32 })) {
  console.log(score);
}
const pixels = new Uint8Array([pictures[0], heads()].flatMap((some) => Array.from(some)));
const side = shown.length + 1;
const set = new ImageSet({ pixels, width: side, height: side, channels: 1 });
const sheet = await set.grid({ columns: number("heads"), scale: 2, background: "#8c8c8c" });
writeFileSync(join(out, "induction.png"), sheet);

/** What every head looks at in a sequence that is said again and again: a row a query, darker is more. */
function heads() {
  const { weights } = model.attention(shown);
  return weights.flat().flatMap((map) => Array.from(map, (w) => Math.round(255 * (1 - w))));
}
