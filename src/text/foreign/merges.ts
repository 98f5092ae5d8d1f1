// Which pairs of tokens become one, and applying them in time that grows as n log n with a piece, whatever the piece
// and the merges: a text may be one piece of megabytes.

/** A merge: the token that two become, and its place in the order of merges; lower ones come first. */
export interface Merge {
  readonly left: number;
  readonly right: number;
  readonly merged: number;
  readonly rank: number;
}

/** Up to this many symbols the best pair is looked for among all; more need a heap. */
const SHORT = 24;
/** Ranks are below this, positions below 2^31, so that both fit in one exact number. */
const POSITIONS = 2 ** 31;

/** The merges of a vocabulary, found by their pairs. */
export class Merges {
  /** Where the merges with this left token start; they are sorted by their right tokens. */
  readonly #starts: Int32Array;
  readonly #rights: Int32Array;
  readonly #merged: Int32Array;
  readonly #ranks: Int32Array;

  /** @param size number of tokens. Of two merges of one pair the later counts, as in Hugging Face's tokenizers */
  constructor(merges: readonly Merge[], size: number) {
    const byRight = counted(
      Array.from(merges, (_, i) => i),
      size,
      (i) => merges[i].right,
    ).order;
    const { order, starts } = counted(byRight, size, (i) => merges[i].left);
    this.#starts = starts;
    this.#rights = Int32Array.from(order, (i) => merges[i].right);
    this.#merged = Int32Array.from(order, (i) => merges[i].merged);
    this.#ranks = Int32Array.from(order, (i) => merges[i].rank);
  }

  /** The place of a pair's merge, for `#ranks` and `#merged`; -1: it has none. */
  #find(left: number, right: number): number {
    let low = this.#starts[left];
    let high = this.#starts[left + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rights[middle] <= right) low = middle + 1;
      else high = middle;
    }
    // The last of equal ones.
    return low > this.#starts[left] && this.#rights[low - 1] === right ? low - 1 : -1;
  }

  /** Applies the first merge, leftmost first, until none applies. `symbols` is changed. */
  apply(symbols: number[]): number[] {
    return symbols.length <= SHORT ? this.#applyShort(symbols) : this.#applyLong(symbols);
  }

  #applyShort(symbols: number[]): number[] {
    const found = symbols.map((left, i) =>
      i + 1 < symbols.length ? this.#find(left, symbols[i + 1]) : -1,
    );
    for (;;) {
      let best = -1;
      for (let i = 0; i < found.length; i++) {
        if (found[i] < 0) continue;
        if (best < 0 || this.#ranks[found[i]] < this.#ranks[found[best]]) best = i;
      }
      if (best < 0) return symbols;
      symbols.splice(best, 2, this.#merged[found[best]]);
      found.splice(best, 1);
      const at = (i: number) =>
        i + 1 < symbols.length ? this.#find(symbols[i], symbols[i + 1]) : -1;
      found[best] = at(best);
      if (best > 0) found[best - 1] = at(best - 1);
    }
  }

  #applyLong(symbols: number[]): number[] {
    const n = symbols.length;
    // The neighbours that are left of each; a symbol that went into the one before it is -1.
    const previous = Int32Array.from(symbols, (_, i) => i - 1);
    const next = Int32Array.from(symbols, (_, i) => i + 1);
    const heap = new Heap();
    const offer = (i: number) => {
      if (i < 0 || next[i] >= n) return;
      const found = this.#find(symbols[i], symbols[next[i]]);
      if (found >= 0) heap.push(this.#ranks[found] * POSITIONS + i);
    };
    for (let i = 0; i < n; i++) offer(i);
    while (heap.size > 0) {
      const best = heap.pop();
      const i = best % POSITIONS;
      if (symbols[i] < 0 || next[i] >= n) continue;
      const found = this.#find(symbols[i], symbols[next[i]]);
      // Offered before one of the two became another.
      if (found < 0 || this.#ranks[found] !== Math.floor(best / POSITIONS)) continue;
      symbols[i] = this.#merged[found];
      symbols[next[i]] = -1;
      next[i] = next[next[i]];
      if (next[i] < n) previous[next[i]] = i;
      offer(previous[i]);
      offer(i);
    }
    return symbols.filter((symbol) => symbol >= 0);
  }
}

/** Sorts by a number below `size`, equal ones as they were; where those of each number start. */
function counted(
  items: readonly number[],
  size: number,
  key: (item: number) => number,
): { order: number[]; starts: Int32Array } {
  const starts = new Int32Array(size + 1);
  for (const item of items) starts[key(item) + 1]++;
  for (let i = 0; i < size; i++) starts[i + 1] += starts[i];
  const at = starts.slice();
  const order = new Array<number>(items.length);
  for (const item of items) order[at[key(item)]++] = item;
  return { order, starts };
}

/** A binary heap of numbers: the least comes first. */
class Heap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above] <= item) break;
      items[at] = items[above];
      at = above;
    }
    items[at] = item;
  }

  pop(): number {
    const items = this.#items;
    const least = items[0];
    const last = items.pop()!;
    const n = items.length;
    if (n === 0) return least;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= n) break;
      if (below + 1 < n && items[below + 1] < items[below]) below++;
      if (items[below] >= last) break;
      items[at] = items[below];
      at = below;
    }
    items[at] = last;
    return least;
  }
}
