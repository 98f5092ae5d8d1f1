// Characters of two small models, as examples/characters/train.mjs makes them: sheets that a language model writes under a
// JSON Schema, and sprites that a diffusion draws for what was written. Counts what is asked of them: that sheets are valid,
// that sprites show what sheets say (read by a classifier, whose own error on real sprites is printed), that histories do not
// contradict sheets, that names are new, and that what is given stays.
//
//   npm install && npm run characters-models        (in examples: trains the models)
//   node test/tasks/characters.mjs examples/characters/models out [--count 500] [--seed 1] [--names names.txt]
//
// Writes characters.svg, the first 24 of them, and characters.jsonl, the sheets of all.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, Diffusion, LanguageModel } from "../../dist/node.js";
import { gallery } from "../../examples/characters/gallery.mjs";
import {
  classNames,
  contradictions,
  looks,
  schema,
  sheets,
} from "../../examples/characters/sheets.mjs";
import { anyLooks, sprites } from "../../examples/characters/sprites.mjs";
import { begun, percent, train, write } from "./pictures/data.mjs";

const { Ajv2020 } = createRequire(import.meta.url)("ajv/dist/2020.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    names: { type: "string" },
    workers: { type: "string", default: "2" },
  },
});
const [models, out] = positionals;
if (out === undefined) throw new Error("usage: characters.mjs <folder of models> <output folder>");
const [count, seed] = [values.count, values.seed].map(Number);
const attributes = Object.keys(looks);
const share = (list, f) => list.filter(f).length / list.length;
let failed = false;
const demand = (what, value, least) => {
  failed ||= value < least;
  console.log(`${what}: ${percent(value)}${value < least ? `, expected ${percent(least)}` : ""}`);
};

const judgeFile = join(out, "judge.safetensors");
const real = sprites(anyLooks(10_000, 2), 2);
const judge = await begun(Classifier, judgeFile, { images: real, seed: 100 });
await train(judge, real, judgeFile, {
  ...{ stages: [{ epochs: 12, lr: 2e-3, schedule: "cosine" }], batch: 100, shards: 2, every: 3 },
  workers: Number(values.workers),
});
const { accuracy } = judge.score(sprites(anyLooks(1000, 3), 3));
const errors = attributes.map((name) => `${name} ${percent(1 - accuracy[name])}`);
console.log(`the classifier is wrong, on 1,000 real sprites, in: ${errors.join(", ")}`);

const { characterMaker } = await import("../../dist/game.js");
const read = (name) => readFileSync(join(models, `${name}.safetensors`));
const [text, picture] = [
  await LanguageModel.load(read("text")),
  await Diffusion.load(read("picture")),
];
for (const [name, model] of Object.entries({ text, picture })) {
  const [bytes, numbers] = [read(name).length, model.parameterCount];
  console.log(
    `${name}: ${numbers} numbers, ${Math.round(bytes / 1000)} kB, ${model.fingerprint().slice(0, 16)}`,
  );
}
const parts = {
  ...{ text, picture, schema },
  ...{ writing: { minP: 0.05 }, drawing: { guidance: 2, temperature: 0.7 } },
};
const maker = await characterMaker(parts);

const begin = performance.now();
const made = [];
for await (const one of maker.stream({ samples: count, seed })) made.push(one);
const each = (performance.now() - begin) / count;
console.log(`${count} characters, ${each.toFixed(0)} ms each`);
const all = made.map(({ sheet }) => sheet);
write(join(out, "characters.jsonl"), all.map((sheet) => `${JSON.stringify(sheet)}\n`).join(""));
write(join(out, "characters.svg"), await gallery(made.slice(0, 24)));

demand("sheets that are valid", share(all, new Ajv2020().compile(schema)), 1);

const images = made.map(({ sprite }) => sprite).reduce((set, one) => set.concat(one));
const found = judge.classify(images).map(({ labels }) => labels);
const right = attributes.map((name) => share(all, (sheet, i) => found[i][name] === sheet[name]));
demand(
  `attributes that the sprite shows (${attributes.map((name, i) => `${name} ${percent(right[i])}`).join(", ")})`,
  right.reduce((sum, one) => sum + one, 0) / right.length,
  0.9,
);
const whole = (sheet, i) => attributes.every((name) => found[i][name] === sheet[name]);
console.log(`all ${attributes.length} of a sprite: ${percent(share(all, whole))}`);

const learned = sheets(6000, 1);
const known = new Set(learned.map(({ name }) => name));
demand(
  "names that are not among those learned",
  share(all, ({ name }) => !known.has(name)),
  0.6,
);
console.log(
  `${new Set(all.map(({ name }) => name)).size} different names, of ${known.size} that were learned`,
);
if (values.names) {
  const list = readFileSync(values.names, "utf8").trim().split("\n");
  const real = new Set(list.map((name) => name.toLowerCase()));
  const own = share(all, ({ name }) => real.has(name.toLowerCase()));
  console.log(`names that people have, in ${values.names}: ${percent(own)}`);
}
const told = new Set(learned.map(({ history }) => history));
console.log(
  `histories that were not learned to the letter: ${percent(share(all, ({ history }) => !told.has(history)))}`,
);
console.log(`histories that agree with the sheet: ${percent(share(all, agrees))}`);

// The sheets alone: again, where a history has to agree.
const unseen = { labels: picture.labels, generate: () => ({ images: images.first(1) }) };
const strict = await characterMaker({ ...parts, picture: unseen, accept: agrees, tries: 50 });
const some = [];
for await (const { sheet } of strict.stream({ samples: 100, seed })) some.push(sheet);
demand("the same with accept, of 100", share(some, agrees), 1);

// What is given stays; what was not given suits it, as in the sheets that were learned.
const sheetsOnly = await characterMaker({ ...parts, picture: unseen });
for (const given of [
  { class: "wizard" },
  { hat: "purple" },
  { glasses: "dark", clothes: "blue" },
]) {
  const own = [];
  for await (const { sheet } of sheetsOnly.stream({ samples: 60, seed: 1000, given }))
    own.push(sheet);
  const kept = (sheet) => Object.entries(given).every(([name, value]) => sheet[name] === value);
  demand(`${JSON.stringify(given)} stays`, share(own, kept), 1);
  const alike = learned.filter(kept);
  const classes = classNames.map(
    (name) =>
      `${name} ${percent(share(own, (one) => one.class === name))} (${percent(share(alike, (one) => one.class === name))})`,
  );
  console.log(`their classes, and as learned: ${classes.join(", ")}`);
}
process.exit(failed ? 1 : 0);

function agrees(sheet) {
  return contradictions(sheet).length === 0;
}
