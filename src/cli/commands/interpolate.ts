// simdream interpolate: the way between two pictures.

import type { Command } from "commander";
import { Failure } from "../errors.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel } from "../io/picture-models.js";
import { type PictureFlags, readPictures, saidOf } from "../io/pictures.js";
import { addOptions, command, count, examples } from "../options/options.js";
import { labelRow, readTable } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { visible } from "../show/escape.js";

interface InterpolateFlags extends PictureFlags, OutFlags {
  readonly label?: Readonly<Record<string, string>>;
  readonly samples?: number;
  readonly spherical?: boolean;
}

/** Pictures of a way. */
const SHOWN = 8;

export function interpolateCommand(): Command {
  const target = command(
    "interpolate",
    "Makes the pictures between two, through a model's latent space.",
  );
  target.argument("<model>", "a file that train wrote");
  target.argument("<from>", "a picture: PNG or JPEG");
  target.argument("<to>", "another");
  addOptions(target, "Output", [
    ["--samples <n>", "pictures, both ends included (default: 8)", undefined, count],
    ["--spherical", "along an arc instead of a straight line"],
    ...outRows,
  ]);
  const names = ["crop", "mode", "background", "fit", "resample", "animated"];
  addOptions(target, "Pictures", [...rowsOf(readTable, names), labelRow]);
  examples(target, ["simdream interpolate v.safetensors a.png b.png --out between.png"]);
  return target.action((path: string, from: string, to: string, flags: InterpolateFlags) =>
    interpolate(path, from, to, flags),
  );
}

async function interpolate(
  path: string,
  from: string,
  to: string,
  flags: InterpolateFlags,
): Promise<void> {
  const reads = [...uses("the model", path), ...uses("a picture", from, to)];
  checkPaths(reads);
  checkOut(flags, reads);
  const { model, verbs, shape } = await readPictureModel(path, "interpolate");
  const ends = await Promise.all(
    [from, to].map(async (file) => {
      const set = await readPictures([file], flags, shape);
      if (set.length === 1) return saidOf(set, flags.label);
      throw new Failure(`${file} has ${set.length} pictures; the ends of a way are one each`);
    }),
  );
  const { samples = SHOWN, spherical = false } = flags;
  const set = verbs.interpolate(model, ends[0], ends[1], { steps: samples, spherical });
  const said = await writePictures({ columns: samples, ...flags }, set);
  if (said !== undefined) process.stdout.write(`${visible(said)}\n`);
}
