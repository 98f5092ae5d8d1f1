// The worked example of docs/adding-an-op.md: its kernels are compiled beside their siblings, and its
// operation is recorded and played backwards on them.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { execute } from "../cli/command-line.js";
import { blocksOf, root } from "./blocks.js";

const folder = mkdtempSync(join(tmpdir(), "simdream-operation-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [kernels, operation] = blocksOf("docs/adding-an-op.md").map(({ code }) => code);

interface Variable {
  readonly address: number;
  readonly gradAddress: number;
  readonly size: number;
}

/** The family's file with the page's kernels, as WebAssembly over this memory. */
async function compiled(memory: WebAssembly.Memory): Promise<Record<string, CallableFunction>> {
  cpSync(join(root, "assembly"), join(folder, "assembly"), { recursive: true });
  const family = join(folder, "assembly", "ops", "elementwise.ts");
  writeFileSync(family, `${readFileSync(family, "utf8")}\n${kernels}`);
  const asc = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
  const options = ["--runtime", "stub", "--importMemory", "--use", "abort=", "--enable", "simd"];
  const args = [asc, family, ...options, "--outFile", join(folder, "kernels.wasm")];
  const { code, stderr } = await execute(process.execPath, args, { cwd: folder });
  expect(code, stderr).toBe(0);
  const bytes = readFileSync(join(folder, "kernels.wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  return instance.exports as Record<string, CallableFunction>;
}

/** The page's function, beside those of its file. */
async function softplus(): Promise<(tape: object, x: Variable) => Variable> {
  const source = join(root, "src", "nn", "ops", "elementwise.ts");
  const outfile = join(folder, "operation.mjs");
  const contents = `${readFileSync(source, "utf8")}\n${operation}`;
  const stdin = { contents, resolveDir: join(root, "src", "nn", "ops"), loader: "ts" } as const;
  await build({ stdin, outfile, bundle: true, format: "esm", platform: "node" });
  return (await import(pathToFileURL(outfile).href)).softplus;
}

it("gives ln(1 + exp(x)) and adds its gradient", async () => {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const machine = { kernels: await compiled(memory) };
  const values = [-90, -3, -0.5, 0, 1, 7, 90];
  const size = values.length;
  const x = { address: 131072, gradAddress: 135168, size, shape: [size] };
  const y = { address: 139264, gradAddress: 143360, size, shape: [size] };
  const at = (address: number) => new Float32Array(memory.buffer, address, size);
  at(x.address).set(values);
  at(x.gradAddress).fill(5);
  at(y.gradAddress).fill(2);
  const backward: (() => void)[] = [];
  const tape = {
    machine,
    empty: () => y,
    record: (_outputs: unknown, play: () => void) => backward.push(play),
    grad: (variable: Variable) => variable.gradAddress,
  };
  expect((await softplus())(tape, x)).toBe(y);
  for (const [i, v] of values.entries()) {
    expect(at(y.address)[i]).toBeCloseTo(v > 40 ? v : Math.log1p(Math.exp(v)), 5);
  }
  for (const play of backward) play();
  for (const [i, v] of values.entries()) {
    expect(at(x.gradAddress)[i]).toBeCloseTo(5 + 2 / (1 + Math.exp(-v)), 5);
  }
});
