// What the discriminator of a DCGAN that never saw a label knows of digits: a linear classifier on the largest numbers of
// 4×4 cells of its layers (Radford et al. 2016), beside the same network untrained.
//
//   node test/tasks/gan/features.mjs <folder of MNIST> <model of dcgan.mjs> [--epochs 20]

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { GAN } from "../../../dist/node.js";
import { readFolder, uniform } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { epochs: { type: "string", default: "20" } },
});
const [folder, file] = positionals;
if (file === undefined) throw new Error("usage: features.mjs <folder of MNIST> <model file>");

const digits = await readFolder(folder);
const classes = digits.train.labels[0].classes.length;
const trained = await GAN.load(readFileSync(file));
const untrained = await GAN.create({ images: digits.train, labels: false, seed: 0 });
for (const [name, model] of Object.entries({ trained, untrained })) {
  const rows = { train: model.features(digits.train), test: model.features(digits.test) };
  scale(rows);
  const right = linear(rows, Number(values.epochs));
  console.log(
    `${name}: ${rows.train[0].length} features, ${(100 * right).toFixed(2)} % of test digits`,
  );
}

/** By one number for all features: their mean square on the training digits becomes 1. */
function scale({ train, test }) {
  let squares = 0;
  for (const row of train) for (const value of row) squares += value * value;
  const factor = 1 / Math.sqrt(squares / (train.length * train[0].length));
  for (const row of train.concat(test)) for (let f = 0; f < row.length; f++) row[f] *= factor;
}

/** Softmax regression by stochastic gradient descent, its rate falling to 0. @returns the fraction of test digits it has right */
function linear({ train, test }, epochs) {
  const width = train[0].length;
  const weights = Array.from({ length: classes }, () => new Float32Array(width));
  const biases = new Float64Array(classes);
  const logits = (row) =>
    weights.map((own, k) => {
      let sum = biases[k];
      for (let f = 0; f < width; f++) sum += own[f] * row[f];
      return sum;
    });
  const next = uniform(0);
  const order = train.map((_, i) => i);
  const { indices } = digits.train.labels[0];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    const rate = (1 - epoch / epochs) / width;
    for (const i of order) {
      const row = train[i];
      const all = logits(row);
      const most = Math.max(...all);
      const parts = all.map((logit) => Math.exp(logit - most));
      const total = parts.reduce((sum, one) => sum + one, 0);
      for (const [k, own] of weights.entries()) {
        const step = rate * (Number(indices[i] === k) - parts[k] / total);
        if (Math.abs(step) < 1e-9) continue;
        for (let f = 0; f < width; f++) own[f] += step * row[f];
        biases[k] += step;
      }
    }
  }
  const wanted = digits.test.labels[0].indices;
  const found = test.filter((row, i) => {
    const all = logits(row);
    return all.indexOf(Math.max(...all)) === wanted[i];
  });
  return found.length / test.length;
}
