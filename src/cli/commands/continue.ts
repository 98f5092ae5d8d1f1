// simdream continue: clips, and the frames that follow.

import type { Command } from "commander";
import { ImageSet } from "../../entries/node.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel } from "../io/picture-models.js";
import { type PictureFlags, readPictures } from "../io/pictures.js";
import { addOptions, command, count, examples, number, wholeNumber } from "../options/options.js";
import { clipTable, plainReadTable, unsaidNames } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { printLine } from "../show/terminal.js";

interface ContinueFlags extends PictureFlags, OutFlags {
  readonly temperature?: number;
  readonly seed?: number;
  readonly only?: boolean;
}

export function continueCommand(): Command {
  const target = command("continue", "Continues clips, frame by frame.");
  target.argument("<model>", "a file that train --model frames wrote");
  target.argument(
    "<files...>",
    "clips: GIF or animated PNG files, a folder of them, a folder of frames, or a sheet with --tile, a row of it a clip",
  );
  addOptions(target, "Output", [
    [
      "--frames <n>",
      "frames to make (default: as many as were predicted in training)",
      undefined,
      count,
    ],
    [
      "--temperature <x>",
      "0: the mean of what may come; above 0 frames are drawn, 1 as the model has them (default: 0)",
      undefined,
      number,
    ],
    ["--seed <n>", "seed of what is drawn (default: 0)", undefined, wholeNumber],
    ["--only", "only the new frames, without the clips' own"],
    ...outRows,
  ]);
  addOptions(target, "Clips", [
    ...rowsOf(
      plainReadTable,
      unsaidNames.filter((name) => name !== "animated"),
    ),
    ...rowsOf(clipTable, ["tileColumns"]),
  ]);
  examples(target, [
    "simdream continue f.safetensors clip.gif --frames 20 --out longer.gif",
    "simdream continue f.safetensors clips/ --temperature 1 --seed 3 --out drawn",
  ]);
  return target.action((path: string, paths: string[], flags: ContinueFlags) =>
    continueClips(path, paths, flags),
  );
}

async function continueClips(
  path: string,
  paths: readonly string[],
  flags: ContinueFlags,
): Promise<void> {
  const { frames, temperature, seed, only = false } = flags;
  const reads = [...uses("the model", path), ...uses("a clip", ...paths)];
  checkPaths(reads);
  checkOut(flags, reads, true);
  const { model, verbs, shape } = await readPictureModel(path, "continue");
  const set = await readPictures(paths, { ...flags, frames: undefined }, shape);
  const made = verbs.continue(model, set, { frames, temperature, seed, whole: !only });
  printLine(await writePictures(flags, new ImageSet({ ...made, names: set.names })));
}
