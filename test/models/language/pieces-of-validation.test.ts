// A validation is measured in pieces of bounded work, however large the network is.

import { expect, test, vi } from "vitest";
import type { CausalNetwork } from "../../../src/models/language/causal-network.js";
import { measureText } from "../../../src/models/language/score.js";
import { runtime } from "../help.js";
import { create, pairs } from "../pairs-help.js";

/** Measures a text with a network that is said to do so much work a token, and gives the sizes of the pieces. */
function pieces(predict: number, rows: number): number[] {
  const sizes: number[] = [];
  const network = {
    machine: runtime.machine(),
    work: { read: predict, predict },
    loss(_: unknown, batch: { steps: number; rows: number }) {
      sizes.push(batch.steps * batch.rows);
      return { losses: { data: new Float32Array(batch.steps * batch.rows) }, state: () => [] };
    },
  } as unknown as CausalNetwork;
  const text = Int32Array.from({ length: 5001 }, (_, i) => i % 7);
  for (const _ of measureText(network, text, { rows, most: Infinity })) {
    // What is looked at is what is between two turns.
  }
  return sizes;
}

test("fewer tokens at a time where a token is more work", () => {
  const work = (sizes: readonly number[], each: number) => Math.max(...sizes) * each;
  for (const predict of [2 ** 12, 2 ** 18, 2 ** 22]) {
    for (const rows of [1, 8]) {
      const sizes = pieces(predict, rows);
      expect(sizes.reduce((all, one) => all + one, 0)).toBe(5000);
      expect(work(sizes, predict)).toBeLessThanOrEqual(2 ** 27);
    }
  }
});

test("answers to pairs a token at a time", async () => {
  const model = await create();
  const long = { source: pairs[0].source, target: pairs[0].target.repeat(100) };
  // On a clock of which a whole second has gone whenever it is looked at, every chance to rest is taken.
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    now += 1000;
    return now;
  });
  const turns = vi.spyOn(globalThis, "setImmediate");
  try {
    // Without an end, the answer has all the tokens that it may have.
    await model.fit(pairs, { steps: 1, batch: 5, lr: 1e-9, validation: [long] });
    expect(turns.mock.calls.length).toBeGreaterThan(200);
  } finally {
    vi.restoreAllMocks();
  }
});
