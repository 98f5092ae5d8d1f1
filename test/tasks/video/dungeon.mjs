// What few data give: 57 clips of 4 frames (Dungeon Tileset II by 0x72, CC0), of which those of some subjects are held out. A
// U-Net with attention over time moves the held-out ones from their first frames and makes others from nothing; a predictor of
// frames continues them. How much is learned by heart is measured by how near the nearest clip is that was learned.
//
//   node test/tasks/video/dungeon.mjs <folder of dungeon-clips> <output folder> [--steps 2500] [--channels 16] [--lr 2e-3]
//        [--prediction example|velocity] [--predictor 400] [--sampling 20] [--seed 0] [--workers 2]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Diffusion, FramePredictor, ImageSet } from "../../../dist/node.js";
import { begun, median, train, uniform, write } from "../pictures/data.mjs";
import { changes, errors } from "./walkers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "2500" },
    channels: { type: "string", default: "16" },
    lr: { type: "string", default: "2e-3" },
    prediction: { type: "string", default: "example" },
    predictor: { type: "string", default: "400" },
    sampling: { type: "string", default: "20" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const number = (name) => Number(values[name]);
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: dungeon.mjs <folder of clips> <output folder>");
/** Subjects that are held out, clips of a batch, and those that are made from nothing. */
const [HELD, BATCH, MADE] = [6, 8, 24];

const { clips: rows } = JSON.parse(readFileSync(join(folder, "dungeon2.json"), "utf8"));
const all = await ImageSet.fromSheet(readFileSync(join(folder, "dungeon2-32.png")), {
  ...{ tile: 32, frames: 4, mode: "rgb", background: "#e8e8e8" },
  labels: rows.map(({ subject, action }) => ({ subject, action })),
});
const { known, unseen } = bySubject(all, HELD, 1);
console.log(`${known.length} clips to learn; held out: ${subjects(unseen).join(", ")}`);
const shared = { batch: BATCH, shards: 2, workers: number("workers"), every: 20 };
const sampling = { steps: number("sampling"), seed: 1 };

await withDiffusion();
await withPredictor();

/** Clips from a first frame, and from nothing. */
async function withDiffusion() {
  const file = join(out, `dungeon-${values.seed}.safetensors`);
  const model = await begun(Diffusion, file, {
    ...{ images: known, labels: false, channels: number("channels"), timeLevels: 2 },
    prediction: values.prediction,
    seed: number("seed"),
  });
  console.log(`Diffusion: ${model.parameterCount} parameters`);
  await train(model, known, file, {
    ...{ ...shared, flip: true, firstDropout: 0.3, ema: 0.995 },
    stages: [stage(number("steps"))],
  });
  const moved = (set) => model.generate({ ...sampling, first: set.frame(0) }).images;
  const few = known.subset(Array.from({ length: unseen.length }, (_, i) => 3 * i));
  const [own, other] = [moved(few), moved(unseen)];
  compare("from first frames that were learned", own, few);
  compare("from first frames of others", other, unseen);
  write(join(out, "dungeon-first.png"), await turns(unseen, other).grid({ scale: 3, columns: 8 }));

  const made = model.generate({ ...sampling, samples: MADE }).images;
  const near = nearest(made, known);
  const { between } = changes(made);
  console.log(
    `from nothing: change between frames ${between.toFixed(4)}, of real clips ${changes(known).between.toFixed(4)}`,
  );
  console.log(
    `distance to the nearest clip that was learned, median: made ${typical(near)}, of held-out clips ${typical(nearest(unseen, known))}, ` +
      `of one that was learned to another ${typical(nearest(known, known, true))}`,
  );
  const shown = Array.from({ length: 12 }, (_, i) => i);
  const beside = turns(made.subset(shown), known.subset(shown.map((i) => near[i].place)));
  write(join(out, "dungeon-nothing.png"), await beside.grid({ scale: 3, columns: 8 }));
}

/** Two frames are read, two predicted. */
async function withPredictor() {
  const file = join(out, `dungeon-frames-${values.seed}.safetensors`);
  const model = await begun(FramePredictor, file, {
    ...{ clips: known, input: 2, output: 2, patch: 4, hidden: 32, kernel: 3, shared: true },
    seed: number("seed"),
  });
  console.log(`FramePredictor: ${model.parameterCount} parameters`);
  await train(model, known, file, { ...shared, flip: true, stages: [stage(number("predictor"))] });
  const said = ({ mse, copying }) =>
    `${mse.toFixed(2)}, copying the last frame ${copying.toFixed(2)}`;
  console.log(`squared error a frame, of clips that were learned ${said(model.score(known))}`);
  console.log(`squared error a frame, of others ${said(model.score(unseen))}`);
  const made = model.continue(unseen.span(0, 2), { whole: true }).images;
  write(join(out, "dungeon-frames.png"), await turns(unseen, made).grid({ scale: 3, columns: 8 }));
}

function stage(steps) {
  const epochs = steps / Math.ceil(known.length / BATCH);
  return { epochs, lr: number("lr"), warmup: 50, schedule: "cosine" };
}

/** What moves, and how wrong it is. */
function compare(what, made, real) {
  const [own, theirs, error] = [changes(made), changes(real), errors(made, real)];
  console.log(
    `${what}: change between frames ${own.between.toFixed(4)}, real ${theirs.between.toFixed(4)}; ` +
      `squared error ${error.own.toFixed(5)}, of copies ${error.copies.toFixed(5)}: ${(error.own / error.copies).toFixed(2)}`,
  );
}

/** Of each clip the nearest of others, mirrored or not, and the mean squared difference. @param same whether both sets are one */
function nearest(set, others, same = false) {
  const size = others.pixels.length / others.length;
  const { width, channels } = others;
  return Array.from({ length: set.length }, (_, i) => {
    let best = { place: 0, distance: Infinity };
    for (let place = 0; place < others.length; place++) {
      if (same && place === i) continue;
      for (const mirrored of [false, true]) {
        let sum = 0;
        for (let k = 0; k < size; k++) {
          const column = Math.floor(k / channels) % width;
          const other = mirrored ? k + (width - 1 - 2 * column) * channels : k;
          sum += ((set.pixels[i * size + k] - others.pixels[place * size + other]) / 255) ** 2;
        }
        const distance = sum / size;
        if (distance < best.distance) best = { place, distance };
      }
    }
    return best;
  });
}

function typical(all) {
  return median(all.map(({ distance }) => distance)).toFixed(5);
}

/** Clips of two sets, in turns. */
function turns(one, other) {
  const pairs = Array.from({ length: one.length }, (_, i) =>
    one.subset([i]).concat(other.subset([i])),
  );
  return pairs.reduce((all, pair) => all.concat(pair));
}

function subjects(set) {
  const { classes, indices } = set.label("subject");
  return [...new Set(Array.from(indices, (place) => classes[place]))];
}

/** Clips of so many subjects, drawn by a seed, and those of the others. */
function bySubject(set, held, seed) {
  const { classes, indices } = set.label("subject");
  const next = uniform(seed);
  const order = classes.map((name, i) => ({ i, name, at: next() }));
  order.sort((a, b) => a.at - b.at);
  const out = new Set(order.slice(0, held).map(({ i }) => i));
  const places = Array.from(indices, (_, i) => i);
  return {
    known: set.subset(places.filter((i) => !out.has(indices[i]))),
    unseen: set.subset(places.filter((i) => out.has(indices[i]))),
  };
}
