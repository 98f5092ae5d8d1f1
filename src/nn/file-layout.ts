// The order of numbers at the file's edge. Pictures have their channels last here and first in PyTorch: so have the kernels
// of convolutions, and what is between pictures and dense layers.

import type { FileLayout, MatrixForm } from "./parameters.js";
import { sizeOf } from "./tensor.js";

/**
 * Where each number is kept that is stored with the axes in another order.
 * @param dims the axes as they are kept
 * @param axes which of them is the file's first, second …
 */
function placesOf(dims: readonly number[], axes: readonly number[]): Int32Array {
  let found = new Int32Array(1);
  for (const axis of axes) {
    const stride = sizeOf(dims.slice(axis + 1));
    const next = new Int32Array(found.length * dims[axis]);
    let k = 0;
    for (const at of found) {
      for (let i = 0; i < dims[axis]; i++) next[k++] = at + i * stride;
    }
    found = next;
  }
  return found;
}

/** @param shape what the file says of the axes. Default: as they stand there */
function permuted(
  dims: readonly number[],
  axes: readonly number[],
  shape: readonly number[] = axes.map((axis) => dims[axis]),
): FileLayout {
  return reordered(shape, () => placesOf(dims, axes));
}

/** @param places where each number of the file is kept */
function reordered(shape: readonly number[], places: () => Int32Array): FileLayout {
  return {
    shape,
    toFile(values) {
      const stored = new Float32Array(values.length);
      const from = places();
      for (let i = 0; i < stored.length; i++) stored[i] = values[from[i]];
      return stored;
    },
    fromFile(values) {
      const kept = new Float32Array(values.length);
      const to = places();
      for (let i = 0; i < kept.length; i++) kept[to[i]] = values[i];
      return kept;
    },
  };
}

/** A kernel (O, kh, kw, I), stored as (O, I, kh, kw); the same for a transposed one, (I, kh, kw, O) as (I, O, kh, kw). */
export function kernelLayout(shape: readonly number[]): FileLayout {
  return permuted(shape, [0, 3, 1, 2]);
}

/** A vector of the numbers (kh, kw, I) that one output of a kernel has, stored as (I · kh · kw). */
export function kernelRowLayout([kh, kw, I]: readonly number[]): FileLayout {
  return permuted([kh, kw, I], [2, 0, 1], [I * kh * kw]);
}

/** A depthwise kernel (kh, kw, C), stored as (C, 1, kh, kw). */
export function depthwiseLayout([kh, kw, C]: readonly number[]): FileLayout {
  return permuted([kh, kw, 1, C], [3, 2, 0, 1]);
}

/**
 * `stored` of a Linear that reads flattened pictures (H, W, C): in PyTorch they are (C, H, W).
 * @param others further inputs after the picture's
 */
export function afterPictures(
  [H, W, C]: readonly number[],
  outputs: number,
  others: number = 0,
): { weight: MatrixForm } {
  const inputs = C * H * W + others;
  const places = () => {
    const row = placesOf([H, W, C], [2, 0, 1]);
    const all = new Int32Array(outputs * inputs);
    for (let i = 0; i < all.length; i++) {
      const k = i % inputs;
      all[i] = i - k + (k < row.length ? row[k] : k);
    }
    return all;
  };
  return { weight: { file: reordered([outputs, inputs], places) } };
}

/** `stored` of a Linear whose outputs are pictures (H, W, C). */
export function beforePictures(
  [H, W, C]: readonly number[],
  inputs: number,
): { weight: MatrixForm; bias: { file: FileLayout } } {
  return {
    weight: { file: permuted([H, W, C, inputs], [2, 0, 1, 3], [C * H * W, inputs]) },
    bias: { file: permuted([H, W, C], [2, 0, 1], [C * H * W]) },
  };
}
