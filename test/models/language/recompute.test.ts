// Recomputed activations change no bit, and take little memory.

import { expect, test } from "vitest";
import {
  InvalidInputError,
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
  type Runtime,
  Seq2Seq,
  type Seq2SeqFitOptions,
} from "../../../src/entries/index.js";
import { names, refusedLater, runtime, text, tiny } from "../help.js";

/** A runtime that notes the most bytes of activations that its machines had at once. */
function watched(): { readonly on: Runtime; readonly most: () => number } {
  let most = 0;
  const machine = () => {
    const made = runtime.machine();
    const alloc = made.alloc.bind(made);
    made.alloc = (bytes) => {
      const address = alloc(bytes);
      most = Math.max(most, made.activationBytes);
      return address;
    };
    return made;
  };
  return { on: { machine } as unknown as Runtime, most: () => most };
}

async function trained(network: LanguageModelOptions["network"], options: LanguageFitOptions) {
  const { on, most } = watched();
  const model = await LanguageModel.create({ runtime: on, corpus: text, network, seed: 4 });
  const losses: number[] = [];
  for await (const { loss, validation } of model.fit(text, options)) {
    losses.push(loss, validation ?? 0);
  }
  return { losses, weights: model.fingerprint(), most: most() };
}

test.each<[string, object]>([
  ["llama", { kvHeads: 2, tied: false }],
  ["gpt2", { style: "gpt2", bias: true, window: 7 }],
])(
  "%s: the bits of weights and losses, with dropout, shards and accumulated batches",
  async (_, own) => {
    const network = {
      kind: "transformer",
      hidden: 16,
      layers: 3,
      heads: 4,
      dropout: 0.1,
      context: 24,
    };
    const options = {
      steps: 5,
      batch: 6,
      seqLen: 24,
      lr: 1e-2,
      accumulate: 2,
      shards: 2,
      val: 0.3,
    };
    const all = { ...network, ...own } as LanguageModelOptions["network"];
    const kept = await trained(all, options);
    const again = await trained(all, { ...options, recompute: true });
    expect(again.weights).toBe(kept.weights);
    expect(again.losses).toEqual(kept.losses);
    const without = await trained({ ...(all as object), dropout: 0 } as never, options);
    expect(without.weights).not.toBe(kept.weights);
  },
);

test("an encoder-decoder's blocks, those that look at the source too", async () => {
  const corpus = names.map((name) => ({ source: name, target: [...name].reverse().join("") }));
  const run = async (options: Seq2SeqFitOptions) => {
    const { on, most } = watched();
    const network = { kind: "transformer", hidden: 16, layers: 4, kvHeads: 1, heads: 2 } as const;
    const model = await Seq2Seq.create({ runtime: on, corpus, network, dropout: 0.1, seed: 2 });
    await model.fit(corpus, { steps: 4, batch: 8, ...options });
    return { weights: model.fingerprint(), most: most() };
  };
  const [kept, again] = [await run({}), await run({ recompute: true })];
  expect(again.weights).toBe(kept.weights);
  expect(again.most).toBeLessThan(0.6 * kept.most);
});

test("six blocks of 256 tokens take less than a third of the memory", async () => {
  const network = { kind: "transformer", hidden: 32, layers: 6, heads: 4, context: 256 } as const;
  const long = text.repeat(2);
  const run = async (recompute: boolean) => {
    const { on, most } = watched();
    const model = await LanguageModel.create({ runtime: on, corpus: long, network, seed: 4 });
    await model.fit(long, { steps: 1, batch: 2, seqLen: 256, recompute });
    return most();
  };
  expect(await run(true)).toBeLessThan((await run(false)) / 3);
});

test("scoring keeps one block's activations at a time", async () => {
  const of = async (layers: number) => {
    const { on, most } = watched();
    const network = { kind: "transformer", hidden: 32, layers, heads: 4, context: 256 } as const;
    const model = await LanguageModel.create({ runtime: on, corpus: text, network });
    model.score(text.slice(0, 257));
    return most();
  };
  // What is left of a block is its output.
  expect((await of(8)) - (await of(2))).toBeLessThanOrEqual(6 * 4 * 256 * 32);
});

test("workers do as they are told, too", async () => {
  const network = {
    kind: "transformer",
    hidden: 16,
    layers: 2,
    dropout: 0.2,
    context: 16,
  } as const;
  const run = async (options: LanguageFitOptions) => {
    const model = await LanguageModel.create({ runtime, corpus: text, network });
    await model.fit(text, { steps: 3, batch: 4, seqLen: 16, shards: 2, ...options });
    return model.fingerprint();
  };
  expect(await run({ workers: 2, recompute: true })).toBe(await run({}));
});

test("a run is resumed with it, and without it, to the same bits", async () => {
  const network = {
    kind: "transformer",
    hidden: 16,
    layers: 2,
    dropout: 0.2,
    context: 16,
  } as const;
  const asked = { steps: 6, batch: 4, seqLen: 16 };
  const whole = await LanguageModel.create({ runtime, corpus: text, network });
  await whole.fit(text, asked);
  const model = await LanguageModel.create({ runtime, corpus: text, network });
  for await (const { step } of model.fit(text, { ...asked, recompute: true }))
    if (step === 3) break;
  const loaded = await LanguageModel.load(model.save({ training: true }), { runtime });
  await loaded.fit(text, asked);
  expect(loaded.fingerprint()).toBe(whole.fingerprint());
});

test("an LSTM has nothing that it could compute again", async () => {
  const model = await LanguageModel.create({ runtime, corpus: text, ...tiny });
  await refusedLater(
    Promise.resolve(model.fit(text, { steps: 1, recompute: true })),
    InvalidInputError,
    "recompute is for a Transformer",
  );
  expect(model.record.steps).toBe(0);
  await refusedLater(
    Promise.resolve(model.fit(text, { steps: 1, gradientCheckpointing: true } as never)),
    InvalidInputError,
    "did you mean recompute?",
  );
});
