// What the tasks on pictures share: the two parts of a folder of IDX files, and runs that go on where they stopped.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { ImageSet } from "../../../dist/node.js";

/** The training and the test pictures of a folder such as MNIST's, gzipped or not, with their labels. */
export async function readFolder(folder) {
  const [train, test] = await Promise.all(["train", "t10k"].map((part) => readPart(folder, part)));
  return { train, test };
}

async function readPart(folder, part) {
  const names = readdirSync(folder).sort();
  const read = (kind) => {
    const name = names.find((one) => one.startsWith(`${part}-${kind}`));
    if (name === undefined) throw new Error(`expected a file ${part}-${kind}… in ${folder}`);
    return readFileSync(join(folder, name));
  };
  return ImageSet.fromIDX(read("images"), read("labels"));
}

/** Writes a file whole or not at all. */
export function write(file, bytes) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, bytes);
  renameSync(`${file}.part`, file);
}

/** The model of a checkpoint, or a new one. */
export async function begun(Model, file, options) {
  if (!existsSync(file)) return Model.create(options);
  const model = await Model.load(readFileSync(file));
  console.log(`${file}: continued after step ${model.record.steps}`);
  return model;
}

/**
 * Trains in stages, each to so many epochs of the whole run, with a checkpoint after each epoch: the same command goes
 * on where it stopped, and comes to the same bits. Prints fingerprints after 200 steps and at each stage's end; a stage's
 * end is measured again where the checkpoint is exactly there.
 *
 * @param how `stages`: [{ epochs, ...options }], epochs grow; `every` so many epochs a line and a checkpoint; the rest as `fit`
 * @param after called at each stage's end
 */
export async function train(model, data, file, how, after = () => {}) {
  const { stages, batch, every = 1, ...shared } = how;
  const pass = Math.ceil(data.length / batch);
  const started = performance.now();
  const first = model.run?.step ?? 0;
  for (const { epochs, ...own } of stages) {
    const steps = Math.round(epochs * pass);
    const at = model.run?.step ?? 0;
    if (at > steps) continue;
    if (at < steps) {
      const options = { batch, val: 0, ...shared, ...own, steps };
      if (at > 0) options.resume = true;
      for await (const report of model.fit(data, options)) {
        const { step, loss, parts, phases, warnings = [] } = report;
        for (const { kind, message } of warnings) console.log(`step ${step}: ${kind}: ${message}`);
        if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
        if (step % Math.max(1, Math.round(every * pass)) !== 0 && step !== steps) continue;
        write(file, model.save({ training: true }));
        const minutes = (performance.now() - started) / 60000;
        const rate = ((step - first) * batch) / (60 * minutes);
        console.log(
          `epoch ${step / pass}: ${said(loss, parts, phases)}, ${minutes.toFixed(1)} minutes, ` +
            `${Math.round(rate)} pictures/s`,
        );
      }
    }
    console.log(`after ${epochs} epochs: fingerprint ${model.fingerprint()}`);
    await after(model, epochs);
  }
}

function said(loss, parts, phases) {
  if (phases) {
    const each = Object.entries(phases).map(
      ([name, one]) => `${name} ${said(one.loss, one.parts)}`,
    );
    return each.join(", ");
  }
  const all = Object.entries(parts ?? {}).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  return `loss ${loss.toFixed(3)}${all.length > 0 ? ` (${all.join(", ")})` : ""}`;
}

/** Places of `count` pictures of each class, drawn by a seed, in the order of the pictures. */
export function fewOfEach({ labels: [label] }, count, seed) {
  const next = uniform(seed);
  const order = Array.from(label.indices, (_, i) => ({ i, at: next() }));
  order.sort((a, b) => a.at - b.at || a.i - b.i);
  return label.classes
    .flatMap((_, place) => order.filter(({ i }) => label.indices[i] === place).slice(0, count))
    .map(({ i }) => i)
    .sort((a, b) => a - b);
}

/** "12.3 %" */
export function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

/** Numbers from 0 to 1 that look random (Numerical Recipes), the same everywhere. */
export function uniform(seed) {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Numbers that look normal (Marsaglia's polar method), the same everywhere as far as its logarithm is. */
export function normal(seed) {
  const next = uniform(seed);
  return () => {
    for (;;) {
      const [x, y] = [2 * next() - 1, 2 * next() - 1];
      const squares = x * x + y * y;
      if (squares > 0 && squares < 1) return x * Math.sqrt((-2 * Math.log(squares)) / squares);
    }
  };
}

export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** Mean and 95 % interval of a few figures, by Student's t. */
export function interval(figures) {
  const count = figures.length;
  const mean = figures.reduce((sum, one) => sum + one, 0) / count;
  const squares = figures.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const t = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262][count - 2];
  const half = t * Math.sqrt(squares / (count - 1) / count);
  return `${mean.toFixed(2)} ± ${half.toFixed(2)}`;
}

/** Fraction of pictures whose label a classifier has right. */
export function recognised(classifier, images) {
  return classifier.score(images).accuracy.label;
}
