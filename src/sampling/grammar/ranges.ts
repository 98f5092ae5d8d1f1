// Sets of code points: ascending pairs of first and last, no two of which touch.

export type Ranges = readonly number[];

/** Half characters, which no text has. */
export const SURROGATES: Ranges = [0xd800, 0xdfff];
export const HIGHEST = 0x10ffff;
/** Every character that a text can have. */
export const CHARACTERS: Ranges = [0, 0xd7ff, 0xe000, HIGHEST];

/** The set of pairs in whatever order. */
export function union(...sets: readonly Ranges[]): Ranges {
  const pairs: [number, number][] = [];
  for (const set of sets) for (let i = 0; i < set.length; i += 2) pairs.push([set[i], set[i + 1]]);
  pairs.sort((a, b) => a[0] - b[0]);
  const joined: number[] = [];
  for (const [low, high] of pairs) {
    const last = joined.length - 1;
    if (last > 0 && low <= joined[last] + 1) joined[last] = Math.max(joined[last], high);
    else joined.push(low, high);
  }
  return joined;
}

/** What is in both. */
export function intersection(a: Ranges, b: Ranges): Ranges {
  const both: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const low = Math.max(a[i], b[j]);
    const high = Math.min(a[i + 1], b[j + 1]);
    if (low <= high) both.push(low, high);
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return both;
}

/** What is in the first, or among all numbers up to the highest, and not in the second. */
export function without(a: Ranges, b: Ranges): Ranges {
  const gaps: number[] = [];
  let from = 0;
  for (let i = 0; i < b.length; i += 2) {
    if (b[i] > from) gaps.push(from, b[i] - 1);
    from = b[i + 1] + 1;
  }
  if (from <= HIGHEST) gaps.push(from, HIGHEST);
  return intersection(a, gaps);
}
