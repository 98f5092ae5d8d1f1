// Two digits that move and bounce, 10 frames read and 10 predicted, by a convolutional LSTM of 64 channels over patches of 4×4
// pixels; two shards on two threads. Squared errors a frame of 500 clips of test digits, beside what needs no model.
// moving-digits.py is the same in PyTorch, on as many of the same clips.
//
//   node test/tasks/video/moving-digits.mjs <folder of MNIST> <output folder> [--clips 20000] [--steps 5600] [--batch 8]
//        [--lr 1.5e-3] [--layers 2] [--kernel 3] [--seed 1] [--workers 2] [--export]
//
// --export: writes the clips as bytes for moving-digits.py, and nothing else. The same command goes on where it stopped, and
// prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { FramePredictor } from "../../../dist/node.js";
import { begun, percent, readFolder, train, write } from "../pictures/data.mjs";
import { baselines, movingClips } from "./digits.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clips: { type: "string", default: "20000" },
    steps: { type: "string", default: "5600" },
    batch: { type: "string", default: "8" },
    lr: { type: "string", default: "1.5e-3" },
    layers: { type: "string", default: "2" },
    kernel: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
    export: { type: "boolean", default: false },
  },
});
const number = (name) => Number(values[name]);
const [folder, out] = positionals;
if (out === undefined)
  throw new Error("usage: moving-digits.mjs <folder of MNIST> <output folder>");
const [INPUT, OUTPUT, TEST] = [10, 10, 500];

const digits = await readFolder(folder);
const clips = movingClips(digits.train, number("clips"), INPUT + OUTPUT, 1);
const test = movingClips(digits.test, TEST, INPUT + OUTPUT, 2);
if (values.export) {
  write(join(out, "train.bin"), clips.pixels);
  write(join(out, "test.bin"), test.pixels);
  process.exit();
}
const { copying, black, mean } = baselines(test.pixels, INPUT + OUTPUT, INPUT);
const near = (one) => one.toFixed(2);
console.log(`copying ${near(copying)}, black ${near(black)}, mean frame ${near(mean)} a frame`);

const file = join(out, `digits-${values.seed}.safetensors`);
const model = await begun(FramePredictor, file, {
  ...{ clips, input: INPUT, output: OUTPUT, patch: 4, hidden: 64, shared: true },
  ...{ layers: number("layers"), kernel: number("kernel"), seed: number("seed") },
});
console.log(`${model.parameterCount} parameters`);
const pass = Math.ceil(clips.length / number("batch"));
const fit = {
  stages: [{ epochs: number("steps") / pass }],
  ...{ batch: number("batch"), lr: number("lr"), schedule: "cosine", warmup: 100, clip: 20 },
  ...{ shards: 2, workers: number("workers"), every: 100 / pass },
};
await train(model, clips, file, fit, async () => {
  const { mse, frames } = model.score(test);
  const each = [0, 4, 9].map((k) => near(frames[k])).join(", ");
  console.log(`squared error a frame ${mse.toFixed(3)}; of frames 1, 5 and 10: ${each}`);
  console.log(
    `${percent(mse / mean)} of the mean frame's (at most 60 %), ${percent(mse / copying)} of copying (at most 35 %)`,
  );
});

// The last frame that is read; and of frames 1, 5 and 10 the real one above the predicted one.
const shown = test.first(16);
const made = model.continue(shown.span(0, INPUT), { frames: OUTPUT }).images;
const rows = [shown.frame(INPUT - 1)];
for (const k of [0, 4, 9]) rows.push(shown.frame(INPUT + k), made.frame(k));
const sheet = rows.reduce((all, one) => all.concat(one));
write(join(out, "digits.png"), await sheet.grid({ columns: 16, scale: 2 }));
