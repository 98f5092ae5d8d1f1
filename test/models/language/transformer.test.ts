// The Transformer: its cache gives what training computes; samples share it and give it back; what its context cannot
// hold is refused, or slides. See also transformer-cache.test.ts.

import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  OutOfMemoryError,
} from "../../../src/entries/index.js";
import type { TransformerNetwork } from "../../../src/models/language/transformer.js";
import { Tape } from "../../../src/nn/tape.js";
import { names, refused, refusedLater, runtime, text, train } from "../help.js";

const context = 60;
const sizes = { kind: "transformer", hidden: 16, layers: 2, heads: 4, context } as const;

const kinds: Record<string, LanguageModelOptions["network"]> = {
  llama: { ...sizes, style: "llama" },
  "llama with groups and a window": { ...sizes, kvHeads: 2, window: 9, tied: false },
  gpt2: { ...sizes, style: "gpt2", bias: true },
};

async function trained(network: LanguageModelOptions["network"]): Promise<LanguageModel> {
  const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 2 });
  await train(model, text, { steps: 30, batch: 8, lr: 1e-2 });
  return model;
}

/** The network inside, which no user sees. */
const networkOf = (model: LanguageModel) =>
  (model as unknown as { core: { network: TransformerNetwork } }).core.network;

describe.each(Object.entries(kinds))("%s", async (_, network) => {
  const model = await trained(network);
  const inner = networkOf(model);
  const tokens = model.tokenizer.encode(text.slice(100, 100 + context));

  test("the cache gives the bits of the forward pass that training takes", () => {
    const state = inner.start(1);
    const one = Array.from(tokens, (token) => {
      const logits = new Float32Array(inner.classes);
      inner.step(state, [token], logits);
      return logits;
    });
    inner.free(state);
    const losses = inner.machine.scoped(() => {
      const inputs = tokens.subarray(0, -1);
      const batch = { inputs, targets: tokens.subarray(1), steps: context - 1, rows: 1 };
      const tape = new Tape(inner.machine);
      return [...inner.loss(tape, { ...batch, tokens: context - 1, continues: false }).losses.data];
    });
    losses.forEach((loss, t) => {
      const logits = Array.from(one[t]);
      const most = Math.max(...logits);
      const sum = logits.reduce((all, x) => all + Math.exp(x - most), 0);
      expect(loss).toBeCloseTo(Math.log(sum) + most - logits[tokens[t + 1]], 4);
    });
  });

  test("many streams of one prompt hold its blocks once, and all are given back", () => {
    const { used } = inner.cache.memory;
    expect(used).toBe(0);
    const state = inner.start(1);
    inner.step(state, tokens.subarray(0, 50), undefined, 50);
    expect(inner.cache.memory.used).toBe(2);
    const many = inner.select(state, new Int32Array(64));
    expect(inner.cache.memory.used).toBe(2);
    inner.free(state);
    inner.step(many, new Int32Array(64).fill(1));
    // The full block is still one; each has a copy of its own of the one that it writes to.
    expect(inner.cache.memory.used).toBe(1 + 64);
    inner.free(many);
    expect(inner.cache.memory.used).toBe(0);
  });

  test("samples, streams and beams give all blocks back, however they end", async () => {
    const own = { prompt: "the ", maxTokens: 20 };
    model.generate({ ...own, samples: 5 });
    model.generate({ ...own, beams: 4 });
    const { bytes } = inner.cache.memory;
    for (let i = 0; i < 50; i++) {
      model.generate({ ...own, samples: 3, seed: i });
      for await (const _ of model.stream({ ...own, seed: i })) break;
      model.generate({ ...own, beams: 3 });
      await refused(
        () =>
          model.generate({
            ...own,
            mask: () => {
              throw new InvalidInputError("mine");
            },
          }),
        InvalidInputError,
        "mine",
      );
      const aborted = model.stream({ prompt: text.slice(0, 30), signal: AbortSignal.abort() });
      await expect(aborted.next()).rejects.toThrow("abort");
    }
    expect(inner.cache.memory).toEqual({ used: 0, bytes });
  });

  test("past its context it refuses, or forgets the oldest, the same however it was read", async () => {
    const asked = { prompt: "the cat", seed: 1 };
    const all = model.generate(asked).samples[0].tokens.length;
    expect(all).toBe(context - 7 + 1);
    await refused(
      () => model.generate({ ...asked, maxTokens: all + 1 }),
      InvalidInputError,
      `context holds ${context} tokens`,
      `can draw ${all}, got maxTokens ${all + 1}`,
      'overflow: "slide"',
    );
    await refused(
      () => model.generate({ prompt: text.slice(0, context + 1) }),
      InvalidInputError,
      "can draw 0",
    );
    const full = { ...asked, maxTokens: all + 1, overflow: "stop" } as const;
    expect(model.generate(full)).toEqual(model.generate({ ...asked, maxTokens: all }));
    expect(model.generate({ ...full, maxTokens: 3 }).samples[0].tokens).toHaveLength(3);
    await refused(
      () => model.generate({ ...full, prompt: text.slice(0, context + 1) }),
      InvalidInputError,
      "shorten the prompt",
    );
    const long = model.generate({ ...asked, maxTokens: 150, overflow: "slide", samples: 3 });
    for (const [i, sample] of long.samples.entries()) {
      expect(sample.tokens).toHaveLength(150);
      const alone = model.generate({ ...asked, seed: 1 + i, maxTokens: 150, overflow: "slide" });
      expect(alone.samples[0]).toEqual(sample);
    }
    // What it reads as a prompt and what it wrote itself leave the same cache.
    const { tokens: written } = long.samples[0];
    const prompt = asked.prompt + model.tokenizer.decode(written.slice(0, 100));
    const forced = written.slice(100, 120);
    const mask = (allowed: Uint8Array, at: { readonly tokens: readonly number[] }) => {
      allowed.fill(0);
      allowed[forced[at.tokens.length]] = 1;
    };
    const again = { maxTokens: 20, overflow: "slide", logprobs: true, mask } as const;
    const continued = model.generate({ ...again, prompt }).samples[0];
    const whole = model.generate({
      ...again,
      prompt: asked.prompt,
      maxTokens: 120,
      mask: (allowed, at) => {
        allowed.fill(0);
        allowed[written[at.tokens.length]] = 1;
      },
    }).samples[0];
    expect(continued.logprobs!.map(({ logprob }) => logprob)).toEqual(
      whole.logprobs!.slice(100).map(({ logprob }) => logprob),
    );
    let streamed = "";
    for await (const chunk of model.stream({ ...asked, maxTokens: 150, overflow: "slide" })) {
      streamed += chunk.text;
    }
    expect(streamed).toBe(long.text);
  });

  test("scores a text window after window, as reset by the user, and no longer ones", async () => {
    const long = text.slice(0, 3 * context + 8);
    const all = model.score(long);
    expect(all).toEqual(model.score(long, { resetEvery: context }));
    expect(all.tokens).toBe(long.length - 1);
    const parts = [0, 1, 2, 3].map((i) =>
      model.score(long.slice(i * context, (i + 1) * context + 1)),
    );
    const sum = parts.reduce((nats, part) => nats + part.nats * part.tokens, 0);
    expect(all.nats * all.tokens).toBeCloseTo(sum, 4);
    await refused(
      () => model.score(long, { resetEvery: context + 1 }),
      InvalidInputError,
      "resetEvery",
      `at most ${context}`,
    );
  });
});

test("documents longer than the context are learned and measured in pieces", async () => {
  const documents = [...names, names.join(" and ")];
  const model = await LanguageModel.create({
    runtime,
    corpus: documents,
    network: { kind: "transformer", hidden: 16, layers: 1, heads: 2, context: 12 },
  });
  const reports = await train(model, documents, { steps: 40, batch: 8, lr: 1e-2 });
  expect(reports[39].loss).toBeLessThan(reports[0].loss);
  const targets = documents.reduce((all, { length }) => all + length + 1, 0);
  expect(model.score(documents).tokens).toBe(targets);
  const { samples } = model.generate({ samples: 4, seed: 1 });
  for (const { tokens } of samples) expect(tokens.length).toBeLessThanOrEqual(12);
});

test("sizes follow from each other and from the corpus", async () => {
  const config = async (options: LanguageModelOptions) =>
    (await LanguageModel.create({ runtime, corpus: text, ...options })).config;
  const plain = await config({ network: "transformer", hidden: 96 });
  expect(plain).toMatchObject({
    network: "transformer",
    style: "llama",
    heads: 3,
    kvHeads: 3,
    inner: 256,
  });
  const flat = await config({ network: "transformer", style: "gpt2", hidden: 48, heads: 2 });
  expect(flat).toEqual(
    await config({ network: { kind: "transformer", style: "gpt2", hidden: 48, heads: 2 } }),
  );
  expect(flat).toMatchObject({ style: "gpt2", inner: 192, layers: 4 });
  expect(await config({ network: "transformer", corpus: names })).toMatchObject({ context: 16 });
  // What documents need does not depend on the network's size, and bytes are more than characters.
  const sized = { network: "transformer", hidden: 16 } as const;
  expect(await config({ ...sized, corpus: names })).toMatchObject({ context: 16 });
  expect(await config({ ...sized, corpus: ["a".repeat(200)] })).toMatchObject({ context: 208 });
  const chinese = ["秋風".repeat(10)];
  expect(await config({ ...sized, corpus: chinese })).toMatchObject({ context: 32 });
  const byte = await config({ ...sized, corpus: chinese, tokenizer: "byte" });
  expect(byte).toMatchObject({ context: 64 });
  expect(await config({ network: { kind: "lstm", hidden: 5 } })).toMatchObject({
    network: "lstm",
    hidden: 5,
  });
});

test.each<[object, string, ...string[]]>([
  [{ hidden: 16, heads: 3 }, "heads must divide hidden (16), got 3"],
  [{ hidden: 16, heads: 4, kvHeads: 3 }, "kvHeads must divide heads (4), got 3"],
  [
    { hidden: 12, heads: 4 },
    "rotary positions need heads of an even size: hidden 12 / heads 4 is 3",
  ],
  [{ style: "gpt2", heads: 4, kvHeads: 2 }, 'kvHeads is for style "llama"'],
  [{ bias: true }, 'bias is for style "gpt2"'],
  [{ style: "gpt2", theta: 500 }, 'theta is for style "llama"'],
  [{ corpus: names, context: 1 }, "context of documents must be a number of at least 2, got 1"],
  [{ style: "bert" }, 'style must be one of llama, gpt2, got "bert"'],
  [{ embed: 8 }, 'embed is for network "lstm"', 'this one is "transformer"'],
  [{ context: 0 }, "context must be a whole number of at least 1"],
  [{ window: -1 }, "window must be a whole number of at least 0"],
  [{ hidden: 65536, layers: 1000 }, "out of memory"],
  [{ network: { kind: "transformer", hidden: 8 }, hidden: 8 }, "hidden is given twice"],
  [
    { network: { kind: "mamba" } },
    "kind of network must be one of lstm, transformer",
    'got "mamba"',
  ],
  [
    { network: { kind: "transformer", n_head: 2 } },
    "network does not know the option n_head; did you mean heads?",
  ],
  [{ network: "lstm", heads: 2 }, 'heads is for network "transformer", this one is "lstm"'],
])("refuses %j", async (options, ...parts) => {
  const work = LanguageModel.create({
    runtime,
    corpus: text,
    network: "transformer",
    ...options,
  } as never);
  const kind = parts[0] === "out of memory" ? OutOfMemoryError : InvalidInputError;
  await refusedLater(work, kind, ...parts);
});

test("refuses rows that its context cannot hold, and streams", async () => {
  const model = await LanguageModel.create({
    runtime,
    corpus: text,
    network: { ...sizes, context: 8 },
  });
  const fit = (options: object) => train(model, text, { steps: 1, ...options });
  await refusedLater(fit({ seqLen: 9 }), InvalidInputError, "seqLen", "at most 8, got 9");
  await refusedLater(fit({ batching: "streams" }), InvalidInputError, 'batching "streams"');
  expect(model.record.steps).toBe(0);
});
