// Temporary files: names that nobody can foresee, and that say whose they are, so that those of runs
// which were killed are removed by the next.

import { createHash, randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

const NAME = /^\.simdream-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.tmp$/;
/** Milliseconds after which a file that nobody has written to is left over, whosever it is. */
const OLD = 3_600_000;

/** Where process numbers mean the same: a machine, or a container on it. */
const here = createHash("sha256").update(place()).digest("hex").slice(0, 8);
const own = new Set<string>();

/** A new name in the folder, short whatever the file's own name is. */
export function temporaryName(folder: string): string {
  const name = `.simdream-${here}-${process.pid}-${randomBytes(8).toString("hex")}.tmp`;
  own.add(name);
  return join(folder, name);
}

/** Removes what runs left that are no more. What cannot be removed stays. */
export function removeLeftOver(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, where, pid] = NAME.exec(name) ?? [];
    if (pid === undefined || own.has(name)) continue;
    try {
      const path = join(folder, name);
      const old = Date.now() - lstatSync(path).mtimeMs > OLD;
      if (old || (where === here && !lives(Number(pid)))) rmSync(path, { force: true });
    } catch {
      // Somebody else's, or gone already.
    }
  }
}

/** Whether there is a process of this number other than this one, which knows its own files. */
function lives(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function place(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}
