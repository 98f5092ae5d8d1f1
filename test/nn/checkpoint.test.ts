// What a tape computes again instead of keeping it: the same numbers, in the same order, in less memory.

import { describe, expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { dropout } from "../../src/nn/ops/dropout.js";
import { add, mul, tanh } from "../../src/nn/ops/elementwise.js";
import { gaussianNoise } from "../../src/nn/ops/noise.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { Tape, type TapeOptions } from "../../src/nn/tape.js";

const runtime = await load();
const N = 1000;

/** Two checkpoints between dropouts; x is used before them, and w in both. */
function run(options: TapeOptions, parameters = true) {
  const machine = runtime.machine();
  return machine.scoped(() => {
    const dropoutKey = Key.fromSeed(machine, 3);
    const noiseKey = Key.fromSeed(machine, 4);
    const tape = new Tape(machine, { record: true, dropoutKey, noiseKey, ...options });
    const leaf = (f: (i: number) => number) =>
      tape.tensor(
        Float32Array.from({ length: N }, (_, i) => f(i)),
        [N],
        true,
      );
    const [x, w] = [leaf((i) => (i % 17) / 9 - 1), leaf((i) => (i % 23) / 5 - 2)];
    if (parameters) tape.grad(w);
    const start = machine.activationBytes;
    let y = dropout(tape, mul(tape, x, x), 0.2);
    for (const name of ["first", "second"]) {
      y = tape.checkpoint(y, (tape, y) => {
        const z = dropout(tape, tape.name(name, tanh(tape, mul(tape, y, w))), 0.3);
        const noise = gaussianNoise(tape, [N], tape.nextNoiseKey());
        return add(tape, y, tanh(tape, mul(tape, z, add(tape, z, noise))));
      });
    }
    const loss = sum(tape, dropout(tape, y, 0.1));
    const bytes = machine.activationBytes - start;
    if (tape.recording) tape.backward(loss);
    return { loss: loss.data[0], dx: x.grad?.slice(), dw: w.grad?.slice(), bytes };
  });
}

describe("a checkpoint", () => {
  const kept = run({});

  test("gives the bits that are kept, dropout, noise and gradients included", () => {
    const { bytes, ...again } = run({ recompute: true });
    const { bytes: all, ...numbers } = kept;
    expect(again).toEqual(numbers);
    expect(kept.dw!.some((g) => g !== 0)).toBe(true);
    expect(bytes).toBeLessThan(all - 2 * 4 * 4 * N);
    expect(run({ recompute: true, dropoutKey: undefined }).loss).not.toBe(kept.loss);
  });

  test("is computed once where nothing goes backward", () => {
    expect(run({ record: false, recompute: true }).loss).toBe(kept.loss);
  });

  test("refuses a tensor whose gradient would be lost", () => {
    expect(() => run({ recompute: true }, false)).toThrow("a tensor from outside");
  });

  test("is heard once", () => {
    const heard: string[] = [];
    run({ recompute: true, listen: (name) => heard.push(name) });
    expect(heard).toEqual(["first", "second"]);
  });
});
