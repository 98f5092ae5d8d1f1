// An example in a project that has the package as its users have it.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runtimes/lib/platform.js";

/** Milliseconds that anything may take: a hundred times what it needs. */
export const LIMIT = 120_000;

/** @returns the copy's folder */
export function copyExample(name: string, project: string): string {
  const target = join(project, name);
  const filter = (file: string) => !file.includes("node_modules");
  cpSync(join(root, "examples", name), target, { recursive: true, filter });
  return target;
}
