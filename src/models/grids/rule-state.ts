// What may still stand at each cell. Every change is followed to its ends: what is beside a cell keeps only what some symbol there
// allows (arc consistency, as in wave function collapse), and where a sum has no room left, cells keep only what fits into it.
// Changes can be taken back.

import { at } from "../../data/grids/parts.js";
import { InvalidInputError } from "../../host/errors.js";
import { outOfBounds, RuleSums } from "./rule-sums.js";
import type { RuleTables } from "./rule-tables.js";

/** Where changes can be taken back to: a number of what is kept of sums, the last first. */
export type Mark = number;

/** What is kept for a mark. */
interface Kept {
  /** Of the trail. */
  length: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly room: Int32Array;
}

export class RuleState {
  readonly tables: RuleTables;
  readonly sums: RuleSums;
  readonly domains: Uint32Array;
  /** (cells): kinds of symbols that may stand at each, as bits. */
  readonly kinds: Int32Array;
  /** (sums): what all cells add at least and at most. */
  #low: Int32Array;
  #high: Int32Array;
  /** (2 · sums): room below the maximum and above the minimum when cells were last looked through. */
  #room: Int32Array;
  /** Cell, its kinds, and its words, before each change. */
  readonly #trail: number[] = [];
  readonly #kept: Kept[] = [];
  #marks = 0;
  readonly #queue: number[] = [];
  readonly #queued: Uint8Array;
  readonly #unions: readonly Map<number, number>[] = [new Map(), new Map(), new Map(), new Map()];
  readonly #set: Uint32Array;
  /** Why nothing is left. */
  #failure: { readonly cell: number } | { readonly sum: number } | undefined;

  constructor(tables: RuleTables, from?: RuleState) {
    const { width, height, words } = tables;
    const cells = width * height;
    this.tables = tables;
    this.domains = Uint32Array.from((from ?? tables).domains);
    this.#queued = new Uint8Array(cells);
    this.#set = new Uint32Array(words);
    if (from) {
      this.sums = from.sums;
      this.kinds = Int32Array.from(from.kinds);
      this.#low = Int32Array.from(from.#low);
      this.#high = Int32Array.from(from.#high);
      this.#room = Int32Array.from(from.#room);
      this.#unions = from.#unions;
      return;
    }
    this.sums = new RuleSums(tables.sums, tables.symbols.length, cells);
    const count = this.sums.all.length;
    this.#low = new Int32Array(count);
    this.#high = new Int32Array(count);
    this.#room = new Int32Array(2 * count).fill(0x7fffffff);
    this.kinds = new Int32Array(cells);
    for (let cell = 0; cell < cells; cell++) {
      this.kinds[cell] = this.sums.kindsOf(this.domains, cell * words);
      this.#add(this.kinds[cell], 1);
    }
  }

  /** Everything that follows from the rules alone. @throws InvalidInputError where they contradict one another */
  begin(): void {
    for (let cell = 0; cell < this.kinds.length; cell++) this.#enqueue(cell);
    if (this.#follow()) {
      this.keep();
      return;
    }
    const failure = this.#failure!;
    if ("sum" in failure) {
      const k = failure.sum;
      throw outOfBounds(this.sums.all[k], this.#low[k], this.#high[k]);
    }
    const where = at(failure.cell, this.tables.width);
    throw new InvalidInputError(
      `rules: nothing may stand at ${where} with what is asked of the cells beside it and of counts`,
    );
  }

  has(cell: number, symbol: number): boolean {
    const word = this.domains[cell * this.tables.words + (symbol >> 5)];
    return ((word >>> (symbol & 31)) & 1) === 1;
  }

  /** The only symbol that may stand at a cell; -1 where there are several. */
  only(cell: number): number {
    const { words } = this.tables;
    let found = -1;
    for (let w = 0; w < words; w++) {
      const word = this.domains[cell * words + w];
      if (word === 0) continue;
      if (found >= 0 || (word & (word - 1)) !== 0) return -1;
      found = 32 * w + 31 - Math.clz32(word);
    }
    return found;
  }

  /** The first symbol that may stand at a cell. */
  first(cell: number): number {
    let symbol = 0;
    while (!this.has(cell, symbol)) symbol++;
    return symbol;
  }

  /** The symbols that may stand at a cell, in their order. */
  all(cell: number): number[] {
    const found: number[] = [];
    for (let s = 0; s < this.tables.symbols.length; s++) if (this.has(cell, s)) found.push(s);
    return found;
  }

  /** The cell beside another: to the right, left, below, above; -1 where there is none. */
  beside(cell: number, side: number): number {
    return this.tables.neighbours[4 * cell + side];
  }

  /** Whether `b` may be beside `a`, on that side of it. */
  fits(a: number, side: number, b: number): boolean {
    const { beside, words } = this.tables;
    return ((beside[side][a * words + (b >> 5)] >>> (b & 31)) & 1) === 1;
  }

  mark(): Mark {
    const mark = this.#marks++;
    if (mark === this.#kept.length) {
      const count = this.#low.length;
      const [low, high, room] = [count, count, 2 * count].map((n) => new Int32Array(n));
      this.#kept.push({ length: 0, low, high, room });
    }
    const kept = this.#kept[mark];
    kept.length = this.#trail.length;
    kept.low.set(this.#low);
    kept.high.set(this.#high);
    kept.room.set(this.#room);
    return mark;
  }

  /** Takes back what was changed since; later marks are gone. */
  undo(mark: Mark): void {
    const { words } = this.tables;
    const trail = this.#trail;
    const { length, low, high, room } = this.#kept[mark];
    for (let from = trail.length - 2 - words; from >= length; from -= 2 + words) {
      const cell = trail[from];
      this.kinds[cell] = trail[from + 1];
      for (let w = 0; w < words; w++) this.domains[cell * words + w] = trail[from + 2 + w];
    }
    trail.length = length;
    this.#low.set(low);
    this.#high.set(high);
    this.#room.set(room);
    this.#marks = mark + 1;
  }

  /** Nothing before can be taken back any more: there are no marks. */
  keep(): void {
    this.#trail.length = 0;
    this.#marks = 0;
  }

  /** The cells that were changed since; some more than once. */
  changed(mark: Mark): number[] {
    const cells: number[] = [];
    const step = 2 + this.tables.words;
    for (let from = this.#kept[mark].length; from < this.#trail.length; from += step) {
      cells.push(this.#trail[from]);
    }
    return cells;
  }

  /** Lets only this symbol stand at a cell; false where the rules then cannot be kept. What was changed stays to be taken back. */
  assign(cell: number, symbol: number): boolean {
    if (!this.has(cell, symbol)) return false;
    this.#set.fill(0);
    this.#set[symbol >> 5] = 1 << (symbol & 31);
    return this.#cut(cell, this.#set) && this.#follow();
  }

  /** Cuts what may stand at a cell with a set; false where nothing is left. */
  #cut(cell: number, set: Uint32Array): boolean {
    const { words } = this.tables;
    const from = cell * words;
    let changed = 0;
    let some = 0;
    for (let w = 0; w < words; w++) {
      changed |= this.domains[from + w] & ~set[w];
      some |= this.domains[from + w] & set[w];
    }
    if (changed === 0) return true;
    if (some === 0) {
      this.#failure = { cell };
      return false;
    }
    this.#trail.push(cell, this.kinds[cell]);
    for (let w = 0; w < words; w++) {
      this.#trail.push(this.domains[from + w]);
      this.domains[from + w] &= set[w];
    }
    if (this.sums.all.length > 0) {
      const kinds = this.sums.kindsOf(this.domains, from);
      if (kinds !== this.kinds[cell]) {
        this.#add(this.kinds[cell], -1);
        this.#add(kinds, 1);
        this.kinds[cell] = kinds;
      }
    }
    this.#enqueue(cell);
    return true;
  }

  #add(kinds: number, times: number): void {
    const { low, high } = this.sums.range(kinds);
    for (let k = 0; k < low.length; k++) {
      this.#low[k] += times * low[k];
      this.#high[k] += times * high[k];
    }
  }

  #enqueue(cell: number): void {
    if (!this.tables.adjacent || this.#queued[cell] === 1) return;
    this.#queued[cell] = 1;
    this.#queue.push(cell);
  }

  /** Follows changes to their ends. */
  #follow(): boolean {
    const done = this.#followBeside() && this.#followSums();
    for (const cell of this.#queue) this.#queued[cell] = 0;
    this.#queue.length = 0;
    return done;
  }

  #followBeside(): boolean {
    const { words } = this.tables;
    const queue = this.#queue;
    while (queue.length > 0) {
      const cell = queue.pop()!;
      this.#queued[cell] = 0;
      for (let side = 0; side < 4; side++) {
        const other = this.beside(cell, side);
        if (other < 0) continue;
        if (words === 1) this.#set[0] = this.#union(this.domains[cell], side);
        else this.#unionInto(this.#set, cell, side);
        if (!this.#cut(other, this.#set)) return false;
      }
    }
    return true;
  }

  /** What may be beside one of these symbols, where they are at most 32. */
  #union(domain: number, side: number): number {
    const known = this.#unions[side].get(domain);
    if (known !== undefined) return known;
    const beside = this.tables.beside[side];
    let union = 0;
    for (let s = 0; s < beside.length; s++) if ((domain >>> s) & 1) union |= beside[s];
    this.#unions[side].set(domain, union);
    return union;
  }

  #unionInto(set: Uint32Array, cell: number, side: number): void {
    const { words, beside } = this.tables;
    set.fill(0);
    for (const symbol of this.all(cell)) {
      for (let w = 0; w < words; w++) set[w] |= beside[side][symbol * words + w];
    }
  }

  /** A sum with less room than one cell can take decides what may stand at all of them. */
  #followSums(): boolean {
    const { all, reach } = this.sums;
    for (;;) {
      let tighter = false;
      for (let k = 0; k < all.length; k++) {
        const below = all[k].max - this.#low[k];
        const above = this.#high[k] - all[k].min;
        if (below < 0 || above < 0) {
          this.#failure = { sum: k };
          return false;
        }
        tighter ||= below < reach[k] && below < this.#room[2 * k];
        tighter ||= above < reach[k] && above < this.#room[2 * k + 1];
        this.#room[2 * k] = below;
        this.#room[2 * k + 1] = above;
      }
      if (!tighter) return true;
      if (!this.#lookThrough() || !this.#followBeside()) return false;
    }
  }

  #lookThrough(): boolean {
    const possible = new Map<number, number>();
    for (let cell = 0; cell < this.kinds.length; cell++) {
      const kinds = this.kinds[cell];
      if ((kinds & (kinds - 1)) === 0) continue;
      let left = possible.get(kinds);
      if (left === undefined) {
        left = this.sums.possible(kinds, this.#low, this.#high);
        possible.set(kinds, left);
      }
      if (left !== kinds && !this.#cut(cell, this.sums.union(left))) return false;
    }
    return true;
  }
}
