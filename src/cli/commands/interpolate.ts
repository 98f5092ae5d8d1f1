// simdream interpolate: the way between two pictures, or between what seeds draw.

import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { ImageSet } from "../../entries/node.js";
import { Failure, flag, UsageError } from "../errors.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { able, labelsFor, type ModelOf, ofPictures, samplingFor } from "../io/picture-models.js";
import { type PictureFlags, readPictures, withSameLabels } from "../io/pictures.js";
import {
  addOptions,
  command,
  count,
  examples,
  explicitOptions,
  wholeNumber,
} from "../options/options.js";
import { labelRow, readTable } from "../options/picture-options.js";
import {
  promptRows,
  type SamplingFlags,
  samplingRows,
  tileRow,
} from "../options/sampling-options.js";
import { rowsOf } from "../options/tables.js";
import { checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { printLine } from "../show/terminal.js";

/** How files are read, but for atlases: --tile is about what is made. */
type ReadFlags = Omit<PictureFlags, "tile">;

interface InterpolateFlags extends ReadFlags, OutFlags, SamplingFlags {
  readonly tile?: boolean;
  readonly label?: Readonly<Record<string, string>>;
  readonly seeds?: readonly number[];
  readonly samples?: number;
  readonly spherical?: boolean;
}

/** Pictures of a way, and what is drawn where nothing is said: a row between each two. */
const SHOWN = 8;
const SEEDS = [1, 2, 3, 4, 5];

export function interpolateCommand(): Command {
  const target = command(
    "interpolate",
    "Makes the pictures between two, through a model's latent space or its noise.",
  );
  target.argument("<model>", "a file that train wrote");
  target.argument(
    "[from]",
    "a picture, PNG or JPEG; not for a GAN or a diffusion model, which take --seeds",
  );
  target.argument("[to]", "another picture");
  addOptions(target, "Output", [
    ["--samples <n>", "pictures, both ends included (default: 8)", undefined, count],
    [
      "--seeds <list>",
      "of a GAN or a diffusion model: seeds of what it makes, with a row from each to the next (default: 1,2,3,4,5)",
      undefined,
      seeds,
    ],
    ["--spherical", "along an arc instead of a straight line; a diffusion model always does"],
    ...outRows,
    ...promptRows,
    ...samplingRows,
    tileRow,
  ]);
  const names = ["crop", "mode", "background", "fit", "resample", "animated"];
  addOptions(target, "Pictures", [...rowsOf(readTable, names), labelRow]);
  examples(target, [
    "simdream interpolate v.safetensors a.png b.png --out between.png",
    "simdream interpolate g.safetensors --seeds 1,2,3 --label label=8 --out between.png",
    'simdream interpolate d.safetensors --prompt "a red hat" --out between.png',
  ]);
  return target.action(
    (path: string, from: string | undefined, to: string | undefined, flags: InterpolateFlags) =>
      interpolate(
        path,
        [from, to],
        flags,
        names.filter((name) => explicitOptions(target).has(name)),
      ),
  );
}

/** "1,2,3" */
function seeds(text: string): number[] {
  const all = text.split(",").map(wholeNumber);
  if (all.length >= 2) return all;
  throw new InvalidArgumentError("Expected two seeds or more: 1,2,3.");
}

/** @param reading options of reading pictures that were given */
async function interpolate(
  path: string,
  ends: readonly (string | undefined)[],
  flags: InterpolateFlags,
  reading: readonly string[],
): Promise<void> {
  const reads = [...uses("the model", path), ...uses("a picture", ...ends)];
  checkPaths(reads);
  const read = await readModel(path);
  const verb = read.kind.pictures?.between ? "between" : "interpolate";
  checkOut(flags, reads, ofPictures(path, able(path, read, verb)).shape.frames !== undefined);
  const { samples = SHOWN } = flags;
  const set =
    verb === "between"
      ? between(path, able(path, read, "between"), ends, flags, reading)
      : await throughPictures(path, able(path, read, "interpolate"), ends, flags);
  printLine(await writePictures({ columns: samples, ...flags }, set));
}

async function throughPictures(
  path: string,
  one: ModelOf<"interpolate">,
  ends: readonly (string | undefined)[],
  flags: InterpolateFlags,
): Promise<ImageSet> {
  const { model, verbs, shape } = ofPictures(path, one);
  const { seeds, label: _, tile: __, ...reading } = flags;
  if (seeds) {
    throw new UsageError(`--seeds is for a GAN or a diffusion model; ${path} reads two pictures`);
  }
  samplingFor(path, one, flags, flags.tile);
  const label = labelsFor(path, one, flags.label);
  const [from, to] = await Promise.all(
    ends.map(async (file) => {
      if (file === undefined)
        throw new UsageError("interpolate needs two pictures after the model");
      const set = await readPictures([file], reading, shape);
      if (set.length === 1) return withSameLabels(set, label);
      throw new Failure(`${file} has ${set.length} pictures; the ends of a way are one each`);
    }),
  );
  const { samples = SHOWN, spherical = false } = flags;
  return verbs.interpolate(model, from, to, { steps: samples, spherical });
}

/** A row between each two seeds. */
function between(
  path: string,
  one: ModelOf<"between">,
  ends: readonly (string | undefined)[],
  flags: InterpolateFlags,
  reading: readonly string[],
): ImageSet {
  const { model, verbs } = ofPictures(path, one);
  const unread = ends.find((end) => end !== undefined) ?? reading.map(flag)[0];
  if (unread !== undefined) {
    throw new UsageError(
      `${unread}: ${path} reads no pictures, but goes from what one seed gives to what the next gives; give --seeds 1,2`,
    );
  }
  const { samples: steps = SHOWN, seeds = SEEDS, spherical = false } = flags;
  const labels = labelsFor(path, one, flags.label);
  const sampling = samplingFor(path, one, flags, flags.tile);
  const how = { steps, spherical, labels };
  return seeds
    .slice(1)
    .map((to, i) => verbs.between(model, [seeds[i], to], how, sampling))
    .reduce((all, row) => all.concat(row));
}
