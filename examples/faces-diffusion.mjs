// Learns small drawn faces by flow matching, and writes PNG files: how faces emerge from noise, faces with the hat that is asked
// for, faces whose upper half is made new, and variations of one. npm run faces-diffusion; or with Deno:
// deno run --allow-read --allow-write --allow-env faces-diffusion.mjs
import { writeFile } from "node:fs/promises";
import { env } from "node:process";
import { Diffusion, ImageSet } from "simdream";
import { faces } from "simdream/corpus";

const images = faces({ count: 2000, seed: 1 });
const model = await Diffusion.create({ images, labels: ["hat"], seed: 1 });
console.log(`${images.length} faces, ${model.parameterCount} parameters`);

const steps = Number(env.STEPS ?? 2000);
const run = model.fit(images, { steps, lr: 3e-3, schedule: "cosine", ema: 0.99 });
for await (const { step, loss, elapsed } of run) {
  if (step % 250 !== 0 && step !== steps) continue;
  console.log(`step ${step}: loss ${loss.toFixed(3)}, ${elapsed.toFixed(0)} s`);
}

const look = { columns: 8, scale: 4 };
const bare = ({ pixels, height, width, channels }) =>
  new ImageSet({ pixels, height, width, channels });
const joined = (sets) => sets.map(bare).reduce((all, one) => all.concat(one));

// A row each for some moments of eight faces: on the way, and at the end.
const moments = [];
for await (const { step, steps, made } of model.stream({ samples: 8, seed: 1 })) {
  if (step % 4 === 1 || step === steps) moments.push(made.images);
}
await writeFile("emerging.png", await joined(moments).grid(look));

// After so short a training, fresh noise in every step gives the cleanest pictures.
const how = { sampler: "ancestral", steps: 40, seed: 2 };

// A row for each hat. With guidance they are as plain as can be.
const hats = images
  .classes("hat")
  .map((hat) => model.generate({ ...how, samples: 8, labels: { hat }, guidance: 2 }).images);
await writeFile("hats.png", await joined(hats).grid(look));

// The lower half of eight faces stays as it is; below, the upper half is made new with three kinds of hats.
const some = images.first(8);
const { height, width } = some;
const upper = Float32Array.from({ length: height * width }, (_, i) =>
  i < (height * width) / 2 ? 1 : 0,
);
const filled = ["cap", "crown", "party"].map(
  (hat) => model.inpaint(some, [upper], { ...how, labels: { hat }, guidance: 2 }).images,
);
await writeFile("other-hats.png", await joined([some, ...filled]).grid(look));

// A face, and how it may go on from a little noise, more, and most of it.
const one = images.subset(new Array(7).fill(1));
const alike = [0.3, 0.5, 0.7].map((strength) =>
  joined([images.subset([1]), model.vary(one, { ...how, strength }).images]),
);
await writeFile("alike.png", await joined(alike).grid(look));
console.log(
  "emerging.png (from noise to faces), hats.png, other-hats.png (above as they were), alike.png (more noise in each row)",
);
