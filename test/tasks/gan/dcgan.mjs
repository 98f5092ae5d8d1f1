// A DCGAN of digits or clothes: 64 latents; transposed convolutions 7×7 to 128 channels and 4×4 with stride 2 to 64 and
// 1; convolutions 4×4 with stride 2 to 64 and 128 and 7×7 to 1; Adam 2e-4 (0.5, 0.999), batches of 64 in two shards, 3
// epochs, the generator averaged: 0.99 in the first epoch, 0.999 after it. Samples of each seed are measured beside test
// pictures, and so are other models' samples.
//
//   node test/tasks/gan/dcgan.mjs <folder of IDX> <output folder> [--seeds 1,2,3] [--epochs 3] [--labels]
//        [--beside samples.idx.gz]… [--beside model.safetensors]…
//
// --labels: the model learns the labels, and samples are asked for by them. The same command goes on where it stopped, and
// prints the same fingerprints and figures. Fashion-MNIST: Debian's dataset-fashion-mnist.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import {
  Classifier,
  GAN,
  ImageSet,
  measurePictures,
  pictureFeatures,
  VAE,
} from "../../../dist/node.js";
import { begun, median, percent, readFolder, recognised, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1,2,3" },
    epochs: { type: "string", default: "3" },
    labels: { type: "boolean", default: false },
    beside: { type: "string", multiple: true, default: [] },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: dcgan.mjs <folder of IDX> <output folder>");
const [SAMPLES, REAL] = [2000, 5000];

const pictures = await readFolder(folder);
const judgeFile = join(out, "judge.safetensors");
const judge = await begun(Classifier, judgeFile, { images: pictures.train, seed: 100 });
const workers = Number(values.workers);
await train(judge, pictures.train, judgeFile, {
  ...{ stages: [{ epochs: 6, lr: 2e-3, schedule: "cosine" }], batch: 128, shards: 2, workers },
});
console.log(
  `the classifier: ${percent(recognised(judge, pictures.test), 2)} of test pictures right`,
);
const features = await pictureFeatures(pictures.train);
const real = pictures.test.first(REAL);

const distances = [];
for (const seed of values.seeds.split(",").map(Number)) {
  const file = join(out, `dcgan-${values.labels ? "labels-" : ""}${seed}.safetensors`);
  const own = values.labels ? {} : { labels: false };
  const model = await begun(GAN, file, { images: pictures.train, ...own, seed });
  const stages = [{ epochs: Number(values.epochs) }];
  const average = { ema: 0.999, emaFirst: 0.99, emaWarmup: false };
  await train(model, pictures.train, file, { stages, batch: 64, shards: 2, workers, ...average });
  const images = values.labels
    ? asked(model)
    : model.generate({ samples: SAMPLES, seed: 1 }).images;
  distances.push(await report(`seed ${seed}`, images));
  write(file.replace(".safetensors", ".png"), await sheet(images));
}
console.log(`median Fréchet distance ${median(distances).toFixed(2)}`);

for (const file of values.beside) {
  const bytes = readFileSync(file);
  const images = file.includes(".idx")
    ? await ImageSet.fromIDX(bytes)
    : (await VAE.load(bytes)).generate({ samples: SAMPLES, seed: 1 }).images;
  await report(basename(file), images.first(SAMPLES));
}

/** Samples of every class, the same number of each, and how many of them the classifier takes for it. */
function asked(model) {
  const { name, classes } = pictures.train.labels[0];
  const all = classes.map((label, i) => {
    const samples = Math.ceil(SAMPLES / classes.length);
    return model.generate({ samples, seed: 1 + i, labels: { [name]: label } }).images;
  });
  const right = all.map((images) => recognised(judge, images));
  console.log(`recognised: ${percent(right.reduce((sum, one) => sum + one, 0) / right.length, 2)}`);
  console.log(classes.map((label, i) => `${label}: ${percent(right[i], 2)}`).join(", "));
  return all.reduce((some, one) => some.concat(one));
}

/** Prints what samples are like. @returns their Fréchet distance */
async function report(name, images) {
  const { frechet, precision, recall } = await measurePictures(real, images, { features });
  const counts = new Map();
  for (const one of judge.classify(images)) {
    const label = Object.values(one.labels)[0];
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const shares = Array.from(counts.values(), (count) => count / images.length);
  const classes = pictures.train.labels[0].classes.length;
  const entropy = -shares.reduce((sum, p) => sum + p * Math.log(p), 0) / Math.log(classes);
  console.log(
    `${name}: Fréchet distance ${frechet.toFixed(2)}, precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}, ` +
      `${counts.size} classes, entropy ${entropy.toFixed(3)} of uniform`,
  );
  return frechet;
}

/** Twelve columns; of each class a row, where samples are asked for. */
function sheet(images) {
  const each = images.length / 10;
  const chosen = Array.from({ length: 120 }, (_, i) =>
    values.labels ? Math.floor(i / 12) * each + (i % 12) : i,
  );
  return images.subset(chosen).grid({ columns: 12 });
}
