// Pictures from files: folders with labels from their sub-folders, single files, an IDX file, an atlas; and clips.

import { join } from "node:path";
import { ofNoFile } from "../../data/images/by-name.js";
import {
  ImageSet,
  type ImageSize,
  InvalidInputError,
  type PictureFile,
  type PictureOptions,
  readCaptions,
} from "../../entries/node.js";
import { Failure, flag, ofPictures, UsageError } from "../errors.js";
import { plural } from "../show/format.js";
import { warn } from "../show/terminal.js";
import { type ClipFlags, clipsIn, clipsOfSheets } from "./clips.js";
import { readBytes, readText } from "./files.js";
import { decodeJPEG, isJPEG } from "./jpeg.js";
import { readLabelRows } from "./label-rows.js";
import { filesIn, isFolder } from "./picture-folders.js";
import { isGzip, isIDX, isIDXFile, pictureHead } from "./picture-heads.js";

/** Options that say how pictures are read. */
export interface PictureFlags
  extends ClipFlags,
    Pick<PictureOptions, "mode" | "background" | "fit" | "resample" | "damaged" | "animated"> {
  readonly size?: string;
  readonly crop?: string;
  readonly tile?: string;
  readonly count?: number;
  readonly labels?: string;
  readonly group?: string;
  readonly captions?: string;
  readonly namesAsCaptions?: boolean;
}

/** With labels that are the same for all of them, in place of their own of these names. */
export function withSameLabels(
  set: ImageSet,
  labels: Readonly<Record<string, string>> = {},
): ImageSet {
  const rows = Array.from({ length: set.length }, () => labels);
  return Object.keys(labels).length === 0 ? set : set.withLabels(rows);
}

/** The first of them, where no more are asked for. */
export function limited(set: ImageSet, limit: number | undefined): ImageSet {
  return limit === undefined ? set : set.first(limit);
}

/** What a picture is called: by its file, or by its place. */
export function pictureName({ names }: ImageSet, i: number): string {
  return names?.[i] ?? String(i);
}

/** What a model takes, to which pictures of files are brought. */
export interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  /** Of a model of clips: how many frames each has, or that they may have any number. */
  readonly frames?: number | "any";
}

/** Colours by their channels. */
export const MODES = { 1: "grey", 3: "rgb", 4: "rgba" } as const;

/**
 * Pictures, or clips for a model of clips.
 * @param shape of the model that will read them: another size or other colours are brought to it
 * @throws Failure, UsageError, InvalidInputError
 */
export async function readPictures(
  paths: readonly string[],
  flags: PictureFlags,
  shape?: PictureShape,
): Promise<ImageSet> {
  if (shape?.frames !== undefined) return readClips(paths, flags, shape);
  const foreign = (["frames", "every", "tileColumns"] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (foreign) throw new UsageError(`${flag(foreign)} is for models of clips`);
  return said(await withoutLabels(paths, flags, shape), flags);
}

/**
 * Clips: animated files, folders of them or of frames, or sprite sheets where `tile` is given.
 * @param shape as of `readPictures`; without `frames`, all of each clip is read
 * @throws Failure, UsageError, InvalidInputError
 */
export async function readClips(
  paths: readonly string[],
  flags: PictureFlags,
  shape?: PictureShape,
): Promise<ImageSet> {
  const { animated: _, damaged, crop, ...options } = optionsOf(flags, shape);
  const frames = flags.frames ?? (shape?.frames === "any" ? undefined : shape?.frames);
  const { tile, count, every } = flags;
  if (tile !== undefined) {
    const how = { ...options, frames, every, count, tile: sizeOf("tile", tile) };
    return said(await clipsOfSheets(paths, flags, how), flags);
  }
  const foreign = (["count", "tileColumns"] as const).find((name) => flags[name] !== undefined);
  if (foreign) throw new UsageError(`${flag(foreign)} is for a sheet; give --tile, too`);
  const how = { ...options, damaged, crop, frames, every };
  return said(await clipsIn(paths, how, contents), flags);
}

/** With what files say of each. @throws Failure, UsageError, InvalidInputError */
function said(set: ImageSet, flags: PictureFlags): ImageSet {
  if (set.skipped.length > 0) {
    const names = set.skipped.slice(0, 3).map(({ reason }) => reason);
    warn(`${plural(set.skipped.length, "file")} left out: ${names.join("; ")}`);
  }
  return captioned(labelled(set, flags), flags);
}

/** With what a table says. @throws Failure */
function labelled(set: ImageSet, { labels, group }: PictureFlags): ImageSet {
  const grouped = (one: ImageSet) => (group === undefined ? one : one.withGroups(group));
  if (labels === undefined || isIDXFile(labels)) return grouped(set);
  const { rows, by } = readLabelRows(labels);
  try {
    const found = shared(grouped(set.withLabels(rows, { by: set.names && by })));
    if (set.names && by !== undefined) {
      warnOfOthers(
        set,
        labels,
        rows.map((row) => String(row[by])),
      );
    }
    return found;
  } catch (error) {
    throw aboutFile(labels, error);
  }
}

/** Says which names in a file are of no picture: a slip, a header, or pictures that are not there. */
function warnOfOthers(set: ImageSet, path: string, names: Iterable<string>): void {
  const others = ofNoFile(names, [...(set.names ?? []), ...set.skipped.map(({ name }) => name)]);
  if (others.length === 0) return;
  const shown = others.slice(0, 3).map((name) => JSON.stringify(name));
  const more = others.length > shown.length ? ", …" : "";
  const be = others.length === 1 ? "is" : "are";
  warn(
    `${path}: ${plural(others.length, "name")} that ${be} of no picture here: ${shown.join(", ")}${more}`,
  );
}

/** With what a file, or their names, say of each picture in words. @throws Failure, UsageError, InvalidInputError */
function captioned(
  set: ImageSet,
  { captions: path, namesAsCaptions }: Pick<PictureFlags, "captions" | "namesAsCaptions">,
): ImageSet {
  if (namesAsCaptions) {
    if (path !== undefined)
      throw new UsageError("give --captions or --names-as-captions, not both");
    return set.withNamesAsCaptions();
  }
  if (path === undefined) return set;
  const captions = readCaptions(readText(path).pieces.join(""), path);
  try {
    const found = set.withCaptions(captions);
    warnOfOthers(set, path, captions.keys());
    return found;
  } catch (error) {
    throw aboutFile(path, error);
  }
}

async function withoutLabels(
  paths: readonly string[],
  flags: PictureFlags,
  shape: PictureShape | undefined,
): Promise<ImageSet> {
  const { labels, tile, count } = flags;
  const [path] = paths;
  const options = optionsOf(flags, shape);
  const single = paths.length === 1 && !isFolder(path);
  const head = single ? pictureHead(path) : new Uint8Array();
  if (tile !== undefined) {
    if (!single) throw new UsageError("--tile is for one PNG file that is an atlas");
    const { mode, background, animated } = options;
    return about(path, () =>
      ImageSet.fromAtlas(readBytes(path), {
        ...{ tile: sizeOf("tile", tile), count, mode, background, animated },
      }),
    );
  }
  if (count !== undefined) throw new UsageError("--count is for an atlas; give --tile, too");
  if (single && (isGzip(head) || isIDX(head))) {
    const idx = labels !== undefined && isIDXFile(labels) ? readBytes(labels) : undefined;
    const { crop, size, fit, resample } = optionsOf(flags, undefined);
    return about(path, () => ImageSet.fromIDX(readBytes(path), idx, { crop, size, fit, resample }));
  }
  if (labels !== undefined && isIDXFile(labels)) {
    throw new UsageError("--labels with an IDX file is for pictures in an IDX file");
  }
  return ImageSet.fromPNG(paths.flatMap(filesOf), options);
}

function optionsOf(flags: PictureFlags, shape: PictureShape | undefined): PictureOptions {
  const { size, crop, mode, background, fit, resample, damaged, animated } = flags;
  return {
    ...{ background, fit, resample, damaged, animated },
    mode: mode ?? (shape && MODES[shape.channels]),
    size:
      size === undefined
        ? shape && { width: shape.width, height: shape.height }
        : sizeOf("size", size),
    crop: crop === undefined ? undefined : sizeOf("crop", crop),
  };
}

/** An error of the library, as one about this file. */
function aboutFile(path: string, error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  return new Failure(`${path}: ${ofPictures(error.message)}`, { cause: error });
}

/** Errors of the library about bytes without a name. */
async function about(path: string, work: () => Promise<ImageSet>): Promise<ImageSet> {
  try {
    return await work();
  } catch (error) {
    throw aboutFile(path, error);
  }
}

/** "32" or "32x24". @throws UsageError */
function sizeOf(name: string, text: string): ImageSize {
  const [, width, height = width] = /^([1-9]\d{0,4})(?:[x×]([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (width !== undefined) return { width: Number(width), height: Number(height) };
  throw new UsageError(
    `--${name} must be pixels, such as 32 or 32x24, got ${JSON.stringify(text)}`,
  );
}

/** Files of a path, with labels from sub-folders. @throws Failure */
function filesOf(path: string): PictureFile[] {
  if (!isFolder(path)) return [{ name: path, bytes: () => contents(path) }];
  const { pictures, others } = filesIn(path);
  if (pictures.length === 0) {
    const kinds = "of other kinds of pictures (GIF files are clips, for models of clips)";
    const hint = others > 0 ? `; it has ${plural(others, "file")} ${kinds}` : "";
    throw new Failure(`${path} has no picture (PNG or JPEG)${hint}`);
  }
  if (others > 0) {
    warn(
      `${path}: ${plural(others, "picture")} that ${others === 1 ? "is" : "are"} neither PNG nor JPEG left out`,
    );
  }
  const labelled = pictures.filter((name) => name.includes("/"));
  if (labelled.length > 0 && labelled.length < pictures.length) {
    const bare = pictures.find((name) => !name.includes("/"))!;
    throw new Failure(
      `${path}: ${labelled[0]} is in a sub-folder, which is its label, but ${bare} is in none; ` +
        "put all pictures into sub-folders, or none",
    );
  }
  return pictures.map((name) => {
    const file = join(path, name);
    const label = name.includes("/") ? { label: name.slice(0, name.indexOf("/")) } : {};
    return { name, bytes: () => contents(file), ...label };
  });
}

/** PNG as it is, JPEG decoded. */
function contents(path: string): Uint8Array | ReturnType<typeof decodeJPEG> {
  const bytes = readBytes(path);
  return isJPEG(bytes) ? decodeJPEG(path, bytes) : bytes;
}

/** Without columns that nearly every picture has another value of: names and numbers, not labels. */
function shared(set: ImageSet): ImageSet {
  const labels = set.labels.filter(
    ({ classes }) => classes.length <= 20 || 2 * classes.length <= set.length,
  );
  if (labels.length === set.labels.length) return set;
  const left = set.labels.filter((label) => !labels.includes(label)).map(({ name }) => name);
  warn(`no labels, for they differ from picture to picture: ${left.join(", ")}`);
  return new ImageSet({ ...set, labels });
}
