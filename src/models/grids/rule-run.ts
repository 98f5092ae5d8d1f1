// A grid on its way under rules.

import { rulesOf } from "./rule-tables.js";
import type { GivenCells, GridRules, RuleRun } from "./rules.js";

/** @throws InvalidInputError */
export function startRules(
  rules: GridRules,
  symbols: readonly string[],
  width: number,
  height: number,
  given?: GivenCells,
): RuleRun {
  const { words, domains } = rulesOf(rules, symbols, width, height, given);
  return {
    mask(cell, logits) {
      for (let s = 0; s < symbols.length; s++) {
        if (!((domains[cell * words + (s >> 5)] >>> (s & 31)) & 1)) logits[s] = -Infinity;
      }
    },
    place() {},
    copy() {
      return this;
    },
  };
}
