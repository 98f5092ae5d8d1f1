// A grid on its way under rules. What follows from the rules cell by cell (see rule-state.ts) does not always suffice: four cells
// in a square may each have a symbol left and yet not fit together. So a run also holds a completion: a grid that keeps all rules and
// has the symbols that were placed. A symbol may come at a cell where the completion has it, or where the completion can be mended
// so that it does; mending is a search, bounded in steps. So a run is never stuck, and nothing has to be drawn again: what the
// search does not find in time is not let through. In small grids the search is complete.

import { at } from "../../data/grids/parts.js";
import { InvalidInputError } from "../../host/errors.js";
import { type Mark, RuleState } from "./rule-state.js";
import { rulesOf } from "./rule-tables.js";
import type { GivenCells, GridRules, RuleRun } from "./rules.js";

/** Steps of a search: to mend a completion, and for the first one, also for each cell. */
const STEPS = 64;
const [FIRST_STEPS, STEPS_A_CELL] = [1000, 40];

/**
 * Begins a grid under rules; `copy` begins others without finding a completion again. The same rules and the same placed cells
 * always let the same symbols through.
 * @param symbols of the model
 * @throws InvalidInputError for rules that cannot be read or kept: unknown symbols, counts that cannot be, what is given against
 * rules, borders against areas, and where no grid that keeps them is found
 */
export function startRules(
  rules: GridRules,
  symbols: readonly string[],
  width: number,
  height: number,
  given?: GivenCells,
): RuleRun {
  const state = new RuleState(rulesOf(rules, symbols, width, height, given));
  state.begin();
  const run = new Run(state, new Uint16Array(width * height));
  run.begin();
  return run;
}

/** All sides of a cell, as `RuleTables.beside` has them. */
const ALL = [0, 1, 2, 3];

/** A cell that is decided in a search, and which symbols are still to be tried there. */
interface Decision {
  readonly mark: Mark;
  readonly mended: number;
  readonly cell: number;
  readonly symbols: readonly number[];
  next: number;
}

class Run implements RuleRun {
  readonly #state: RuleState;
  /** (cells): a grid that keeps all rules. */
  readonly #completion: Uint16Array;
  /** (own sums) of the completion. */
  readonly #totals: Int32Array;
  /** Cell and symbol before each change of the completion. */
  readonly #mended: number[] = [];

  constructor(state: RuleState, completion: Uint16Array, totals?: Int32Array) {
    this.#state = state;
    this.#completion = completion;
    this.#totals = totals ?? new Int32Array(state.sums.own.length);
  }

  /** Finds the first completion. @throws InvalidInputError */
  begin(): void {
    const state = this.#state;
    const cells = this.#completion.length;
    for (let cell = 0; cell < cells; cell++) {
      const first = state.first(cell);
      this.#completion[cell] = first;
      for (const [k, { weights }] of state.sums.own.entries()) this.#totals[k] += weights[first];
    }
    for (let cell = cells - 1; cell >= 0; cell--) {
      const [best] = this.#ordered(cell, [0, 2]);
      this.#exchange(cell, this.#completion[cell], best);
    }
    const all = Array.from({ length: cells }, (_, i) => cells - 1 - i);
    const steps = FIRST_STEPS + STEPS_A_CELL * cells;
    const found = this.#mend(state.mark(), all.slice(), steps, all);
    state.keep();
    this.#mended.length = 0;
    if (found === "found") return;
    const { width, height } = state.tables;
    const size = `a grid of ${width} × ${height}`;
    throw new InvalidInputError(
      found === "none"
        ? `rules contradict one another: ${size} cannot keep all of them`
        : `rules: ${size} that keeps all of them was not found in ${steps} steps; ask for less`,
    );
  }

  mask(cell: number, logits: Float32Array): void {
    const count = this.#state.tables.symbols.length;
    for (let symbol = 0; symbol < count; symbol++) {
      if (logits[symbol] !== -Infinity && !this.#may(cell, symbol)) logits[symbol] = -Infinity;
    }
  }

  #may(cell: number, symbol: number): boolean {
    if (this.#completion[cell] === symbol) return true;
    if (!this.#state.has(cell, symbol)) return false;
    if (this.#isCompletion(cell, symbol)) return true;
    const mark = this.#state.mark();
    const may = this.#state.assign(cell, symbol) && this.#fits(mark);
    this.#restore(0);
    this.#state.undo(mark);
    this.#state.keep();
    return may;
  }

  /**
   * Whether the completion is one with this symbol, too, or with this one and another elsewhere: what is found without a search.
   * @param keep whether it then is that one
   */
  #isCompletion(cell: number, symbol: number, keep = false): boolean {
    const before = this.#completion[cell];
    if (this.#clashes(cell, symbol, ALL) > 0) return false;
    if (this.#violation(before, symbol) === 0) {
      if (keep) this.#exchange(cell, before, symbol);
      return true;
    }
    this.#exchange(cell, before, symbol);
    const other = this.#candidate(cell);
    const [best] = other < 0 ? [-1] : this.#ordered(other, ALL);
    const found =
      best >= 0 &&
      this.#clashes(other, best, ALL) === 0 &&
      this.#violation(this.#completion[other], best) === 0;
    if (found && keep) this.#exchange(other, this.#completion[other], best);
    else this.#exchange(cell, symbol, before);
    return found;
  }

  place(cell: number, symbol: number): void {
    const state = this.#state;
    const mark = state.mark();
    const own = this.#completion[cell] === symbol;
    if (state.assign(cell, symbol) && (own || this.#fits(mark))) {
      state.keep();
      this.#mended.length = 0;
      return;
    }
    this.#restore(0);
    state.undo(mark);
    state.keep();
    // What was let through without a search may be more than one finds.
    if (state.has(cell, symbol) && this.#isCompletion(cell, symbol, true)) {
      state.assign(cell, symbol);
      state.keep();
      return;
    }
    const { symbols, width } = state.tables;
    throw new InvalidInputError(
      `${JSON.stringify(symbols[symbol])} may not stand at ${at(cell, width)}; mask says what may`,
    );
  }

  copy(): RuleRun {
    const state = new RuleState(this.#state.tables, this.#state);
    return new Run(state, this.#completion.slice(), this.#totals.slice());
  }

  #fits(since: Mark): boolean {
    return this.#mend(since, this.#state.changed(since), STEPS) === "found";
  }

  /**
   * Mends the completion where it does not keep the rules any more: decides cells, one after the other, each with all that follows,
   * until nothing is against the rules, and takes the decisions back, but not what they made of the completion.
   * @param since where a decision was wrong, what was changed since then is looked through again, and `always`
   * @param pending what is looked through first; it is used up
   * @returns "none" where there is no completion, "unknown" where none was found in so many steps
   */
  #mend(
    since: Mark,
    pending: number[],
    steps: number,
    always: readonly number[] = [],
  ): "found" | "none" | "unknown" {
    const state = this.#state;
    let cell = this.#conflict(pending);
    if (cell < 0) return "found";
    const begun = state.mark();
    const decisions: Decision[] = [];
    for (; ; cell = this.#conflict(pending)) {
      if (cell < 0) {
        state.undo(begun);
        return "found";
      }
      const symbols = this.#ordered(cell, ALL);
      const { length: mended } = this.#mended;
      decisions.push({ mark: state.mark(), mended, cell, symbols, next: 0 });
      let wrong = false;
      for (;;) {
        const last = decisions.at(-1);
        if (last === undefined) return "none";
        if (wrong) {
          state.undo(last.mark);
          this.#restore(last.mended);
        }
        if (last.next === last.symbols.length) {
          decisions.pop();
          wrong = true;
          continue;
        }
        if (steps-- <= 0) {
          state.undo(begun);
          return "unknown";
        }
        if (state.assign(last.cell, last.symbols[last.next++])) {
          if (wrong) pending = [...always, ...this.#touched(), ...state.changed(since)];
          else pending.push(...state.changed(last.mark));
          break;
        }
        wrong = true;
      }
    }
  }

  /** Cells at which the completion was changed. */
  #touched(): number[] {
    return this.#mended.filter((_, i) => i % 2 === 0);
  }

  /** A cell to decide because the completion does not keep the rules there; -1 where it keeps all. */
  #conflict(pending: number[]): number {
    const state = this.#state;
    while (pending.length > 0) {
      const cell = pending.pop()!;
      if (!this.#follows(cell)) {
        pending.push(cell);
        return cell;
      }
      if (!state.tables.adjacent) continue;
      for (let side = 0; side < 4; side++) {
        const other = state.beside(cell, side);
        if (other < 0 || state.fits(this.#completion[cell], side, this.#completion[other]))
          continue;
        pending.push(cell, other);
        if (!this.#follows(other)) return other;
        if (state.fits(this.#completion[cell], side, this.#completion[other])) continue;
        return state.only(cell) < 0 ? cell : other;
      }
    }
    return this.#violation() > 0 ? this.#candidate() : -1;
  }

  /** Whether the completion has one of the symbols that may stand at a cell, which it is given where there is only one. */
  #follows(cell: number): boolean {
    const state = this.#state;
    if (state.has(cell, this.#completion[cell])) return true;
    const only = state.only(cell);
    if (only < 0) return false;
    this.#complete(cell, only);
    return true;
  }

  #complete(cell: number, symbol: number): void {
    const before = this.#completion[cell];
    this.#mended.push(cell, before);
    this.#exchange(cell, before, symbol);
  }

  #exchange(cell: number, before: number, symbol: number): void {
    this.#completion[cell] = symbol;
    const { own } = this.#state.sums;
    for (let k = 0; k < own.length; k++) {
      this.#totals[k] += own[k].weights[symbol] - own[k].weights[before];
    }
  }

  #restore(length: number): void {
    while (this.#mended.length > length) {
      const before = this.#mended.pop()!;
      const cell = this.#mended.pop()!;
      this.#exchange(cell, this.#completion[cell], before);
    }
  }

  /** How far sums are out of their bounds, all together, with one symbol of the completion for another. */
  #violation(before = 0, after = 0): number {
    const { own } = this.#state.sums;
    let far = 0;
    for (let k = 0; k < own.length; k++) {
      const { weights, min, max } = own[k];
      const total = this.#totals[k] + weights[after] - weights[before];
      far += Math.max(0, total - max, min - total);
    }
    return far;
  }

  /** A cell with which a sum that is out of its bounds can be brought nearer, with no harm beside it where there is one. */
  #candidate(except = -1): number {
    const state = this.#state;
    const { firsts, kinds: kindOf } = state.sums;
    const now = this.#violation();
    // By kind, those as bits that are better in its place.
    const better = firsts.map((before) =>
      firsts.reduce((bits, after, kind) => {
        return this.#violation(before, after) < now ? bits | (1 << kind) : bits;
      }, 0),
    );
    let [nearer, open] = [-1, -1];
    // From the end, where most orders come last: what was moved there is not soon in the way again.
    for (let cell = this.#completion.length - 1; cell >= 0; cell--) {
      const kinds = state.kinds[cell];
      if ((kinds & (kinds - 1)) === 0 || cell === except) continue;
      if (open < 0) open = cell;
      const good = kinds & better[kindOf[this.#completion[cell]]];
      if (good === 0) continue;
      for (const symbol of state.all(cell)) {
        if ((good >>> kindOf[symbol]) & 1 && this.#clashes(cell, symbol, ALL) === 0) return cell;
      }
      if (nearer < 0) nearer = cell;
    }
    return nearer >= 0 ? nearer : open;
  }

  /** How many cells beside one the completion would have to change. */
  #clashes(cell: number, symbol: number, sides: readonly number[]): number {
    const state = this.#state;
    if (!state.tables.adjacent) return 0;
    let count = 0;
    for (const side of sides) {
      const other = state.beside(cell, side);
      if (other < 0) continue;
      if (!state.fits(symbol, side, this.#completion[other])) count++;
    }
    return count;
  }

  /** The symbols that may stand at a cell, those first with which the completion has least to be mended. */
  #ordered(cell: number, sides: readonly number[]): number[] {
    const own = this.#completion[cell];
    return this.#state
      .all(cell)
      .map((symbol) => ({
        symbol,
        cost: 2 * (this.#clashes(cell, symbol, sides) + this.#violation(own, symbol)),
      }))
      .map(({ symbol, cost }) => ({ symbol, cost: cost + (symbol === own ? 0 : 1) }))
      .sort((a, b) => a.cost - b.cost || a.symbol - b.symbol)
      .map(({ symbol }) => symbol);
  }
}
