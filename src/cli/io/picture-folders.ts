// Folders of pictures: which of their files are read.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Failure, reason } from "../errors.js";

const EXTENSION = /\.(png|apng|jpe?g|jfif)$/i;
/** Files of clips, and of their frames. */
const CLIPS = /\.(gif|png|apng|jpe?g|jfif)$/i;
/** Video files, which other programs cut into frames. */
const VIDEOS = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|ogv|3gp)$/i;
/** Pictures that are not read: it is said that they were left out. */
const OTHERS = /\.(gif|webp|avif|bmp|tiff?|heic|svg|ico)$/i;
/** What a run writes beside its model, perhaps among the pictures. */
const OURS = /\.samples\.png$/i;
const DEEP = 32;

/** Pictures in a folder and its sub-folders by their extension, in the order of their names' characters. */
export function filesIn(folder: string): { pictures: string[]; others: number } {
  const names = Array.from(namesIn(folder));
  const pictures = names.filter((name) => EXTENSION.test(name));
  return { pictures, others: names.filter((name) => OTHERS.test(name)).length };
}

/** Files of clips in a folder and its sub-folders, numbers in their names in order: "2.png" before "10.png". */
export function clipFilesIn(folder: string): string[] {
  const numbered = (name: string) => name.replace(/\d+/g, (digits) => digits.padStart(16, "0"));
  const names = Array.from(namesIn(folder)).filter((name) => CLIPS.test(name));
  const keys = new Map(names.map((name) => [name, numbered(name)]));
  return names.sort((a, b) => {
    const [one, other] = [keys.get(a)!, keys.get(b)!];
    return one < other ? -1 : one > other ? 1 : 0;
  });
}

/** The first video of a folder, or the path where that is one by its name. */
export function videoIn(path: string): string | undefined {
  if (!isFolder(path)) return VIDEOS.test(path) ? path : undefined;
  const name = Array.from(namesIn(path)).find((one) => VIDEOS.test(one));
  return name === undefined ? undefined : join(path, name);
}

/** Whether there is one, as far as a short look shows. */
export function hasPicture(folder: string): boolean {
  let seen = 0;
  for (const name of namesIn(folder)) {
    if (EXTENSION.test(name)) return true;
    if (++seen > LOOKED_AT) break;
  }
  return false;
}

/** Which file or folder it is, whatever links lead to it. */
interface Place {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** Files that are looked at before a folder is one without pictures. */
const LOOKED_AT = 10_000;

/**
 * All files, but for hidden ones and those that runs write. Links are followed, but not to a folder around them.
 * @throws Failure
 */
function* namesIn(folder: string, within = "", around: readonly Place[] = []): Generator<string> {
  const path = join(folder, within);
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch (error) {
    throw new Failure(`cannot read ${path}: ${reason(error)}`, { cause: error });
  }
  const here = statSync(path, { bigint: true });
  if (around.some(({ dev, ino }) => dev === here.dev && ino === here.ino)) return;
  for (const name of names) {
    if (name.startsWith(".") || OURS.test(name)) continue;
    const file = within === "" ? name : `${within}/${name}`;
    if (!isFolder(join(folder, file))) yield file;
    else if (around.length < DEEP) yield* namesIn(folder, file, [...around, here]);
  }
}

/** Whether it is one; what cannot be looked at will say so when it is opened. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** Whether a picture that is read from a folder is this file: by device and inode, so through links, too. */
export function pictureIn(folder: string, file: Place): string | undefined {
  for (const name of namesIn(folder)) {
    if (!CLIPS.test(name)) continue;
    const path = join(folder, name);
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found?.ino === file.ino && found.dev === file.dev) return path;
  }
  return undefined;
}
