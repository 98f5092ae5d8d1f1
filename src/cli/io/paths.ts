// Paths that a command reads and writes, compared before it does any work: nothing that is read is
// written over, and no two outputs are one file. What is compared is the file, by device and inode and
// through links, not the path. Of a folder that is read, its pictures are read.

import { fstatSync, lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../errors.js";
import { isFolder, pictureIn } from "./picture-folders.js";

/** A file's name without its folder and its extension: "a/b.png" → "b". */
export function stem(path: string): string {
  return basename(path).replace(/\.\w+$/, "");
}

/** A path, and what it is to the command: "--out", "a text". */
export interface PathUse {
  readonly as: string;
  readonly path: string;
}

const INPUT = "standard input";

/** Uses of one kind, of those paths that are given. */
export function uses(as: string, ...paths: readonly (string | undefined)[]): PathUse[] {
  return paths.filter((path) => path !== undefined).map((path) => ({ as, path }));
}

/**
 * Refuses to write over what is read, standard streams included, and to write two things to one file. A run
 * that is resumed is the exception: its file is written again, whole.
 * @throws UsageError
 */
export function checkPaths(reads: readonly PathUse[], writes: readonly PathUse[] = []): void {
  const taken = new Map<string, PathUse>();
  const input = streamIdentity(0);
  if (input) taken.set(input, { as: INPUT, path: INPUT });
  for (const use of reads) taken.set(identity(use.path), use);
  for (const use of writes) {
    const file = identity(use.path);
    const other = taken.get(file) ?? withinFolder(use, reads);
    if (other && !(other.as === "--resume" && use.as === "--out")) throw clash(use, other);
    taken.set(file, use);
  }
  for (const [fd, name] of ["", "standard output", "standard error"].entries()) {
    const other = name && taken.get(streamIdentity(fd));
    if (!other) continue;
    const where = other.as === INPUT ? "a file" : other.path;
    throw new UsageError(`${name} goes to ${where}, which is ${what(other)}`);
  }
}

/** Refuses to read a file as two things that must be apart. @throws UsageError */
export function checkApart(some: readonly PathUse[], others: readonly PathUse[]): void {
  const known = new Map(others.map((use) => [identity(use.path), use]));
  for (const { as, path } of some) {
    const other = known.get(identity(path));
    if (other) throw new UsageError(`${as} ${path} is ${what(other)}; it must be another file`);
  }
}

/** A picture that is read with its folder, where it would be written over. */
function withinFolder({ path }: PathUse, reads: readonly PathUse[]): PathUse | undefined {
  const file = fileAt(path);
  if (!file) return undefined;
  for (const { as, path: folder } of reads) {
    const picture = isFolder(folder) ? pictureIn(folder, file) : undefined;
    if (picture !== undefined) return { as, path: picture };
  }
  return undefined;
}

/** What is at the path, where that is a file; what cannot be looked at will say so when it is opened. */
function fileAt(path: string): { dev: bigint; ino: bigint } | undefined {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    return file?.isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

function clash(use: PathUse, other: PathUse): UsageError {
  const same =
    use.path === other.path || other.as === INPUT
      ? use.path
      : `${use.path}, the same file as ${other.path},`;
  return new UsageError(
    `${use.as} ${same} is ${what(other)} and would be lost; choose another name for ${use.as}`,
  );
}

function what({ as }: PathUse): string {
  return as.startsWith("--") ? `the file of ${as}` : as;
}

/**
 * Where a path leads, links followed; also a link that leads to nothing yet.
 * @throws what the file system says, where a folder on the way is missing
 */
export function destination(path: string): string {
  let at = resolve(path);
  for (let links = 0; links < 40; links++) {
    at = join(realpathSync(dirname(at)), basename(at));
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) return at;
    at = resolve(dirname(at), readlinkSync(at));
  }
  throw new Error("too many links, one to the next");
}

/** What tells one file from all others: of one that is not there yet, its folder and its name. */
function identity(path: string): string {
  try {
    const at = destination(path);
    const file = statSync(at, { bigint: true, throwIfNoEntry: false });
    if (file) return `${file.dev}:${file.ino}`;
    const folder = statSync(dirname(at), { bigint: true });
    // Where capitals make no difference, names that differ in them alone are one.
    const folded = process.platform === "linux" ? basename(at) : basename(at).toLowerCase();
    return `${folder.dev}:${folder.ino}/${folded}`;
  } catch {
    // It can be neither read nor written, as whoever tries will say.
    return resolve(path);
  }
}

/** The file that a standard stream goes to. */
function streamIdentity(fd: number): string {
  try {
    const file = fstatSync(fd, { bigint: true });
    return file.isFile() ? `${file.dev}:${file.ino}` : "";
  } catch {
    return "";
  }
}
