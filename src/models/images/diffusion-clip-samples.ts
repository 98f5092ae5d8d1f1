// What is asked of clips that are made: their first frames, and that they are loops. Loaded with what sees clips.

import { InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { DiffusionConfig } from "./diffusion-config.js";
import { type Move, type MovedField, rolled, STILL } from "./diffusion-moves.js";
import type { First } from "./diffusion-predictor.js";
import type { Known } from "./diffusion-samplers.js";
import { repeated } from "./made.js";
import { checkFractions, numbers, type PictureData, rowsOf } from "./rows.js";
import { frameOf, numbersOf, type Shape } from "./shape.js";

/** First frames of clips, row by row as they were given, and as the network has them. */
export interface Begun {
  readonly begins: Float32Array;
  readonly first: First;
}

/**
 * @param seen rows as the network has them
 * @param data one picture for all of so many clips, or one for each
 * @throws InvalidInputError
 */
export function begun(
  seen: (rows: Float32Array) => Float32Array,
  { shape, body }: DiffusionConfig,
  data: PictureData,
  samples: number,
): Begun {
  if (body.network !== "unet" || !body.first) {
    throw new InvalidInputError(
      "first: the model learned no first frames, it was created with first: false",
    );
  }
  const frame = frameOf(shape);
  const frames = rowsOf("first", data, frame);
  checkFractions(frame, frames);
  const { count, width } = frames;
  if (count !== 1 && count !== samples) {
    throw new InvalidInputError(
      `first must be one picture for all ${samples} clips or one for each, got ${count}`,
    );
  }
  const own = numbers(frames, 0, count);
  const begins = count === 1 ? repeated(own, samples) : own;
  return { begins, first: { values: seen(begins), width } };
}

/**
 * What is predicted of clips whose frames go round, by another number of them each time. Where their first frame is given, every
 * second step sees them as they are, with it.
 */
export function looping(field: MovedField, shape: Shape, key: Key, given: boolean): MovedField {
  const frames = shape[0];
  const line = [frames, 1, numbersOf(shape) / frames];
  let calls = 0;
  return (x, t, moved = STILL) => {
    const call = calls++;
    if (given && call % 2 === 0) return field(x, t, moved);
    const [by] = key.fold(call).integers(1, frames);
    const move: Move = (rows) => rolled(moved.move(rows), line, by, 0);
    const y = field(rolled(x, line, by, 0), t, { move, first: by === 0 });
    return rolled(y, line, frames - by, 0);
  };
}

/** What is known of clips by their first frames. */
export function knownFirst({ values: first, width }: First, shape: Shape): Known {
  const numbers = numbersOf(shape);
  const rows = first.length / width;
  const known = { values: new Float32Array(rows * numbers), kept: new Uint8Array(rows * numbers) };
  for (let i = 0; i < rows; i++) {
    known.values.set(first.subarray(i * width, (i + 1) * width), i * numbers);
    known.kept.fill(1, i * numbers, i * numbers + width);
  }
  return known;
}
