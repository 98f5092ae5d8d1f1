// Learns small drawn faces with a variational autoencoder, and writes PNG files: faces that it makes up, faces as it
// sees them again, and the way from one face to another. npm run faces; or with Deno:
// deno run --allow-read --allow-write --allow-env faces.mjs
import { writeFile } from "node:fs/promises";
import { env } from "node:process";
import { VAE } from "simdream";
import { faces } from "simdream/corpus";

const images = faces({ count: 2000, seed: 1 });
const { train, validation } = images.split({ val: 0.1, seed: 1 });
// Brightness as a probability suits drawings, and a smooth activation learns them in a third of the steps.
const kind = { pixels: "bernoulli", activation: "silu" };
const model = await VAE.create({ images, labels: ["hat"], ...kind, seed: 1 });
console.log(`${train.length} faces, ${model.parameterCount} parameters`);

const steps = Number(env.STEPS ?? 2000);
for await (const { step, loss, elapsed } of model.fit(train, {
  steps,
  lr: 4e-3,
  schedule: "cosine",
})) {
  if (step % 200 === 0 || step === steps) {
    console.log(`step ${step}: loss ${loss.toFixed(1)} nats a face, ${elapsed.toFixed(0)} s`);
  }
}
console.log(
  `faces that it has not seen: ${model.score(validation).elbo.toFixed(1)} nats each (ELBO)`,
);

const look = { columns: 8, scale: 4 };
const any = model.generate({ samples: 48, seed: 1 }).images;
const crowned = model.generate({ samples: 16, seed: 1, labels: { hat: "crown" } }).images;
await writeFile("samples.png", await any.concat(crowned).grid(look));

// Above as the model sees them, below as they are.
const some = validation.first(16);
const again = model.reconstruct(some).images;
await writeFile("reconstructions.png", await again.concat(some).grid({ ...look, columns: 16 }));

const ways = [0, 1, 2, 3].map(
  (i) =>
    model.interpolate(some.subset([i]), some.subset([i + 4]), { steps: 8, spherical: true }).images,
);
await writeFile("interpolations.png", await ways.reduce((all, way) => all.concat(way)).grid(look));
console.log(
  "samples.png (the last two rows with a crown), reconstructions.png, interpolations.png",
);
