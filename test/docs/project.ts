// The packed package in an empty project, with what the snippets use besides: types, the official client,
// that of NATS, and the programs that commands begin with.

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installedProject } from "../runtimes/lib/package.js";
import { here as runtimes } from "../runtimes/lib/platform.js";
import { root } from "./blocks.js";

export interface Project {
  readonly folder: string;
  /** PATH for commands: `npx` is the project's own programs, without the second that npm needs to find them. */
  readonly path: string;
  remove(): void;
}

const carried = join(runtimes, "node_modules");
const deno = join(carried, "deno", "deno");
const bun = join(carried, "bun", "bin", "bun.exe");
const newer = join(carried, "node26", "bin", "node");

/** Programs that are not installed everywhere. */
export const has = { deno: existsSync(deno), bunx: existsSync(bun) };
/** A Node that `simdream/fast` runs on, where there is one. */
export const newerNode: string | undefined = existsSync(newer) ? newer : undefined;

export async function makeProject(): Promise<Project> {
  const { folder, remove } = await installedProject();
  const modules = join(folder, "node_modules");
  const others = { openai: "test", "@types": "", "undici-types": "", "@nats-io": "" };
  for (const [name, from] of Object.entries(others)) {
    symlinkSync(join(root, from, "node_modules", name), join(modules, name));
  }
  const programs = join(folder, "bin");
  mkdirSync(programs);
  const npx = `name=$1; shift; exec '${process.execPath}' '${modules}/.bin/'"$name" "$@"`;
  const lines = { npx, deno: `exec '${deno}' "$@"`, bunx: `exec '${bun}' x "$@"` };
  for (const [name, line] of Object.entries(lines)) {
    writeFileSync(join(programs, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
  return { folder, path: `${programs}${delimiter}${process.env.PATH}`, remove };
}
