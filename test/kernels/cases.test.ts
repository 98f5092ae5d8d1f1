// What follows from the rows of cases.ts, on every build of the kernels.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/host/machine.js";
import type { Case } from "./case.js";
import { cases } from "./cases.js";
import {
  gradientNames,
  inputValues,
  type Result,
  run,
  type Slope,
  slopes,
  watchedMachine,
} from "./harness.js";

const builds = {
  release: await watchedMachine("release"),
  debug: await watchedMachine("debug"),
  fast: await watchedMachine("fast"),
};

/** Gradients smaller than this count as zero. */
const SMALL = 1e-3;

for (const testCase of cases) {
  describe(testCase.name, () => {
    const gradients = gradientNames(testCase);
    let differences: Slope[] | undefined;

    for (const [build, watched] of Object.entries(builds)) {
      test(`agrees with the reference (${build})`, () => {
        const result = run(watched, testCase);
        expectReference(testCase, result);
        testCase.check?.(result.outputs);
      });

      test(`neither reads nor writes what is not its own (${build})`, () => {
        const first = run(watched, testCase);
        expectSameBits(run(watched, testCase, { poison: 0 }), first);
        expectSameBits(run(watched, testCase), first);
        expect(watched.machine.activationBytes).toBe(0);
      });

      if (gradients.length === 0) continue;

      test(`has the gradients of finite differences (${build})`, () => {
        const result = run(watched, testCase);
        differences ??= slopes(testCase, result.differentiable);
        for (const slope of differences) expectSlope(testCase, result, slope);
      });

      test(`adds to its gradients and leaves its inputs alone (${build})`, () => {
        const from0 = run(watched, testCase);
        const from1 = run(watched, testCase, { start: 1 });
        for (const name of gradients) {
          const g = from0.gradients[name];
          const limit = testCase.gradientTolerance * Math.max(1, largest(g));
          g.forEach((_, i) => {
            expectNear(from1.gradients[name][i] - 1, g[i], limit, `gradient of ${name}[${i}]`);
          });
        }
        const before = inputValues(testCase);
        for (const name of Object.keys(before)) {
          expectSame(from0.inputs[name], before[name].data, `input ${name}`);
        }
      });

      test(`gives each gradient without the others (${build})`, () => {
        const all = run(watched, testCase);
        for (const name of gradients) {
          const alone = run(watched, testCase, { gradients: [name] });
          expectSame(alone.gradients[name], all.gradients[name], `gradient of ${name}`);
        }
        const none = run(watched, testCase, { gradients: [] });
        all.outputs.forEach((y, i) => {
          expectSame(none.outputs[i], y, `output ${i}`);
        });
      });
    }

    test("gives the same bits with checks and without", () => {
      expectSameBits(run(builds.debug, testCase), run(builds.release, testCase));
    });
  });
}

test("only the fast build says that it may fuse", () => {
  const saying = (fused: (machine: Machine) => unknown) =>
    Object.entries(builds).flatMap(([build, { machine }]) => (fused(machine) ? [build] : []));
  expect(saying(({ kernels }) => kernels.fused())).toEqual(["fast"]);
  expect(saying(({ pictures }) => pictures.pictures_fused())).toEqual(["fast"]);
});

test("every exported kernel has a row", async () => {
  const watched = await watchedMachine("release");
  for (const testCase of cases) run(watched, testCase);
  const { kernels, pictures, quantized } = watched.machine;
  const exported = [kernels, pictures, quantized].flatMap((module) =>
    Object.entries(module).flatMap(([name, member]) =>
      typeof member === "function" ? [name] : [],
    ),
  );
  expect(exported.length).toBeGreaterThan(0);
  // The second module calls these itself.
  const bytes = readFileSync(new URL("../../build/pictures-release.wasm", import.meta.url));
  const inner = WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ name }) => name);
  const called = new Set([...watched.called, ...inner]);
  expect(exported.filter((name) => !called.has(name))).toEqual([]);
});

function expectReference(testCase: Case, { outputs, shapes }: Result): void {
  const wanted = testCase.reference(inputValues(testCase));
  expect(wanted.length).toBeLessThanOrEqual(outputs.length);
  wanted.forEach((want, index) => {
    const y = outputs[index];
    const exact = "data" in want ? want.data : want;
    expect(y.length).toBe(exact.length);
    const shape = shapes[index];
    if (shape && "data" in want) expect(shape).toEqual(want.shape);
    const rounded = shape ? Float64Array.from(exact, Math.fround) : exact;
    const limit = testCase.tolerance * largest(rounded);
    y.forEach((value, i) => {
      expectNear(value, rounded[i], limit, `output ${index}[${i}]`);
    });
  });
}

function expectSlope(testCase: Case, { gradients }: Result, slope: Slope): void {
  const g = gradients[slope.input];
  const along = slope.direction.reduce((total, d, i) => total + d * g[i], 0);
  const size =
    slope.element === undefined ? g.reduce((total, v) => total + Math.abs(v), 0) : largest(g);
  const limit = testCase.gradientTolerance * Math.max(SMALL, size);
  expectNear(along, slope.value, limit, `gradient of ${slope.input}[${slope.element ?? "all"}]`);
}

function largest(x: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]));
  return most;
}

/** Plain comparisons: an `expect` for each of a million numbers would take minutes. */
function expectNear(got: number, want: number, limit: number, what: string): void {
  if (Object.is(got, want) || Math.abs(got - want) <= limit) return;
  expect.fail(`${what}: expected ${want} ± ${limit}, got ${got}`);
}

function expectSame(got: Float64Array, want: Float64Array, what: string): void {
  expect(got.length).toBe(want.length);
  const at = got.findIndex((value, i) => !Object.is(value, want[i]));
  if (at >= 0) expect.fail(`${what}[${at}]: expected the same bits as ${want[at]}, got ${got[at]}`);
}

function expectSameBits(got: Result, want: Result): void {
  got.outputs.forEach((y, i) => {
    expectSame(y, want.outputs[i], `output ${i}`);
  });
  for (const name of Object.keys(want.gradients)) {
    expectSame(got.gradients[name], want.gradients[name], `gradient of ${name}`);
  }
}
