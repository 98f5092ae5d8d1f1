// What the network of a diffusion is told of each row, besides the time.

import type { Tape } from "../../nn/tape.js";
import type { Memory, Phrases } from "./caption-encoder.js";
import type { First } from "./diffusion-predictor.js";

/** What some rows are told. */
export interface Told {
  /** Of labels, (rows, columns); the number of classes for labels that are left out. */
  readonly places: Int32Array;
  /** Of captions, where the model learns them. */
  readonly memory?: Memory | undefined;
  /** First frames, of clips. */
  readonly first?: First | undefined;
}

/** What many rows are told. */
export interface AllTold {
  readonly places: Int32Array;
  readonly words?: Phrases | undefined;
  readonly first?: First | undefined;
}

/** Some rows of what many are told. */
export function toldRows(
  tape: Tape,
  { places, words, first }: AllTold,
  columns: number,
  from: number,
  to: number,
): Told {
  return {
    places: places.subarray(from * columns, to * columns),
    memory: words?.memory(tape, from, to),
    first: first && {
      ...first,
      values: first.values.subarray(from * first.width, to * first.width),
    },
  };
}
