// All suffixes of a text in order, and by them the longest piece of another text that stands in it as it is. By doubling
// (Manber and Myers 1993) with sorts by counting: n log n time, 16 bytes a symbol while it is made and 8 afterwards.

/** The longest piece that stands in the text, and where. */
export interface Match {
  /** Symbols; 0 where not even the first is in the text. */
  readonly length: number;
  /** Where in the text; -1 where the length is 0. */
  readonly at: number;
}

export class SuffixArray {
  readonly #text: Int32Array;
  readonly #order: Int32Array;

  /** @param depth suffixes need to be in order by so many symbols only: the longest that is looked for */
  constructor(text: Int32Array, depth: number = Infinity) {
    this.#text = text;
    this.#order = sorted(text, depth);
  }

  /** What of `other`, from its place `from`, stands in the text. */
  match(other: Int32Array, from: number): Match {
    const text = this.#text;
    const order = this.#order;
    let [low, high, common, above] = [-1, order.length, 0, 0];
    let [length, at] = [0, -1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      const start = order[middle];
      // What lies between two suffixes shares what both share.
      let k = Math.min(common, above);
      while (
        from + k < other.length &&
        start + k < text.length &&
        text[start + k] === other[from + k]
      ) {
        k++;
      }
      if (k > length) [length, at] = [k, start];
      if (from + k === other.length) break;
      if (start + k === text.length || text[start + k] < other[from + k]) {
        [low, common] = [middle, k];
      } else [high, above] = [middle, k];
    }
    return { length, at };
  }
}

/** Places of the suffixes, in their order. */
function sorted(text: Int32Array, depth: number): Int32Array<ArrayBuffer> {
  const n = text.length;
  const symbols = new Map(
    Array.from(new Set(text))
      .sort((a, b) => a - b)
      .map((symbol, i) => [symbol, i]),
  );
  let rank = Int32Array.from(text, (symbol) => symbols.get(symbol)!);
  let next = new Int32Array(n);
  const order = new Int32Array(n);
  const counts = new Int32Array(Math.max(n, symbols.size) + 1);
  /** Stably, by the ranks of those that `from` has in the order of what comes after. */
  const byRank = (from: Int32Array, classes: number) => {
    counts.fill(0, 0, classes + 1);
    for (let i = 0; i < n; i++) counts[rank[i] + 1]++;
    for (let c = 0; c < classes; c++) counts[c + 1] += counts[c];
    for (let i = 0; i < n; i++) order[counts[rank[from[i]]]++] = from[i];
  };
  for (let i = 0; i < n; i++) next[i] = i;
  let classes = symbols.size;
  byRank(next, classes);
  for (let k = 1; classes < n && k < depth; k *= 2) {
    let p = 0;
    for (let i = Math.max(0, n - k); i < n; i++) next[p++] = i;
    for (let i = 0; i < n; i++) if (order[i] >= k) next[p++] = order[i] - k;
    byRank(next, classes);
    next[order[0]] = 0;
    classes = 1;
    for (let i = 1; i < n; i++) {
      const [a, b] = [order[i - 1], order[i]];
      const second = (at: number) => (at + k < n ? rank[at + k] : -1);
      if (rank[a] !== rank[b] || second(a) !== second(b)) classes++;
      next[b] = classes - 1;
    }
    [rank, next] = [next, rank];
  }
  return order;
}
