// What `evaluate` measures of a diffusion: of pictures by features, of rows by their numbers; and how well it predicts.

import type { Diffusion, DiffusionScore, ImageSet } from "../../entries/node.js";
import type { Flags, Measures } from "../kinds/model.js";
import type { OptionRow } from "../options/options.js";
import { type SamplingFlags, samplingOf, samplingRows } from "../options/sampling-options.js";
import { whole } from "../show/format.js";
import { rowMeasures, rowsToMeasure } from "./measure-gan.js";
import {
  captionRows,
  distances,
  GENERATED,
  generatedRow,
  type MeasureFlags,
  nearestRow,
  readForMeasures,
  readRows,
  seedRow,
} from "./measure-pictures.js";

export const diffusionEvaluationRows: readonly OptionRow[] = [
  ...readRows,
  ...captionRows,
  generatedRow,
  nearestRow,
  seedRow,
  ...samplingRows,
];

/** Examples of which the loss is measured, at ten times each. */
const SCORED = 2000;
/** Clips that are generated. */
const CLIPS = 32;

/** @throws UsageError, Failure, InvalidInputError */
export async function measureDiffusion(
  path: string,
  model: Diffusion,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const clips = model.shape.length === 4;
  const { seed = 0, nearest } = flags as MeasureFlags;
  const { generated = clips ? CLIPS : GENERATED } = flags as MeasureFlags;
  const { labels } = model;
  const words = model.config.text !== undefined;
  const of = { title: "", stepwise: true, labels, words };
  const how = { samples: generated, seed, ...samplingOf(path, flags as SamplingFlags, of) };
  if (model.shape.length < 3) {
    const real = rowsToMeasure(paths, flags);
    const score = scored(model.score(real.slice(0, SCORED), { seed }));
    return joined(score, rowMeasures(real, model.generate(how).rows));
  }
  const { set, all } = await readForMeasures(path, model, paths, flags);
  const known = labels.every(({ name }) => set.labels.some((one) => one.name === name));
  const score =
    words && !set.captions
      ? notMeasured("captions, give --captions")
      : known
        ? scored(model.score(set.first(Math.min(SCORED, set.length)), { seed }))
        : notMeasured("labels, give --labels");
  const made = model.generate({ ...how, ...asked(set, words, how) }).images;
  if (clips) return joined(score, changes(set, made));
  const far = await distances(set, made, all, nearest);
  const count = ["pictures", `${whole(set.length)}, ${whole(generated)} generated`] as const;
  return joined(score, { json: far.json, rows: [...far.rows, count] });
}

/** What the pictures' captions ask of a model of words, in turn; the plain model, where nothing is said of guidance. */
function asked(
  { captions }: ImageSet,
  words: boolean,
  { samples, guidance = 1 }: { samples: number; guidance?: number | undefined },
) {
  if (!words || !captions) return {};
  const prompt = Array.from({ length: samples }, (_, i) => {
    const own = captions[i % captions.length];
    return own[Math.floor(i / captions.length) % own.length];
  });
  return { prompt, guidance };
}

/** How much changes from a frame to the next, and from the last to the first: of clips, and of those that were made. */
function changes(real: ImageSet, made: ImageSet): Measures {
  const [a, b] = [real, made].map(changesOf);
  const row = (name: string, of: "change" | "around") =>
    [name, `${b[of].toFixed(4)} (real clips: ${a[of].toFixed(4)})`] as const;
  return {
    json: { changes: { real: a, generated: b } },
    rows: [
      row("frame to frame", "change"),
      row("last to first", "around"),
      ["clips", `${whole(real.length)}, ${whole(made.length)} generated`],
    ],
  };
}

/** Mean absolute differences, of 1. */
function changesOf({ pixels, frames, length }: ImageSet): { change: number; around: number } {
  const size = pixels.length / (length * frames);
  let [change, around] = [0, 0];
  for (let i = 0; i < pixels.length; i++) {
    const last = Math.floor(i / size) % frames === frames - 1;
    const difference =
      Math.abs(pixels[i] - pixels[last ? i - (frames - 1) * size : i + size]) / 255;
    if (last) around += difference;
    else change += difference;
  }
  const each = length * size;
  return { change: change / (each * (frames - 1)), around: around / each };
}

/** Of a model that learned labels or captions, on pictures without them. */
function notMeasured(what: string): Measures {
  return { json: {}, rows: [["loss", `not measured: the model learned ${what}`]] };
}

function scored({ loss, times, examples }: DiffusionScore): Measures {
  const each = times.map(({ time, loss }) => `${time.toFixed(2)}: ${loss.toFixed(3)}`);
  return {
    json: { loss, times, examples },
    rows: [
      ["loss", `${loss.toFixed(4)} (mean squared error of ${whole(examples)}, at ten times)`],
      ["at early times", each.slice(0, 5).join("  ")],
      ["at late times", each.slice(5).join("  ")],
    ],
  };
}

function joined(a: Measures, b: Measures): Measures {
  return { json: { ...a.json, ...b.json }, rows: [...a.rows, ...b.rows] };
}
