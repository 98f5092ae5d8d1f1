// Batches with time first: element t * rows + b of (T, B).

/** The largest of lengths; 0 of none. */
export function longest(lengths: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < lengths.length; i++) most = Math.max(most, lengths[i]);
  return most;
}

/** Of values (T, rows) the first `steps` of the columns `from` to below `to`, as values of their own. */
export function cutColumns(
  values: Int32Array,
  rows: number,
  steps: number,
  from: number,
  to: number,
): Int32Array {
  const cut = new Int32Array(steps * (to - from));
  for (let t = 0; t < steps; t++) {
    cut.set(values.subarray(t * rows + from, t * rows + to), t * (to - from));
  }
  return cut;
}
