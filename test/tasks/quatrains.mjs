// Chinese quatrains by title, author and form: node test/tasks/quatrains.mjs poems.jsonl.gz [--steps n] [--seed n]
//
// The file has a poem a line, `{ "title", "author", "lines" }`, gzipped or not. Those of four lines of five or of
// seven characters are learned, with what the lines are as their form. Then a hundred of each form are drawn, and
// it is counted how many have four lines of the length that was asked for.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { LanguageModel } from "../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string" },
    seed: { type: "string", default: "1" },
    network: { type: "string", default: "transformer" },
  },
});
const bytes = readFileSync(positionals[0]);
const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString("utf8");

const forms = { 5: "五絕", 7: "七絕" };
/** A poem's single lines: "春眠不覺曉，處處聞啼鳥。" is two. */
const verses = (lines) => lines.flatMap((line) => line.split(/(?<=[，。？！；])/u));
const length = (verse) => verse.replace(/\p{P}/gu, "").length;

const poems = text
  .split("\n")
  .filter(Boolean)
  .flatMap((line) => {
    const { title, author, lines } = JSON.parse(line);
    const all = verses(lines);
    const form = forms[length(all[0])];
    if (!form || all.length !== 4 || all.some((verse) => length(verse) !== length(all[0])))
      return [];
    return [{ text: all.join("\n"), labels: { form, author, title } }];
  });
const count = (of) => poems.filter(({ labels }) => labels.form === of).length;
console.log(
  `${poems.length} quatrains, ${count("五絕")} of five and ${count("七絕")} of seven characters a line`,
);

const seed = Number(values.seed);
const model = await LanguageModel.create({ corpus: poems, network: values.network, seed });
const { labels: fields, ...sizes } = model.config;
console.log(JSON.stringify(sizes), `${model.parameterCount} parameters`);
console.log(
  fields
    .map(({ name, values: some }) => `${name}: ${some ? `${some.length} values` : "any text"}`)
    .join("; "),
);
const begun = performance.now();
const steps = values.steps && { steps: Number(values.steps) };
for await (const { step, steps: all, loss, validationLoss } of model.fit(poems, {
  val: 0.1,
  ...steps,
})) {
  if (step === 200) console.log(`fingerprint after 200 steps ${model.fingerprint()}`);
  if (validationLoss !== undefined) {
    console.log(`${step}/${all}: loss ${loss.toFixed(3)}, validation ${validationLoss.toFixed(3)}`);
  }
}
console.log(
  `${((performance.now() - begun) / 60_000).toFixed(1)} minutes, fingerprint ${model.fingerprint()}`,
);

const known = new Set(poems.flatMap((poem) => poem.text.split("\n")));
let right = 0;
for (const [size, form] of Object.entries(forms)) {
  const { samples } = model.generate({ labels: { form }, samples: 100, seed, temperature: 0.8 });
  const whole = samples.filter((sample) => {
    const lines = sample.text.split("\n");
    return lines.length === 4 && lines.every((line) => length(line) === Number(size));
  });
  right += whole.length;
  const copied = samples
    .flatMap((sample) => sample.text.split("\n"))
    .filter((line) => known.has(line)).length;
  console.log(
    `${form}: ${whole.length} of 100 have four lines of ${size}; ${copied} lines are in the data`,
  );
  for (const sample of samples.slice(0, 5)) console.log(`  ${sample.text.replaceAll("\n", " ")}`);
}
console.log(right >= 180 ? `ok: ${right} of 200` : `too few: ${right} of 200`);
if (right < 180) process.exitCode = 1;
