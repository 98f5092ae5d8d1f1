// A hundred digits with labels: does a classifier learn more from them and from digits that were generated of them? Ten
// of each class, five draws; classifiers of the same size and number of steps, judged on all test digits:
//
//   real         the hundred alone
//   alone        and 2,000 that a conditional VAE makes which learned the hundred, moved by up to two pixels
//   spread       and 2,000 that a conditional VAE makes which learned 10,000 digits without labels, whose labels are
//                spread from the hundred: from neighbour to neighbour in the latent space of a VAE that learned all
//                training digits without any label (Zhou et al., "Learning with Local and Global Consistency", 2003)
//
//   node test/tasks/pictures/few-labels.mjs <folder of MNIST> <output folder> [--draws 5] [--made 2000]
//
// The VAE of all digits goes on where it stopped; the rest is minutes.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, ImageSet, nearestNeighbours, VAE } from "../../../dist/node.js";
import { begun, fewOfEach, interval, readFolder, recognised, train, write } from "./data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    draws: { type: "string", default: "5" },
    made: { type: "string", default: "2000" },
    epochs: { type: "string", default: "10" },
    latent: { type: "string", default: "32" },
    workers: { type: "string", default: "2" },
  },
});
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: few-labels.mjs <folder of MNIST> <output folder>");
const [draws, made, epochs, latent, workers] = [
  ...["draws", "made", "epochs", "latent", "workers"],
].map((name) => Number(values[name]));
const STEPS = 800;
const NEIGHBOURS = 10;
const ALPHA = 0.99;

const digits = await readFolder(folder);
const { classes } = digits.train.labels[0];
const file = join(out, `unlabelled-${latent}.safetensors`);
const unlabelled = await begun(VAE, file, {
  ...{ images: digits.train, labels: false, network: "conv", channels: 32, layers: 2 },
  ...{ latent, pixels: "bernoulli", seed: 0 },
});
const stages = [{ epochs, lr: 1e-3, schedule: "cosine" }];
await train(unlabelled, digits.train, file, { stages, batch: 128, shards: 2, workers });

/** Digits without labels that labels are spread to; the few labelled ones are among them. */
const pool = digits.train.first(10000);
const graph = graphOf();

const found = { real: [], alone: [], spread: [] };
for (let draw = 0; draw < draws; draw++) {
  const few = fewOfEach(pool, 10, draw);
  const real = pool.subset(few);
  found.real.push(await learned(real, draw));
  const alone = await conditionalOf(real, 800, draw);
  found.alone.push(await learned(together(real, alone), draw));
  const spread = await conditionalOf(spreadFrom(few), 1200, draw);
  found.spread.push(await learned(together(real, spread), draw));
  const figures = Object.entries(found).map(([name, all]) => `${name} ${all.at(-1).toFixed(2)} %`);
  console.log(`draw ${draw}: ${figures.join(", ")}`);
  if (draw > 0) continue;
  const rows = [real, alone, spread].map((images) => sample(images));
  write(
    join(out, "few-labels.png"),
    await rows.reduce((a, b) => a.concat(b)).grid({ columns: 20 }),
  );
}
for (const [name, all] of Object.entries(found)) console.log(`${name}: ${interval(all)} %`);
for (const name of ["alone", "spread"]) {
  const gains = found[name].map((one, i) => one - found.real[i]);
  console.log(`${name} against real, each draw by itself: ${interval(gains)} points`);
}

/** Percent of the test digits that a classifier has right which learned these. */
async function learned(images, seed) {
  const model = await Classifier.create({ images, seed });
  const options = { steps: STEPS, batch: 100, lr: 2e-3, schedule: "cosine", val: 0 };
  const { loss } = await model.fit(images, options);
  if (seed === 0) console.log(`${images.length} pictures: loss ${loss.toFixed(4)} at the end`);
  return 100 * recognised(model, digits.test);
}

/** The real ones as often as all generated ones are many: half of what is learned is real. */
function together(real, generated) {
  const times = Math.max(1, Math.round(generated.length / real.length));
  const indices = Array.from({ length: times * real.length }, (_, i) => i % real.length);
  return real.subset(indices).concat(generated);
}

/** Digits of a conditional VAE that learned these. */
async function conditionalOf(images, steps, seed) {
  const model = await VAE.create({ images, latent: 8, pixels: "bernoulli", seed });
  const parallel = { shards: 2, workers };
  const options = { steps, batch: 100, lr: 1e-3, schedule: "cosine", shift: 2, val: 0 };
  await model.fit(images, { ...options, ...parallel });
  return classes
    .map((label, i) => model.generate({ samples: made / 10, seed: i, labels: { label } }).images)
    .reduce((all, one) => all.concat(one));
}

/** Each digit of the pool with its ten nearest in the latent space, both ways: [[place, weight]]. */
function graphOf() {
  const { mean } = unlabelled.encode(pool);
  const values = new Float32Array(mean.length * latent);
  for (const [i, row] of mean.entries()) values.set(row, i * latent);
  const rows = { values, width: latent };
  const { indices } = nearestNeighbours(rows, rows, NEIGHBOURS + 1);
  const near = mean.map(() => new Set());
  for (const [at, j] of indices.entries()) {
    const i = Math.floor(at / (NEIGHBOURS + 1));
    if (i === j) continue;
    near[i].add(j);
    near[j].add(i);
  }
  return near.map((all) => Array.from(all, (j) => [j, 1 / Math.sqrt(all.size * near[j].size)]));
}

/** The pool with labels that are spread from a few of it; the three quarters that are surest. */
function spreadFrom(few) {
  const { indices } = pool.labels[0];
  const count = classes.length;
  const known = new Float64Array(pool.length * count);
  for (const i of few) known[i * count + indices[i]] = 1;
  let sums = known;
  for (let round = 0; round < 50; round++) {
    const next = known.map((value) => (1 - ALPHA) * value);
    for (const [i, near] of graph.entries()) {
      for (const [j, weight] of near) {
        for (let c = 0; c < count; c++) next[i * count + c] += ALPHA * weight * sums[j * count + c];
      }
    }
    sums = next;
  }
  const found = Array.from({ length: pool.length }, (_, i) => {
    const own = sums.subarray(i * count, (i + 1) * count);
    const most = Math.max(...own);
    return {
      i,
      place: own.indexOf(most),
      sure: most / own.reduce((sum, one) => sum + one, 1e-300),
    };
  });
  found.sort((a, b) => b.sure - a.sure || a.i - b.i);
  const surest = found.slice(0, Math.round(0.75 * pool.length));
  const right = surest.filter(({ i, place }) => place === indices[i]).length;
  console.log(
    `spread labels: ${((100 * right) / surest.length).toFixed(2)} % of ${surest.length} right`,
  );
  const images = pool.subset(surest.map(({ i }) => i));
  const places = Int32Array.from(surest, ({ place }) => place);
  return new ImageSet({ ...images, labels: [{ name: "label", classes, indices: places }] });
}

/** Two of each class. */
function sample(images) {
  const { indices } = images.labels[0];
  return images.subset(
    classes.flatMap((_, place) => {
      const own = [...indices.keys()].filter((i) => indices[i] === place);
      return own.slice(0, 2);
    }),
  );
}
