// Many growing lists of whole numbers in little memory: blocks of 16 numbers, the first of which links to the
// next block of the list. As many short arrays would take several times as much, and time to collect.

/** A list; empty until something is pushed. */
export interface WordList {
  /** Its first and its last block; -1: none. */
  first: number;
  last: number;
  /** Numbers in the last block. */
  filled: number;
}

/** Numbers of a block, the link included. */
const BLOCK = 16;
/** log2 of the blocks that are allocated together. */
const SLAB = 12;

/** Room for lists. What a list that was cleared had is used again. */
export class WordLists {
  readonly #slabs: Int32Array[] = [];
  #used = 0;
  #free = -1;

  /** Adds a number, unless it is the one added last. */
  push(list: WordList, value: number): void {
    if (list.last >= 0) {
      const slab = this.#slabs[list.last >> SLAB];
      const at = this.#at(list.last);
      if (slab[at + list.filled] === value) return;
      if (list.filled + 1 < BLOCK) {
        slab[at + ++list.filled] = value;
        return;
      }
    }
    const block = this.#take();
    this.#slabs[block >> SLAB][this.#at(block) + 1] = value;
    if (list.last < 0) list.first = block;
    else this.#slabs[list.last >> SLAB][this.#at(list.last)] = block;
    list.last = block;
    list.filled = 1;
  }

  /** The numbers in the order in which they were added. */
  *values({ first, last, filled }: WordList): Generator<number, void, void> {
    for (let block = first; block >= 0; ) {
      const slab = this.#slabs[block >> SLAB];
      const at = this.#at(block);
      const count = block === last ? filled : BLOCK - 1;
      for (let i = 1; i <= count; i++) yield slab[at + i];
      block = block === last ? -1 : slab[at];
    }
  }

  /** Empties a list. */
  clear(list: WordList): void {
    if (list.last < 0) return;
    this.#slabs[list.last >> SLAB][this.#at(list.last)] = this.#free;
    this.#free = list.first;
    list.first = -1;
    list.last = -1;
  }

  #take(): number {
    const block = this.#free;
    if (block >= 0) {
      this.#free = this.#slabs[block >> SLAB][this.#at(block)];
      return block;
    }
    if (this.#used >> SLAB === this.#slabs.length) {
      this.#slabs.push(new Int32Array(BLOCK << SLAB));
    }
    return this.#used++;
  }

  /** Where a block begins in its slab. */
  #at(block: number): number {
    return BLOCK * (block & ((1 << SLAB) - 1));
  }
}
