// What a run of a Transformer needs of memory is known before it begins: near enough, and refused where it cannot be had.

import { describe, expect, test } from "vitest";
import { OutOfMemoryError, Seq2Seq, type Seq2SeqOptions } from "../../../src/entries/index.js";
import type { AnyPairNetwork } from "../../../src/models/seq2seq/pair-network.js";
import { activationsIn, refusedLater, runtime } from "../help.js";

const letters = "abcdefghijklmnop";
const pairsOf = (source: number, target: number) =>
  Array.from({ length: 12 }, (_, i) => ({
    source: letters.repeat(40).slice(i, i + source),
    target: letters.repeat(40).slice(i, i + target - 1),
  }));

const sizes = { kind: "transformer", layers: 3, heads: 4, context: 320 } as const;
const llama = { ...sizes, hidden: 48, kvHeads: 2 } as const;
const gpt2 = { ...sizes, style: "gpt2", hidden: 64 } as const;

describe("an estimate is within a tenth", () => {
  test.each<[string, object, [source: number, target: number], boolean]>([
    ["llama", llama, [40, 64], false],
    ["llama, long sources", llama, [300, 20], false],
    ["llama, dropout", { ...llama, dropout: 0.1 }, [64, 64], false],
    ["llama, recompute", llama, [100, 120], true],
    ["gpt2", { ...gpt2, bias: true }, [64, 48], false],
    ["gpt2, recompute", gpt2, [64, 100], true],
  ])("%s %#", async (_, network, [source, target], recompute) => {
    const pairs = pairsOf(source, target);
    const options = { runtime, corpus: pairs, network } as Seq2SeqOptions;
    const model = await Seq2Seq.create(options);
    const { network: own } = (model as unknown as { core: { network: AnyPairNetwork } }).core;
    const { machine } = own;
    const batch = 8;
    const expected = await own.activationBytes!(batch, { source, target }, recompute);
    const { most } = await activationsIn(machine, () =>
      model.fit(pairs, { steps: 1, batch, recompute }),
    );
    expect(model.stepBytes).toBeGreaterThan(expected);
    expect(most / expected).toBeGreaterThan(0.9);
    expect(most / expected).toBeLessThan(1.1);
  });
});

test("a run that does not fit is refused before anything is begun", async () => {
  const pairs = pairsOf(64, 20);
  const network = { kind: "transformer", hidden: 16, layers: 2, context: 64 } as const;
  const model = await Seq2Seq.create({ runtime, corpus: pairs, network });
  await refusedLater(
    Promise.resolve(model.fit(pairs, { steps: 1, batch: 200_000 })),
    OutOfMemoryError,
    "activations of 200000 rows of 64 tokens",
    "batch",
  );
  expect(model.record.steps).toBe(0);
  await model.fit(pairs, { steps: 1, batch: 4 });
  expect(model.record.steps).toBe(1);
});
