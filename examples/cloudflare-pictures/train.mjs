// node train.mjs
//
// Learns small drawn faces, with their hats as labels, and writes the model that the Worker serves, its weights in 8 bits: a
// fourth of the file.

import { writeFileSync } from "node:fs";
import { Diffusion } from "simdream";
import { faces } from "simdream/corpus";

const images = faces({ count: 2000, seed: 1 });
const steps = Number(process.env.STEPS ?? 4000);

const model = await Diffusion.create({ images, labels: ["hat"], seed: 1 });
const run = { steps, batch: 16, lr: 4e-3, schedule: "cosine" };
for await (const { step, loss } of model.fit(images, run)) {
  if (step % 100 === 0) console.log(`step ${step} of ${steps}, loss ${loss.toFixed(3)}`);
}
const target = new URL("src/model.safetensors", import.meta.url);
const bytes = (await model.quantize()).save();
writeFileSync(target, bytes);
console.log(`${target.pathname}: ${Math.round(bytes.length / 1000)} kB`);
