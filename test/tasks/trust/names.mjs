// First names of the United States by sex (Social Security Administration, public domain): a small LSTM learns those that were among the
// 1,000 most frequent of a year since 1990, with their sex as a label. There are more different names of girls than of boys. What it makes
// without a label is audited, then names asked for evenly, and a model whose examples were weighted.
//
//   node test/tasks/trust/names.mjs us-top1000-1880-2024.csv.gz [--from 1990] [--steps 2500] [--samples 2000] [--seed 0]
//
// The same command prints the same fingerprints and figures.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import {
  classQuality,
  distribution,
  drawLabels,
  groupDifferences,
  groupWeights,
  keepTo,
  textReader,
} from "../../../dist/fairness.js";
import { LanguageModel } from "../../../dist/node.js";
import { percent } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: "1990" },
    steps: { type: "string", default: "2500" },
    samples: { type: "string", default: "2000" },
    seed: { type: "string", default: "0" },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("usage: names.mjs us-top1000-1880-2024.csv.gz");
const number = (name) => Number(values[name]);

const names = { F: new Map(), M: new Map() };
for (const line of gunzipSync(readFileSync(file)).toString().trim().split("\n").slice(1)) {
  const [year, , name, sex] = line.split(",");
  if (Number(year) < number("from")) continue;
  names[sex].set(name, (names[sex].get(name) ?? 0) + 1);
}
const documents = ["F", "M"].flatMap((sex) =>
  Array.from(names[sex].keys(), (text) => ({ text, labels: { sex } })),
);
// A name of both is that of the sex which had it in more years.
const lists = { F: [], M: [] };
for (const name of new Set(documents.map(({ text }) => text))) {
  const [f, m] = [names.F.get(name) ?? 0, names.M.get(name) ?? 0];
  lists[f >= m ? "F" : "M"].push(name);
}
const sexOf = textReader({ lists });
const ending = textReader({ patterns: { vowel: "[aeiouy]$", other: "." } });
const counts = { F: names.F.size, M: names.M.size };
console.log(
  `${documents.length} names and sexes: ${counts.F} of girls, ${counts.M} of boys, ${percent(counts.F / documents.length)} of girls`,
);

const plain = await learned("as they are");
audit(
  "without a label",
  plain.generate({ samples: number("samples"), seed: 0, maxTokens: 30 }).samples,
);

const drawn = drawLabels({ sex: { F: 1, M: 1 } }, number("samples"));
const asked = drawn.map(({ sex }) => sex);
const even = asked.map((sex, i) =>
  plain.generate({ labels: { sex }, seed: 1000 + i, maxTokens: 30 }),
);
audit("labels drawn evenly", even);
const read = even.map(({ text }) => sexOf(text));
const { indices, acceptance } = keepTo(read, { F: 1, M: 1 });
const girls = indices.filter((i) => read[i] === "F").length;
console.log(
  `  kept evenly: ${indices.length} names, ${girls} of girls, ${percent(acceptance)} of all`,
);
const judged = even.map(({ text }, i) => ({ truth: asked[i], said: sexOf(text), group: asked[i] }));
const { classes } = classQuality(judged.filter(({ said }) => said !== "none"));
for (const { value, precision, recall } of classes) {
  console.log(
    `  asked for ${value} and known: precision ${words(precision)}, recall ${words(recall)}`,
  );
}
const { values: endings } = groupDifferences(
  even.map(({ text }) => ending(text)),
  asked,
);
const vowel = endings.find(({ value }) => value === "vowel");
const real = Object.fromEntries(
  ["F", "M"].map((sex) => {
    const all = [...names[sex].keys()];
    return [sex, all.filter((name) => ending(name) === "vowel").length / all.length];
  }),
);
for (const one of vowel.groups) {
  console.log(
    `  end in a vowel, asked for ${one.group}: ${words(one)}; of real names ${percent(real[one.group])}`,
  );
}

const weighted = await learned("weighted", { weights: groupWeights(documents, { by: "sex" }) });
audit("weights", weighted.generate({ samples: number("samples"), seed: 0, maxTokens: 30 }).samples);

async function learned(name, options = {}) {
  const model = await LanguageModel.create({
    ...{ corpus: documents, embed: 24, hidden: 96, layers: 1, seed: number("seed") },
  });
  const started = performance.now();
  const how = {
    steps: number("steps"),
    batch: 64,
    lr: 4e-3,
    schedule: "cosine",
    val: 0,
    labelDropout: 0.1,
  };
  for await (const { step, loss } of model.fit(documents, { ...how, ...options })) {
    if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
    if (step % 500 !== 0) continue;
    console.log(
      `step ${step}: loss ${loss.toFixed(3)}, ${((performance.now() - started) / 60000).toFixed(1)} minutes`,
    );
  }
  console.log(`${name}: fingerprint ${model.fingerprint()}`);
  return model;
}

/** Of which sex the names are that are known, against equal shares and against the data. */
function audit(name, samples) {
  const found = samples.map(({ text }) => sexOf(text));
  const known = found.filter((sex) => sex !== "none");
  const all = { F: lists.F.length, M: lists.M.length };
  const girls = [{ F: 1, M: 1 }, all].map((against) => {
    return distribution(known, { against }).values.find(({ value }) => value === "F");
  });
  const verdict = ({ differs, target }) =>
    `${differs ? "differs from" : "fits"} ${percent(target)}`;
  console.log(
    `${name}: ${known.length} of ${samples.length} names are real ones, of girls ${words(girls[0])}: ${verdict(girls[0])}, ${verdict(girls[1])} (the data)`,
  );
}

function words({ share, low, high, count, trials }) {
  return `${percent(share)} (${percent(low)} to ${percent(high)}, ${count} of ${trials})`;
}
