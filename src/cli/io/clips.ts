// Clips from files: animated files, folders with a file for each frame, sprite sheets.

import { basename, dirname, join } from "node:path";
import {
  type ClipFile,
  type ClipOfFrames,
  type ClipOptions,
  ImageSet,
  type PictureFile,
  type SheetOptions,
} from "../../entries/node.js";
import { Failure, UsageError } from "../errors.js";
import { plural, shellWords } from "../show/format.js";
import { warn } from "../show/terminal.js";
import { headOf, readBytes } from "./files.js";
import { clipFilesIn, isFolder, videoIn } from "./picture-folders.js";

/** Options that say how clips are cut out of files. */
export interface ClipFlags {
  readonly frames?: number;
  readonly every?: number;
  readonly tileColumns?: string;
}

/** What a file of one frame holds. */
type Contents = (path: string) => Exclude<ClipOfFrames["frames"][number], () => unknown>;

/** Clips of animated files, or of folders of frames. @throws Failure, InvalidInputError */
export async function clipsIn(
  paths: readonly string[],
  options: ClipOptions,
  contents: Contents,
): Promise<ImageSet> {
  const animated: ClipFile[] = [];
  const cut: ClipOfFrames[] = [];
  for (const path of paths) {
    const video = isFolder(path) ? undefined : videoIn(path);
    if (video) throw ofVideo(video);
    const found = isFolder(path) ? inFolder(path, contents) : { animated: [clipAt(path)] };
    animated.push(...found.animated);
    cut.push(...(found.cut ?? []));
  }
  if (animated.length > 0 && cut.length > 0) {
    throw new Failure(
      `${animated[0].name} is animated, and ${cut[0].name} has a file for each frame; give the ones or the others`,
    );
  }
  return cut.length > 0 ? ImageSet.fromFrames(cut, options) : ImageSet.fromGIF(animated, options);
}

/** A file that is a clip. @throws Failure for a still picture */
function clipAt(path: string): ClipFile {
  const head = beginningOf(path);
  if (head.startsWith(PNG) && head.includes("IDAT") && !isAnimated(path)) {
    throw new Failure(
      `${path} is a still picture, a clip has at least two frames; if it is a sheet of frames give --tile, their size`,
    );
  }
  return fileAt(path, path);
}

/** What to do with a video file. */
function ofVideo(path: string): Failure {
  const frames = ["ffmpeg", "-i", path, "-vf", "fps=10,scale=64:-2", "frames/%04d.png"];
  return new Failure(
    `${path} is a video, which is not read; make a folder, frames, and in it a file for each frame: ${shellWords(frames)}`,
  );
}

function fileAt(name: string, path: string): ClipFile {
  return { name, bytes: () => readBytes(path) };
}

/** With labels from the first of its sub-folders. @throws Failure */
function inFolder(
  folder: string,
  contents: Contents,
): { readonly animated: readonly ClipFile[]; readonly cut?: readonly ClipOfFrames[] } {
  const names = clipFilesIn(folder);
  if (names.length === 0) {
    const video = videoIn(folder);
    if (video) throw ofVideo(video);
    throw new Failure(`${folder} has no clip (GIF or PNG), and no frame of one`);
  }
  const animated = names.filter((name) => isAnimated(join(folder, name)));
  if (animated.length > 0) {
    const others = names.length - animated.length;
    if (others > 0) {
      warn(`${folder}: ${plural(others, "picture")} without animation left out`);
    }
    return {
      animated: animated.map((name) => ({
        ...fileAt(name, join(folder, name)),
        ...(name.includes("/") ? labelOf(name) : {}),
      })),
    };
  }
  const clips = new Map<string, string[]>();
  for (const name of names) {
    const of = dirname(name);
    clips.set(of, [...(clips.get(of) ?? []), name]);
  }
  if (clips.has(".") && clips.size > 1) {
    throw new Failure(
      `${folder} has frames, ${clips.get(".")![0]}, and sub-folders; a folder holds the frames of one clip, or clips`,
    );
  }
  return {
    animated: [],
    cut: Array.from(clips, ([of, own]) => ({
      name: of === "." ? basename(folder) : of,
      frames: own.map((name) => () => contents(join(folder, name))),
      ...(of.includes("/") ? labelOf(of) : {}),
    })),
  };
}

function labelOf(name: string): { readonly label: string } {
  return { label: name.slice(0, name.indexOf("/")) };
}

/** As far as an animated PNG says so before its picture. */
const BEFORE_PICTURE = 4096;

const PNG = "\x89PNG";

function beginningOf(path: string): string {
  return Buffer.from(headOf(path, BEFORE_PICTURE)).toString("latin1");
}

function isAnimated(path: string): boolean {
  const head = beginningOf(path);
  return head.startsWith("GIF8") || (head.startsWith(PNG) && head.includes("acTL"));
}

/** Clips of sprite sheets. @throws UsageError, Failure, InvalidInputError */
export async function clipsOfSheets(
  paths: readonly string[],
  { tileColumns }: ClipFlags,
  options: Omit<SheetOptions, "columns">,
): Promise<ImageSet> {
  const folder = paths.find(isFolder);
  if (folder)
    throw new UsageError(`--tile is for PNG files that are sheets, ${folder} is a folder`);
  const sheets: PictureFile[] = paths.map((path) => ({ name: path, bytes: () => readBytes(path) }));
  const columns = tileColumns === undefined ? undefined : columnsOf(tileColumns);
  return ImageSet.fromSheet(sheets, { ...options, columns });
}

/** "1-8", "0,2,4". @throws UsageError */
function columnsOf(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [, from, to = from] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from !== undefined && first <= last) {
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    }
    throw new UsageError(
      `--tile-columns must be numbers from 0, such as 1-8 or 0,2,4, got ${JSON.stringify(text)}`,
    );
  });
}
