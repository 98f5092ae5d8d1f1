// What is added to faces by adding to their latent vectors: the mean vector of generated faces that a classifier finds to
// have an attribute, minus that of those without it, is added to the vectors of 200 other faces without it; the
// fraction of these in which the classifier then finds it (Radford et al. 2016).
//
//   node test/tasks/gan/faces.mjs <output folder> [--steps 4000] [--scale 3]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { faces } from "../../../dist/corpus.js";
import { Classifier, GAN } from "../../../dist/node.js";
import { begun, train, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "4000" },
    scale: { type: "string", default: "3" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: faces.mjs <output folder>");
const number = (name) => Number(values[name]);
const [COUNT, BATCH, DRAWN, ASKED] = [8000, 64, 2000, 200];
const attributes = { glasses: "shades", beard: "full", hat: "beanie" };

const data = faces({ count: COUNT, seed: 1 });
const columns = Object.keys(attributes);
const judgeFile = join(out, "judge.safetensors");
const judge = await begun(Classifier, judgeFile, { images: data, labels: columns, seed: 100 });
const how = { stages: [{ epochs: 10, lr: 2e-3, schedule: "cosine" }], batch: 100, every: 5 };
await train(judge, data, judgeFile, how);
const others = faces({ count: 1000, seed: 2 });
const { accuracy } = judge.score(others);
console.log(`the classifier on other faces: ${JSON.stringify(accuracy)}`);

const file = join(out, `faces-${values.seed}.safetensors`);
const model = await begun(GAN, file, { images: data, labels: false, seed: number("seed") });
const stages = [{ epochs: number("steps") / Math.ceil(COUNT / BATCH) }];
const fit = { stages, batch: BATCH, shards: 2, workers: number("workers"), every: 5 };
await train(model, data, file, fit);
write(
  join(out, "faces.png"),
  await model.generate({ samples: 96, seed: 1 }).images.grid({ columns: 12, scale: 3 }),
);

const latents = model.latents({ samples: DRAWN, seed: 2 });
const found = judge.classify(model.decode(latents).images);
const asked = model.latents({ samples: 4 * ASKED, seed: 3 });
const before = judge.classify(model.decode(asked).images);
let sheet;
for (const [column, value] of Object.entries(attributes)) {
  const has = (i) => found[i].labels[column] === value;
  const without = mean(latents.filter((_, i) => found[i].labels[column] === "none"));
  const added = mean(latents.filter((_, i) => has(i))).map((one, d) => one - without[d]);
  const own = asked.filter((_, i) => before[i].labels[column] === "none").slice(0, ASKED);
  const moved = own.map((z) => z.map((one, d) => one + number("scale") * added[d]));
  const after = model.decode(moved).images;
  const right = judge.classify(after).filter(({ labels }) => labels[column] === value);
  const share = (100 * right.length) / own.length;
  const natural = (100 * latents.filter((_, i) => has(i)).length) / latents.length;
  console.log(
    `${column} ${value}: found in ${share.toFixed(1)} % of ${own.length} faces (in ${natural.toFixed(1)} % of drawn ones)`,
  );
  const rows = model.decode(own.slice(0, 12)).images.concat(after.first(12));
  sheet = sheet ? sheet.concat(rows) : rows;
}
write(join(out, "attributes.png"), await sheet.grid({ columns: 12, scale: 3 }));

function mean(vectors) {
  const sums = new Float64Array(vectors[0].length);
  for (const vector of vectors) for (const [d, one] of vector.entries()) sums[d] += one;
  return Float32Array.from(sums, (sum) => sum / vectors.length);
}
