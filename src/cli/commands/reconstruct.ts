// simdream reconstruct, and simdream denoise: pictures through a model.

import type { Command } from "commander";
import { ImageSet } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import { checkPaths, uses } from "../io/paths.js";
import { labelsFor, readPictureModel } from "../io/picture-models.js";
import { type PictureFlags, readPictures, withSameLabels } from "../io/pictures.js";
import { addOptions, command, count, examples, number, wholeNumber } from "../options/options.js";
import { labelRow, plainReadTable } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { besides, checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { printLine } from "../show/terminal.js";

interface ThroughFlags extends PictureFlags, OutFlags {
  readonly label?: Readonly<Record<string, string>>;
  readonly samples?: number;
  readonly noise?: number;
  readonly mask?: number;
  readonly seed?: number;
}

const FILES = "a folder of pictures, an IDX file, PNG or JPEG files";
/** Pictures of a grid where nothing is said. */
const [SHOWN, ACROSS] = [32, 16];

export function reconstructCommand(): Command {
  const target = command("reconstruct", "Shows pictures, and below each how a model sees it.");
  target.argument("<model>", "a file that train wrote");
  target.argument("<files...>", FILES);
  addOptions(target, "Output", [
    ["--samples <n>", "the first n pictures (default: 32; in a folder all)", undefined, count],
    ...outRows,
  ]);
  addOptions(target, "Pictures", [...rowsOf(plainReadTable), labelRow]);
  examples(target, ["simdream reconstruct v.safetensors pictures/ --out grid.png"]);
  return target.action((path: string, paths: string[], flags: ThroughFlags) =>
    through(path, paths, flags, "reconstruct"),
  );
}

export function denoiseCommand(): Command {
  const target = command("denoise", "Takes away from pictures what a model learned to take away.");
  target.argument("<model>", "a file that train --model autoencoder --noise or --mask wrote");
  target.argument("<files...>", FILES);
  addOptions(target, "Output", [
    ["--samples <n>", "the first n pictures (default: 32; in a folder all)", undefined, count],
    ["--noise <x>", "first add noise of this deviation, to try it", undefined, number],
    ["--mask <fraction>", "first mask this fraction of each picture", undefined, number],
    ["--seed <n>", "seed of the noise or the masks (default: 0)", undefined, wholeNumber],
    ...outRows,
  ]);
  addOptions(target, "Pictures", [...rowsOf(plainReadTable), labelRow]);
  examples(target, [
    "simdream denoise d.safetensors noisy/ --out clean",
    "simdream denoise d.safetensors digits.idx.gz --noise 0.5 --out grid.png",
  ]);
  return target.action((path: string, paths: string[], flags: ThroughFlags) =>
    through(path, paths, flags, "denoise"),
  );
}

async function through(
  path: string,
  paths: readonly string[],
  flags: ThroughFlags,
  verb: "reconstruct" | "denoise",
): Promise<void> {
  const reads = [
    ...uses("the model", path),
    ...uses("a picture", ...paths),
    ...uses("--labels", flags.labels),
  ];
  checkPaths(reads);
  checkOut(flags, reads);
  const one = await readPictureModel(path, verb);
  const { model, verbs, shape } = one;
  const label = labelsFor(path, one, flags.label);
  const all = withSameLabels(await readPictures(paths, flags, shape), label);
  const folder = flags.out !== undefined && !/\.png$/i.test(flags.out);
  const samples = flags.samples ?? (folder ? all.length : SHOWN);
  const set = all.first(samples);
  const { noise = 0, mask = 0, seed = 0 } = flags;
  const corrupt = noise > 0 || mask > 0;
  if (corrupt && !verbs.corrupt) throw new UsageError("--noise and --mask are for an autoencoder");
  const read = corrupt ? verbs.corrupt!(model, set, { noise, mask, seed }) : set;
  const made = verbs[verb](model, read);
  const columns = flags.columns ?? ACROSS;
  const rows = corrupt ? [set, read, made] : [set, made];
  const named = new ImageSet({ ...made, names: set.names });
  const shown = { ...flags, columns: Math.min(columns, set.length) };
  printLine(await writePictures(shown, named, { images: besides(rows, columns) }));
}
