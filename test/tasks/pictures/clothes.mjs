// A convolutional VAE on Fashion-MNIST: 4×4 convolutions of stride 2 with 32 and 64 channels, 16 latents, grey as
// probabilities, Adam 1e-3, batches of 128, 10 epochs. Prints the ELBO of the test pictures. clothes.py is the same in
// PyTorch.
//
//   node test/tasks/pictures/clothes.mjs <folder of Fashion-MNIST> <output folder> [--epochs 10] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints. The data: Debian's dataset-fashion-mnist.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { VAE } from "../../../dist/node.js";
import { begun, readFolder, train, write } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: "string", default: "10" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: clothes.mjs <folder> <output folder>");

const clothes = await readFolder(folder);
const seed = Number(values.seed);
const file = join(out, `clothes-${seed}.safetensors`);
const model = await begun(VAE, file, {
  ...{ images: clothes.train, labels: false, network: "conv", channels: 32, layers: 2 },
  ...{ latent: 16, pixels: "bernoulli", seed },
});
console.log(`${model.parameterCount} parameters`);

const stages = Array.from({ length: Number(values.epochs) }, (_, i) => ({ epochs: i + 1 }));
const workers = Number(values.workers);
const fit = { stages, lr: 1e-3, batch: 128, optimizer: "adam", shards: 2, workers };
await train(model, clothes.train, file, fit, async (_, epochs) => {
  const { elbo, reconstruction, kl } = await model.score(clothes.test);
  console.log(
    `after ${epochs} epochs: test ELBO ${elbo.toFixed(2)} (pixels ${reconstruction.toFixed(2)}, KL ${kl.toFixed(2)})`,
  );
});
const { images } = await model.generate({ samples: 64, seed: 1 });
write(join(out, "clothes.png"), await images.grid());
