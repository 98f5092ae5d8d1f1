// What a run needs of memory is known before it begins: near enough, and refused where it cannot be had.

import { describe, expect, test } from "vitest";
import {
  LanguageModel,
  type LanguageModelOptions,
  OutOfMemoryError,
  type Runtime,
} from "../../../src/entries/index.js";
import { Machine } from "../../../src/host/machine.js";
import type { AnyCausalNetwork } from "../../../src/models/language/causal-network.js";
import { activationsIn, names, refusedLater, runtime, text } from "../help.js";

/** The most bytes of activations that the model had at once in a step, over what was expected. */
async function ratio(
  options: LanguageModelOptions,
  { batch, seqLen, recompute = false }: { batch: number; seqLen: number; recompute?: boolean },
): Promise<number> {
  const model = await LanguageModel.create({ runtime, corpus: text, ...options });
  const { network } = (model as unknown as { core: { network: AnyCausalNetwork } }).core;
  const { machine } = network;
  const expected = await network.activationBytes(batch, seqLen, recompute);
  const { most, asked } = await activationsIn(machine, () =>
    model.fit(text.repeat(8), { steps: 1, batch, seqLen, recompute }),
  );
  expect(asked).toBeGreaterThan(expected); // for gradients and moments, too
  return most / expected;
}

describe("an estimate is within a tenth", () => {
  const sizes = { kind: "transformer", layers: 3, heads: 4, context: 320 } as const;
  const llama = { ...sizes, hidden: 48, kvHeads: 2 } as const;
  const gpt2 = { ...sizes, style: "gpt2", hidden: 64 } as const;
  const many = text + String.fromCodePoint(...Array.from({ length: 20_000 }, (_, i) => 0x4e00 + i));
  const lstm = { kind: "lstm", hidden: 40, embed: 24 } as const;
  test.each<[string, LanguageModelOptions, { batch: number; seqLen: number; recompute?: boolean }]>(
    [
      ["llama", { network: llama }, { batch: 8, seqLen: 64 }],
      ["llama", { network: llama }, { batch: 2, seqLen: 300 }],
      ["llama, dropout", { network: { ...llama, dropout: 0.1 } }, { batch: 4, seqLen: 128 }],
      ["llama, recompute", { network: llama }, { batch: 4, seqLen: 256, recompute: true }],
      [
        "llama, bytes",
        { network: { ...llama, hidden: 16 }, tokenizer: "byte" },
        { batch: 8, seqLen: 64 },
      ],
      ["llama, 20,000 characters", { network: llama, corpus: many }, { batch: 8, seqLen: 64 }],
      ["llama, and more rows", { network: llama, corpus: many }, { batch: 32, seqLen: 64 }],
      ["gpt2", { network: gpt2 }, { batch: 8, seqLen: 64 }],
      ["gpt2", { network: { ...gpt2, bias: true, dropout: 0.2 } }, { batch: 3, seqLen: 300 }],
      ["gpt2, recompute", { network: gpt2 }, { batch: 4, seqLen: 128, recompute: true }],
      ["lstm", { network: lstm }, { batch: 8, seqLen: 64 }],
      ["lstm, 20,000 characters", { network: lstm, corpus: many }, { batch: 8, seqLen: 64 }],
      ["lstm, and more rows", { network: lstm, corpus: many }, { batch: 32, seqLen: 64 }],
      [
        "lstm, two layers",
        { network: { ...lstm, layers: 2, dropout: 0.1 } },
        { batch: 8, seqLen: 64 },
      ],
    ],
  )("%s %# %j", async (_, options, run) => {
    const found = await ratio(options, run);
    expect(found).toBeGreaterThan(0.9);
    expect(found).toBeLessThan(1.1);
  });
});

describe("a run that does not fit", () => {
  const network = { kind: "transformer", hidden: 16, layers: 2, context: 64 } as const;

  test("is refused before anything is changed, and says what would fit", async () => {
    const model = await LanguageModel.create({ runtime, corpus: text, network });
    await model.fit(text, { steps: 2, batch: 2 });
    const before = model.save({ training: true });
    const large = { steps: 4, batch: 200_000, seqLen: 64, resume: false };
    await refusedLater(
      Promise.resolve(model.fit(text, large)),
      OutOfMemoryError,
      "out of memory",
      "can have 4096 MiB",
      /needs 0 bytes for gradients and moments, and about \d{5,} MiB for activations of 200000 rows of 64 tokens/,
      "batch",
      /recompute: true \(then about \d{4,} MiB\)/,
    );
    expect(model.save({ training: true })).toEqual(before);
    await model.fit(text, { steps: 4, batch: 2, resume: true });
    expect(model.record.steps).toBe(4);
  });

  test("documents are as long as the longest, and shards take a part of the rows", async () => {
    const documents = [...names, "x".repeat(999)];
    const model = await LanguageModel.create({ runtime, corpus: documents, hidden: 16 });
    const fit = (options: object) =>
      Promise.resolve(model.fit(documents, { steps: 1, ...options }));
    await refusedLater(
      fit({ batch: 1e5, shards: 10 }),
      OutOfMemoryError,
      "of 10000 rows of 1000 tokens",
    );
    await refusedLater(fit({ batch: 1e5, maxLength: 499 }), OutOfMemoryError, "100000 rows of 500");
  });

  test("where the runtime gives less than another", async () => {
    const small = {
      machine() {
        const memory = new WebAssembly.Memory({ initial: 2, maximum: 100 });
        const module = (runtime as unknown as { source: BufferSource }).source;
        const compiled = new WebAssembly.Module(module);
        const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
        return new Machine(exports as never, memory);
      },
    } as unknown as Runtime;
    const model = await LanguageModel.create({ runtime: small, corpus: text, network });
    await refusedLater(
      Promise.resolve(model.fit(text, { steps: 1, batch: 64, seqLen: 64 })),
      OutOfMemoryError,
      "rows of 64 tokens",
    );
    await model.fit(text, { steps: 1, batch: 2, seqLen: 64 });
    const large = { ...network, hidden: 1024 };
    await refusedLater(
      LanguageModel.create({ runtime: small, corpus: text, network: large }),
      OutOfMemoryError,
      "make the model's sizes or its vocabulary smaller",
    );
  });
});
