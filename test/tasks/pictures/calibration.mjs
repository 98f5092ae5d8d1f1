// What figures of measurePictures mean: 5,000 real test digits against 2,000 others, real ones and spoilt ones, by both
// kinds of features. With a folder of samples (*.idx.gz of 28×28 bytes), these too.
//
//   node test/tasks/pictures/calibration.mjs <folder of MNIST> [folder of samples]
//
// The same command prints the same figures, to the last digit.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ImageSet, measurePictures, pictureFeatures } from "../../../dist/node.js";
import { readFolder, uniform } from "./data.mjs";

const [folder, samples] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: calibration.mjs <folder> [folder of samples]");

const { train, test } = await readFolder(folder);
const [HEIGHT, WIDTH, COUNT] = [test.height, test.width, 2000];
const SIZE = HEIGHT * WIDTH;
const next = uniform(0);
// MNIST's test digits come from two sorts of writers, one after the other: mixed.
const mixed = test.subset(order(test.length));
const real = mixed.first(5000);
const later = mixed.subset(Array.from({ length: test.length - 5000 }, (_, i) => 5000 + i));
const other = later.first(COUNT);
const { indices } = later.labels[0];
const without = Array.from(indices.keys()).filter((i) => indices[i] !== 1);

const sets = {
  "other test digits": other,
  "training digits": train.subset(order(train.length).slice(0, COUNT)),
  "without the class 1": later.subset(without.slice(0, COUNT)),
  "five classes of ten": later.subset(of(5).slice(0, COUNT)),
  "100 digits, 20 times each": later.subset(Array.from({ length: COUNT }, (_, i) => i % 100)),
  "moved by two pixels": changed((at, _, x) => (x < 2 ? 0 : other.pixels[at - 2])),
  "blurred, 3×3": changed(mean),
  "noise of deviation 0.1 added": changed((at) => byte(other.pixels[at] + 25.5 * normal())),
  "noise of deviation 0.3 added": changed((at) => byte(other.pixels[at] + 76.5 * normal())),
  "upside down": changed((at, y) => other.pixels[at + (HEIGHT - 1 - 2 * y) * WIDTH]),
  "noise alone": changed(() => byte(255 * next())),
};
for (const name of samples ? readdirSync(samples).sort() : []) {
  if (!name.endsWith(".idx.gz") || !name.includes("mnist") || name.includes("fashion")) continue;
  sets[name] = await ImageSet.fromIDX(readFileSync(join(samples, name)));
}

for (const kind of ["classifier", "random"]) {
  const started = performance.now();
  const features = await pictureFeatures(train, { kind });
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`\n${kind}, weights ${features.fingerprint}, ${seconds} seconds`);
  console.log("| 5,000 test digits against 2,000 | frechet | kernel | precision | recall |");
  console.log("|---|---|---|---|---|");
  for (const [name, images] of Object.entries(sets)) {
    const found = await measurePictures(real, images, { features });
    const figures = ["frechet", "kernel", "precision", "recall"].map((key) =>
      found[key].toFixed(2),
    );
    console.log(`| ${name} | ${figures.join(" | ")} |`);
  }
}

/** 0 … count - 1 in an order that looks random. */
function order(count) {
  const drawn = Array.from({ length: count }, (_, i) => ({ i, at: next() }));
  return drawn.sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i);
}

/** The digits of the first classes. */
function of(classes) {
  return Array.from(indices.keys()).filter((i) => indices[i] < classes);
}

/** The other test digits with each pixel computed anew. */
function changed(pixel) {
  const pixels = Uint8Array.from(other.pixels, (_, at) =>
    pixel(at, Math.floor((at % SIZE) / WIDTH), at % WIDTH),
  );
  return new ImageSet({ pixels, height: HEIGHT, width: WIDTH, channels: 1 });
}

function mean(at, y, x) {
  let sum = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const inside = y + dy >= 0 && y + dy < HEIGHT && x + dx >= 0 && x + dx < WIDTH;
      if (inside) sum += other.pixels[at + dy * WIDTH + dx];
    }
  }
  return sum / 9;
}

/** About normal: a sum of twelve uniform numbers, so that no logarithm is needed. */
function normal() {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += next();
  return sum;
}

function byte(value) {
  return Math.max(0, Math.min(255, Math.round(value)));
}
