// What the operations on pictures refuse, before an address reaches a kernel.

import { expect, test } from "vitest";
import { load } from "../../src/host/module.js";
import { batchNormEval, groupNorm } from "../../src/nn/ops/channel-norm.js";
import { reparameterize } from "../../src/nn/ops/noise.js";
import * as losses from "../../src/nn/ops/pixel-losses.js";
import { avgPool2d, maxPool2d } from "../../src/nn/ops/pool.js";
import { resize2d } from "../../src/nn/ops/resize.js";
import { Tape } from "../../src/nn/tape.js";

const runtime = await (await load()).withPictures();
const machine = runtime.machine();
const tape = new Tape(machine, { record: true });
const zeros = (...shape: number[]) => {
  const size = shape.reduce((all, axis) => all * axis, 1);
  return tape.tensor(new Float32Array(size), shape, true);
};
const constant = (...shape: number[]) => tape.tensor(zeros(...shape).data.slice(), shape);
const x = zeros(2, 4, 6, 6);

test.each([
  ["4 groups do not divide 6 channels", () => groupNorm(tape, x, 4, zeros(6), zeros(6))],
  ["0 groups do not divide", () => groupNorm(tape, x, 0, zeros(6), zeros(6))],
  [
    "groupNorm: weight: expected shape [6], got [4]",
    () => groupNorm(tape, x, 2, zeros(4), zeros(6)),
  ],
  [
    "batchNormEval: variance: expected shape [6], got [1]",
    () => batchNormEval(tape, x, zeros(6), zeros(6), zeros(6), zeros(1)),
  ],
  [
    "pool: expected pictures (N, H, W, C), got shape [6]",
    () => maxPool2d(tape, zeros(6), { kernel: 2 }),
  ],
  ["a kernel of 5 is larger than 4 pixels", () => maxPool2d(tape, x, { kernel: 5 })],
  ["padding at most half", () => avgPool2d(tape, x, { kernel: 2, padding: 2 })],
  ["at least 1", () => avgPool2d(tape, x, { kernel: 2, stride: [1, 0] })],
  ["expected whole sizes from 1 on, got 0", () => resize2d(tape, x, 4, 0, "nearest")],
  [
    "resize2d: expected pictures (N, H, W, C), got shape [3,3]",
    () => resize2d(tape, zeros(3, 3), 4, 4, "bilinear"),
  ],
  ["target: expected shape [2], got [3]", () => losses.squaredError(tape, zeros(2), constant(3))],
  ["a target has no gradient", () => losses.absoluteError(tape, zeros(2), zeros(2))],
  [
    "gaussianNll: the scale must have shape [2,3] or [1], got [3]",
    () => losses.gaussianNll(tape, zeros(2, 3), zeros(3), constant(2, 3)),
  ],
  ["logVariance: expected shape [4]", () => losses.gaussianKl(tape, zeros(4), zeros(2))],
  ["noise: expected shape [4]", () => reparameterize(tape, zeros(4), zeros(4), zeros(2, 2))],
] as const)("%s", (message, call) => {
  expect(call).toThrow(message);
});
