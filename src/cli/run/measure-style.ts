// What `evaluate` measures of a network of a style.

import type { StyleTransfer } from "../../entries/style.js";
import { limited, type PictureFlags, readPictures } from "../io/pictures.js";
import type { Flags, Measures } from "../kinds/model.js";

/** How photographs are read, of which only parts are learned: in RGB, and where nothing is said at one size. */
export function photographFlags<F extends object>(flags: F): F & PictureFlags {
  return { size: SIDE, ...flags, mode: "rgb" };
}

const SIDE = "256";

/** @throws UsageError, Failure, InvalidInputError */
export async function measureStyle(
  _: string,
  model: StyleTransfer,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const own = photographFlags(flags);
  const set = limited(await readPictures(paths, own), flags.limit as number | undefined);
  const score = model.score(set);
  return {
    json: score,
    rows: [
      ["loss", score.loss.toPrecision(4)],
      ["style", score.style.toPrecision(4)],
      ["content", score.content.toPrecision(4)],
    ],
  };
}
