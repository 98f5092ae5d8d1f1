// A bigram of columns: the baseline of levels that are learned column by column.
//
// The probability of a column c after a column p is (n(p, c) + k(p) · P(c)) / (n(p) + k(p)), where n counts the training levels and k(p) is
// how many different columns follow p there (Witten and Bell 1991): what was seen counts, and what was not has as much weight as
// there were surprises. P(c) falls back in the same way to Q(c), the product over the tiles of a column of their probability in their
// row given the tile above, counts of which have one added, spread over all symbols. A level's first column is P's.

export function columnBigram(levels) {
  const all = levels.map(columnsOf);
  const symbols = new Set(all.flat().join(""));
  const follow = new Map();
  const alone = new Map();
  const tiles = new Map();
  const count = (map, key) => map.set(key, (map.get(key) ?? 0) + 1);
  let total = 0;
  for (const columns of all) {
    for (const [x, column] of columns.entries()) {
      total++;
      count(alone, column);
      if (x > 0) {
        if (!follow.has(columns[x - 1])) follow.set(columns[x - 1], new Map());
        count(follow.get(columns[x - 1]), column);
      }
      for (const [y, tile] of Array.from(column).entries()) {
        count(tiles, `${y}${column[y - 1] ?? ""}`);
        count(tiles, `${y}${column[y - 1] ?? ""}|${tile}`);
      }
    }
  }
  const tileP = (y, above, tile) =>
    ((tiles.get(`${y}${above}|${tile}`) ?? 0) + 1 / symbols.size) /
    ((tiles.get(`${y}${above}`) ?? 0) + 1);
  const Q = (column) =>
    Array.from(column).reduce((p, tile, y) => p * tileP(y, column[y - 1] ?? "", tile), 1);
  const P = (column) => ((alone.get(column) ?? 0) + alone.size * Q(column)) / (total + alone.size);
  const after = (before, column) => {
    const seen = follow.get(before);
    if (!seen) return P(column);
    const n = Array.from(seen.values()).reduce((sum, one) => sum + one, 0);
    return ((seen.get(column) ?? 0) + seen.size * P(column)) / (n + seen.size);
  };
  /** Nats a tile. */
  return (others) => {
    let [nats, cells] = [0, 0];
    for (const columns of others.map(columnsOf)) {
      for (const [x, column] of columns.entries()) {
        nats -= Math.log(x === 0 ? P(column) : after(columns[x - 1], column));
        cells += column.length;
      }
    }
    return nats / cells;
  };
}

/** Columns of a level as texts, from top to bottom. */
export function columnsOf(level) {
  const rows = level.split("\n");
  return Array.from(rows[0], (_, x) => rows.map((row) => row[x]).join(""));
}
