// A flow of digits or clothes: a U-Net of 16, 32 and 64 channels with a residual block a level, group norm of 8 groups, SiLU,
// time by 64 sines; AdamW 1e-3, clipped at 1, batches of 64 in two shards, 3 epochs, weights averaged at 0.998. Samples of 20
// Euler steps of each seed are measured beside 5,000 test pictures, and so are other models' samples.
//
//   node test/tasks/diffusion/flow.mjs <folder of IDX> <output folder> [--seeds 1] [--epochs 3] [--labels] [--guidance 2]
//        [--objective noise] [--steps 20] [--curve] [--inpaint] [--reflow] [--beside samples.idx.gz]… [--beside gan.safetensors]…
//
// --labels: the model learns the labels, and samples are asked for by them. --curve: quality against the number of steps.
// --reflow: 20,000 pairs of noise and what 20 Euler steps make of it are learned in one pass at 3e-4, and the curve is drawn again.
// --inpaint: halves of test digits are kept, the rest made new, and the classifier says what they are. The same command goes
// on where it stopped, and prints the same fingerprints and figures. Fashion-MNIST: Debian's dataset-fashion-mnist.

import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import {
  Classifier,
  Diffusion,
  GAN,
  ImageSet,
  measurePictures,
  pictureFeatures,
} from "../../../dist/node.js";
import { begun, median, percent, readFolder, recognised, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1" },
    epochs: { type: "string", default: "3" },
    labels: { type: "boolean", default: false },
    guidance: { type: "string", default: "2" },
    objective: { type: "string", default: "flow" },
    steps: { type: "string", default: "20" },
    curve: { type: "boolean", default: false },
    inpaint: { type: "boolean", default: false },
    reflow: { type: "boolean", default: false },
    beside: { type: "string", multiple: true, default: [] },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: flow.mjs <folder of IDX> <output folder>");
const [SAMPLES, REAL] = [2000, 5000];
const workers = Number(values.workers);
const steps = Number(values.steps);

const pictures = await readFolder(folder);
const judgeFile = join(out, "judge.safetensors");
const judge = await begun(Classifier, judgeFile, { images: pictures.train, seed: 100 });
await train(judge, pictures.train, judgeFile, {
  ...{ stages: [{ epochs: 6, lr: 2e-3, schedule: "cosine" }], batch: 128, shards: 2, workers },
});
console.log(
  `the classifier: ${percent(recognised(judge, pictures.test), 2)} of test pictures right`,
);
const features = await pictureFeatures(pictures.train);
// Every second one: the first half of MNIST's test digits is by other hands than the second.
const every2 = (first, count) => Array.from({ length: count }, (_, i) => first + 2 * i);
const real = pictures.test.subset(every2(0, REAL));
await report("other test pictures", pictures.test.subset(every2(1, SAMPLES)));
await report("learned pictures", pictures.train.first(SAMPLES));

const distances = [];
for (const seed of values.seeds.split(",").map(Number)) {
  const { objective } = values;
  const file = join(out, `${objective}-${values.labels ? "labels-" : ""}${seed}.safetensors`);
  const own = values.labels ? {} : { labels: false };
  const model = await begun(Diffusion, file, { images: pictures.train, objective, ...own, seed });
  const stages = [{ epochs: Number(values.epochs) }];
  await train(model, pictures.train, file, { stages, batch: 64, shards: 2, workers });
  const started = performance.now();
  const images = values.labels
    ? asked(model)
    : model.generate({ samples: SAMPLES, steps, seed: 1 }).images;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${SAMPLES} samples of ${steps} steps in ${seconds.toFixed(0)} s`);
  distances.push(await report(`seed ${seed}`, images));
  write(file.replace(".safetensors", ".png"), await sheet(images));
  if (values.curve) await curve(model, file);
  if (values.reflow) await reflowed(model, file);
  if (values.inpaint) await inpainted(model, file);
}
console.log(`median Fréchet distance ${median(distances).toFixed(2)}`);

for (const file of values.beside) {
  const bytes = readFileSync(file);
  const images = file.includes(".idx")
    ? await ImageSet.fromIDX(bytes)
    : (await GAN.load(bytes)).generate({ samples: SAMPLES, seed: 1 }).images;
  await report(basename(file), images.first(SAMPLES));
}

/** Samples of every class, the same number of each, and how many of them the classifier takes for it. */
function asked(model) {
  const { name, classes } = pictures.train.labels[0];
  const guidance = Number(values.guidance);
  const all = classes.map((label, i) => {
    const samples = Math.ceil(SAMPLES / classes.length);
    const labels = { [name]: label };
    return model.generate({ samples, steps, seed: 1 + i, guidance, labels }).images;
  });
  const right = all.map((images) => recognised(judge, images));
  console.log(`recognised: ${percent(right.reduce((sum, one) => sum + one, 0) / right.length, 2)}`);
  console.log(classes.map((label, i) => `${label}: ${percent(right[i], 2)}`).join(", "));
  return all.reduce((some, one) => some.concat(one));
}

/** Quality against the number of steps. */
async function curve(model, file) {
  const rows = [];
  for (const count of [1, 2, 4, 8, 16, 32, 50]) {
    const { images } = model.generate({ samples: SAMPLES, steps: count, seed: 1 });
    rows.push({ steps: count, frechet: await report(`${count} steps`, images) });
  }
  write(file.replace(".safetensors", ".curve.json"), JSON.stringify(rows));
}

/** The same after the model's own ways were learned. */
async function reflowed(teacher, file) {
  const path = file.replace(".safetensors", ".reflow.safetensors");
  const learner = existsSync(path)
    ? await Diffusion.load(readFileSync(path))
    : await Diffusion.load(teacher.save());
  const batch = 64;
  const epochs = Math.ceil(20_000 / batch) / Math.ceil(pictures.train.length / batch);
  const how = { stages: [{ epochs, lr: 3e-4 }], batch, shards: 2, workers, every: Infinity };
  await train(learner, pictures.train, path, { ...how, reflow: teacher, pairs: 20_000 });
  await curve(learner, path);
  const { images } = learner.generate({ samples: 120, steps: 4, seed: 1 });
  write(path.replace(".safetensors", ".png"), await images.grid({ columns: 12 }));
}

/** Test pictures of which one half is made new: how many the classifier still takes for what they were. */
async function inpainted(model, file) {
  const some = pictures.test.first(500);
  const { height, width } = some;
  for (const [kept, isNew] of [
    ["left", (_, x) => x >= width / 2],
    ["bottom", (y) => y < height / 2],
  ]) {
    const pixels = Array.from({ length: height * width }, (_, i) =>
      Number(isNew(Math.floor(i / width), i % width)),
    );
    const mask = Float32Array.from(pixels);
    const { images } = model.inpaint(some, [mask], { steps, seed: 1 });
    let changed = 0;
    for (const [i, byte] of images.pixels.entries()) {
      if (mask[i % mask.length] === 0 && byte !== some.pixels[i]) changed++;
    }
    const labelled = new ImageSet({
      ...{ pixels: images.pixels, height, width, channels: some.channels, labels: some.labels },
    });
    const right = percent(recognised(judge, labelled), 2);
    console.log(`${kept} half kept: ${right} recognised, ${changed} kept pixels changed`);
    write(file.replace(".safetensors", `.${kept}.png`), await sheet(images));
  }
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
