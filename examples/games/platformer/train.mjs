// Trains the model of levels and writes it in 8 bits: node games/platformer/train.mjs (about ten minutes on two cores). Stop with
// Ctrl-C; the next start resumes where it was. It learns from levels that generator.js draws by a seed.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { GridModel, GridSet } from "simdream";
import { platformerPath } from "simdream/game";
import { drawLevels } from "./generator.js";
import { way } from "./rules.js";

const [COUNT, SEED] = [300, 1];
const steps = Number(env.STEPS ?? 1200);
const training = new URL("levels.training.safetensors", import.meta.url);
const finished = new URL("levels.safetensors", import.meta.url);

const levels = drawLevels(COUNT, SEED, (text) => way(text, platformerPath).reached);
const grids = (await GridSet.fromText(levels.map(({ text }) => text))).withLabels(
  levels.map(({ theme, difficulty }) => ({ theme, difficulty: String(difficulty) })),
);

const model = existsSync(training)
  ? await GridModel.load(readFileSync(training))
  : await GridModel.create({
      grids,
      order: "columns",
      embed: 48,
      hidden: 128,
      dropout: 0.1,
      seed: SEED,
    });
console.log(`${COUNT} levels, ${model.parameterCount} parameters`);

/** Whole or not at all. */
function save(file, bytes) {
  const beside = new URL(`${file}.new`);
  writeFileSync(beside, bytes);
  renameSync(beside, file);
}

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
const options = {
  ...{ steps, batch: 4, lr: 6e-3, schedule: "cosine", warmup: 30, labelDropout: 0.05 },
  ...{ shards: 2, workers: 2, signal: controller.signal },
};
try {
  const reports = model.run?.finished ? [] : model.fit(grids, options);
  for await (const { step, loss, elapsed } of reports) {
    if (step % 25 !== 0) continue;
    console.log(`step ${step}: ${loss.toFixed(4)} nats a tile, ${elapsed.toFixed(0)} s`);
    if (step % 100 === 0) save(training, model.save({ training: true }));
  }
} catch (error) {
  if (!controller.signal.aborted) throw error;
  save(training, model.save({ training: true }));
  console.log("saved; start again to continue");
  process.exit(130);
}
const small = await model.quantize();
const bytes = small.save();
save(finished, bytes);
console.log(
  `levels.safetensors: ${Math.round(bytes.length / 1000)} kB, fingerprint ${small.fingerprint()}`,
);
