// What all platforms have in common.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Milliseconds that a platform may take for the whole suite: a hundred times what it needs. */
export const LIMIT = 120_000;

/** This folder: the package that carries the runtimes. */
export const here = fileURLToPath(new URL("..", import.meta.url));
export const root = join(here, "..", "..");

/** A platform that cannot be had on this machine; the message says why. */
export class Unavailable extends Error {}

/** A file of a package that carries a runtime. @throws Unavailable where it is not installed */
export function carried(...path) {
  const file = join(here, "node_modules", ...path);
  if (existsSync(file)) return file;
  throw new Unavailable(
    `${path.slice(0, path[0].startsWith("@") ? 2 : 1).join("/")} is not installed (npm ci --prefix test/runtimes)`,
  );
}

/** The version of such a package. @throws Unavailable */
export function carriedVersion(name) {
  return JSON.parse(readFileSync(carried(name, "package.json"), "utf8")).version;
}

/** A module of such a package. @throws Unavailable where it is not installed */
export async function carriedModule(name) {
  carried(...name.split("/"));
  // The package's own choice for an import, found from the folder that it is installed in.
  const { resolve } = createRequire(join(here, "package.json"));
  return import(resolve(name));
}

/** The last line of a program's output that is JSON. */
export function lastJson(output) {
  const line = output.trim().split("\n").at(-1);
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`expected a line of JSON, got ${output.trim().slice(-2000)}`);
  }
}
