// simdream compare: several models of pictures, or folders of pictures that other programs made, on one set.

import { basename } from "node:path";
import type { Command } from "commander";
import { comparePictures, ImageSet, type PictureMeasures } from "../../entries/node.js";
import { Failure, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { holdPictures } from "../io/picture-heads.js";
import { able, ofPictures, type PictureModelOf, samplingFor } from "../io/picture-models.js";
import { limited, type PictureFlags, readPictures } from "../io/pictures.js";
import { addOptions, command, count, examples, repeated, wholeNumber } from "../options/options.js";
import { plainReadTable } from "../options/picture-options.js";
import { type Sampling, type SamplingFlags, samplingRows } from "../options/sampling-options.js";
import { rowsOf } from "../options/tables.js";
import { featureStore } from "../run/feature-store.js";
import { featureWords, GENERATED } from "../run/measure-pictures.js";
import { type Block, comparison } from "../show/comparison.js";
import { visible } from "../show/escape.js";
import { plural, whole } from "../show/format.js";
import { printJson, printLine } from "../show/terminal.js";

interface CompareFlags extends PictureFlags, SamplingFlags {
  readonly data?: readonly string[];
  readonly generated?: number;
  readonly limit?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Something that is compared: a model, or pictures that are already there. */
interface Candidate {
  readonly name: string;
  readonly path: string;
  /** The class of a model. */
  readonly model: string | undefined;
  /** undefined until it is asked for pictures of its own. */
  readonly open: PictureModelOf<"generate"> | undefined;
}

export function compareCommand(): Command {
  const target = command("compare", "Compares models of pictures on one set of real ones.");
  target.argument(
    "<models...>",
    "files that train wrote; or pictures that were made: a folder, or an IDX file",
  );
  addOptions(target, "Real pictures", [
    [
      "--data <path>",
      "the real pictures: a folder, an IDX file, PNG or JPEG files (repeatable)",
      undefined,
      repeated,
    ],
    ["--limit <n>", "measure on the first n real pictures only", undefined, count],
    ...rowsOf(plainReadTable),
  ]);
  addOptions(target, "Generated pictures", [
    ["--generated <n>", "pictures of each model (default: 2000)", undefined, count],
    ["--seed <n>", "seed of what is generated (default: 0)", undefined, wholeNumber],
    ...samplingRows,
  ]);
  addOptions(target, "Output", [
    ["--out <file>", "a PNG with samples of all, the real ones first"],
    ["--json", "print one JSON object"],
  ]);
  examples(target, [
    "simdream compare v.safetensors g.safetensors --data pictures/ --out compare.png",
    "simdream compare g.safetensors others/ --data digits.idx.gz --labels labels.idx.gz --json",
  ]);
  return target.action((paths: string[], flags: CompareFlags) => compare(paths, flags));
}

async function compare(paths: readonly string[], flags: CompareFlags): Promise<void> {
  const { data = [], out, seed = 0, generated = GENERATED, limit } = flags;
  if (data.length === 0) throw new UsageError("compare needs --data, the real pictures");
  checkPaths(
    [
      ...uses("a model", ...paths),
      ...uses("what it is measured on", ...data),
      ...uses("--labels", flags.labels),
    ],
    uses("--out", out),
  );
  if (out !== undefined && !/\.png$/i.test(out)) {
    throw new UsageError(`--out ${out}: give a name that ends in .png`);
  }
  if (out !== undefined) checkWritable(out);
  const candidates = await opened(paths);
  const shape = candidates.find(({ open }) => open)?.open?.shape;
  const all = await readPictures(data, flags, shape);
  const real = limited(all, limit);
  const sets: [string, ImageSet][] = [];
  const sampling = samplingsOf(candidates, flags);
  for (const [i, one] of candidates.entries()) {
    const how = { samples: generated, seed, ...sampling[i] };
    sets.push([one.name, await picturesOf(one, all, how)]);
  }
  const found = await comparePictures(real, Object.fromEntries(sets), {
    ...{ train: all, store: featureStore() },
  });
  const title = ["real", ...data.map((path) => basename(path))].join(" ");
  if (out !== undefined) {
    const blocks: Block[] = [{ title: `${title}, ${whole(real.length)}`, set: real }];
    for (const [name, set] of sets) blocks.push({ title: `${name}  ${said(found[name])}`, set });
    writeWhole(out, await comparison(blocks));
  }
  const { features, featuresFingerprint, neighbours } = found[candidates[0].name];
  if (flags.json) {
    const models = candidates.map(({ name, path, model }) => {
      const { frechet, kernel, precision, recall, coverage, generated } = found[name];
      const measures = { frechet, kernel, precision, recall, coverage };
      return { name, path, ...(model ? { model } : {}), ...measures, generated };
    });
    const of = { features, featuresFingerprint, neighbours, real: real.length, seed };
    return printJson({ models, ...of, out });
  }
  process.stdout.write(table(candidates.map(({ name }) => [name, found[name]])));
  const by = `${featureWords(features)} (${featuresFingerprint.slice(0, 12)}…)`;
  printLine(`on ${plural(real.length, "real picture")}; features ${by}`);
  if (out !== undefined) printLine(`samples of all in ${out}`);
}

/** @throws Failure for what makes no pictures, or pictures of another shape than the first */
async function opened(paths: readonly string[]): Promise<Candidate[]> {
  const names = paths.map((path) => basename(path).replace(/\.safetensors$/, ""));
  const twice = (name: string) => names.filter((one) => one === name).length > 1;
  const all: Candidate[] = [];
  for (const [i, path] of paths.entries()) {
    if (paths.indexOf(path) < i) throw new UsageError(`${path} is given twice`);
    const name = twice(names[i]) ? path : names[i];
    if (holdPictures([path])) {
      all.push({ name, path, model: undefined, open: undefined });
      continue;
    }
    const read = await readModel(path);
    const open = ofPictures(path, able(path, read, "generate"));
    all.push({ name, path, model: read.kind.model, open });
  }
  const [first, ...others] = all.filter(({ open }) => open);
  const shapeOf = ({ open }: Candidate) =>
    `${open!.shape.height} × ${open!.shape.width} × ${open!.shape.channels}`;
  const other = others.find((one) => shapeOf(one) !== shapeOf(first));
  if (!other) return all;
  throw new Failure(
    `${first.path} makes pictures of ${shapeOf(first)} (height × width × channels), ${other.path} of ` +
      `${shapeOf(other)}; models that are compared make pictures of one size and colours`,
  );
}

/** How each is sampled: those that go step by step as it is said. @throws UsageError where none of them does */
function samplingsOf(candidates: readonly Candidate[], flags: CompareFlags): Sampling[] {
  const steps = candidates.some(({ open }) => open?.verbs.stepwise);
  return candidates.map(({ path, open }) => {
    return open && (open.verbs.stepwise || !steps) ? samplingFor(path, open, flags) : {};
  });
}

/** What a model makes, or what is in a folder, as far as it is asked for; brought to the size of the real pictures. */
async function picturesOf(
  { path, open }: Candidate,
  { height, width, channels }: ImageSet,
  how: Sampling & { readonly samples: number; readonly seed: number },
): Promise<ImageSet> {
  if (open) return open.verbs.generate(open.model, how);
  const set = await readPictures([path], {}, { height, width, channels });
  if (set.height === height && set.width === width && set.channels === channels) {
    return new ImageSet({ ...set.first(Math.min(how.samples, set.length)), labels: [] });
  }
  throw new Failure(
    `${path} has pictures of ${set.height} × ${set.width} × ${set.channels} (height × width × channels), ` +
      `the real ones are ${height} × ${width} × ${channels}; --size and --mode bring the real ones to another`,
  );
}

/** Figures of one, in a few words. */
function said({ frechet, precision, recall, coverage = {} }: PictureMeasures): string {
  const classes = Object.entries(coverage).map(
    ([name, { covered, classes }]) => `${headOf(name)} ${covered}/${classes}`,
  );
  const measures = [
    `distance ${frechet.toFixed(2)}`,
    `precision ${precision.toFixed(2)}`,
    `recall ${recall.toFixed(2)}`,
  ];
  return [...measures, ...classes.slice(0, 2)].join("  ");
}

/** What is said of the classes of folders and IDX files, which nobody named. */
function headOf(name: string): string {
  return name === "label" ? "classes" : name;
}

/** A line a model, the figures below each other. */
function table(all: readonly (readonly [string, PictureMeasures])[]): string {
  const columns = Object.keys(all[0][1].coverage ?? {});
  const head = ["", "frechet", "kernel", "precision", "recall"];
  for (const name of columns) head.push(headOf(name), "entropy");
  head.push("pictures");
  const lines = all.map(([name, one]) => {
    const { frechet, kernel, precision, recall, coverage = {}, generated } = one;
    const spread = columns.flatMap((column) => {
      const { covered, classes, entropy } = coverage[column];
      return [`${covered} of ${classes}`, entropy.toFixed(3)];
    });
    const figures = [
      frechet.toFixed(2),
      kernel.toFixed(2),
      precision.toFixed(3),
      recall.toFixed(3),
    ];
    return [name, ...figures, ...spread, whole(generated)];
  });
  const rows = [head, ...lines].map((row) => row.map(visible));
  const widths = head.map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const line = (row: string[]) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join("  ");
  return `${rows.map(line).join("\n")}\n`;
}
