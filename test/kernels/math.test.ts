// exp, log, tanh, sigmoid, sin and cos on samples of all floats: every exponent and sign, what is
// near the points where something changes, and the special values. scripts/check-math.mjs tries all
// 2^32; this is the part of it that every test run can afford.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/host/machine.js";
import { generator, watchedMachine } from "./harness.js";
import { sigmoid } from "./reference.js";

/** Largest error, in units in the last place of an f32 of the exact result's size. */
const LIMIT = 2;

interface Subject {
  /** In double precision, where JavaScript's functions are right to well below 1e-6 ULP of a float. */
  readonly exact: (x: number) => number;
  /** Where its behaviour changes. */
  readonly near: readonly number[];
  /** [x, the only right answer] */
  readonly special: readonly (readonly [number, number])[];
}

const tiny = 2 ** -149;
const smallestNormal = 2 ** -126;
const largest = (2 - 2 ** -23) * 2 ** 127;

/** Multiples of π/2: small ones, random ones, and where the kernels change their reduction. */
const quarterTurns = Array.from({ length: 4000 }, (_, i) => {
  const multiple = i < 2000 ? i : Math.floor(2 ** (7 + (30 * i) / 4000));
  return (multiple * Math.PI) / 2;
});

const subjects = {
  exp: {
    exact: Math.exp,
    near: [88.7228394, 88.72283, 89, -87.3365448, -103.278929, -103.972076, -104, Math.LN2 / 2],
    special: [
      [0, 1],
      [-0, 1],
      [Infinity, Infinity],
      [-Infinity, 0],
      [89, Infinity],
      [-104, 0],
      [tiny, 1],
      [-largest, 0],
      [largest, Infinity],
    ],
  },
  log: {
    exact: Math.log,
    near: [1, Math.SQRT1_2, Math.SQRT2, smallestNormal, 2 * smallestNormal, 0.5, 2, Math.E],
    special: [
      [0, -Infinity],
      [-0, -Infinity],
      [1, 0],
      [Infinity, Infinity],
      [-Infinity, NaN],
      [-1, NaN],
      [-tiny, NaN],
    ],
  },
  tanh: {
    exact: Math.tanh,
    near: [0.65, 9.01, 10, 0.35, Math.LN2 / 4],
    special: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [tiny, tiny],
      [-tiny, -tiny],
      [largest, 1],
    ],
  },
  sigmoid: {
    exact: sigmoid,
    near: [16.6, 17.3, -87.3365448, -88.7228, -103.27893, -103.97208, -104],
    special: [
      [0, 0.5],
      [-0, 0.5],
      [Infinity, 1],
      [-Infinity, 0],
      [-104, 0],
      [largest, 1],
      [-largest, 0],
    ],
  },
  sin: {
    exact: Math.sin,
    near: [...quarterTurns, 2 ** 20, Math.PI / 4],
    special: [
      [0, 0],
      [-0, -0],
      [Infinity, NaN],
      [-Infinity, NaN],
      [tiny, tiny],
      [-tiny, -tiny],
    ],
  },
  cos: {
    exact: Math.cos,
    near: [...quarterTurns, 2 ** 20, Math.PI / 4],
    special: [
      [0, 1],
      [-0, 1],
      [Infinity, NaN],
      [-Infinity, NaN],
      [tiny, 1],
    ],
  },
} satisfies Record<string, Subject>;

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The float that is `steps` floats away from x. */
function neighbour(x: number, steps: number): number {
  float[0] = x;
  bits[0] += steps;
  return float[0];
}

const OF_EACH_EXPONENT = 420;

/** Of every exponent and sign: the ends, and random ones; then the neighbours of `near`. */
function samples({ near }: Subject): Float32Array {
  const random = generator(11);
  const list: number[] = [];
  for (let top = 0; top < 512; top++) {
    for (let i = 0; i < OF_EACH_EXPONENT; i++) {
      const ends = [0, 1, 2, 0x3fffff, 0x400000, 0x7ffffe, 0x7fffff];
      bits[0] = (top << 23) | (ends[i] ?? Math.floor(random() * 2 ** 23));
      list.push(float[0]);
    }
  }
  for (const x of near) {
    for (let steps = -12; steps <= 12; steps++) {
      list.push(neighbour(x, steps), -neighbour(x, steps));
    }
  }
  // Side by side must stand what has nothing in common.
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return Float32Array.from(list);
}

/** One unit in the last place of an f32 of the size of `exact`. */
function ulp(exact: number): number {
  const size = Math.min(Math.abs(exact), largest);
  if (size < smallestNormal) return tiny;
  float[0] = size;
  // Rounding to f32 may have gone up to the next power of two; then the unit is half as large.
  const power = 2 ** ((bits[0] >>> 23) - 127);
  return (power > size ? power / 2 : power) * 2 ** -23;
}

const isNegative = (x: number) => x < 0 || Object.is(x, -0);

/**
 * How far y is from `exact` in ULP: infinity counts as the float that would come after the last, and
 * another sign, also of zero, or a NaN in only one place, as infinitely far.
 */
function error(y: number, exact: number): number {
  if (Object.is(y, exact)) return 0;
  if (Number.isNaN(y) || Number.isNaN(exact)) return Infinity;
  if (isNegative(y) !== isNegative(exact)) return Infinity;
  const finite = (x: number) => Math.max(-(2 ** 128), Math.min(x, 2 ** 128));
  return Math.abs(finite(y) - finite(exact)) / ulp(exact);
}

/** f of all x, by the array kernel. */
function apply(machine: Machine, name: keyof typeof subjects, x: Float32Array): Float32Array {
  return machine.scoped(() => {
    const from = machine.alloc(4 * x.length);
    const to = machine.alloc(4 * x.length);
    machine.f32(from, x.length).set(x);
    machine.kernels[`${name}_forward`](to, from, x.length);
    return machine.f32(to, x.length).slice();
  });
}

const { machine } = await watchedMachine("release");
const { machine: debug } = await watchedMachine("debug");

/** Fails unless both have the same bits; the bits of a NaN are free. */
function expectSame(got: ArrayLike<number>, want: ArrayLike<number>, x: ArrayLike<number>): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) {
    if (!Object.is(got[i], want[i])) expect.fail(`at ${x[i]}: ${got[i]} instead of ${want[i]}`);
  }
}

describe.each(Object.keys(subjects) as (keyof typeof subjects)[])("%s", (name) => {
  const subject: Subject = subjects[name];
  const x = samples(subject);
  const y = apply(machine, name, x);

  test(`is within ${LIMIT} ULP`, () => {
    expect(x.length).toBeGreaterThan(200_000);
    let worst = 0;
    let at = 0;
    x.forEach((value, i) => {
      const wrong = error(y[i], subject.exact(value));
      if (wrong <= worst) return;
      worst = wrong;
      at = value;
    });
    expect(worst, `at ${at}`).toBeLessThanOrEqual(LIMIT);
  });

  test("has the special values", () => {
    const [from, to] = [0, 1].map((side) => subject.special.map((pair) => pair[side]));
    expectSame(apply(machine, name, Float32Array.from(from)), to, from);
    expect(apply(machine, name, Float32Array.of(NaN))).toEqual(Float32Array.of(NaN));
  });

  test("gives every lane and the tail the same bits", () => {
    for (const shift of [1, 2, 3]) {
      expectSame(apply(machine, name, x.subarray(shift)), y.subarray(shift), x.subarray(shift));
    }
    for (let i = 0; i + 5 < x.length; i += 101) {
      const n = [1, 2, 3, 5][i % 4];
      const part = x.subarray(i, i + n);
      expectSame(apply(machine, name, part), y.subarray(i, i + n), part);
    }
  });

  test("has the same bits on the debug build", () => {
    expectSame(apply(debug, name, x), y, x);
  });
});

test("the check of all floats finds its sources", { timeout: 60_000 }, () => {
  const script = fileURLToPath(new URL("../../scripts/check-math.mjs", import.meta.url));
  const said = execFileSync(process.execPath, [script, "--quick", "exp"], { encoding: "utf8" });
  expect(said).toMatch(/^exp: max 0\.\d+ ULP at .*, 0 special values wrong, 0 scalar mismatches/);
});
