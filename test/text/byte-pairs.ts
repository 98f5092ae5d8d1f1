// What tests of byte pairs are made of: numbers that repeat, and the definition of the merges.

/** A small generator of our own (xorshift), so that failures repeat. */
export function generator(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

/**
 * The merges of the definition: count all pairs, merge the most frequent one, ties to the lower ids, and again; and the
 * tokens of the words then.
 */
export function learnNaively(
  words: readonly string[],
  limit: number,
): { merges: [number, number][]; rows: number[][] } {
  const rows = words.map((word) => [...new TextEncoder().encode(word)]);
  const merges: [number, number][] = [];
  while (merges.length < limit) {
    const counts = new Map<string, number>();
    for (const row of rows) {
      for (let i = 1; i < row.length; i++) {
        const pair = `${row[i - 1]} ${row[i]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const ranked = [...counts].map(([pair, count]) => [count, ...pair.split(" ").map(Number)]);
    ranked.sort((a, b) => b[0] - a[0] || a[1] - b[1] || a[2] - b[2]);
    if (ranked.length === 0 || ranked[0][0] < 2) break;
    const [, left, right] = ranked[0];
    for (const row of rows) {
      for (let i = 0; i + 1 < row.length; i++) {
        if (row[i] === left && row[i + 1] === right) row.splice(i, 2, 256 + merges.length);
      }
    }
    merges.push([left, right]);
  }
  return { merges, rows };
}
