// Node, Deno and Bun: a program that prints a line.

import { carried, LIMIT, lastJson } from "../lib/platform.js";
import { run } from "../lib/processes.js";

const console = (name, program, ...args) => ({
  name,
  workers: true,
  async run({ folder }) {
    const output = await run(program(), [...args, "programs/console.js"], {
      cwd: folder,
      limit: LIMIT,
    });
    return lastJson(output);
  },
});

const node = (major) => console(`Node ${major}`, () => carried(`node${major}`, "bin", "node"));

export const consoles = [
  ...[20, 22, 24, 26].map(node),
  console("Deno", () => carried("deno", process.platform === "win32" ? "deno.exe" : "deno"), "run"),
  console("Bun", () => carried("bun", "bin", "bun.exe"), "run"),
];
