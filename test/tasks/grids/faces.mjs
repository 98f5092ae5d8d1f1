// Pixel art with a palette, by attributes: a GridModel learns faces of DiceBear's "Pixel Art" in 16×16, pixel by pixel, with six
// attributes as labels. 300 combinations of attributes of 1,080 are never in training; of each a face is asked for, and a classifier
// of every attribute says how many are there. The same faces, combinations and classifier as of diffusion/faces-words.mjs.
//
//   node test/tasks/grids/faces.mjs <output folder> [--steps 700] [--count 6000] [--network lstm] [--temperature 1] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, encodePNG, GridModel, GridSet, ImageSet } from "../../../dist/node.js";
import { attributes, combinations, heldOut, pixelFaces } from "../diffusion/pixel-faces.mjs";
import { begun, percent, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "700" },
    count: { type: "string", default: "6000" },
    colors: { type: "string", default: "48" },
    network: { type: "string", default: "lstm" },
    temperature: { type: "string", default: "1" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: faces.mjs <output folder>");
const number = (name) => Number(values[name]);
const [HELD, BATCH, SIDE] = [300, 16, 16];

const { held, others } = heldOut(HELD, 1);
const asked = held.map((place) => combinations[place]);

// The classifier learns all combinations, and is measured on faces of those that are held out.
const judgeFile = join(out, "judge.safetensors");
const known = pixelFaces(
  10_000,
  combinations.map((_, i) => i),
  2,
);
const judge = await begun(Classifier, judgeFile, { images: known, seed: 100 });
const pass = { batch: 100, shards: 2, workers: number("workers") };
const stages = [{ epochs: 8, lr: 2e-3, schedule: "cosine" }];
await train(judge, known, judgeFile, { stages, every: 4, ...pass });
const real = pixelFaces(1000, held, 3);
console.log(`the classifier is wrong in: ${errors(real)}`);

const faces = await gridsOf(pixelFaces(number("count"), others, 1));
console.log(`${faces.length} faces of ${faces.symbols.length} colours`);
const reduced = picturesOf((await gridsOf(real)).withLabels(rowsOf(real)));
console.log(`of real faces in as many colours: ${errors(reduced)}`);

const { network } = values;
const file = join(out, `faces-${network}-${values.seed}.safetensors`);
const model = await begun(GridModel, file, { grids: faces, network, seed: number("seed") });
console.log(`${model.parameterCount} parameters`);
const epochs = number("steps") / Math.ceil(faces.length / BATCH);
const how = { shards: 2, workers: number("workers"), batch: BATCH, every: 0.25 };
await train(model, faces, file, {
  ...how,
  stages: [{ epochs, schedule: "cosine", warmup: 50, symmetries: "none" }],
});

const begin = performance.now();
const temperature = number("temperature");
const drawn = [];
for (const [seed, labels] of asked.entries()) {
  const { grids } = await model.generate({ labels, seed, temperature });
  drawn.push(picturesOf(grids));
}
const seconds = (performance.now() - begin) / 1000;
const images = drawn.reduce((all, one) => all.concat(one));
const found = judge.classify(images);
const is = ({ labels }, i, name) => labels[name] === asked[i][name];
const right = attributes.map((name) => found.filter((one, i) => is(one, i, name)).length / HELD);
const mean = right.reduce((sum, one) => sum + one, 0) / right.length;
const whole = found.filter((one, i) => attributes.every((name) => is(one, i, name))).length;
const each = attributes.map((name, i) => `${name} ${percent(right[i])}`).join(", ");
console.log(
  `${percent(mean)} of attributes are there (${each}); all six in ${percent(whole / HELD)}; ${(seconds / HELD).toFixed(2)} s a face`,
);
const pixels = (set) => Array.from({ length: set.length }, (_, i) => imageAt(set, i).join());
const learned = new Set(pixels(picturesOf(faces)));
const own = pixels(images);
const same = own.filter((one) => learned.has(one)).length;
console.log(`${new Set(own).size} of ${HELD} differ from one another, ${same} are learned faces`);
write(join(out, "faces.png"), await images.first(96).grid({ columns: 12, scale: 3 }));

/** Faces as grids of a palette, with their labels. */
async function gridsOf(set) {
  const files = [];
  for (let i = 0; i < set.length; i++) {
    const picture = { width: SIDE, height: SIDE, channels: 3, data: imageAt(set, i) };
    files.push({ name: `${i}.png`, bytes: await encodePNG(picture) });
  }
  const grids = await GridSet.fromPNG(files, { colors: number("colors") });
  return grids.withLabels(rowsOf(set));
}

/** RGB bytes of a picture. */
function imageAt({ pixels }, i) {
  const size = SIDE * SIDE * 3;
  return pixels.slice(i * size, (i + 1) * size);
}

/** What is said of each picture. */
function rowsOf({ labels, length }) {
  return Array.from({ length }, (_, i) =>
    Object.fromEntries(labels.map(({ name, classes, indices }) => [name, classes[indices[i]]])),
  );
}

/** Grids as pictures, with their labels. */
function picturesOf(set) {
  const pixels = new Uint8Array(set.length * SIDE * SIDE * 3);
  const colours = set.symbols.map((symbol) =>
    [1, 3, 5].map((at) => Number.parseInt(symbol.slice(at, at + 2), 16)),
  );
  for (const [i, { cells }] of set.grids.entries()) {
    for (const [cell, symbol] of cells.entries()) {
      pixels.set(colours[symbol], (i * SIDE * SIDE + cell) * 3);
    }
  }
  const images = new ImageSet({ pixels, height: SIDE, width: SIDE, channels: 3 });
  return set.labels.length > 0 ? images.withLabels(rowsOf(set)) : images;
}

function errors(images) {
  const { accuracy } = judge.score(images);
  return attributes.map((name) => `${name} ${percent(1 - accuracy[name])}`).join(", ");
}
