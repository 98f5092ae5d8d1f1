// A planted bias, found and mended: 4,000 faces of DiceBear's "Pixel Art" in 16×16, without hats, of which those with black hair wear glasses in
// 90 %, those with blond hair in 10 %. A small VAE (or a flow) learns them; a classifier that learned even faces says of what it makes how often glasses are there. Then
// each means: weights, resampling, labels drawn evenly from a model that learned them, rejection; and what each costs in distance to even faces.
//
//   node test/tasks/trust/faces.mjs <output folder> [--model vae] [--steps 2500] [--batch 64] [--count 4000] [--samples 3000] [--seed 0]
//     [--only biased,resampled,labels,weights]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  drawLabels,
  groupDifferences,
  groupWeights,
  keepTo,
  resample,
} from "../../../dist/fairness.js";
import { Classifier, Diffusion, frechetDistance, ImageSet, VAE } from "../../../dist/node.js";
import { combinations, pixelFaces } from "../diffusion/pixel-faces.mjs";
import { begun, percent, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "vae" },
    steps: { type: "string", default: "2500" },
    count: { type: "string", default: "4000" },
    batch: { type: "string", default: "64" },
    samples: { type: "string", default: "3000" },
    only: { type: "string", default: "biased,resampled,labels,weights" },
    seed: { type: "string", default: "0" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: faces.mjs <output folder>");
const number = (name) => Number(values[name]);
const [BATCH, SAMPLES, SEED] = [number("batch"), number("samples"), number("seed")];
const by = ["hair", "glasses"];

const even = faces(number("count"), 0.5, 0.5, 11);
const judge = await begun(Classifier, join(out, "judge.safetensors"), {
  ...{ images: even, labels: by, channels: 8, features: 32, seed: 100 },
});
await train(judge, even, join(out, "judge.safetensors"), {
  ...{ stages: [{ epochs: 4, lr: 2e-3, schedule: "cosine" }], batch: 100, every: 1 },
});
const real = faces(SAMPLES, 0.5, 0.5, 12);
const { accuracy } = judge.score(real);
console.log(
  `the classifier is wrong in: ${by.map((name) => `${name} ${percent(1 - accuracy[name], 2)}`).join(", ")}`,
);

const biased = faces(number("count"), 0.9, 0.1, 13);
report("data", biased);
report("even faces", real);

const only = values.only.split(",");
const model = await learned("biased", biased);
if (model) {
  const made = sampled(model);
  report("biased", made);
  const seen = valuesOf(made);
  const { indices, acceptance } = keepTo(
    seen.map(({ hair, glasses }) => `${hair} ${glasses}`),
    { "black yes": 1, "black no": 1, "blond yes": 1, "blond no": 1 },
  );
  report(`rejection, ${percent(acceptance)} accepted`, made.subset(indices));
}
const weighted = await learned("weights", biased, { weights: groupWeights(biased, { by }) });
if (weighted) report("weights", sampled(weighted));
const again = resample(biased, { by, target: "uniform" });
const resampled = await learned("resampled", biased.subset(again));
if (resampled) report("resampled", sampled(resampled));
const told = await learned("labels", biased, {}, { labels: by });
if (told) {
  const half = { black: 1, blond: 1 };
  const asked = drawLabels({ hair: half, glasses: { yes: 1, no: 1 } }, SAMPLES);
  report("labels drawn evenly", sampled(told, asked));
}

/** Faces with black or blond hair in equal parts and without hats, which hide it, with glasses as often as is said of each. */
function faces(count, ofBlack, ofBlond, seed) {
  const cells = [
    ["black", true, ofBlack],
    ["black", false, 1 - ofBlack],
    ["blond", true, ofBlond],
    ["blond", false, 1 - ofBlond],
  ];
  const sets = cells.flatMap(([hair, wears, share], c) => {
    const places = combinations.flatMap((one, i) =>
      one.hair === hair && one.hat === "none" && (one.glasses !== "none") === wears ? i : [],
    );
    const own = Math.round((count / 2) * share);
    return own > 0 ? [pixelFaces(own, places, 10 * seed + c)] : [];
  });
  const all = sets.reduce((set, one) => set.concat(one));
  const rows = Array.from({ length: all.length }, (_, i) => ({
    hair: valueIn(all, "hair", i),
    glasses: valueIn(all, "glasses", i) === "none" ? "no" : "yes",
  }));
  // Only these two are said of them.
  const plain = { pixels: all.pixels, height: 16, width: 16, channels: 3 };
  return new ImageSet(plain).withLabels(rows);
}

function valueIn(set, name, i) {
  const { classes, indices } = set.label(name);
  return classes[indices[i]];
}

async function learned(name, data, fit = {}, options = {}) {
  if (!only.includes(name)) return undefined;
  const file = join(out, `${values.model}-${name}-${SEED}.safetensors`);
  const [Model, sizes] = {
    vae: [VAE, { network: "dense", hidden: 256, layers: 1, latent: 24 }],
    diffusion: [Diffusion, { channels: 16, levels: 2 }],
  }[values.model];
  const model = await begun(Model, file, {
    images: data,
    labels: false,
    seed: SEED,
    ...sizes,
    ...options,
  });
  const epochs = number("steps") / Math.ceil(data.length / BATCH);
  await train(model, data, file, {
    ...{ stages: [{ epochs, lr: 2e-3, schedule: "cosine", warmup: 50 }], batch: BATCH, every: 10 },
    ...fit,
  });
  return model;
}

/** Faces of a model, for labels where they are asked for. */
function sampled(model, asked) {
  if (asked === undefined) return model.generate({ samples: SAMPLES, seed: 7 }).images;
  const cells = new Map();
  for (const labels of asked) {
    const key = JSON.stringify(labels);
    cells.set(key, { labels, count: (cells.get(key)?.count ?? 0) + 1 });
  }
  const sets = [...cells.values()].map(
    ({ labels, count }, c) => model.generate({ samples: count, seed: 70 + c, labels }).images,
  );
  return sets.reduce((set, one) => set.concat(one));
}

function valuesOf(images) {
  return judge.classify(images).map(({ labels }) => labels);
}

/** How often glasses are with each hair, as the classifier sees it; distances in its features. */
function report(name, images) {
  const seen = valuesOf(images);
  const { values: found } = groupDifferences(
    seen.map(({ glasses }) => glasses),
    seen.map(({ hair }) => hair),
    { values: ["yes", "no"] },
  );
  const { groups, low, high } = found[0];
  const own = Object.fromEntries(groups.map((one) => [one.group, one]));
  const difference = own.black.share - own.blond.share;
  const shares = groups.map(({ group, share, low, high }) => {
    return `${group} ${percent(share)} (${percent(low)} to ${percent(high)})`;
  });
  const distances = [
    ["even", real],
    ["biased", biased],
  ].map(([of, set]) => `${distance(images, set).toFixed(2)} to ${of} faces`);
  console.log(
    `${name}: ${images.length} faces, glasses with ${shares.sort().join(", ")}; difference ${(100 * difference).toFixed(1)} points (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}); distance ${distances.join(", ")}`,
  );
  return images
    .first(Math.min(96, images.length))
    .grid({ columns: 12, scale: 3 })
    .then((png) => {
      write(join(out, `${values.model}-${name.replace(/\W+/g, "-")}.png`), png);
    });
}

/** Fréchet distance in the features of the classifier, of as many faces each. */
function distance(a, b) {
  const count = Math.min(a.length, b.length);
  const rows = (set) => {
    const features = judge.features(
      set.subset(Array.from({ length: count }, (_, i) => Math.floor((i * set.length) / count))),
    );
    const width = features[0].length;
    const values = new Float32Array(features.length * width);
    for (const [i, row] of features.entries()) values.set(row, i * width);
    return { values, width };
  };
  return frechetDistance(rows(a), rows(b));
}
