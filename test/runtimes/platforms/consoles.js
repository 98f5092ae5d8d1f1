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

const nodeFile = (major) => () => carried(`node${major}`, "bin", "node");
const node = (major) => console(`Node ${major}`, nodeFile(major));
/** V8's experiment of computing on 256 bits at once, all code compiled by the compiler that has it. */
const wide = ["--experimental-wasm-revectorize", "--no-liftoff"];

export const consoles = [
  ...[20, 22, 24, 26].map(node),
  console("Node 26, 256 bits", nodeFile(26), ...wide),
  console("Deno", () => carried("deno", process.platform === "win32" ? "deno.exe" : "deno"), "run"),
  console("Bun", () => carried("bun", "bin", "bun.exe"), "run"),
];
