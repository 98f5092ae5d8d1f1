// The pass over compiled kernels that puts products before sums: what it moves, what it leaves, same bits.

import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { pairProducts } from "../../scripts/pair-products.mjs";

/** A module whose function runs `statements` on a, c (sums), x, y (factors) and writes a and c to memory. */
function compile(statements: string): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module
    (memory (export "memory") 1)
    (func $other (param v128) (result v128) (local.get 0))
    (func (export "run") (param $n i32) (local $a v128) (local $c v128) (local $x v128) (local $y v128)
      (local.set $x (v128.load offset=0 (i32.const 64)))
      (local.set $y (v128.load offset=16 (i32.const 64)))
      (loop $again
        ${statements}
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (v128.store offset=0 (i32.const 0) (local.get $a))
      (v128.store offset=16 (i32.const 0) (local.get $c))))`);
  module.setFeatures(binaryen.Features.All);
  return new Uint8Array(module.emitBinary());
}

/** The products and sums of a module, in the order in which an engine meets them. */
function order(bytes: Uint8Array): string {
  const text = binaryen.readBinary(bytes).emitStackIR();
  return [...text.matchAll(/f32x4\.(mul|add)/g)].map(([, name]) => name).join(" ");
}

/** What `run` writes after ten rounds. */
async function result(bytes: Uint8Array): Promise<number[]> {
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
  const { memory, run } = instance.exports as { memory: WebAssembly.Memory; run(n: number): void };
  const all = new Float32Array(memory.buffer);
  for (let i = 0; i < 8; i++) all[16 + i] = 1 / (i + 3);
  run(10);
  return [...all.slice(0, 8)];
}

const add = (sum: string, product: string) =>
  `(local.set $${sum} (f32x4.add (local.get $${sum}) ${product}))`;
const mul = (a: string, b: string) => `(f32x4.mul (local.get $${a}) (local.get $${b}))`;

describe("pairProducts", () => {
  it("puts two products before their sums, with the same bits", async () => {
    const before = compile(add("a", mul("x", "y")) + add("c", mul("y", "y")));
    const after = pairProducts(before);
    expect(order(before)).toBe("mul add mul add");
    expect(order(after)).toBe("mul mul add add");
    const values = await result(after);
    expect(values).toEqual(await result(before));
    expect(values.every((value) => value > 0)).toBe(true);
  });

  it.each([
    ["a product that reads the sum before it", add("a", mul("x", "y")) + add("c", mul("a", "y"))],
    ["two sums into one", add("a", mul("x", "y")) + add("a", mul("y", "y"))],
    [
      "a product that calls a function",
      add("a", mul("x", "y")) + add("c", "(f32x4.mul (call $other (local.get $x)) (local.get $y))"),
    ],
    [
      "a product that sets the sum before it",
      add("a", mul("x", "y")) +
        add("c", "(f32x4.mul (local.tee $a (local.get $x)) (local.get $y))"),
    ],
    [
      "a product that sets its own sum",
      add("a", "(f32x4.mul (local.tee $a (local.get $x)) (local.get $y))") +
        add("c", mul("y", "y")),
    ],
    [
      "a product that sets the sum after it",
      add("a", "(f32x4.mul (local.tee $c (local.get $x)) (local.get $y))") +
        add("c", mul("y", "y")),
    ],
  ])("leaves %s", async (_, statements) => {
    const before = compile(statements);
    const after = pairProducts(before);
    expect(order(after)).toBe(order(before));
    expect(await result(after)).toEqual(await result(before));
  });

  it("keeps every export", () => {
    const before = compile(add("a", mul("x", "y")) + add("c", mul("y", "y")));
    const names = (bytes: Uint8Array) =>
      WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(bytes))).map((e) => e.name);
    expect(names(pairProducts(before))).toEqual(names(before));
  });
});
