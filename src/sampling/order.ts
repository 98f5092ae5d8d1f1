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
  const keys = new Uint32Array(bits.length);
  for (let i = 0; i < keys.length; i++) keys[i] = bits[i] >>> 31 ? bits[i] : ~bits[i] & 0x7fffffff;
  return radixSort(upTo(keys.length), keys);
}

/** Places ordered by numbers of at least 0, the smallest first; those of equal ones stay in order. */
export function ascending(places: Uint32Array, values: Float64Array): Uint32Array {
  const words = new Uint32Array(values.buffer);
  const half = (odd: number) => {
    const keys = new Uint32Array(values.length);
    for (let i = 0; i < keys.length; i++) keys[i] = words[2 * i + odd];
    return keys;
  };
  return radixSort(radixSort(places, half(0)), half(1));
}

/** 0 to n - 1. */
export function upTo(n: number): Uint32Array {
  const numbers = new Uint32Array(n);
  for (let i = 0; i < n; i++) numbers[i] = i;
  return numbers;
}

/** Places ordered by their keys, three digits of 11 bits; those of equal keys stay in order. */
function radixSort(places: Uint32Array, keys: Uint32Array): Uint32Array {
  let from = places;
  for (const shift of [0, 11, 22]) {
    const starts = new Uint32Array(2049);
    for (let i = 0; i < from.length; i++) starts[((keys[from[i]] >>> shift) & 2047) + 1]++;
    for (let digit = 1; digit < 2048; digit++) starts[digit] += starts[digit - 1];
    const to = new Uint32Array(from.length);
    for (let i = 0; i < from.length; i++) to[starts[(keys[from[i]] >>> shift) & 2047]++] = from[i];
    from = to;
  }
  return from;
}
