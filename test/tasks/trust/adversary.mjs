// An attribute taken out of a latent space: faces of DiceBear's "Pixel Art" in 16×16, half of them with glasses. A model learns them
// with an adversary that guesses the glasses from the latent vector, and without one; then a classifier that neither has seen (a
// hidden layer of 64, trained on 3,000 latent vectors, measured on 1,000 others) guesses them, and reconstructions are measured.
// A VAE's decoder is told of the glasses, an autoencoder's is not.
//
//   node test/tasks/trust/adversary.mjs <output folder> [--model vae] [--weights 0,30] [--steps 2000]
//     [--updates 30] [--hidden 64] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { crossEntropy, defineModel, Linear, relu } from "../../../dist/nn.js";
import { Autoencoder, ImageSet, VAE } from "../../../dist/node.js";
import { combinations, pixelFaces } from "../diffusion/pixel-faces.mjs";
import { begun, percent, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: "string", default: "vae" },
    weights: { type: "string", default: "0,30" },
    steps: { type: "string", default: "2000" },
    updates: { type: "string", default: "30" },
    hidden: { type: "string", default: "64" },
    seed: { type: "string", default: "0" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: adversary.mjs <output folder>");
const [BATCH, SEED] = [64, Number(values.seed)];

const faces = evenFaces(4000, 11);
const [known, others] = [evenFaces(3000, 21), evenFaces(1000, 22)];
const chance = Math.max(
  ...["yes", "no"].map(
    (one) => classesOf(others).filter((own) => own === one).length / others.length,
  ),
);
console.log(`${faces.length} faces; who always says the commonest is right in ${percent(chance)}`);

for (const weight of values.weights.split(",").map(Number)) {
  const file = join(out, `${values.model}-${weight}-${SEED}.safetensors`);
  const opposed =
    weight > 0 ? { adversary: "glasses", adversaryHidden: Number(values.hidden) } : {};
  const [Model, sizes] = {
    vae: [VAE, { latent: 24, labels: ["glasses"] }],
    autoencoder: [Autoencoder, { latent: 24 }],
  }[values.model];
  const model = await begun(Model, file, {
    images: faces,
    seed: SEED,
    channels: 16,
    ...sizes,
    ...opposed,
  });
  const epochs = Number(values.steps) / Math.ceil(faces.length / BATCH);
  await train(model, faces, file, {
    ...{ stages: [{ epochs, lr: 2e-3, schedule: "cosine", warmup: 50 }], batch: BATCH, every: 8 },
    ...(weight > 0
      ? {
          adversaryWeight: weight,
          adversaryWarmup: 0.6 * Number(values.steps),
          adversarySteps: Number(values.updates),
        }
      : {}),
    ...(Model === VAE ? { betaWarmup: 400 } : {}),
  });
  const read = (set) => {
    const found = model.encode(set);
    return Array.isArray(found) ? found : found.mean;
  };
  const right = await probed(read(known), classesOf(known), read(others), classesOf(others));
  const score = model.score(others);
  const measured =
    score.elbo === undefined
      ? ""
      : `, -ELBO ${(-score.elbo).toFixed(1)} nats (KL ${score.kl.toFixed(1)})`;
  console.log(
    `weight ${weight}: a probe is right in ${percent(right)}; squared error ${errorOf(model).toFixed(2)} a face${measured}; fingerprint ${model.fingerprint().slice(0, 16)}`,
  );
  const shown = others.first(24);
  const again = model.reconstruct(shown).images;
  const both = [shown, again].map(({ pixels }) => plain(pixels));
  const png = await both[0].concat(both[1]).grid({ columns: 24, scale: 3 });
  write(join(out, `${values.model}-${weight}.png`), png);
}

/** Faces of all combinations, half of them with glasses. */
function evenFaces(count, seed) {
  const sets = [true, false].map((wears, i) => {
    const places = combinations.flatMap((one, at) =>
      (one.glasses !== "none") === wears ? at : [],
    );
    return pixelFaces(count / 2, places, 10 * seed + i);
  });
  const rows = sets.flatMap((set, i) =>
    Array.from({ length: set.length }, () => ({ glasses: i === 0 ? "yes" : "no" })),
  );
  const all = sets[0].concat(sets[1]);
  return plain(all.pixels).withLabels(rows);
}

function plain(pixels) {
  return new ImageSet({ pixels, height: 16, width: 16, channels: 3 });
}

function classesOf(set) {
  const { classes, indices } = set.label("glasses");
  return Array.from(indices, (i) => classes[i]);
}

/** Squared error of reconstructions, of numbers from 0 to 1, summed over a face. */
function errorOf(model) {
  const { rows } = model.reconstruct(others);
  const size = 16 * 16 * 3;
  let sum = 0;
  for (const [i, row] of rows.entries()) {
    for (let j = 0; j < size; j++) sum += (row[j] - others.pixels[i * size + j] / 255) ** 2;
  }
  return sum / rows.length;
}

/** Share of classes that are guessed right from latent vectors, by a network that learns to on others. */
async function probed(rows, said, tested, truth) {
  const width = rows[0].length;
  const Probe = defineModel({
    name: "Probe",
    defaults: { hidden: 64 },
    batch: (data, indices) => ({
      x: Float32Array.from(
        { length: indices.length * width },
        (_, at) => data[indices[Math.floor(at / width)]].x[at % width],
      ),
      y: Int32Array.from(indices, (i) => data[i].y),
    }),
    build(scope, { hidden }) {
      const first = new Linear(scope.child("first"), width, hidden);
      const second = new Linear(scope.child("second"), hidden, 2);
      const forward = (tape, x) => second.forward(tape, relu(tape, first.forward(tape, x)));
      return {
        forward,
        loss: (tape, { x, y }, { rows: count }) =>
          crossEntropy(tape, forward(tape, tape.tensor(x, [count, width])), y),
      };
    },
  });
  const data = rows.map((x, i) => ({ x, y: Number(said[i] === "yes") }));
  const model = await Probe.create({ seed: 5 });
  await model.fit(data, { batch: 64, epochs: 30, lr: 3e-3, schedule: "cosine", val: 0.1 });
  const all = Float32Array.from(tested.flatMap((row) => Array.from(row)));
  const logits = model.compute((tape, { forward }) =>
    forward(tape, tape.tensor(all, [tested.length, width])),
  );
  return (
    truth.filter((one, i) => (one === "yes") === logits[2 * i + 1] > logits[2 * i]).length /
    truth.length
  );
}
