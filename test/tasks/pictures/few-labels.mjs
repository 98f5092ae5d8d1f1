// A hundred digits with labels: does a classifier learn more from them and from digits that were generated of them? Ten
// of each class, five draws; classifiers of the same size and number of steps, judged on all test digits:
//
//   real         the hundred alone
//   conditional  and 2,000 that a conditional VAE makes which learned the hundred, moved by up to two pixels
//   mixed        and 2,000 that lie between two of one class in the latent space of a VAE which learned all training
//                digits without any label
//
//   node test/tasks/pictures/few-labels.mjs <folder of MNIST> <output folder> [--draws 5] [--made 2000]
//
// The VAE of all digits goes on where it stopped; the rest is minutes.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, ImageSet, VAE } from "../../../dist/node.js";
import {
  begun,
  fewOfEach,
  interval,
  readFolder,
  recognised,
  train,
  uniform,
  write,
} from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "5" },
    made: { type: "string", default: "2000" },
    epochs: { type: "string", default: "10" },
    latent: { type: "string", default: "32" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: few-labels.mjs <folder of MNIST> <output folder>");
const [draws, made, epochs, latent, workers] = [
  ...["draws", "made", "epochs", "latent", "workers"],
].map((name) => Number(values[name]));
const STEPS = 800;

const digits = await readFolder(folder);
const { classes } = digits.train.labels[0];
const file = join(out, `unlabelled-${latent}.safetensors`);
const unlabelled = await begun(VAE, file, {
  ...{ images: digits.train, labels: false, network: "conv", channels: 32, layers: 2 },
  ...{ latent, pixels: "bernoulli", seed: 0 },
});
const stages = [{ epochs, lr: 1e-3, schedule: "cosine" }];
await train(unlabelled, digits.train, file, { stages, batch: 128, shards: 2, workers });

const found = { real: [], conditional: [], mixed: [] };
for (let draw = 0; draw < draws; draw++) {
  const real = digits.train.subset(fewOfEach(digits.train, classes.length, draw));
  found.real.push(await learned(real, draw));
  const conditional = await conditionalOf(real, draw);
  found.conditional.push(await learned(together(real, conditional), draw));
  const mixed = mixedOf(real, draw);
  found.mixed.push(await learned(together(real, mixed), draw));
  const figures = Object.entries(found).map(([name, all]) => `${name} ${all.at(-1).toFixed(2)} %`);
  console.log(`draw ${draw}: ${figures.join(", ")}`);
  if (draw > 0) continue;
  const rows = [real, conditional, mixed].map((images) => sample(images));
  write(
    join(out, "few-labels.png"),
    await rows.reduce((a, b) => a.concat(b)).grid({ columns: 20 }),
  );
}
for (const [name, all] of Object.entries(found)) console.log(`${name}: ${interval(all)} %`);
for (const name of ["conditional", "mixed"]) {
  const gains = found[name].map((one, i) => one - found.real[i]);
  console.log(`${name} against real, each draw by itself: ${interval(gains)} points`);
}

/** Percent of the test digits that a classifier has right which learned these. */
async function learned(images, seed) {
  const model = await Classifier.create({ images, seed });
  const options = { steps: STEPS, batch: 100, lr: 2e-3, schedule: "cosine", val: 0 };
  const { loss } = await model.fit(images, options);
  if (seed === 0) console.log(`${images.length} pictures: loss ${loss.toFixed(4)} at the end`);
  return 100 * recognised(model, digits.test);
}

/** The real ones as often as all generated ones are many: half of what is learned is real. */
function together(real, generated) {
  const times = Math.max(1, Math.round(generated.length / real.length));
  const indices = Array.from({ length: times * real.length }, (_, i) => i % real.length);
  return real.subset(indices).concat(generated);
}

/** Digits of a conditional VAE that learned the real ones. */
async function conditionalOf(real, seed) {
  const model = await VAE.create({ images: real, latent: 8, pixels: "bernoulli", seed });
  await model.fit(real, {
    steps: 2000,
    batch: 100,
    lr: 1e-3,
    schedule: "cosine",
    shift: 2,
    val: 0,
  });
  return classes
    .map((label, i) => model.generate({ samples: made / 10, seed: i, labels: { label } }).images)
    .reduce((all, one) => all.concat(one));
}

/** Digits on the way between two of one class, up to its middle. */
function mixedOf(real, seed) {
  const { mean } = unlabelled.encode(real);
  const { indices } = real.labels[0];
  const next = uniform(1000 + seed);
  const latents = [];
  const places = [];
  for (const place of classes.keys()) {
    const own = mean.filter((_, i) => indices[i] === place);
    for (let i = 0; i < made / 10; i++) {
      const a = own[Math.floor(own.length * next())];
      const b = own[Math.floor(own.length * next())];
      const t = next() / 2;
      latents.push(a.map((value, d) => value + t * (b[d] - value)));
      places.push(place);
    }
  }
  const { images } = unlabelled.decode(latents);
  const label = { name: "label", classes, indices: Int32Array.from(places) };
  return new ImageSet({ ...images, labels: [label] });
}

/** Two of each class. */
function sample(images) {
  const { indices } = images.labels[0];
  return images.subset(
    classes.flatMap((_, place) => {
      const own = [...indices.keys()].filter((i) => indices[i] === place);
      return own.slice(0, 2);
    }),
  );
}
