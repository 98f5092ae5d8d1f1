// A VAE that learns MNIST's digits with their labels, and a classifier that has never seen it: the fraction of digits
// that are made for a label and recognised as it. The classifier's own error on test digits is printed beside it.
//
//   node test/tasks/pictures/conditional.mjs <folder of MNIST> <output folder> [--epochs 30] [--latent 10] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, measurePictures, VAE } from "../../../dist/node.js";
import { begun, readFolder, recognised, train, write } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "30" },
    latent: { type: "string", default: "10" },
    samples: { type: "string", default: "2000" },
    temperature: { type: "string", default: "1" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: conditional.mjs <folder of MNIST> <output folder>");
const number = (name) => Number(values[name]);
const [epochs, latent, samples, seed, workers] = [
  ...["epochs", "latent", "samples", "seed", "workers"],
].map(number);

const digits = await readFolder(folder);
const judgeFile = join(out, "judge.safetensors");
const judge = await begun(Classifier, judgeFile, { images: digits.train, seed: 100 });
await train(judge, digits.train, judgeFile, {
  ...{ stages: [{ epochs: 6, lr: 2e-3, schedule: "cosine" }], batch: 128, shards: 2, workers },
});
const own = recognised(judge, digits.test);
console.log(`the classifier: ${(100 * own).toFixed(2)} % of test digits right`);

const file = join(out, `conditional-${latent}-${seed}.safetensors`);
const model = await begun(VAE, file, {
  ...{ images: digits.train, network: "dense", hidden: 400, layers: 2, activation: "relu" },
  ...{ latent, pixels: "bernoulli", seed },
});
// The class leaves the latent vector slowly: after 5 epochs 79 % are recognised, after 12 they are 92 %.
const stages = [{ epochs, lr: 1e-3 }];
const fit = { stages, batch: 128, optimizer: "adam", shards: 2, workers };
await train(model, digits.train, file, fit);

const { elbo } = model.score(digits.test);
console.log(`test ELBO ${elbo.toFixed(2)} nats a digit`);
const { classes } = digits.train.labels[0];
const temperature = number("temperature");
const all = classes.map((label, i) => {
  const each = Math.ceil(samples / classes.length);
  return model.generate({ samples: each, seed: 1 + i, temperature, labels: { label } }).images;
});
const right = all.map((images) => recognised(judge, images));
const mean = right.reduce((sum, one) => sum + one, 0) / right.length;
console.log(`recognised: ${(100 * mean).toFixed(2)} % of ${samples} digits`);
console.log(classes.map((name, i) => `${name}: ${(100 * right[i]).toFixed(1)} %`).join(", "));
const generated = all.reduce((some, one) => some.concat(one));
console.log(await measurePictures(digits.test.first(5000), generated, { train: digits.train }));

const sheet = all.map((images) => images.first(12)).reduce((some, one) => some.concat(one));
write(join(out, "conditional.png"), await sheet.grid({ columns: 12 }));
