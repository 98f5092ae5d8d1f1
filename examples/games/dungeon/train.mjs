// Trains the model of rooms and writes it in 8 bits: node games/dungeon/train.mjs (in examples; about ten minutes on two cores). Stop
// with Ctrl-C; the next start resumes where it was. It learns from rooms that training-rooms.js makes by a seed.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { GridModel, GridSet } from "simdream";
import { solveSokoban } from "simdream/game";
import { difficultyOf, gradeOf } from "./grades.js";
import { trainingRooms } from "./training-rooms.js";

const [COUNT, SEED] = [Number(env.ROOMS ?? 2400), 1];
const steps = Number(env.STEPS ?? 1500);
/** Rooms and the run as it was stopped: neither belongs to the game. */
const made = new URL("rooms.tmp", import.meta.url);
const stopped = new URL("training.tmp", import.meta.url);

/** Whole or not at all. */
function save(file, bytes) {
  const beside = new URL(`${file}.new.tmp`);
  writeFileSync(beside, bytes);
  renameSync(beside, file);
}

function rooms() {
  if (existsSync(made)) return JSON.parse(readFileSync(made, "utf8"));
  const all = trainingRooms(COUNT, SEED, (text) => {
    const solution = solveSokoban(text, { maxStates: 20_000 });
    return solution.solved ? gradeOf(difficultyOf(solution)) : 0;
  });
  save(made, JSON.stringify(all));
  return all;
}

const all = rooms();
const grids = (await GridSet.fromText(all.map(({ text }) => text))).withLabels(
  all.map(({ grade }) => ({ grade: String(grade) })),
);
const counts = [1, 2, 3, 4, 5].map((grade) => all.filter((one) => one.grade === grade).length);
const model = existsSync(stopped)
  ? await GridModel.load(readFileSync(stopped))
  : await GridModel.create({
      grids,
      order: "rows",
      embed: 40,
      hidden: 128,
      dropout: 0,
      seed: SEED,
    });
console.log(`${all.length} rooms (${counts} of each grade), ${model.parameterCount} parameters`);

const controller = new AbortController();
process.once("SIGINT", () => controller.abort());
const options = {
  ...{ steps, batch: 32, lr: 5e-3, schedule: "cosine", warmup: 50, symmetries: "all" },
  ...{ labelDropout: 0.05, shards: 2, workers: 2, signal: controller.signal },
};
try {
  for await (const { step, loss, elapsed } of model.fit(grids, options)) {
    if (step % 25 !== 0) continue;
    console.log(`step ${step}: ${loss.toFixed(4)} nats a cell, ${elapsed.toFixed(0)} s`);
    if (step % 100 === 0) save(stopped, model.save({ training: true }));
  }
} catch (error) {
  if (!controller.signal.aborted) throw error;
  save(stopped, model.save({ training: true }));
  console.log("saved; start again to continue");
  process.exit(130);
}
const small = await model.quantize();
const bytes = small.save();
save(new URL("rooms.safetensors", import.meta.url), bytes);
console.log(
  `rooms.safetensors: ${Math.round(bytes.length / 1000)} kB, fingerprint ${small.fingerprint()}`,
);
