// Files out: complete or not at all. What is at the path is either the old file or the whole new one,
// whenever the program or the machine stops.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failure, reason } from "../errors.js";

/** Writes to a temporary name beside it, flushes, renames. @throws Failure naming the path */
export function writeWhole(path: string, bytes: Uint8Array): void {
  guarded(path, () => {
    const target = existsSync(path) ? realpathSync(path) : path;
    const temporary = temporaryName(target);
    try {
      const file = openSync(temporary, "w");
      try {
        writeFileSync(file, bytes);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, target);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    flushFolder(dirname(target));
  });
}

/** Makes sure early that the path can be written; what is there is not touched. @throws Failure */
export function checkWritable(path: string): void {
  guarded(path, () => {
    const exists = existsSync(path);
    if (exists && !statSync(path).isFile()) throw new Error("it is not a file");
    const temporary = temporaryName(exists ? realpathSync(path) : path);
    closeSync(openSync(temporary, "w"));
    rmSync(temporary);
  });
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}

/** The new name itself survives a power failure; not every system can promise that. */
function flushFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Windows cannot flush folders.
  }
}

function guarded(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new Failure(`cannot write ${path}: ${reason(error)}`, { cause: error });
  }
}
