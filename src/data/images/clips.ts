// Clips from files: animated GIF and PNG, sprite sheets, files of one frame each.

import type { Animation } from "../../formats/animation.js";
import { isGIF, readGIF } from "../../formats/gif/decode.js";
import { readAPNG } from "../../formats/png/animation.js";
import { isPNG } from "../../formats/png/picture.js";
import { bytesOf } from "../../host/bytes.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { assembledClips, type ClipOptions, type ReadClip, type Said } from "./assemble.js";
import { checkSize, type ImageSize, type Raw } from "./colours.js";
import { type ImageParts, type LabelRow, MOST_FRAMES } from "./parts.js";
import {
  checkList,
  type PictureBytes,
  type PictureFile,
  type Pixels,
  rawPixels,
  still,
} from "./read.js";

/** An animated file with its name. */
export interface ClipFile extends Said {
  readonly name: string;
  /** GIF or animated PNG, or a function that gives them when it is this file's turn. */
  readonly bytes: PictureBytes | (() => PictureBytes | Promise<PictureBytes>);
}

/** A clip of one file a frame, in their order. */
export interface ClipOfFrames extends Said {
  readonly name: string;
  readonly frames: readonly (PictureFile["bytes"] | Pixels)[];
}

export interface SheetOptions extends Omit<ClipOptions, "damaged" | "crop"> {
  /** The size of a frame in the sheet: a side, `{ width, height }`, or [height, width]. */
  readonly tile: ImageSize | readonly [height: number, width: number];
  /** Frames of a clip, row by row; by default those of one row. */
  readonly frames?: number;
  /** A sheet is one clip of all its frames, from which several of `frames` are taken, each so many after the one before. */
  readonly every?: number;
  /** Which tiles of each row are frames, from 0, in their order: [1, 2, 3] leaves out the first. All by default. */
  readonly columns?: readonly number[];
  /** How many clips there are; all that fit by default. */
  readonly count?: number;
  /** What is said of each clip. */
  readonly labels?: readonly LabelRow[];
}

export async function fromGIF(
  files: readonly ClipFile[],
  options: ClipOptions = {},
): Promise<ImageParts> {
  checkFiles("files", files, "bytes");
  const sources = files.map(({ name, bytes }) => ({
    name,
    read: async () => {
      const given = typeof bytes === "function" ? await bytes() : bytes;
      return clipOf(animationOf(name, bytesOf(name, given)));
    },
  }));
  return assembledClips(sources, files, options);
}

/** By what the bytes begin with. @throws InvalidInputError */
function animationOf(name: string, bytes: Uint8Array): Animation {
  if (isGIF(bytes)) return readGIF(name, bytes);
  if (isPNG(bytes)) return readAPNG(name, bytes);
  throw new InvalidInputError(`${name} is neither a GIF nor a PNG file`);
}

function clipOf({ width, height, delays, frames }: Animation): ReadClip {
  return { frames: raws(width, height, frames()), ...fpsOf(delays) };
}

function* raws(width: number, height: number, frames: Iterable<Uint8Array>): Generator<Raw> {
  for (const data of frames) yield { width, height, channels: 4, data };
}

/** What programs show too fast for a file to mean it, they show for so many hundredths. */
const [TOO_FAST, SHOWN] = [2, 10];

/** Frames a second, on average, in hundredths; of a file of one frame nothing. */
function fpsOf(delays: readonly number[]): { readonly fps?: number } {
  if (delays.length < 2) return {};
  const sum = delays.reduce((all, delay) => all + (delay < TOO_FAST ? SHOWN : delay), 0);
  const count = delays.length;
  const fps = Math.max(0.01, Math.round((10_000 * count) / sum) / 100);
  // Hundredths are rounded: a whole number that takes as long is what was meant.
  const whole = Math.max(1, Math.round(fps));
  return { fps: Math.round((100 * count) / whole) === sum ? whole : fps };
}

export async function fromFrames(
  clips: readonly ClipOfFrames[],
  options: ClipOptions = {},
): Promise<ImageParts> {
  checkFiles("clips", clips, "frames");
  const sources = clips.map(({ name, frames }, i) => {
    checkList(`clips[${i}].frames`, frames, "PNG files");
    return { name, read: () => ({ frames: inTurn(name, frames) }) };
  });
  return assembledClips(sources, clips, options);
}

async function* inTurn(name: string, frames: ClipOfFrames["frames"]): AsyncGenerator<Raw> {
  for (const [i, frame] of frames.entries()) {
    const given = typeof frame === "function" ? await frame() : frame;
    const what = `frame ${i} of ${name}`;
    yield isKind(given, "Uint8Array", "ArrayBuffer")
      ? still(what, given, {})
      : rawPixels(what, given);
  }
}

/** @param files one sheet, or several that are cut alike, one after the other */
export async function fromSheet(
  files: PictureBytes | readonly PictureFile[],
  options: SheetOptions,
): Promise<ImageParts> {
  const { tile, columns, count: wanted, labels, ...rest } = Object(options) as SheetOptions;
  checkKeys("fromSheet", rest, SHEET);
  const size = Array.isArray(tile) ? { height: tile[0], width: tile[1] } : (tile as ImageSize);
  const of = checkSize("tile", size);
  const sheets = Array.isArray(files)
    ? files
    : [{ name: "the sheet", bytes: files as PictureBytes }];
  checkFiles("sheets", sheets, "bytes");
  const clips: ReadClip[] = [];
  let { frames } = rest;
  for (const { name, bytes } of sheets) {
    const given = typeof bytes === "function" ? await bytes() : bytes;
    const sheet = isKind(given, "Uint8Array", "ArrayBuffer")
      ? still(name, given, {})
      : rawPixels(name, given);
    const { all, across } = tilesOf(name, sheet, of, columns);
    frames ??= rest.every === undefined ? across : undefined;
    // Where clips are cut out of longer ones, a sheet is one.
    const each = rest.every === undefined ? frames! : all.length;
    checkNumber("frames", each, { integer: true, min: 1, max: MOST_FRAMES });
    if (all.length < Math.max(each, frames ?? 1)) {
      throw new InvalidInputError(
        `${name} has ${all.length} frames of ${of.width} × ${of.height} pixels, fewer than frames: ${frames}`,
      );
    }
    for (let from = 0; from + each <= all.length; from += each) {
      const own = all.slice(from, from + each);
      clips.push({ frames: own.map((place) => cut(sheet, place, of)) });
    }
  }
  const count = wanted ?? labels?.length ?? clips.length;
  checkNumber("count", count, { integer: true, min: 1, max: clips.length });
  if (labels && labels.length !== count) {
    throw new InvalidInputError(`labels must be one a clip, ${count}, got ${labels.length}`);
  }
  const said = labels?.map((row) => ({ labels: row })) ?? [];
  const sources = clips.slice(0, count).map((clip, i) => ({ name: `clip ${i}`, read: () => clip }));
  const parts = await assembledClips(sources, said, { ...rest, frames });
  return { ...parts, names: undefined };
}

const SHEET = ["mode", "background", "size", "fit", "resample", "frames", "every", "fps"];

interface Sides {
  readonly width: number;
  readonly height: number;
}

/** Where the tiles of a sheet are, row by row, of each row those that are asked for. @throws InvalidInputError */
function tilesOf(
  name: string,
  sheet: Raw,
  { width, height }: Sides,
  columns: readonly number[] | undefined,
) {
  const [across, down] = [Math.floor(sheet.width / width), Math.floor(sheet.height / height)];
  if (across * width !== sheet.width || down * height !== sheet.height || across * down === 0) {
    throw new InvalidInputError(
      `${name} of ${sheet.width} × ${sheet.height} pixels is not made of frames of ${width} × ${height}`,
    );
  }
  const own = columns ?? Array.from({ length: across }, (_, x) => x);
  checkList("columns", own, "numbers");
  if (own.length === 0)
    throw new InvalidInputError("columns must name one at least, got an empty list");
  for (const [i, x] of own.entries()) {
    checkNumber(`columns[${i}]`, x, { integer: true, min: 0, max: across - 1 });
  }
  const all = Array.from({ length: down }, (_, y) =>
    own.map((x) => [x * width, y * height] as const),
  ).flat();
  return { across: own.length, all };
}

/** A part of a picture. */
function cut(sheet: Raw, [left, top]: readonly [number, number], { width, height }: Sides): Raw {
  const { channels, data } = sheet;
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * sheet.width + left) * channels;
    out.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: out };
}

function checkFiles(what: string, files: readonly { readonly name: string }[], has: string): void {
  checkList(what, files, `{ name, ${has} }`);
  for (const [i, file] of files.entries()) {
    if (typeof file?.name === "string") continue;
    throw new InvalidInputError(`${what}[${i}] must have a name and ${has}, got ${describe(file)}`);
  }
}
