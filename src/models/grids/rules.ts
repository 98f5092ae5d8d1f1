// Rules that every drawn grid keeps: what may stand where, what may be beside what, and how many there are. They are plain
// data, so that a worker and a file carry them.

/**
 * Symbols of a rule: a text that is itself a symbol is this one; of another, each character is one; a list names each. A symbol
 * that has a channel is meant, too, where it is named without.
 */
export type RuleSymbols = string | readonly string[];

/** `of` may have only these beside it; where there is no cell beside it, nothing is asked. */
export interface AdjacentRule {
  readonly of: RuleSymbols;
  readonly right?: RuleSymbols;
  readonly left?: RuleSymbols;
  readonly above?: RuleSymbols;
  readonly below?: RuleSymbols;
}

/** What may stand in a part of the grid: all rows or columns where none are given. Both ends belong to it; -1 is the last. */
export interface AreaRule {
  readonly rows?: readonly [from: number, to: number];
  readonly columns?: readonly [from: number, to: number];
  readonly symbols: RuleSymbols;
}

export interface GridRules {
  /**
   * How many there are of symbols together, exactly or from a minimum to a maximum: `{ "@+": 1, "$*": [1, 4] }`. A key that is
   * a JSON list names each symbol: `{ '["wall","door"]': 3 }`.
   */
  readonly counts?: Readonly<Record<string, number | readonly [min: number, max: number]>>;
  /** As many of the one as of the other: `[["$*", ".*+"]]`. */
  readonly equal?: readonly (readonly [RuleSymbols, RuleSymbols])[];
  /** What may stand at the border, all around or on the sides that are named. */
  readonly border?: RuleSymbols | BorderRule;
  readonly adjacent?: readonly AdjacentRule[];
  readonly areas?: readonly AreaRule[];
}

export interface BorderRule {
  readonly top?: RuleSymbols;
  readonly right?: RuleSymbols;
  readonly bottom?: RuleSymbols;
  readonly left?: RuleSymbols;
}

/**
 * What is asked of cells before anything is drawn, row by row: -1 where nothing is, a symbol's place, or places of which it is
 * one.
 */
export type GivenCells = ArrayLike<number | ArrayLike<number>>;

/** One grid on its way: cells may be placed in any order. It is never stuck: there always is a symbol that `mask` lets through. */
export interface RuleRun {
  /** Sets to -Infinity what may not come at this cell, (symbols) logits; at least one is left. */
  mask(cell: number, logits: Float32Array): void;
  /** The cell's symbol, one that `mask` let through. */
  place(cell: number, symbol: number): void;
  /** The same again, to be continued by itself. */
  copy(): RuleRun;
}
