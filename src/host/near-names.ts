// What somebody may have meant by a name that is not known: another word for it, or a slip.

/**
 * The known name that is most likely meant; undefined where none is near.
 * @param groups words for one thing, in small letters without separators, with a space between them
 */
export function nearName(
  name: string,
  known: readonly string[],
  groups: readonly string[],
): string | undefined {
  const word = plain(name);
  const said = (one: string) => known.find((other) => plain(other) === one);
  if (said(word)) return said(word);
  for (const words of groups) {
    const group = words.split(" ");
    const meant = group.includes(word) && group.map(said).find(Boolean);
    if (meant) return meant;
  }
  const [near] = known
    .map((other) => ({ other, changes: distance(word, plain(other)) }))
    .sort((a, b) => a.changes - b.changes);
  return near && near.changes <= Math.max(1, word.length / 3) ? near.other : undefined;
}

function plain(name: string): string {
  return name.replace(/[-_ ]/g, "").toLowerCase();
}

/** Letters to add, drop or change to come from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(changed, row[j] + 1, next[j - 1] + 1);
    }
    row = next;
  }
  return row[b.length];
}
