// What a diffusion predicts of rows that were moved round their edges.

import type { Key } from "../../host/key.js";
import type { Shape } from "./shape.js";

/** A field of rows that may have been moved: what is known of them, and of their first frames, is then moved by the same. */
export type MovedField = (x: Float32Array, t: number, moved?: Moved) => Float32Array;

/** How they have been moved. */
export interface Moved {
  readonly move: Move;
  /** Whether the first frame is still the first. */
  readonly first: boolean;
}

export type Move = <A extends Float32Array | Uint8Array>(rows: A) => A;

export const STILL: Moved = { move: (rows) => rows, first: true };

/** What is predicted of pictures that are moved round their edges, by other pixels each time: what is learned of edges is forgotten. */
export function rolling(field: MovedField, shape: Shape, key: Key): MovedField {
  const [height, width] = shape;
  let calls = 0;
  return (x, t) => {
    const own = key.fold(calls++);
    const [down] = own.integers(1, height);
    const [right] = own.integers(1, width, 1);
    const move: Move = (rows) => rolled(rows, shape, down, right);
    return rolled(field(move(x), t, { move, first: true }), shape, height - down, width - right);
  };
}

/** Pictures moved round their edges. */
export function rolled<A extends Float32Array | Uint8Array>(
  x: A,
  [H, W, C]: Shape,
  down: number,
  right: number,
): A {
  const moved = x.slice() as A;
  for (let row = 0; row < x.length / (W * C); row++) {
    const [picture, y] = [Math.floor(row / H), row % H];
    const to = (picture * H + ((y + down) % H)) * W * C;
    const by = (right % W) * C;
    const line = x.subarray(row * W * C, (row + 1) * W * C);
    moved.set(line.subarray(0, W * C - by), to + by);
    moved.set(line.subarray(W * C - by), to);
  }
  return moved;
}
