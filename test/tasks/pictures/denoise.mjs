// Denoising autoencoders on MNIST. Gaussian noise of deviation 0.5: how many decibels nearer the clean digits what comes
// out is than what went in (a linear filter: 10.9). A quarter of the picture masked: the squared error of what is filled
// in, beside that of the mean digit there.
//
//   node test/tasks/pictures/denoise.mjs <folder of MNIST> <output folder> [--epochs 10] [--latent 64] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Autoencoder, decibelGain, ImageSet } from "../../../dist/node.js";
import { begun, readFolder, train, write } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "10" },
    latent: { type: "string", default: "64" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: denoise.mjs <folder of MNIST> <output folder>");
const [epochs, latent, seed, workers] = ["epochs", "latent", "seed", "workers"].map((name) =>
  Number(values[name]),
);

const digits = await readFolder(folder);
const clean = numbers(digits.test);
for (const how of [{ noise: 0.5 }, { mask: 0.25 }]) {
  const [[name]] = Object.entries(how);
  const file = join(out, `${name}-${seed}.safetensors`);
  const model = await begun(Autoencoder, file, { images: digits.train, latent, seed });
  const stages = [{ epochs, lr: 1e-3, schedule: "cosine" }];
  await train(model, digits.train, file, { stages, batch: 128, shards: 2, workers, ...how });

  const corrupted = model.corrupt(digits.test, { ...how, seed: 1 });
  const cleaned = model.denoise(corrupted.rows);
  const [before, after] = [joined(corrupted.rows), joined(cleaned.rows)];
  if (name === "noise") {
    console.log(`noise 0.5: ${decibelGain(clean, before, after).toFixed(2)} dB nearer`);
  } else {
    masked(before, after);
  }
  const some = Array.from({ length: 16 }, (_, i) => i);
  const sheet = [digits.test, corrupted.images, cleaned.images]
    .map((images) => new ImageSet({ ...images.subset(some), labels: [], names: undefined }))
    .reduce((all, one) => all.concat(one));
  write(join(out, `${name}.png`), await sheet.grid({ columns: 16 }));
}

/** What is filled in where the mask was: no digit has the middle grey, which is between two bytes. */
function masked(before, after) {
  const size = digits.test.pixels.length / digits.test.length;
  const mean = new Float64Array(size);
  const learned = digits.train.pixels;
  for (let i = 0; i < learned.length; i++) mean[i % size] += learned[i] / 255;
  const errors = { model: 0, mean: 0 };
  for (let i = 0; i < clean.length; i++) {
    if (before[i] !== 0.5) continue;
    errors.model += (after[i] - clean[i]) ** 2;
    errors.mean += (mean[i % size] / digits.train.length - clean[i]) ** 2;
  }
  const [model, fill] = Object.values(errors).map((sum) => sum / digits.test.length);
  console.log(
    `a quarter masked: squared error ${model.toFixed(2)} a digit, of the mean digit ${fill.toFixed(2)}; ` +
      `ratio ${(model / fill).toFixed(3)}`,
  );
}

function numbers({ pixels }) {
  return Float32Array.from(pixels, (byte) => byte / 255);
}

function joined(rows) {
  const all = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) all.set(row, i * row.length);
  return all;
}
