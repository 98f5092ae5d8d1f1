// Names, the task of Karpathy's makemore: 32,033 first names, one a line, a tenth of them held out (drawn by
// seed 0). A small Transformer; nats a character on the names held out, their ends counted. The run has no
// validation, so nothing of it is chosen by what is held out.
//
//   node test/tasks/names.mjs names.txt [--steps 10000] [--seed 1] [--lr 2e-3] [--batch 128] [--dropout 0.1]
//
// The same command prints the same fingerprints, after 200 steps and at the end, and the same nats.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { LanguageModel } from "../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    lr: { type: "string", default: "2e-3" },
    batch: { type: "string", default: "128" },
    dropout: { type: "string", default: "0.1" },
  },
});
const number = (name) => Number(values[name]);
const [file] = positionals;
if (file === undefined) throw new Error("usage: names.mjs <names.txt>");

const names = readFileSync(file, "utf8").split("\n").filter(Boolean);
const { train, test } = parted(names, 0);
const longest = Math.max(...names.map(({ length }) => length));
const model = await LanguageModel.create({
  corpus: names,
  network: {
    kind: "transformer",
    hidden: 64,
    layers: 4,
    heads: 4,
    context: longest + 1,
    dropout: number("dropout"),
  },
  seed: number("seed"),
});
console.log(
  `${train.length} names to learn, ${test.length} held out, ${model.parameterCount} parameters`,
);

const steps = number("steps");
const options = {
  steps,
  batch: number("batch"),
  lr: number("lr"),
  schedule: "cosine",
  warmup: Math.min(100, Math.floor(steps / 10)),
  weightDecay: 0.1,
};
const started = performance.now();
for await (const { step, loss } of model.fit(train, options)) {
  if (step === 200) console.log(`after 200 steps: fingerprint ${await model.fingerprint()}`);
  if (step % 500 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}, ${minutes()} minutes`);
}
const { nats, tokens } = model.score(test);
console.log(`at the end: fingerprint ${await model.fingerprint()}`);
console.log(
  `held out: ${nats.toFixed(4)} nats a character, ${tokens} of them; ${minutes()} minutes`,
);
const { samples } = model.generate({ samples: 20, seed: 1 });
console.log(samples.map(({ text }) => text).join(" "));

function minutes() {
  return ((performance.now() - started) / 60000).toFixed(1);
}

/** A tenth of the list, drawn without Math.random (Fisher and Yates, with a generator of Numerical Recipes). */
function parted(list, seed) {
  const mixed = [...list];
  let state = seed;
  for (let i = mixed.length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
  }
  const held = Math.floor(list.length / 10);
  return { test: mixed.slice(0, held), train: mixed.slice(held) };
}
