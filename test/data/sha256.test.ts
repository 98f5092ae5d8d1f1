import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { load } from "../../src/host/module.js";
import { sha256Hex } from "../../src/host/sha256.js";

const machine = (await load()).machine();

const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => (31 * i + length) & 255);

const nodes = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("of every length over three blocks, it is what Node's own says", () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = bytesOf(length);
    expect(
      sha256Hex(machine, () => [bytes]),
      `${length} bytes`,
    ).toBe(nodes(bytes));
  }
});

test("of several arrays, it is that of their bytes together, wherever they are cut", () => {
  const bytes = bytesOf(10_000);
  for (const cut of [0, 1, 63, 64, 65, 128, 555, 4095, 4096, 4097, 8192, 10_000]) {
    expect(sha256Hex(machine, () => [bytes.subarray(0, cut), bytes.subarray(cut)])).toBe(
      nodes(bytes),
    );
  }
  const numbers = Float32Array.from({ length: 77 }, (_, i) => i / 7);
  expect(sha256Hex(machine, () => [numbers.subarray(3, 50)])).toBe(
    nodes(new Uint8Array(numbers.buffer, 12, 4 * 47)),
  );
});
