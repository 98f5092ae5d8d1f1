// AssemblyScript's own loader on the debug build: the shipped import, which does without it, finds the same
// exports and gives the same bits.

import { readFileSync } from "node:fs";
import { instantiateSync } from "@assemblyscript/loader";
import { expect, test } from "vitest";
import { load } from "../../src/host/module.js";

const bytes = readFileSync(new URL("../../build/debug.wasm", import.meta.url));
const shipped = (await load()).machine();

function loaded(): Record<string, (...args: number[]) => number> {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
  const { instance } = instantiateSync(bytes, { env: { memory } });
  return { ...instance.exports, memory } as never;
}

test("the debug build has the exports of the shipped one", () => {
  const debug = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  expect(debug.sort()).toEqual(Object.keys(shipped.kernels).sort());
});

test("the same bits by the loader's exports", () => {
  const kernels = loaded();
  const memory = kernels.memory as unknown as WebAssembly.Memory;
  const at = Math.ceil((kernels.heap_base() >>> 0) / 64) * 64;
  const n = 200;
  const x = Float32Array.from({ length: n }, (_, i) => Math.fround((i - 90) / 7));
  new Float32Array(memory.buffer, at, n).set(x);
  kernels.tanh_forward(at + 4 * n, at, n);
  kernels.exp_forward(at + 8 * n, at, n);
  const own = shipped.scoped(() => {
    const from = shipped.alloc(12 * n);
    shipped.f32(from, n).set(x);
    shipped.kernels.tanh_forward(from + 4 * n, from, n);
    shipped.kernels.exp_forward(from + 8 * n, from, n);
    return Array.from(shipped.f32(from + 4 * n, 2 * n));
  });
  const got = Array.from(new Float32Array(memory.buffer, at + 4 * n, 2 * n));
  expect(got).toEqual(own);
  expect(got[90]).toBe(0);
  expect(kernels.sum_squares(at, n)).toBe(
    shipped.scoped(() => {
      const from = shipped.alloc(4 * n);
      shipped.f32(from, n).set(x);
      return shipped.kernels.sum_squares(from, n);
    }),
  );
});
