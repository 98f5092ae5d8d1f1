// What a picture model makes: examples as numbers, and as pictures.

import { bytesFrom } from "../../data/images/batches.js";
import type { Captions } from "../../data/images/captions.js";
import { ImageSet } from "../../data/images/image-set.js";
import type { ImageLabel } from "../../data/images/parts.js";
import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Pieces } from "../../host/pieces.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { isClip, isPicture, numbersOf, type Shape, shapeText } from "./shape.js";

/** Examples that a model made. */
export class Made {
  readonly shape: Shape;
  /** The numbers of each, in the order of its shape; of pictures from 0 to 1. */
  readonly rows: readonly Float32Array[];
  /** The labels that they were made for. */
  readonly labels: readonly ImageLabel[];
  /** The prompts that they were made for, of each; undefined where there were none. */
  readonly captions: Captions | undefined;
  /** Frames a second of clips, where the model says how many. */
  readonly fps: number | undefined;

  /** @internal */
  constructor(
    shape: Shape,
    rows: readonly Float32Array[],
    labels: readonly ImageLabel[] = [],
    captions?: Captions,
    fps?: number,
  ) {
    this.fps = fps;
    this.shape = shape;
    this.rows = rows;
    this.labels = labels;
    this.captions = captions;
  }

  /**
   * As pictures, or clips, their numbers rounded to bytes; with the prompts as captions, where all had words.
   * @throws InvalidInputError where the model makes vectors
   */
  get images(): ImageSet {
    const { shape, rows, labels, captions } = this;
    const [channels, width, height, frames = 1] = [...shape].reverse();
    if (!(isPicture(shape) || isClip(shape)) || ![1, 3, 4].includes(channels)) {
      throw new InvalidInputError(
        `the model makes examples of ${shapeText(shape)}, which are no pictures; use rows`,
      );
    }
    const pixels = new Uint8Array(rows.length * numbersOf(shape));
    for (const [i, row] of rows.entries()) pixels.set(bytesFrom(row, "unit"), i * row.length);
    const parts = { pixels, frames, height, width, channels: channels as 1 | 3 | 4 };
    const asked = captions?.every((own) => own.every((text) => text.trim() !== ""));
    const { fps } = this;
    return new ImageSet({
      ...parts,
      ...(fps && { fps }),
      labels,
      captions: asked ? captions : undefined,
    });
  }
}

/** Rows of one array. */
export function rowsOfArray(values: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: values.length / width }, (_, i) =>
    values.slice(i * width, (i + 1) * width),
  );
}

/** The opposite: rows as one array, one after the other. */
export function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

/** Numbers so many times, one after the other. */
export function repeated<T extends Uint8Array | Float32Array | Int32Array>(
  row: T,
  times: number,
): T {
  const all = new (row.constructor as new (n: number) => T)(row.length * times);
  for (let i = 0; i < times; i++) all.set(row as never, i * row.length);
  return all;
}

/** Rows at a time: enough for the products, and bounded memory. */
export const ROWS = 128;

/** The same, where a row is a clip: of clips as many as have so many frames. */
export function rowsAtOnce(shape: Shape, most: number = ROWS): number {
  return isClip(shape) ? Math.max(1, Math.floor(most / shape[0])) : most;
}

/** Gives rows to `work`, `size` at a time, from one number to below another, with a tape each time. */
export function* inBlocks(
  machine: Machine,
  count: number,
  size: number,
  work: (tape: Tape, from: number, to: number) => void,
): Pieces<void> {
  for (let from = 0; from < count; from += size) {
    machine.scoped(() => work(new Tape(machine), from, Math.min(from + size, count)));
    yield;
  }
}

/** What `f` makes of rows from one number to below another, (rows, width), row by row. */
export function* inRows(
  machine: Machine,
  count: number,
  width: number,
  f: (tape: Tape, from: number, to: number) => Tensor,
): Pieces<Float32Array[]> {
  const all: Float32Array[] = [];
  yield* inBlocks(machine, count, ROWS, (tape, from, to) => {
    all.push(...rowsOfArray(f(tape, from, to).data, width));
  });
  return all;
}
