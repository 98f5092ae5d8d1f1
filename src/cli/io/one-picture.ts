// One picture of a file, no larger than is wanted.

import type { ImageSet } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { type PictureFlags, readPictures } from "./pictures.js";

/**
 * @param side the longer side is at most this; the other one follows
 * @throws Failure where the file is none of one picture
 */
export async function onePicture(
  path: string,
  mode: "rgb" | "rgba",
  side: number = Number.POSITIVE_INFINITY,
): Promise<ImageSet> {
  const whole = await readPictures([path], { mode });
  if (whole.length !== 1) {
    throw new Failure(`${path} has ${whole.length} pictures; give a file of one`);
  }
  const { width, height } = whole;
  const factor = side / Math.max(width, height);
  if (factor >= 1) return whole;
  const [w, h] = [width, height].map((one) => Math.max(1, Math.round(one * factor)));
  return sizedPicture(path, w, h, mode);
}

/** A picture at another size, of other proportions if need be. */
export async function sizedPicture(
  path: string,
  width: number,
  height: number,
  mode: NonNullable<PictureFlags["mode"]>,
): Promise<ImageSet> {
  return readPictures([path], { mode, size: `${width}x${height}`, fit: "stretch" });
}
