// Long things go in pieces: neither memory nor the wait of others grows with them, and no bit depends on
// where they are cut.

import { describe, expect, test } from "vitest";
import {
  type Chunk,
  createTokenizer,
  LanguageModel,
  type Runtime,
  Seq2Seq,
} from "../../src/entries/index.js";
import type { Machine } from "../../src/host/machine.js";
import { promptPiece } from "../../src/host/pieces.js";
import { runtime, text, tiny, train } from "./help.js";
import { few, pairs, train as trainPairs } from "./pairs-help.js";

/** A runtime, and the machine of the model that is made on it. */
function watched(): { on: Runtime; machine: () => Machine } {
  let machine: Machine | undefined;
  const make = () => {
    machine = runtime.machine();
    return machine;
  };
  return { on: { machine: make } as unknown as Runtime, machine: () => machine! };
}

const once = { steps: 1, batch: 2, seqLen: 16 };
const alphabet = "abcdefghijklmnopqrstuvwxyz";
const letters = (length: number, shift = 0) =>
  Array.from({ length }, (_, i) => alphabet[(i * i + shift * i) % 26]).join("");

describe("a language model", () => {
  test("a prompt of a million characters", async () => {
    const { on, machine } = watched();
    const model = await LanguageModel.create({ runtime: on, ...tiny, corpus: text });
    await train(model, text, once);
    const before = machine().bytes;
    const prompt = text.repeat(Math.ceil(1e6 / text.length));
    const { tokens } = model.generate({ prompt, maxTokens: 3 }).samples[0];
    expect(tokens).toHaveLength(3);
    expect(machine().bytes - before).toBeLessThan(2e6);
    expect(machine().activationBytes).toBe(0);
  });

  test.each([1, 2, 7, 400])("a prompt that is read in many pieces, %d tokens long", async (n) => {
    // Of a size that is read some tokens at a time; trained hardly, sampled often.
    const model = await LanguageModel.create({
      runtime,
      corpus: text,
      embed: 64,
      hidden: 192,
      seed: 2,
    });
    await train(model, text, once);
    const piece = promptPiece(4 * 192 * (64 + 192));
    expect(piece).toBeLessThan(400);
    const prompt = text.slice(0, n);
    const options = { prompt, maxTokens: 1, logprobs: 14 };
    const [{ top }] = model.generate(options).samples[0].logprobs!;
    const { value } = await model.stream(options).next();
    expect((value as Chunk).logprob!.top).toEqual(top);
    // The same network, one token at a time.
    const forced = Array.from(model.tokenizer.encode(text.slice(1, n)));
    const mask = (allowed: Uint8Array, { tokens }: { readonly tokens: readonly number[] }) => {
      if (tokens.length >= forced.length) return;
      allowed.fill(0);
      allowed[forced[tokens.length]] = 1;
    };
    const stepped = model.generate({ prompt: text[0], maxTokens: n, mask, logprobs: 14 })
      .samples[0];
    expect(top).toEqual(stepped.logprobs![n - 1].top);
  });

  test("documents of very different lengths: memory of the short ones, and their sum", async () => {
    const { on, machine } = watched();
    const short = Array.from({ length: 160 }, (_, i) => letters(5 + (i % 30), i));
    const long = letters(60_000);
    const model = await LanguageModel.create({ runtime: on, ...tiny, corpus: [...short, long] });
    await train(model, short, once);
    const few = model.score(short);
    const before = machine().bytes;
    const all = model.score([...short, long]);
    expect(machine().bytes - before).toBeLessThan(4e6);
    const alone = model.score([long]);
    expect(all.tokens).toBe(few.tokens + alone.tokens);
    const sum = few.nats * few.tokens + alone.nats * alone.tokens;
    expect(all.nats * all.tokens).toBeCloseTo(sum, 5);
    // And each of them alone, whatever is beside it.
    const apart = short.map((one) => model.score([one]));
    const total = apart.reduce((nats, one) => nats + one.nats * one.tokens, 0);
    expect(few.nats * few.tokens).toBeCloseTo(total, 8);
  });

  test("validation of such documents", async () => {
    const { on, machine } = watched();
    const documents = [...Array.from({ length: 160 }, (_, i) => letters(20, i)), letters(60_000)];
    const model = await LanguageModel.create({ runtime: on, ...tiny, corpus: documents });
    const fit = { steps: 2, batch: 8, val: 0.1, evalEvery: 1, maxLength: 1e6 };
    const reports = await train(model, documents, fit);
    expect(reports.every(({ validation }) => Number.isFinite(validation))).toBe(true);
    // Training itself has batches of 8 short ones.
    expect(machine().bytes).toBeLessThan(2e7);
  });

  test("20,000 classes: a score takes no more memory than its pieces", async () => {
    const tokenizer = createTokenizer(
      "char",
      Array.from({ length: 20_000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(""),
    );
    const { on, machine } = watched();
    const model = await LanguageModel.create({
      runtime: on,
      tokenizer,
      embed: 4,
      hidden: 4,
      seed: 1,
    });
    const before = machine().bytes;
    const score = model.score(
      Array.from({ length: 600 }, (_, i) => String.fromCodePoint(0x4e00 + i * 7)).join(""),
    );
    expect(score.nats).toBeCloseTo(Math.log(20_000), 0);
    expect(machine().bytes - before).toBeLessThan(3e8);
  });

  test("many prompts at once keep nobody waiting for all of one", async () => {
    const model = await LanguageModel.create({
      runtime,
      corpus: text,
      embed: 64,
      hidden: 512,
      seed: 1,
    });
    await train(model, text, { ...once, steps: 1 });
    const prompt = text.slice(0, 800);
    let turns = 0;
    let over = false;
    const others = (async () => {
      while (!over) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        turns++;
      }
    })();
    const streams = Array.from({ length: 4 }, (_, seed) =>
      model.stream({ prompt, maxTokens: 1, seed }).next(),
    );
    const first = (await Promise.all(streams)).map(({ value }) => (value as Chunk).token);
    over = true;
    await others;
    // Each prompt is of 58 pieces, with a turn between any two.
    expect(turns).toBeGreaterThan(40);
    for (const [seed, token] of first.entries()) {
      expect(model.generate({ prompt, maxTokens: 1, seed }).samples[0].tokens).toEqual([token]);
    }
  });

  test("a signal ends a stream while its prompt is read", async () => {
    const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    await train(model, text, once);
    const prompt = text.repeat(1000);
    const controller = new AbortController();
    const work = model.stream({ prompt, signal: controller.signal }).next();
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(work).rejects.toThrow("enough");
  });

  test("beams let others in, too", async () => {
    const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    await train(model, text, once);
    const controller = new AbortController();
    const { signal } = controller;
    const work = model.stream({ beams: 16, maxTokens: 1e6, signal }).next();
    setTimeout(() => controller.abort(new Error("enough")), 5);
    await expect(work).rejects.toThrow("enough");
  });
});

describe("a model of pairs", () => {
  const variants = (["none", "luong-dot", "luong", "bahdanau"] as const).flatMap((attention) =>
    [false, true].map((bidirectional) => ({ attention, bidirectional })),
  );
  const corpus = [...pairs, { source: alphabet, target: alphabet }];

  test.each(variants)(
    "$attention, two directions $bidirectional: one long pair among many",
    async (variant) => {
      const { on, machine } = watched();
      const model = await Seq2Seq.create({
        runtime: on,
        corpus,
        embed: 6,
        hidden: 12,
        layers: 2,
        seed: 1,
        ...variant,
      });
      await trainPairs(model, pairs, few);
      const short = Array.from({ length: 100 }, (_, i) => ({
        source: letters(4 + (i % 9), i),
        target: letters(3 + (i % 7), i + 1),
      }));
      const long = { source: letters(20_000), target: letters(50) };
      const before = machine().bytes;
      const all = model.score([...short, long]);
      // What is attended to is its own size; nothing else is.
      expect(machine().bytes - before).toBeLessThan(2e7);
      const [a, b] = [model.score(short), model.score([long])];
      expect(all.tokens).toBe(a.tokens + b.tokens);
      expect(all.nats * all.tokens).toBeCloseTo(a.nats * a.tokens + b.nats * b.tokens, 8);
      const apart = short.map((one) => model.score([one]));
      const total = apart.reduce((nats, one) => nats + one.nats * one.tokens, 0);
      expect(a.nats * a.tokens).toBeCloseTo(total, 8);
      const { tokens } = model.generate({ source: letters(20_000), maxTokens: 4 }).samples[0];
      expect(tokens.length).toBeGreaterThan(0);
      expect(machine().bytes - before).toBeLessThan(2e7);
      expect(machine().activationBytes).toBe(0);
    },
  );
});
