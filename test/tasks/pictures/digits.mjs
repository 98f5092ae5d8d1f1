// Kingma and Welling's dense VAE on MNIST, binarised anew for every step: 784-200-200-50, tanh, Adam 1e-3, from epoch 121
// on 3e-4 and from 201 on 1e-4, batches of 100, 250 epochs, on two threads. After 50, 100, 200 and 250 epochs: the
// importance-weighted negative log-likelihood of the first test digits, 5,000 draws each. digits.py is the same in PyTorch.
//
//   node test/tasks/pictures/digits.mjs <folder of MNIST> <output folder> [--limit 300] [--draws 5000] [--epochs 250]
//
// The same command goes on where it stopped, and prints the same fingerprints.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { VAE } from "../../../dist/node.js";
import { begun, readFolder, train, write } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: "string", default: "300" },
    draws: { type: "string", default: "5000" },
    epochs: { type: "string", default: "250" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const number = (name) => Number(values[name]);
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: digits.mjs <folder of MNIST> <output folder>");

const digits = await readFolder(folder);
const test = digits.test.first(number("limit"));
const file = join(out, `digits-${number("seed")}.safetensors`);
const model = await begun(VAE, file, {
  ...{ images: digits.train, labels: false, network: "dense", hidden: 200, layers: 2 },
  ...{ activation: "tanh", latent: 50, binarize: "stochastic", seed: number("seed") },
});
console.log(`${model.parameterCount} parameters, ${test.length} digits to score`);

const stages = [
  { epochs: 50, lr: 1e-3 },
  { epochs: 100, lr: 1e-3 },
  { epochs: 120, lr: 1e-3 },
  { epochs: 200, lr: 3e-4 },
  { epochs: 250, lr: 1e-4 },
].filter(({ epochs }) => epochs <= number("epochs"));
const fit = { stages, batch: 100, optimizer: "adam", shards: 2, workers: number("workers") };
await train(model, digits.train, file, fit, async (_, epochs) => {
  if (epochs === 120) return;
  const { nll, elbo } = await model.score(test, { importance: number("draws") });
  console.log(
    `after ${epochs} epochs: NLL ${nll.toFixed(2)}, ELBO ${elbo.toFixed(2)} nats a digit`,
  );
});
const { images } = await model.generate({ samples: 64, seed: 1 });
write(join(out, "digits.png"), await images.grid());
