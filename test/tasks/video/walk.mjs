// Walking characters: a U-Net with attention over time at the smallest size only. Learned are the clips of 104 characters of
// 128; `first` makes the walks of the others from their first frames, 32×32 pixels by 32, 64 and 128 channels; of models of
// `labels` and of `words`, 20×28 pixels by 16, 32 and 64 channels, a classifier of single frames looks in clips for what was
// asked, by the mean of what it says of a clip's frames.
//
//   node test/tasks/video/walk.mjs <output folder> [--told first|labels|words] [--export] [--steps 2400] [--channels n] [--levels 3]
//     [--data ../shared/data/video/lpc-walk] [--batch 8] [--prediction example|velocity] [--sampling 20] [--guidance 2] [--asked 100]
//     [--judge 40] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures. With --export it writes the clips
// for walk.py, the same network in PyTorch.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { Classifier, Diffusion } from "../../../dist/node.js";
import { begun, percent, train, uniform, write } from "../pictures/data.mjs";
import { attributes, changes, errors, heldCharacters, spoken, walkers } from "./walkers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    told: { type: "string", default: "first" },
    steps: { type: "string", default: "2400" },
    channels: { type: "string" },
    levels: { type: "string", default: "3" },
    prediction: { type: "string", default: "example" },
    batch: { type: "string", default: "8" },
    sampling: { type: "string", default: "20" },
    guidance: { type: "string", default: "2" },
    asked: { type: "string", default: "100" },
    judge: { type: "string", default: "40" },
    data: { type: "string", default: "../shared/data/video/lpc-walk" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
    export: { type: "boolean", default: false },
  },
});
const [out] = positionals;
const { told } = values;
if (out === undefined || !["first", "labels", "words"].includes(told)) {
  throw new Error("usage: walk.mjs <output folder> [--told first|labels|words]");
}
const number = (name) => Number(values[name]);
const HELD = 24;
const byFirst = told === "first";

const clips = await walkers(values.data, { captions: told === "words" ? 6 : 0, cut: !byFirst });
const { held, others } = heldCharacters(clips, HELD, 1);
const [known, unseen] = [clips.subset(others), clips.subset(held)];
const real = changes(unseen);
if (values.export) {
  write(join(out, "known.bin"), known.pixels);
  write(join(out, "unseen.bin"), unseen.pixels);
  process.exit();
}

const channels = Number(values.channels ?? (byFirst ? 32 : 16));
const file = join(out, `walk-${told}-${channels}-${values.seed}.safetensors`);
const model = await begun(Diffusion, file, {
  ...{ images: known, first: byFirst, labels: told === "labels" && attributes },
  ...{ channels, levels: number("levels"), timeLevels: 1 },
  prediction: values.prediction,
  seed: number("seed"),
});
console.log(`${told}: ${model.parameterCount} parameters, ${known.length} clips`);
const epochs = number("steps") / Math.ceil(known.length / number("batch"));
await train(model, known, file, {
  ...{
    stages: [{ epochs, lr: 2e-3, warmup: 100, schedule: "cosine" }],
    batch: number("batch"),
    every: 2,
  },
  // Left and right are labels.
  ...{ flip: byFirst, shards: 2, workers: number("workers") },
  ...(byFirst && { firstDropout: 0.1 }),
});

if (byFirst) await firstFrames();
else await asked();

/** Held-out characters from their first frames. */
async function firstFrames() {
  const made = model.generate({
    ...{ first: unseen.frame(0), steps: number("sampling"), seed: 1 },
  }).images;
  const [own, error] = [changes(made), errors(made, unseen)];
  console.log(
    `change between frames ${own.between.toFixed(4)}, real ${real.between.toFixed(4)}: ${percent(own.between / real.between)}\n` +
      `from last to first ${own.round.toFixed(4)}, real ${real.round.toFixed(4)}: ${percent(own.round / real.round)}\n` +
      `squared error ${error.own.toFixed(5)}, of copies ${error.copies.toFixed(5)}: ${(error.own / error.copies).toFixed(3)}`,
  );
  await show("first", unseen, made);
  const free = model.generate({ samples: 24, steps: number("sampling"), seed: 2 }).images;
  const alone = changes(free);
  console.log(
    `from nothing: change between frames ${alone.between.toFixed(4)}, from last to first ${alone.round.toFixed(4)}`,
  );
  await show("nothing", free);
}

/** Attributes that were asked for, as the classifier finds them. */
async function asked() {
  const judgeFile = join(out, "walk-judge.safetensors");
  const stills = known.stills();
  const judge = await begun(Classifier, judgeFile, {
    images: stills,
    labels: attributes,
    seed: 100,
  });
  await train(judge, stills, judgeFile, {
    ...{
      stages: [{ epochs: number("judge"), lr: 2e-3, schedule: "cosine" }],
      batch: 64,
      shards: 2,
      every: 4,
    },
    workers: number("workers"),
  });
  const next = uniform(3);
  const of = (list) => list[Math.floor(next() * list.length)];
  const wanted = Array.from({ length: number("asked") }, () =>
    Object.fromEntries(attributes.map((name) => [name, of(clips.label(name).classes)])),
  );
  const how = { steps: number("sampling"), guidance: number("guidance") };
  const made =
    told === "labels"
      ? wanted
          .map((labels, seed) => model.generate({ labels, seed, ...how }).images)
          .reduce((all, one) => all.concat(one))
      : model.generate({ prompt: wanted.map((one) => spoken(one, of)), seed: 1, ...how }).images;
  report(`clips by ${told}`, found(judge, made), wanted);
  const own = changes(made);
  console.log(
    `change between frames ${own.between.toFixed(4)}, real ${real.between.toFixed(4)}; from last to first ${own.round.toFixed(4)}, real ${real.round.toFixed(4)}`,
  );
  await show(told, made);
  const facts = (set) =>
    Array.from({ length: set.length }, (_, i) =>
      Object.fromEntries(
        attributes.map((name) => {
          const { classes, indices } = set.label(name);
          return [name, classes[indices[i]]];
        }),
      ),
    );
  report("real clips of other characters", found(judge, unseen), facts(unseen));
}

/** What the classifier says of clips: of each attribute the class that is most probable in the mean of the frames. */
function found(judge, set) {
  const all = judge.classify(set.stills());
  return Array.from({ length: set.length }, (_, i) => {
    const own = all.slice(i * set.frames, (i + 1) * set.frames);
    return Object.fromEntries(
      attributes.map((name) => {
        const { classes } = clips.label(name);
        const sums = classes.map((value) =>
          own.reduce((sum, { probabilities }) => sum + probabilities[name][value], 0),
        );
        return [name, classes[sums.indexOf(Math.max(...sums))]];
      }),
    );
  });
}

function report(what, got, wanted) {
  const each = attributes.map((name) => {
    return got.filter((one, i) => one[name] === wanted[i][name]).length / wanted.length;
  });
  const mean = each.reduce((sum, one) => sum + one, 0) / each.length;
  console.log(
    `${what}: ${percent(mean)} of attributes are found (${attributes.map((name, i) => `${name} ${percent(each[i])}`).join(", ")})`,
  );
}

/** Clips as pictures, a row each: of several sets in turns. */
async function show(name, ...sets) {
  // Of all four directions.
  const { length } = sets[0];
  const few = Array.from(
    { length: 12 },
    (_, i) => (Math.floor((i * length) / 12) + (i % 4)) % length,
  );
  const turns = few.flatMap((i) => sets.map((set) => set.subset([i])));
  const all = turns.reduce((one, other) => one.concat(other));
  write(join(out, `walk-${name}.png`), await all.grid({ scale: 3 }));
  for (const i of few.slice(0, 4)) {
    write(join(out, `walk-${name}-${i}.gif`), await sets.at(-1).toGIF(i));
  }
}
