// What `evaluate` measures of a network of a style.

import type { ImageSet } from "../../entries/node.js";
import type { StyleTransfer } from "../../entries/style.js";
import { limited, type PictureFlags, readPictures } from "../io/pictures.js";
import type { Flags, Measures } from "../kinds/model.js";

/** How photographs are read, of which only parts are learned: in RGB, and where nothing is said at one size. */
export function photographFlags<F extends object>(flags: F): F & PictureFlags {
  return { size: SIDE, ...flags, mode: "rgb" };
}

const SIDE = "256";

/** Photographs, as the model takes them. @throws Failure */
export async function readSamePhotographs(
  _path: string,
  _model: StyleTransfer,
  paths: readonly string[],
  flags: Flags,
): Promise<ImageSet> {
  const own = photographFlags(flags);
  return limited(await readPictures(paths, own), flags.limit as number | undefined);
}

/** @throws UsageError, Failure, InvalidInputError */
export async function measureStyle(
  path: string,
  model: StyleTransfer,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const score = model.score(await readSamePhotographs(path, model, paths, flags));
  return {
    json: score,
    rows: [
      ["loss", score.loss.toPrecision(4)],
      ["style", score.style.toPrecision(4)],
      ["content", score.content.toPrecision(4)],
    ],
  };
}
