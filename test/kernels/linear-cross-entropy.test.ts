// The loss over blocks of rows has the bits of the one over all logits, whether probabilities are kept or computed again,
// and takes less memory.

import { expect, test } from "vitest";
import { crossEntropy } from "../../src/nn/ops/cross-entropy.js";
import { linear } from "../../src/nn/ops/linear.js";
import { linearCrossEntropy } from "../../src/nn/ops/linear-cross-entropy.js";
import { Tape } from "../../src/nn/tape.js";
import { generator, watchedMachine } from "./harness.js";

const { machine } = await watchedMachine("release");
const random = generator(9);
const numbers = (n: number) => Float32Array.from({ length: n }, () => random() * 2 - 1);

const sizes = [
  { rows: 50, C: 6, V: 9, smoothing: 0.1 },
  { rows: 75, C: 3, V: 140_000, smoothing: 0 },
  { rows: 131, C: 2, V: 140_000, smoothing: 0.1 },
];

test.each(sizes)("$rows rows of $V classes", ({ rows, C, V, smoothing }) => {
  const [x, weight, bias] = [numbers(rows * C), numbers(V * C), numbers(V)];
  const targets = Array.from({ length: rows }, (_, r) => (r % 5 === 3 ? -1 : (r * 7919) % V));
  const run = (fused: boolean) =>
    machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const [a, w, b] = [
        tape.tensor(x, [rows, C], true),
        tape.tensor(weight, [V, C], true),
        tape.tensor(bias, [V], true),
      ];
      const { loss, losses } = fused
        ? linearCrossEntropy(tape, a, { weight: w, bias: b }, targets, { smoothing })
        : crossEntropy(tape, linear(tape, a, w, b), targets, { smoothing });
      tape.backward(loss, 0.3);
      const bits = [loss.data, losses.data, a.grad!, w.grad!, b.grad!].map((values) =>
        Buffer.from(values.slice().buffer).toString("hex"),
      );
      return { bits, bytes: machine.activationBytes };
    });
  const [blocks, all] = [run(true), run(false)];
  expect(blocks.bits.map((bits, i) => bits === all.bits[i])).toEqual(Array(5).fill(true));
  // Logits, probabilities and their gradients against probabilities, or nothing.
  const fewer = rows * V > 2 ** 24 ? 12 * rows * V : 8 * rows * V;
  expect(all.bytes - blocks.bytes).toBeGreaterThan(0.9 * fewer - 8 * V);
});
