// Pictures or vectors as a model reads them: numbers of one shape, row by row.

import { numbersOf as fractions } from "../../data/images/batches.js";
import { ImageSet } from "../../data/images/image-set.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { hasPixels, isClip, isPicture, numbersOf, type Shape, shapeText } from "./shape.js";

/** What picture models learn and measure: pictures, or vectors, each with as many numbers as the model's shape. */
export type PictureData = ImageSet | readonly Float32Array[];

/** Rows that can be cut: bytes of pictures, 0 to 255 for 0 to 1, or numbers as they are. */
export interface Rows {
  readonly count: number;
  /** Numbers of a row. */
  readonly width: number;
  readonly values: Uint8Array | Float32Array;
}

/** The shape of what is given; undefined where nothing is. @throws InvalidInputError */
export function shapeOfData(data: PictureData | undefined): Shape | undefined {
  if (data === undefined) return undefined;
  if (data instanceof ImageSet) return shapeOfSet(data);
  const [first] = checkVectors(data);
  return [first.length];
}

/** [height, width, channels] of pictures, [frames, height, width, channels] of clips. */
function shapeOfSet({ frames, height, width, channels }: ImageSet): Shape {
  return frames > 1 ? [frames, height, width, channels] : [height, width, channels];
}

/**
 * The rows of data for a model of this shape.
 * @param what the data are called, for errors
 * @throws InvalidInputError where they are of another size, or have numbers that are not finite
 */
export function rowsOf(what: string, data: PictureData, shape: Shape): Rows {
  const width = numbersOf(shape);
  if (data instanceof ImageSet) {
    const own = shapeOfSet(data);
    if (own.length !== shape.length || own.some((size, i) => size !== shape[i])) {
      throw refusedShape(what, shape, own);
    }
    if (data.length === 0) throw new InvalidInputError(`${what}: there is no picture`);
    return { count: data.length, width, values: data.pixels };
  }
  const vectors = checkVectors(data, what);
  const values = new Float32Array(vectors.length * width);
  for (const [i, vector] of vectors.entries()) {
    if (vector.length !== width) {
      throw new InvalidInputError(
        `${what}[${i}] has ${vector.length} number${vector.length === 1 ? "" : "s"}, the model takes ${width}${shape.length > 1 ? ` (${shapeText(shape)})` : ""}`,
      );
    }
    const wrong = vector.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new InvalidInputError(
        `${what}[${i}][${wrong}] must be a finite number, got ${vector[wrong]}`,
      );
    }
    values.set(vector, i * width);
  }
  return { count: vectors.length, width, values };
}

function refusedShape(what: string, shape: Shape, own: Shape): InvalidInputError {
  const got = `got ${isClip(own) ? `clips of ${own[0]} frames,` : "pictures of"} ${shapeText(own)}`;
  if (!isPicture(shape) && !isClip(shape)) {
    return new InvalidInputError(`${what}: the model takes vectors of ${shapeText(shape)}, ${got}`);
  }
  const [channels, ownChannels] = [shape, own].map((one) => one[one.length - 1]);
  const mode = { 1: "grey", 3: "rgb", 4: "rgba" }[channels];
  const colours = ownChannels === channels || !mode ? "" : `; read them with mode: "${mode}"`;
  const hint = isPicture(shape) && isClip(own) ? "; take a frame of each: clips.frame(0)" : colours;
  const takes = isClip(shape)
    ? `clips of ${shapeText(shape)} (frames × height × width × channels)`
    : `pictures of ${shapeText(shape)} (height × width × channels)`;
  return new InvalidInputError(`${what}: the model takes ${takes}, ${got}${hint}`);
}

function checkVectors(data: unknown, what = "data"): readonly Float32Array[] {
  if (!Array.isArray(data) || !data.every((one) => isKind(one, "Float32Array"))) {
    throw new InvalidInputError(
      `${what} must be an ImageSet, or a list of Float32Array, got ${describe(data)}`,
    );
  }
  if (data.length === 0) throw new InvalidInputError(`${what} is an empty list; expected examples`);
  return data;
}

/** Some rows as numbers: of pictures 0 to 1. A copy. */
export function numbers({ values, width }: Rows, from: number, to: number): Float32Array {
  const some = values.subarray(from * width, to * width);
  return some instanceof Float32Array ? some.slice() : fractions(some, "unit");
}

/** Each row as numbers: of pictures 0 to 1. Copies. */
export function eachRow(rows: Rows): Float32Array[] {
  return Array.from({ length: rows.count }, (_, i) => numbers(rows, i, i + 1));
}

/** Numbers of pictures are from 0 to 1. @throws InvalidInputError */
export function checkFractions(shape: Shape, { values }: Pick<Rows, "values">): void {
  if (!hasPixels(shape) || values instanceof Uint8Array) return;
  const wrong = values.findIndex((value) => value < 0 || value > 1);
  if (wrong < 0) return;
  throw new InvalidInputError(
    `numbers of pictures are from 0 to 1, got ${values[wrong]}; ` +
      `for other numbers create the model with one axis: shape: [${numbersOf(shape)}]`,
  );
}

/** Rows as a tensor (N, D): bytes as fractions of 255, numbers as they are. Who listens hears them as `input`. */
export function readNumbers(tape: Tape, values: Uint8Array | Float32Array, shape: Shape): Tensor {
  return tape.name("input", entered(tape, values, shape));
}

function entered(tape: Tape, values: Uint8Array | Float32Array, shape: Shape): Tensor {
  const width = numbersOf(shape);
  const read = values instanceof Uint8Array ? fractions(values, "unit") : values;
  return tape.tensor(read, [read.length / width, width]);
}

/** The same, pictures from -1 to 1. */
export function readSigned(tape: Tape, values: Uint8Array | Float32Array, shape: Shape): Tensor {
  const x = entered(tape, values, shape);
  const { data } = x;
  if (hasPixels(shape)) for (let i = 0; i < data.length; i++) data[i] = 2 * data[i] - 1;
  return tape.name("input", x);
}
