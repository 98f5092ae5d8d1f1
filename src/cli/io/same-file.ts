import { statSync } from "node:fs";
import { resolve } from "node:path";

/** Whether two paths lead to one file, through links too. */
export function sameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) =>
    statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  if (!one || !other) return resolve(a) === resolve(b);
  return one.dev === other.dev && one.ino === other.ino;
}
