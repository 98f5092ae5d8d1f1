// Learns small drawn faces with an adversarial network, and writes PNG files: faces that it makes up, the way from one to
// another, faces that are given sunglasses by arithmetic on latent vectors (as Radford et al. 2016 did), and beside faces that
// were made up the nearest ones that it learned. npm run faces-gan; or with Deno:
// deno run --allow-read --allow-write --allow-env faces-gan.mjs
import { writeFile } from "node:fs/promises";
import { env } from "node:process";
import { Classifier, GAN, nearestNeighbours } from "simdream";
import { faces } from "simdream/corpus";

const images = faces({ count: 2000, seed: 1 });
// Spectral norm and pictures moved a little keep the discriminator from winning; few channels are fast.
const model = await GAN.create({
  images,
  labels: false,
  latent: 32,
  channels: 32,
  spectral: true,
  seed: 1,
});
console.log(`${images.length} faces, ${model.parameterCount} parameters`);

const steps = Number(env.STEPS ?? 2500);
const run = model.fit(images, {
  steps,
  objective: "hinge",
  ...{ lr: 2e-3, betas: [0.5, 0.99], schedule: "linear", lrMin: 0.1 },
  ema: 0.99,
  translation: 0.1,
});
for await (const { step, phases, warnings = [], elapsed } of run) {
  for (const { message } of warnings) console.log(`step ${step}: ${message}`);
  if (step % 250 !== 0 && step !== steps) continue;
  const { discriminator, generator } = phases;
  const { realAccuracy: real, generatedAccuracy: made } = discriminator.parts;
  const losses = `losses ${discriminator.loss.toFixed(2)} and ${generator.loss.toFixed(2)}`;
  const right = `right on ${percent(real)} of real and ${percent(made)} of made-up ones`;
  console.log(`step ${step}: ${losses}, ${right}, ${elapsed.toFixed(0)} s`);
}

function percent(fraction) {
  return `${Math.round(100 * fraction)} %`;
}

const decoded = (latents) => model.decode(latents).images;
const look = { columns: 8, scale: 4 };
const joined = (sets) => sets.reduce((all, one) => all.concat(one));
await writeFile("samples.png", await model.generate({ samples: 64, seed: 1 }).images.grid(look));

const ends = model.latents({ samples: 8, seed: 2 });
const ways = [0, 1, 2, 3].map(
  (i) => model.interpolate(ends[i], ends[i + 4], { steps: 8, spherical: true }).images,
);
await writeFile("interpolations.png", await joined(ways).grid(look));

// A classifier says which of many made-up faces wear sunglasses for sure, and which do not; the difference of the means of
// their latent vectors is the direction.
const classifier = await Classifier.create({ images, labels: ["glasses"], seed: 1 });
await classifier.fit(images, { steps: Math.min(300, steps) });
const latents = model.latents({ samples: 1000, seed: 3 });
const sure = classifier
  .classify(decoded(latents))
  .map(({ probabilities }, i) => ({ z: latents[i], shades: probabilities.glasses.shades }))
  .sort((a, b) => a.shades - b.shades)
  .map(({ z }) => z);
const mean = (some) => some[0].map((_, d) => some.reduce((sum, z) => sum + z[d], 0) / some.length);
const [without, shades] = [mean(sure.slice(0, 150)), mean(sure.slice(-150))];
const bare = sure.slice(0, 16);
const given = bare.map((z) => z.map((value, d) => value + shades[d] - without[d]));
await writeFile(
  "sunglasses.png",
  await decoded(bare)
    .concat(decoded(given))
    .grid({ ...look, columns: 16 }),
);

// Above what was made up, below the nearest faces of those that it learned.
const some = model.generate({ samples: 16, seed: 4 }).images;
const [near, all] = [some, images].map((set) => ({
  values: Float32Array.from(set.pixels),
  width: set.pixels.length / set.length,
}));
const { indices } = nearestNeighbours(near, all, 1);
await writeFile(
  "nearest.png",
  await some.concat(images.subset([...indices])).grid({ ...look, columns: 16 }),
);
console.log(
  "samples.png, interpolations.png, sunglasses.png (below with), nearest.png (below the nearest ones learned)",
);
