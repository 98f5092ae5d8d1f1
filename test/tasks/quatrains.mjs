// Chinese quatrains by title, author and form: four lines of five or of seven characters. How many of 200 samples
// have the form that was asked for (at least 90 % are expected), and how many of their lines are copies.
//
//   node test/tasks/quatrains.mjs <poems.jsonl or .jsonl.gz> [--steps 2000] [--temperature 0.8] [--network lstm]
//
// A line of the file is a poem: {"title": "…", "author": "…", "lines": ["…，…。", "…，…。"]}.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { LanguageModel } from "../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "2000" },
    temperature: { type: "string", default: "0.8" },
    network: { type: "string", default: "transformer" },
  },
});
const [path] = positionals;
if (!path) throw new Error("expected the path of a file of poems in JSON lines");

const forms = { 五絕: 5, 七絕: 7 };

/** Lengths of a poem's lines, in characters. */
const lengths = (text) =>
  text
    .split(/[，。？！；\n]/)
    .filter((line) => line !== "")
    .map((line) => Array.from(line).length);
const has = (text, length) => {
  const all = lengths(text);
  return all.length === 4 && all.every((one) => one === length);
};

const bytes = readFileSync(path);
const poems = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().trim().split("\n");
const corpus = poems.flatMap((line) => {
  const { title, author, lines } = JSON.parse(line);
  const text = lines.join("\n");
  const form = Object.keys(forms).find((name) => has(text, forms[name]));
  return form ? [{ text, labels: { title, author, form } }] : [];
});

const began = performance.now();
const seconds = () => Math.round((performance.now() - began) / 1000);
const model = await LanguageModel.create({ corpus, network: values.network, dropout: 0.1 });
for (const { name, kind, values = [] } of model.labels) console.log(name, kind, values.length);
console.log(`${corpus.length} quatrains, ${model.parameterCount} parameters`);

const run = {
  steps: Number(values.steps),
  lr: 3e-3,
  schedule: "cosine",
  warmup: 50,
  ema: 0.99,
  val: 0.1,
  evalEvery: 250,
  // The form is learnt long after the words: the best validation comes too early for it.
  keep: "last",
};
for await (const { step, loss, validation } of model.fit(corpus, run)) {
  if (validation === undefined) continue;
  const numbers = `loss ${loss.toFixed(3)}, validation ${validation.toFixed(3)}`;
  console.log(`step ${step}: ${numbers}, ${seconds()} s`);
}

const known = new Set(corpus.flatMap(({ text }) => text.split("\n")));
const temperature = Number(values.temperature);
let [right, copies, lines] = [0, 0, 0];
for (const [form, length] of Object.entries(forms)) {
  const { samples } = model.generate({ labels: { form }, samples: 100, temperature, seed: 1 });
  const texts = samples.map(({ text }) => text);
  const fitting = texts.filter((text) => has(text, length)).length;
  const own = texts.flatMap((text) => text.split("\n"));
  right += fitting;
  lines += own.length;
  copies += own.filter((line) => known.has(line)).length;
  console.log(`\n${form}: ${fitting} of ${texts.length} have four lines of ${length} characters`);
  for (const text of texts.slice(0, 5)) console.log(text.replaceAll("\n", ""));
}
const share = ((100 * copies) / lines).toFixed(1);
console.log(
  `\n${right} of 200 have the form; ${share} % of the lines are in the poems; ${seconds()} s`,
);
process.exitCode = right >= 180 ? 0 : 1;
