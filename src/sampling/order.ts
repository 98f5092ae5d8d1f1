// The largest of many numbers, in order. A comparison sort of a vocabulary costs many times what the
// network does for a token; these cost a fraction of it, and give the same order.

/** Up to so many are kept in a short list; more are sorted. */
const SHORT = 64;

/** Places of the `n` largest values, the largest first, equal ones in order of place. No -0. */
export function largest(values: Float32Array, n: number): Uint32Array {
  if (n > SHORT) return descending(values).subarray(0, n);
  const best = new Uint32Array(Math.min(n, values.length));
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (size === best.length && !(value > values[best[size - 1]])) continue;
    let at = size < best.length ? size++ : size - 1;
    for (; at > 0 && value > values[best[at - 1]]; at--) best[at] = best[at - 1];
    best[at] = i;
  }
  return best;
}

function descending(values: Float32Array): Uint32Array {
  // As whole numbers, the bits of floats are in order: upwards above 0, downwards below.
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const keys = bits.map((word) => (word >>> 31 ? word : ~word & 0x7fffffff));
  return radixSort(Uint32Array.from(keys.keys()), keys);
}

/** Places ordered by numbers of at least 0, the smallest first; those of equal ones stay in order. */
export function ascending(places: Uint32Array, values: Float64Array): Uint32Array {
  const words = new Uint32Array(values.buffer);
  const half = (odd: number) => Uint32Array.from(values, (_, i) => words[2 * i + odd]);
  return radixSort(radixSort(places, half(0)), half(1));
}

/** Places ordered by their keys, three digits of 11 bits; those of equal keys stay in order. */
function radixSort(places: Uint32Array, keys: Uint32Array): Uint32Array {
  let from = places;
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (const place of from) starts[((keys[place] >>> shift) & 2047) + 1]++;
    for (let digit = 1; digit < 2048; digit++) starts[digit] += starts[digit - 1];
    const to = new Uint32Array(from.length);
    for (const place of from) to[starts[(keys[place] >>> shift) & 2047]++] = place;
    from = to;
  }
  return from;
}
