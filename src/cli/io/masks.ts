// Pictures of which parts are made new, and the masks that say which.

import { foundByName } from "../../data/images/by-name.js";
import { ImageSet } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { plural } from "../show/format.js";
import { MODES, type PictureFlags, type PictureShape, readPictures } from "./pictures.js";

/** A byte of a mask from which on a pixel is made new. */
const NEW = 128;
/** What is shown in place of pixels that are made new. */
const BLANK = 128;

/**
 * Pictures in the model's colours, and of its size already, because pixels that stay must stay as they are; `--size` brings
 * them to it.
 * @throws Failure for another size
 */
export async function picturesToKeep(
  paths: readonly string[],
  flags: PictureFlags,
  { height, width, channels }: PictureShape,
): Promise<ImageSet> {
  const set = await readPictures(paths, { ...flags, mode: flags.mode ?? MODES[channels] });
  if (set.height === height && set.width === width) return set;
  const size = width === height ? `${width}` : `${width}x${height}`;
  const hint = `--size ${size} brings pictures and masks to that`;
  throw new Failure(
    `${set.names?.[0] ?? paths[0]} is of ${set.width} × ${set.height} pixels, the model makes ${width} × ${height}; ${hint}`,
  );
}

/**
 * One mask for all pictures, or one for each, found by its name.
 * @throws Failure for a mask of another size, one that is missing, or one without a white pixel
 */
export async function masksFor(
  path: string,
  pictures: ImageSet,
  { size, crop, fit, resample }: PictureFlags,
): Promise<ImageSet> {
  // What is transparent is not painted, so it stays.
  const how: PictureFlags = { size, crop, fit, resample, mode: "grey", background: "#000000" };
  const all = await readPictures([path], how);
  const { width, height } = pictures;
  if (all.width !== width || all.height !== height) {
    throw new Failure(
      `--mask ${path} is of ${all.width} × ${all.height} pixels, the pictures are of ${width} × ${height}; a mask has their size`,
    );
  }
  const masks = matched(path, pictures, all);
  const bytes = width * height;
  for (let i = 0; i < masks.length; i++) {
    const one = masks.pixels.subarray(i * bytes, (i + 1) * bytes);
    if (one.some((byte) => byte >= NEW)) continue;
    const name = masks.names?.[i] ?? path;
    throw new Failure(`--mask ${name} has no white pixel, so nothing would be made new`);
  }
  return masks;
}

function matched(path: string, { length, names }: ImageSet, masks: ImageSet): ImageSet {
  if (masks.length === 1) return masks;
  if (masks.names && names) {
    const given = masks.names.map((name, i) => [bare(name), i] as const);
    try {
      return masks.subset(foundByName(names.map(bare), given, "mask"));
    } catch (cause) {
      throw new Failure(`--mask ${path}: ${(cause as Error).message}`, { cause });
    }
  }
  if (masks.length === length) return masks;
  throw new Failure(
    `--mask ${path} has ${plural(masks.length, "mask")} for ${plural(length, "picture")}; give one for all, or one for each`,
  );
}

/** A name without its extension, in its folder. */
function bare(name: string): string {
  return name.replace(/\.\w+$/, "");
}

/** Pictures with grey where they are made new. */
export function blanked(set: ImageSet, masks: ImageSet): ImageSet {
  const { height, width, channels } = set;
  const numbers = height * width;
  const pixels = Uint8Array.from(set.pixels);
  for (let i = 0; i < set.length * numbers; i++) {
    if (masks.pixels[masks.length === 1 ? i % numbers : i] < NEW) continue;
    pixels.fill(BLANK, i * channels, (i + 1) * channels);
    if (channels === 4) pixels[i * channels + 3] = 255;
  }
  return new ImageSet({ pixels, height, width, channels });
}
