// Models as users define them, through the public door alone.

import {
  add,
  BatchNorm2d,
  BatchStatistics,
  binaryCrossEntropy,
  defineModel,
  dropout,
  gaussianNoise,
  Linear,
  type ModelDefinition,
  mse,
  mul,
  type Network,
  scale,
  sub,
  sum,
  type Tape,
  type Tensor,
  tanh,
} from "../../../src/entries/nn-names.js";
import type { Examples } from "./perceptron.js";

interface Vectors {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly rows: number;
}

const batch = (examples: Examples, indices: Int32Array): Vectors => ({
  x: Float32Array.from(Array.from(indices).flatMap((i) => [...examples[i].x])),
  y: Float32Array.from(Array.from(indices).flatMap((i) => [...examples[i].y])),
  rows: indices.length,
});

interface Forward extends Network<Vectors> {
  forward(tape: Tape, x: Tensor): Tensor;
}

/** A perceptron with dropout and noise, in targets of numbers. */
export const Blend: ModelDefinition<
  { hidden: number; gate: boolean; widths: readonly number[] },
  Examples,
  Vectors,
  Forward
> = defineModel({
  name: "Blend",
  defaults: { hidden: 8, gate: true, widths: [3, 2] },
  build(scope, { hidden, gate, widths: [inputs, outputs] }): Forward {
    const first = new Linear(scope.child("first"), inputs, hidden);
    const second = new Linear(scope.child("second"), hidden, outputs);
    const forward = (tape: Tape, x: Tensor) => {
      const h = first.forward(tape, x);
      return second.forward(tape, dropout(tape, gate ? tanh(tape, h) : h, 0.1));
    };
    return {
      forward,
      loss(tape, { x, y, rows }) {
        const given = tape.tensor(x, [rows, inputs]);
        const noisy = add(tape, given, scale(tape, gaussianNoise(tape, given.shape), 0.01));
        return mse(tape, forward(tape, noisy), tape.tensor(y, [rows, outputs]));
      },
    };
  },
  batch,
  targets: ({ y }) => y.length,
});

/** All that a step can have: phases, a buffer, batch norm, a penalty, parts. */
export const Tug: ModelDefinition<
  { price: number },
  Examples,
  Vectors,
  Network<Vectors>
> = defineModel({
  name: "Tug",
  pictures: true,
  defaults: { price: 0.1 },
  build(scope, { price }): Network<Vectors> {
    const one = new Linear(scope.child("one"), 3, 4);
    const norm = new BatchNorm2d(scope.child("norm"), 4);
    const two = new Linear(scope.child("two"), 4, 2);
    const updates = scope.buffer("updates", [1], () => {});
    return {
      phases: [
        { name: "make", trains: ["one.", "norm."], repeats: 2 },
        { name: "judge", trains: ["two."], options: { optimizer: "sgd", lr: 0.05 } },
      ],
      averages: ["one."],
      loss(tape, { x, y, rows }, { phase }) {
        const collected = new BatchStatistics();
        const hidden = one.forward(tape, tape.tensor(x, [rows, 3]));
        const normed = norm.forward(tape, hidden, tape.recording ? collected : undefined);
        const out = two.forward(tape, tanh(tape, normed));
        const target = tape.tensor(y, [rows, 2]);
        const weight = two.weight as Tensor;
        if (phase === "make") {
          const error = sub(tape, out, target);
          const loss = mse(tape, out, target);
          return { loss, parts: { error: mse(tape, error, error) }, statistics: collected.values };
        }
        return {
          loss: binaryCrossEntropy(tape, out, target),
          penalty: scale(tape, sum(tape, mul(tape, weight, weight)), price),
        };
      },
      advance: (phase) => {
        if (phase === "judge") updates.data[0] += 1;
      },
      observe: (phase, statistics) => {
        if (phase === "make") norm.observe(statistics);
      },
    };
  },
  batch,
});
