// Pictures that are made from pictures: several of each, and how they are shown beside them.

import { ImageSet } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import { stem } from "../io/paths.js";
import { plural, whole } from "../show/format.js";
import { printLine } from "../show/terminal.js";
import { besides, type OutFlags, sized, writePictures } from "./picture-files.js";

/** Pictures of a row. */
const ACROSS = 16;

/** Pictures that are made at once. */
const MOST = 100_000;

/**
 * Each so many times in a row; where that is several times, with a number after its name.
 * @throws UsageError where that is more than there is room for
 */
export function repeatedPictures(set: ImageSet, times: number): ImageSet {
  if (times === 1) return set;
  if (set.length * times > MOST) {
    const of = plural(set.length, "picture");
    throw new UsageError(
      `--samples ${times} of ${of} is more than the ${whole(MOST)} pictures that are made at once`,
    );
  }
  const order = Array.from({ length: set.length * times }, (_, i) => Math.floor(i / times));
  const names = set.names && order.map((place, i) => numbered(set.names![place], (i % times) + 1));
  return new ImageSet({ ...set.subset(order), names });
}

/** "a/b.png" → "b-1.png" */
function numbered(name: string, number: number): string {
  return `${stem(name)}-${number}.png`;
}

/**
 * One picture alone is written as it is; several in one PNG after, or below, those that they were made from.
 * @param made `samples` of each of the pictures
 */
export async function writeVariants(
  flags: OutFlags,
  from: ImageSet,
  made: ImageSet,
  samples: number,
): Promise<void> {
  printLine(await write(flags, bare(from), made, samples));
}

async function write(flags: OutFlags, from: ImageSet, made: ImageSet, samples: number) {
  if (made.length === 1 && flags.out !== undefined) {
    return writePictures({ scale: 1, ...flags }, made);
  }
  if (samples === 1) {
    const { columns = ACROSS } = flags;
    const images = besides([from, bare(made)], columns);
    return writePictures({ ...flags, columns: Math.min(columns, from.length) }, made, { images });
  }
  const columns = from.length === 1 ? Math.min(samples + 1, ACROSS) : samples + 1;
  return writePictures({ columns, ...flags }, made, { images: rows(from, made, samples) });
}

/** Each picture, and after it what was made from it. */
function rows(from: ImageSet, made: ImageSet, samples: number): ImageSet {
  const { length } = from;
  const size = from.pixels.length / length;
  const pixels = new Uint8Array(length * (samples + 1) * size);
  for (let i = 0; i < length; i++) {
    const at = i * (samples + 1) * size;
    pixels.set(from.pixels.subarray(i * size, (i + 1) * size), at);
    pixels.set(made.pixels.subarray(i * samples * size, (i + 1) * samples * size), at + size);
  }
  return sized(from, pixels);
}

/** Pixels alone. */
function bare(set: ImageSet): ImageSet {
  return sized(set, set.pixels);
}
