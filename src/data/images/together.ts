// Which pictures must be on one side of a split: those that are the same, and those of one group.

/**
 * The same text for all that belong together, be it through others: what the first of them has.
 * @param hashes of what each is
 * @param groups of each, where there are some; without them the hashes are given back
 */
export function belonging(
  hashes: readonly string[],
  groups: readonly string[] | undefined,
): readonly string[] {
  if (!groups) return hashes;
  // Of each picture, one that it belongs to; of the first of all of them, itself.
  const parents = Int32Array.from(hashes.keys());
  const root = (i: number) => {
    let at = i;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  };
  for (const texts of [hashes, groups]) {
    const first = new Map<string, number>();
    for (const [i, text] of texts.entries()) {
      const [a, b] = [root(first.get(text) ?? i), root(i)];
      parents[Math.max(a, b)] = Math.min(a, b);
      if (!first.has(text)) first.set(text, i);
    }
  }
  return hashes.map((_, i) => hashes[root(i)]);
}
