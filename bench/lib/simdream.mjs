// The builds of simdream that are there. What is not there is refused with the reason.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The file of an entry of the package, as Node resolves it, or a bundler for a `browser`. */
export function entry(name, runtime = "node") {
  let target = manifest.exports[name];
  while (typeof target === "object") target = target[runtime] ?? target.import ?? target.default;
  if (target === undefined) throw new Error(`the package has no ${name.replace(".", "simdream")}`);
  const file = join(root, target);
  if (!existsSync(file)) throw new Error(`${target} is not built`);
  return file;
}

/** A file beside the entries. */
export function file(name) {
  return join(dirname(entry(".")), name);
}

/** The default build, or the fast one (relaxed SIMD). @throws where it is not there */
export async function library(build) {
  const names = await import(pathToFileURL(entry(".")));
  const own = build === "fast" ? await import(pathToFileURL(entry("./fast"))) : names;
  const runtime = await own.load();
  return { ...names, ...own, runtime, version: manifest.version };
}
