// How pictures become batches: every epoch in another order, each picture changed a little where that is asked.

import { type Augmentation, augmented } from "../../data/images/batches.js";
import type { Channels } from "../../data/images/parts.js";
import type { Key } from "../../host/key.js";
import type { Rules } from "../../host/rules.js";
import type { DataOptions } from "../../train/progress.js";
import type { StepBatch } from "../../train/shards.js";
import type { Rows } from "./rows.js";
import type { Shape } from "./shape.js";

/** How `fit` of every picture model makes batches. */
export interface PictureDataOptions extends Augmentation {
  /** Pictures of a batch. Default 128, or fewer for few pictures. */
  readonly batch?: number;
  /** Fraction kept for validation, 0 to 0.9, drawn by the seed; equal pictures stay together. Default 0. */
  readonly val?: number;
}

/** What each option may be. */
export const pictureDataRules: Rules<PictureDataOptions> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 128, fits: true },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
  flip: { type: "flag", value: false },
  shift: { type: "integer", min: 0, max: 4096, value: 0 },
};

/** Rows with their labels' places. */
export interface Labelled {
  readonly rows: Rows;
  /** (count, columns); empty without labels. */
  readonly places: Int32Array;
  /** Tokens of captions of each row, one or several; for models that learn them. */
  readonly captions?: readonly (readonly Int32Array[])[] | undefined;
  /** Of which whole each row is a part; those of one are never split. */
  readonly groups?: readonly string[] | undefined;
  /** The class that an adversary guesses of each row. */
  readonly guessed?: Int32Array | undefined;
}

/** Some rows, by number. */
export function gather(
  { rows, places, captions, guessed }: Labelled,
  indices: Int32Array,
): Labelled {
  const { width, values, count } = rows;
  const columns = places.length / Math.max(1, count);
  const some = new (values.constructor as typeof Float32Array)(indices.length * width);
  const own = new Int32Array(indices.length * columns);
  for (const [i, index] of indices.entries()) {
    some.set(values.subarray(index * width, (index + 1) * width), i * width);
    own.set(places.subarray(index * columns, (index + 1) * columns), i * columns);
  }
  return {
    rows: { count: indices.length, width, values: some },
    places: own,
    captions: captions && Array.from(indices, (index) => captions[index]),
    guessed: guessed && indices.map((index) => guessed[index]),
  };
}

/** Neighbouring rows, from one number to below another: views, no copies. */
export function rowsBetween(
  { rows, places, captions, guessed }: Labelled,
  from: number,
  to: number,
): Labelled {
  const { width, values, count } = rows;
  const columns = places.length / Math.max(1, count);
  return {
    rows: { count: to - from, width, values: values.subarray(from * width, to * width) },
    places: places.subarray(from * columns, to * columns),
    captions: captions?.slice(from, to),
    guessed: guessed?.subarray(from, to),
  };
}

/** Pictures changed a little, where that is asked. */
export function changed(rows: Rows, shape: Shape, how: Augmentation, key: Key): Rows {
  const { values, count } = rows;
  if ((!how.flip && !how.shift) || !(values instanceof Uint8Array)) return rows;
  const [channels, width, height, frames = 1] = [...shape].reverse();
  const set = { pixels: values, frames, height, width, channels: channels as Channels };
  const all = Array.from({ length: count }, (_, i) => i);
  return { ...rows, values: augmented(set, all, how, key) };
}

/** A batch whose rows are cut from arrays with the same number of rows each; the rest goes with every cut. */
export function stepBatch(
  count: number,
  arrays: Readonly<Record<string, Uint8Array | Float32Array | Int32Array>>,
  rest: Readonly<Record<string, number>>,
): StepBatch {
  return {
    targets: count,
    rows: count,
    cut: (from, to) => {
      const parts = Object.entries(arrays).map(([name, array]) => {
        const width = array.length / count;
        return [name, array.slice(from * width, to * width)];
      });
      return { ...Object.fromEntries(parts), ...rest };
    },
  };
}

/** The batch that suits so many examples: an eighth of them, at least 8 and at most 128, or `most`. */
export function suitedBatch(count: number, most = 128): { readonly batch: number } {
  return { batch: Math.max(8, Math.min(most, Math.floor(count / 8))) };
}

/** Options of the run that is resumed, which hold unless others are given. */
export function restored({ flip, ...rest }: DataOptions): object {
  return { ...rest, flip: flip === 1 };
}
