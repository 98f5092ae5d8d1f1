// Pictures out: one PNG of all of them, or a folder with a file each; of clips also an animated file, or folders of frames.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type GridOptions, ImageSet } from "../../entries/node.js";
import { Failure, reason, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, type PathUse, stem, uses } from "../io/paths.js";
import { count, type OptionRow, wholeNumber } from "../options/options.js";
import { blocks, showsColours } from "../show/blocks.js";
import { plural } from "../show/format.js";
import { scaleFor } from "../show/scale.js";

/** Options of commands that make pictures. */
export interface OutFlags {
  readonly out?: string;
  readonly columns?: number;
  readonly scale?: number;
  readonly gap?: number;
}

export const outRows: readonly OptionRow[] = [
  [
    "--out <file>",
    "one PNG file of all pictures; a name without .png is a folder of PNG files; of clips also .gif or .apng, and PNG is a sheet, a row a clip",
  ],
  ["--columns <n>", "pictures in a row of the PNG file", undefined, count],
  ["--scale <n>", "how many times as large each pixel is", undefined, count],
  ["--gap <n>", "pixels between pictures (default: 1)", undefined, wholeNumber],
];

/** Names of pictures that somebody may expect, and no folder. */
const OTHERS =
  /\.(jpe?g|jfif|webp|avif|bmp|tiff?|svg|ico|mp4|m4v|mov|mkv|webm|avi|csv|json|safetensors)$/i;
/** Names of animated files. */
const ANIMATED = /\.(gif|apng)$/i;
const PNG = /\.png$/i;

/** Sets of one size, so that the first pictures of all are in the first rows of a grid, the next in the next. */
export function besides(sets: readonly ImageSet[], columns: number): ImageSet {
  const [first] = sets;
  const { length } = first;
  const size = first.pixels.length / length;
  const across = Math.min(columns, length);
  const groups = Math.ceil(length / across);
  const pixels = new Uint8Array(groups * sets.length * across * size).fill(255);
  for (const [s, set] of sets.entries()) {
    for (let i = 0; i < length; i++) {
      const row = Math.floor(i / across) * sets.length + s;
      const to = (row * across + (i % across)) * size;
      pixels.set(set.pixels.subarray(i * size, (i + 1) * size), to);
    }
  }
  return sized(first, pixels);
}

/** A set of pictures, or clips, like these: their pixels alone. */
export function sized(
  { frames, fps, height, width, channels }: ImageSet,
  pixels: Uint8Array,
): ImageSet {
  return new ImageSet({ pixels, frames, fps, height, width, channels });
}

/**
 * Refuses, before any work, to write where it cannot be or over what is read.
 * @param clips whether they are clips
 * @throws UsageError, Failure
 */
export function checkOut({ out }: OutFlags, reads: readonly PathUse[], clips = false): void {
  checkPaths(reads, uses("--out", out));
  if (out === undefined) {
    if (showsColours(process.stdout)) return;
    throw new UsageError("give --out: a PNG file, or a folder");
  }
  if (PNG.test(out) || (clips && ANIMATED.test(out))) {
    checkWritable(out);
    return;
  }
  if (OTHERS.test(out) || ANIMATED.test(out)) {
    throw new UsageError(
      clips
        ? `--out ${out}: clips are written as GIF, or PNG; give a name that ends in .gif, .apng or .png`
        : `--out ${out}: pictures are written as PNG; give a name that ends in .png`,
    );
  }
  checkFolder(out);
}

/** Refuses a folder for pictures that is a file, or has files. @throws UsageError */
export function checkFolder(out: string): void {
  if (!existsSync(out)) return;
  if (!statSync(out).isDirectory()) {
    throw new UsageError(`--out ${out} is a file; give a new folder, or an empty one`);
  }
  if (readdirSync(out).length > 0) {
    throw new UsageError(
      `--out ${out} is a folder that has files; give a new one, or an empty one`,
    );
  }
}

/**
 * @param whole what a PNG of all shows, where that is more than the pictures
 * @returns what was written, for people
 */
export async function writePictures(
  flags: OutFlags,
  set: ImageSet,
  whole: { readonly images: ImageSet; readonly columns?: number } = { images: set },
): Promise<string | undefined> {
  const { out, columns = whole.columns, scale, gap } = flags;
  if (out === undefined) {
    const lines = blocks(whole.images, (process.stdout.columns || 80) - 1);
    if (lines === undefined)
      throw new UsageError("the pictures are too large for the terminal; give --out");
    process.stdout.write(`${lines}\n`);
    return undefined;
  }
  if (isFile(out)) {
    // A picture alone is what people go on with: as the model made it.
    // A sheet of clips, too: it is cut again by the sides of a frame.
    const alone = whole.images.length === 1 || (set.frames > 1 && PNG.test(out));
    const usual = alone ? 1 : scaleFor(set);
    const how = { columns, gap, scale: scale ?? usual };
    writeWhole(out, await fileOf(out, whole.images, how));
    return `${plural(set.length, set.frames > 1 ? "clip" : "picture")} in ${out}`;
  }
  if (set.frames > 1) return writeFrames(out, set);
  await writeFolder(out, set, fileNames(set));
  return `${plural(set.length, "file")} in ${out}`;
}

/** An animated file, or one of all pictures; of clips a sheet, which is read again with --tile. */
async function fileOf(out: string, set: ImageSet, how: GridOptions): Promise<Uint8Array> {
  const all = Array.from({ length: set.length }, (_, i) => i);
  if (/\.gif$/i.test(out)) return set.toGIF(all, how);
  if (/\.apng$/i.test(out)) return set.toAPNG(all, how);
  const { gap = 0, scale } = how;
  return set.frames > 1 ? set.grid({ gap, scale }) : set.grid(how);
}

/** The frames of one clip in a folder, those of several each in a folder of theirs. @throws Failure */
async function writeFrames(out: string, set: ImageSet): Promise<string> {
  const { length, frames } = set;
  const names = fileNames(set).map((name) => name.replace(/\.png$/, ""));
  const numbers = fileNames({ names: undefined, length: frames });
  for (let i = 0; i < length; i++) {
    const folder = length === 1 ? out : join(out, names[i]);
    await writeFolder(folder, set.subset([i]).stills(), numbers);
  }
  return `${plural(length, "clip")} of ${plural(frames, "frame")} in ${out}`;
}

/** A file for each picture. @throws Failure */
export async function writeFolder(
  folder: string,
  set: ImageSet,
  names: readonly string[],
): Promise<void> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Failure(`cannot make the folder ${folder}: ${reason(error)}`, { cause: error });
  }
  for (let i = 0; i < set.length; i++) writeWhole(join(folder, names[i]), await set.toPNG(i));
}

function isFile(out: string): boolean {
  return PNG.test(out) || ANIMATED.test(out);
}

/**
 * Names for files of pictures: their own, or their number where they have none, or one that another has, be it in
 * other capitals. No two are the same.
 */
export function fileNames({ names, length }: Pick<ImageSet, "names" | "length">): string[] {
  const own = names?.map(stem) ?? [];
  const others = new Set(own.map((name) => name.toLowerCase()));
  const taken = new Set<string>();
  return Array.from({ length }, (_, i) => {
    const number = String(i + 1).padStart(String(length).length, "0");
    let name = own[i];
    if (name === undefined || taken.has(name.toLowerCase())) {
      name = number;
      for (let n = 2; others.has(name) || taken.has(name); n++) name = `${number}-${n}`;
    }
    taken.add(name.toLowerCase());
    return `${name}.png`;
  });
}
