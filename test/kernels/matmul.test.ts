// A row of a product has the same bits whatever stands beside it, however B came to be packed and
// wherever the numbers lie in memory. Sampling a batch and sampling alone agree because of this.

import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/host/machine.js";
import { generator, watchedMachine } from "./harness.js";

const ROWS = 121;
/** Numbers of rows that take different paths through the kernel: one row, tiles, blocks. */
const heights = [1, 2, 3, 4, 5, 7, 8, 33, ROWS];
const sizes = [
  { k: 7, n: 5 },
  { k: 37, n: 36 },
  { k: 257, n: 41 },
  { k: 513, n: 13 },
];

const random = generator(3);
const numbers = (n: number) => Float32Array.from({ length: n }, () => random() * 2 - 1);

interface Product {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly before: Float32Array;
  readonly k: number;
  readonly n: number;
}

type Form = "nn" | "nt" | "tn" | "packed" | "packedTurned";
const forms: readonly Form[] = ["nn", "nt", "tn", "packed", "packedTurned"];

/** Bits of `count` rows of A B (added to `before`), from row `first`; all pointers off by `shift`. */
function product(
  machine: Machine,
  form: Form,
  { a, b, before, k, n }: Product,
  { first = 0, count, accumulate = false, shift = 0 }: ProductOptions,
): Uint32Array {
  const { kernels } = machine;
  return machine.scoped(() => {
    const room = (bytes: number) => machine.alloc(bytes + shift) + shift;
    const put = (values: Float32Array) => {
      const address = room(4 * values.length);
      machine.f32(address, values.length).set(values);
      return address;
    };
    const rows = a.subarray(first * k, (first + count) * k);
    const left = put(form === "tn" ? transposed(rows, count, k) : rows);
    const turned = form === "nt" || form === "packedTurned";
    const right = put(turned ? transposed(b, k, n) : b);
    const c = put(before.subarray(first * n, (first + count) * n));
    const work = room(kernels.matmul_work(k, n));
    if (form === "packed" || form === "packedTurned") {
      const packed = room(kernels.matmul_pack_bytes(k, n));
      const pack = turned ? kernels.matmul_pack_nt : kernels.matmul_pack_nn;
      pack(packed, right, k, n);
      kernels.matmul_packed(c, left, packed, 0, count, k, n, accumulate, work);
    } else {
      kernels[`matmul_${form}`](c, left, right, count, k, n, accumulate, work);
    }
    return machine.u32(c, count * n).slice();
  });
}

interface ProductOptions {
  readonly first?: number;
  readonly count: number;
  readonly accumulate?: boolean;
  readonly shift?: number;
}

/** Of x (rows, columns), as (columns, rows). */
function transposed(x: Float32Array, rows: number, columns: number): Float32Array {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

const builds = {
  release: (await watchedMachine("release")).machine,
  fast: (await watchedMachine("fast")).machine,
};
const each = sizes.flatMap((size) =>
  Object.entries(builds).map(([build, machine]) => ({ ...size, build, machine })),
);

describe.each(each)("$build, k = $k, n = $n", ({ k, n, machine }) => {
  const numbersOf = { a: numbers(ROWS * k), b: numbers(k * n), before: numbers(ROWS * n), k, n };

  for (const accumulate of [false, true]) {
    const all = product(machine, "nn", numbersOf, { count: ROWS, accumulate });

    test.each(forms)(`%s: a row does not depend on the others, adding: ${accumulate}`, (form) => {
      for (const count of heights) {
        for (const first of new Set([0, 1, 57, ROWS - count])) {
          if (first + count > ROWS) continue;
          const some = product(machine, form, numbersOf, { first, count, accumulate });
          const want = all.subarray(first * n, (first + count) * n);
          expect(Buffer.from(some.buffer).equals(Buffer.from(want.slice().buffer))).toBe(true);
        }
      }
    });

    test.each(forms)(`%s: addresses do not matter, adding: ${accumulate}`, (form) => {
      for (const count of [1, 5]) {
        for (let shift = 0; shift < 64; shift += 4) {
          const moved = product(machine, form, numbersOf, { count, accumulate, shift });
          expect([...moved]).toEqual([...all.subarray(0, count * n)]);
        }
      }
    });
  }
});
