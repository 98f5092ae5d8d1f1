// What the network of a diffusion is told of each row, besides the time.

import type { Tape } from "../../nn/tape.js";
import type { Indices, Tensor } from "../../nn/tensor.js";

/** What was read of captions, one a row. */
export interface Memory {
  /** (N, T, W) */
  readonly x: Tensor;
  /** Places of each row that count, (N). */
  readonly lengths: Indices;
}

/** What some rows are told. */
export interface Told {
  /** Of labels, (rows, columns); the number of classes for labels that are left out. */
  readonly places: Int32Array;
  /** Of captions, where the model learns them. */
  readonly memory?: Memory | undefined;
}

/** What was read once of the captions of many rows. */
export interface Phrases {
  /** Whether all of them are empty. */
  readonly empty: boolean;
  /** That of rows from one number to below another. */
  memory(tape: Tape, from: number, to: number): Memory;
}

/** What many rows are told. */
export interface AllTold {
  readonly places: Int32Array;
  readonly words?: Phrases | undefined;
}

/** What a network reads of captions where it stands: x plus what a look at the memory adds. */
export interface Reads {
  /** x (N, …, C) → the same */
  forward(tape: Tape, x: Tensor, memory: Memory): Tensor;
}

/** Some rows of what many are told. */
export function toldRows(
  tape: Tape,
  { places, words }: AllTold,
  columns: number,
  from: number,
  to: number,
): Told {
  return {
    places: places.subarray(from * columns, to * columns),
    memory: words?.memory(tape, from, to),
  };
}
