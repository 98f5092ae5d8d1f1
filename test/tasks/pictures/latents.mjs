// What the latent space of a VAE that never saw a label knows of MNIST's classes: the fraction of test digits whose ten
// nearest training digits in the latent space have their class, beside ten principal components; the same with 100
// labels, ten of each class, beside pixels, five draws of them.
//
//   node test/tasks/pictures/latents.mjs <folder of MNIST> <output folder> [--latent 10] [--epochs 20] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { neighbourClasses, principalComponents, projectRows, VAE } from "../../../dist/node.js";
import { begun, fewOfEach, interval, readFolder, train } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    latent: { type: "string", default: "10" },
    epochs: { type: "string", default: "20" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: latents.mjs <folder of MNIST> <output folder>");
const [latent, epochs, seed, workers] = ["latent", "epochs", "seed", "workers"].map((name) =>
  Number(values[name]),
);

const digits = await readFolder(folder);
const file = join(out, `latents-${latent}-${seed}.safetensors`);
const model = await begun(VAE, file, {
  ...{ images: digits.train, labels: false, network: "conv", channels: 32, layers: 2 },
  ...{ latent, pixels: "bernoulli", seed },
});
const stages = [{ epochs, lr: 1e-3, schedule: "cosine" }];
await train(model, digits.train, file, { stages, batch: 128, shards: 2, workers });

const latents = { train: rowsOf(digits.train), test: rowsOf(digits.test) };
report(`${latent} latents, ten neighbours`, accuracy(latents, digits.train.labels[0].indices, 10));

const pixels = { train: pixelRows(digits.train), test: pixelRows(digits.test) };
const components = principalComponents(pixels.train, 10);
const projected = {
  train: projectRows(pixels.train, components),
  test: projectRows(pixels.test, components),
};
report("ten principal components", accuracy(projected, digits.train.labels[0].indices, 10));

for (const k of [1, 3]) {
  const found = { latents: [], components: [], pixels: [] };
  for (let draw = 0; draw < 5; draw++) {
    const few = fewOfEach(digits.train, 10, draw);
    const labels = few.map((i) => digits.train.labels[0].indices[i]);
    const some = ({ train: rows, test }) => ({ train: chosen(rows, few), test });
    found.latents.push(accuracy(some(latents), labels, k));
    found.components.push(accuracy(some(projected), labels, k));
    found.pixels.push(accuracy(some(pixels), labels, k));
  }
  for (const [name, all] of Object.entries(found)) {
    console.log(`100 labels, k = ${k}, ${name}: ${interval(all.map((one) => 100 * one))} %`);
  }
}

/** Means of the latent Gaussians. */
function rowsOf(images) {
  const { mean } = model.encode(images);
  const values = new Float32Array(mean.length * latent);
  for (const [i, row] of mean.entries()) values.set(row, i * latent);
  return { values, width: latent };
}

function pixelRows({ pixels: bytes, height, width }) {
  return { values: Float32Array.from(bytes, (byte) => byte / 255), width: height * width };
}

function chosen({ values: all, width }, indices) {
  const some = new Float32Array(indices.length * width);
  for (const [to, from] of indices.entries()) {
    some.set(all.subarray(from * width, (from + 1) * width), to * width);
  }
  return { values: some, width };
}

function accuracy(rows, labels, k) {
  const answers = neighbourClasses(rows.test, rows.train, labels, k);
  const wanted = digits.test.labels[0].indices;
  return answers.filter((answer, i) => answer === wanted[i]).length / wanted.length;
}

function report(name, right) {
  console.log(`${name}: ${(100 * right).toFixed(2)} % of ${digits.test.length} test digits`);
}
