// What a GAN says of runs that are meant to fail: a DCGAN of digits (dcgan.mjs) whose discriminator learns twenty times as
// fast, and one whose generator has a single channel. Each runs until it warns, at most 500 steps.
//
//   node test/tasks/gan/warnings.mjs <folder of IDX> [--seeds 1,2,3]

import { parseArgs } from "node:util";
import { GAN } from "../../../dist/node.js";
import { readFolder } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string", default: "1,2,3" } },
});
const [folder] = positionals;
if (folder === undefined) throw new Error("usage: warnings.mjs <folder of IDX>");

const { train: images } = await readFolder(folder);
const planted = {
  "discriminatorLr 20": [{}, { discriminatorLr: 20 }],
  "generatorChannels 1": [{ generatorChannels: 1 }, {}],
};
const run = { steps: 500, batch: 64, shards: 2, workers: 2 };

let silent = 0;
for (const [what, [create, fit]] of Object.entries(planted)) {
  for (const seed of values.seeds.split(",").map(Number)) {
    const model = await GAN.create({ images, labels: false, seed, ...create });
    const said = await firstWarning(model, { ...run, ...fit });
    if (!said) silent++;
    console.log(`${what}, seed ${seed}: ${said ?? "no warning"}`);
  }
}
process.exitCode = silent === 0 ? 0 : 1;

/** What the run says first, and when; undefined where it says nothing. */
async function firstWarning(model, options) {
  for await (const { step, warnings = [] } of model.fit(images, options)) {
    const [first] = warnings;
    if (first) return `after step ${step}: ${first.kind}: ${first.message}`;
  }
  return undefined;
}
