import { expect, test } from "vitest";
import { startRules } from "../../../src/models/grids/rule-run.js";

test("what the mask lets through can be placed, in grids with exact counts", () => {
  const symbols = [" ", "#", "$", ".", "@"];
  const rules = { counts: { "@": 1, $: 4 }, equal: [["$", "."]] as const, border: "#" };
  const begun = startRules(rules, symbols, 10, 10);
  let seed = 1;
  const next = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };
  for (let n = 0; n < 60; n++) {
    const run = begun.copy();
    const cells: number[] = [];
    for (let cell = 0; cell < 100; cell++) {
      const logits = new Float32Array(symbols.length);
      run.mask(cell, logits);
      const may = symbols.flatMap((_, s) => (logits[s] === 0 ? [s] : []));
      expect(may.length).toBeGreaterThan(0);
      const weights = may.map((s) => (s < 2 ? 6 : n % 3));
      let left = next() * weights.reduce((sum, one) => sum + one, 0);
      const at = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      const symbol = may[Math.max(0, at)];
      run.place(cell, symbol);
      cells.push(symbol);
    }
    const count = (s: number) => cells.filter((one) => one === s).length;
    expect([count(4), count(2), count(3)]).toEqual([1, 4, 4]);
  }
});
