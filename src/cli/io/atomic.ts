// Files out: complete or not at all. What is at the path is either the old file or the whole new one,
// whenever the program or the machine stops. Links are followed, and a file that is replaced keeps its
// mode and its owner. Limits: other names of it (hard links) keep the old file; attributes beyond the
// mode are not kept.

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Failure, reason } from "../errors.js";
import { destination } from "./paths.js";
import { removeLeftOver, temporaryName } from "./temporary.js";

/** Writes to a temporary name beside it, flushes, renames. @throws Failure naming the path */
export function writeWhole(path: string, bytes: Uint8Array): void {
  guarded(path, () => {
    const target = destination(path);
    const temporary = temporaryName(dirname(target));
    const before = statSync(target, { throwIfNoEntry: false });
    try {
      const file = openSync(temporary, "wx", before ? 0o600 : 0o666);
      try {
        writeFileSync(file, bytes);
        if (before) keepAttributes(file, before);
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

/**
 * Makes sure early that the path can be written; what is there is not touched. Temporary files that
 * earlier runs left in its folder are removed.
 * @throws Failure
 */
export function checkWritable(path: string): void {
  guarded(path, () => {
    const target = destination(path);
    const before = statSync(target, { throwIfNoEntry: false });
    if (before && !before.isFile()) throw new Error("it is not a file");
    if (before) accessSync(target, constants.W_OK);
    const temporary = temporaryName(dirname(target));
    closeSync(openSync(temporary, "wx"));
    rmSync(temporary);
    removeLeftOver(dirname(target));
  });
}

/** The owner first: changing it takes rights away from the mode. */
function keepAttributes(file: number, { uid, gid, mode }: Stats): void {
  for (const [owner, group] of [
    [uid, gid],
    [-1, gid],
  ] as const) {
    try {
      fchownSync(file, owner, group);
      break;
    } catch {
      // Only some may give files away; the rest write as themselves, in the file's group if they can.
    }
  }
  fchmodSync(file, mode & 0o777);
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
