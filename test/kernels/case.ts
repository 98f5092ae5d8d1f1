// What a row of the table in cases.ts says. Everything that is tested of it follows in harness.ts and
// cases.test.ts.

import type { Tape } from "../../src/nn/tape.js";
import { sizeOf, type Tensor } from "../../src/nn/tensor.js";

/** Numbers in double precision, row-major. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** An input: its shape, its random values, and whether the operation must give a gradient for it. */
export interface Input {
  readonly shape: readonly number[];
  /** Value of an element, from a number that is uniform in [0, 1) and its index. */
  readonly value: (u: number, index: number) => number;
  readonly gradient: boolean;
}

/** Uniform from `low` to `high`, wanting a gradient. */
export function input(shape: readonly number[], low = -2, high = 2): Input {
  return { shape, value: (u) => low + (high - low) * u, gradient: true };
}

/** Uniform from `low` to `high`, without a gradient. */
export function constant(shape: readonly number[], low = -2, high = 2): Input {
  return { ...input(shape, low, high), gradient: false };
}

/** These values, without a gradient. */
export function fixed(values: readonly number[]): Input {
  return { shape: [values.length], value: (_, index) => values[index], gradient: false };
}

/** What a run gives: tensors, or numbers that it read itself. */
type Output = Tensor | ArrayLike<number>;

/** A row for one choice of sizes and options. */
export interface CaseBody {
  readonly inputs?: Readonly<Record<string, Input>>;
  /** The operation. Its tape has a dropout key. An `input` that it changes must have no gradient. */
  run(tape: Tape, inputs: Readonly<Record<string, Tensor>>): readonly Output[];
  /** The same in double precision. May leave out the last outputs: these are `check`'s alone. */
  reference(inputs: Readonly<Record<string, Values>>): readonly (Values | ArrayLike<number>)[];
  /** Largest error of an output, in shares of its largest value; 0: rounded correctly. */
  readonly tolerance?: number;
  /** Largest error of a gradient, in shares of the input's largest gradient. */
  readonly gradientTolerance?: number;
  /** More to be said of the outputs. */
  check?(outputs: readonly Float64Array[]): void;
}

/** A row for one choice of sizes and options, with its name and defaults. */
export interface Case extends Required<Omit<CaseBody, "check">> {
  readonly name: string;
  check?(outputs: readonly Float64Array[]): void;
}

/** A row of the table: a case for each variant, that is sizes and options. */
export function row<V>(
  name: string,
  variants: readonly V[],
  make: (variant: V) => CaseBody,
): Case[] {
  return variants.map((variant) => ({
    inputs: {},
    tolerance: 1e-6,
    gradientTolerance: 2e-6,
    ...make(variant),
    name: `${name} ${JSON.stringify(variant).replaceAll('"', "")}`,
  }));
}

export function values(shape: readonly number[], value: (index: number) => number): Values {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => value(i)) };
}
