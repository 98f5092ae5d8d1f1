// 25 Gaussians on a grid in the plane (spacing 2, deviation 0.05), learned by a GAN of points as it is by default: how
// many of 2,500 generated points lie within 4 deviations of a centre, and how many centres have at least 20 of them.
//
//   node test/tasks/gan/points.mjs <output folder> [--seeds 1,2,3,4,5] [--steps 6000]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { GAN } from "../../../dist/node.js";
import { begun, normal, train } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1,2,3,4,5" },
    steps: { type: "string", default: "6000" },
    workers: { type: "string", default: "1" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: points.mjs <output folder>");
const [SIDE, SPACING, DEVIATION, POINTS, BATCH] = [5, 2, 0.05, 25_600, 256];

const draw = normal(0);
const middle = ((SIDE - 1) * SPACING) / 2;
const centres = Array.from({ length: SIDE * SIDE }, (_, i) =>
  [i % SIDE, Math.floor(i / SIDE)].map((at) => at * SPACING - middle),
);
const points = Array.from({ length: POINTS }, (_, i) =>
  Float32Array.from(centres[i % centres.length], (at) => at + DEVIATION * draw()),
);

const pass = POINTS / BATCH;
for (const seed of values.seeds.split(",").map(Number)) {
  const file = join(out, `points-${seed}.safetensors`);
  const model = await begun(GAN, file, { images: points, seed });
  const stages = [{ epochs: Number(values.steps) / pass }];
  const fit = { stages, batch: BATCH, workers: Number(values.workers), every: 10 };
  await train(model, points, file, fit);
  const { near, found } = measured(model.generate({ samples: 2500, seed: 100 + seed }).rows);
  console.log(
    `seed ${seed}: ${found} of ${centres.length} centres, ${(100 * near).toFixed(1)} % near one`,
  );
}

/** Fraction of rows within 4 deviations of a centre, and how many centres have 20 of them or more. */
function measured(rows) {
  const counts = centres.map(
    ([x, y]) => rows.filter((row) => Math.hypot(row[0] - x, row[1] - y) <= 4 * DEVIATION).length,
  );
  const near = counts.reduce((sum, count) => sum + count, 0) / rows.length;
  return { near, found: counts.filter((count) => count >= 20).length };
}
