// Rows for the second module: what only models of pictures need.

import { leakyRelu } from "../../src/nn/ops/activations.js";
import { type Case, input, row } from "./case.js";
import * as reference from "./reference.js";

const lengths = [1, 2, 3, 4, 5, 37, 130];

const activationCases = [
  ...row("leakyRelu", lengths, (n) => ({
    inputs: { x: input([n]) },
    run: (tape, { x }) => [leakyRelu(tape, x, 0.2)],
    reference: ({ x }) => [reference.map(x, (v) => (v > 0 ? v : Math.fround(0.2) * v))],
  })),
  ...row("pictures_fused", [0], () => ({
    run: ({ machine }) => [[Number(machine.pictures.pictures_fused() === machine.kernels.fused())]],
    reference: () => [[1]],
  })),
];

export const pictureCases: readonly Case[] = [...activationCases];
