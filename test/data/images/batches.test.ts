// Batches of pictures: changes drawn from a key, and numbers for bytes.

import { describe, expect, test } from "vitest";
import {
  augmented,
  bytesFrom,
  checkAugmentation,
  gathered,
  numbersOf,
} from "../../../src/data/images/batches.js";
import { Key } from "../../../src/host/key.js";
import { LightKey } from "../../../src/host/light-key.js";
import { runtime } from "../../models/help.js";

const machine = runtime.machine();
const pixels = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
const set = { pixels, height: 2, width: 3, channels: 1 } as const;
const key = Key.fromSeed(machine, 3);

describe("a batch", () => {
  test("is gathered", () => {
    expect([...gathered(set, [1, 1])]).toEqual([7, 8, 9, 10, 11, 12, 7, 8, 9, 10, 11, 12]);
    expect(augmented(set, [1], {}, key)).toEqual(gathered(set, [1]));
  });

  test("is mirrored and moved, by the key alone", () => {
    const rows = Array.from({ length: 200 }, () => 0);
    const all = augmented(set, rows, { flip: true, shift: 1 }, key);
    expect(augmented(set, rows, { flip: true, shift: 1 }, key)).toEqual(all);
    expect(augmented(set, rows, { flip: true, shift: 1 }, key.fold(1))).not.toEqual(all);
    const different = new Set(rows.map((_, b) => all.subarray(6 * b, 6 * b + 6).join()));
    // Three places each way, mirrored or not.
    expect(different.size).toBe(18);
    expect(different).toContain("3,2,1,6,5,4");
    expect(different).toContain("1,1,2,1,1,2");
    const mirrored = augmented(set, rows, { flip: true }, key);
    const count = rows.filter((_, b) => mirrored[6 * b] === 3).length;
    expect(Math.abs(count - 100)).toBeLessThan(25);
  });

  test("has a limit to how far it moves", () => {
    expect(checkAugmentation({}, 2)).toEqual({ flip: false, shift: 0 });
    expect(() => checkAugmentation({ shift: 2 }, 2)).toThrow("shift must be a whole number");
    expect(() => checkAugmentation({ flip: 1 as never }, 2)).toThrow("flip must be");
  });
});

test("numbers and bytes", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const range of ["unit", "signed"] as const) {
    const numbers = numbersOf(bytes, range);
    expect([numbers[0], numbers[255]]).toEqual([range === "unit" ? 0 : -1, 1]);
    expect(bytesFrom(numbers, range)).toEqual(bytes);
  }
  expect([...bytesFrom(Float32Array.of(-5, 5, Number.NaN), "unit")]).toEqual([0, 255, 0]);
});

describe("a key without the kernels", () => {
  test.each([0, 7, 2 ** 53 - 1])("gives what a key gives, from seed %d", (seed) => {
    const [light, heavy] = [LightKey.fromSeed(seed), Key.fromSeed(machine, seed)];
    for (const [one, other] of [
      [light, heavy],
      [light.fold(5), heavy.fold(5)],
    ] as const) {
      expect([one.k0, one.k1]).toEqual([other.k0, other.k1]);
      expect(one.integers(11, 1000, 2)).toEqual(other.integers(11, 1000, 2));
      expect(one.permutation(101, 3)).toEqual(other.permutation(101, 3));
    }
  });
});
