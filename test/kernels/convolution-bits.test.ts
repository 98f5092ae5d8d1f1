// Bits of convolutions: those of a picture are the same whatever others are beside it, and however they are cut into blocks.

import { expect, test } from "vitest";
import { load } from "../../src/host/module.js";
import { conv2d, convTranspose2d, depthwiseConv2d } from "../../src/nn/ops/convolution.js";
import { Tape } from "../../src/nn/tape.js";
import { sizeOf, type Tensor } from "../../src/nn/tensor.js";
import { generator } from "./harness.js";

const machine = (await (await load()).withPictures()).machine();
const N = 5;
/** One picture is less than a block of rows, all of them are more. */
const picture = [11, 9, 20];

function numbers(seed: number, n: number): Float32Array {
  const next = generator(seed);
  return Float32Array.from({ length: n }, () => next() * 2 - 1);
}

const x = numbers(1, N * sizeOf(picture));
const way = { stride: 2, padding: 1 } as const;
const operations = {
  conv2d: {
    weight: [40, 4, 4, 20],
    run: (tape: Tape, input: Tensor, w: Tensor) => conv2d(tape, input, w, undefined, way),
  },
  convTranspose2d: {
    weight: [20, 4, 4, 40],
    run: (tape: Tape, input: Tensor, w: Tensor) => convTranspose2d(tape, input, w, undefined, way),
  },
  depthwiseConv2d: {
    weight: [4, 4, 20],
    run: (tape: Tape, input: Tensor, w: Tensor) => depthwiseConv2d(tape, input, w, undefined, way),
  },
};

test.each(Object.entries(operations))("%s", (_, { weight, run }) => {
  const w = numbers(2, sizeOf(weight));
  /** Outputs and the gradient of the input, for pictures from `first` to `end`. */
  const of = (first: number, end: number) =>
    machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const size = sizeOf(picture);
      const shape = [end - first, ...picture];
      const input = tape.tensor(x.subarray(first * size, end * size), shape, true);
      const y = run(tape, input, tape.tensor(w, weight, true));
      const loss = tape.empty([], y);
      tape.record([loss], () => {
        tape.grad(y);
        y.grad!.set(y.data);
      });
      tape.backward(loss);
      return { y: y.data.slice(), dx: input.grad!.slice() };
    });
  const all = of(0, N);
  const parts = Array.from({ length: N }, (_, n) => of(n, n + 1));
  expect(parts.flatMap(({ y }) => Array.from(y))).toEqual(Array.from(all.y));
  expect(parts.flatMap(({ dx }) => Array.from(dx))).toEqual(Array.from(all.dx));
});
