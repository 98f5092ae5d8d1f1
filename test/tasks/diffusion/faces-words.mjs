// Faces by attributes and by words. Two flows of the same U-Net, 32 and 64 channels, learn 20,000 faces of DiceBear's
// "Pixel Art" in 16×16: one is told six attributes as labels, the other captions in English and Chinese, read character by
// character. 300 combinations of attributes of 1,080 are never in training; of these both are asked for faces, at guidance 3,
// and a classifier of every attribute says how many are there.
//
//   node test/tasks/diffusion/faces-words.mjs <output folder> [--steps 4000] [--count 20000] [--network dit] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, Diffusion } from "../../../dist/node.js";
import { begun, percent, train, uniform, write } from "../pictures/data.mjs";
import { attributes, chinese, combinations, english, heldOut, pixelFaces } from "./pixel-faces.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "4000" },
    count: { type: "string", default: "20000" },
    guidance: { type: "string", default: "3" },
    network: { type: "string", default: "unet" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: faces-words.mjs <output folder>");
const number = (name) => Number(values[name]);
const [HELD, BATCH] = [300, 64];

const { held, others } = heldOut(HELD, 1);
const faces = pixelFaces(number("count"), others, 1);
const asked = held.map((place) => combinations[place]);

// The classifier learns all combinations, and is measured on faces of those that are held out.
const judgeFile = join(out, "judge.safetensors");
const known = pixelFaces(
  Math.min(10_000, number("count")),
  combinations.map((_, i) => i),
  2,
);
const judge = await begun(Classifier, judgeFile, { images: known, seed: 100 });
await train(judge, known, judgeFile, {
  ...{ stages: [{ epochs: 8, lr: 2e-3, schedule: "cosine" }], batch: 100, shards: 2, every: 4 },
  workers: number("workers"),
});
const { accuracy } = judge.score(pixelFaces(1000, held, 3));
const error = (name) => percent(1 - accuracy[name]);
console.log(
  `the classifier is wrong in: ${attributes.map((name) => `${name} ${error(name)}`).join(", ")}`,
);

const size = { unet: { channels: 32, levels: 2 }, dit: {} }[values.network];
const options = { images: faces, network: values.network, ...size, seed: number("seed") };
const fit = { batch: BATCH, shards: 2, workers: number("workers") };
const epochs = number("steps") / Math.ceil(faces.length / BATCH);
const how = { ...fit, stages: [{ epochs }], every: 1 };

const labelled = await learned("labels", { captions: false });
const worded = await learned("words", { labels: false, tokenizer: "char" });
const said = (language) => {
  const next = uniform(5);
  return asked.map((one) => language(one, (list) => list[Math.floor(next() * list.length)]));
};
report(
  "labels",
  asked.map((labels, i) => labelled.generate({ labels, ...sampling(i) }).images),
);
for (const [name, language] of [
  ["English", english],
  ["Chinese", chinese],
]) {
  const prompt = said(language);
  const { images } = worded.generate({ prompt, ...sampling(1) });
  report(name, [images]);
  write(join(out, `${name}.png`), await images.first(96).grid({ columns: 12, scale: 3 }));
  console.log(prompt.slice(0, 3).join("\n"));
}

async function learned(name, own) {
  const file = join(out, `${name}-${values.network}-${values.seed}.safetensors`);
  const model = await begun(Diffusion, file, { ...options, ...own });
  console.log(`${name}: ${model.parameterCount} parameters`);
  await train(model, faces, file, how);
  return model;
}

function sampling(seed) {
  return { guidance: number("guidance"), seed };
}

/** How many of the attributes that were asked for are there. */
function report(name, sets) {
  const images = sets.reduce((all, one) => all.concat(one));
  const found = judge.classify(images);
  const right = (attribute) =>
    found.filter(({ labels }, i) => labels[attribute] === asked[i][attribute]).length / HELD;
  const each = attributes.map((attribute) => [attribute, right(attribute)]);
  const mean = each.reduce((sum, [, share]) => sum + share, 0) / each.length;
  const whole = found.filter(({ labels }, i) =>
    attributes.every((attribute) => labels[attribute] === asked[i][attribute]),
  ).length;
  console.log(
    `${name}: ${percent(mean)} of attributes are there (${each
      .map(([attribute, share]) => `${attribute} ${percent(share)}`)
      .join(", ")}); all six in ${percent(whole / HELD)}`,
  );
}
