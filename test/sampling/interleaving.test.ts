// Whatever is done with a model in a callback, between two pieces of a stream or in a training loop, every
// result is what it would have been alone.

import { describe, expect, test } from "vitest";
import { type GenerateOptions, LanguageModel, Seq2Seq } from "../../src/entries/index.js";
import { runtime, text, tiny, train } from "../models/help.js";
import { create as createPairs, few, pairs, train as trainPairs } from "../models/pairs-help.js";
import { collect, one } from "./help.js";
import { char, documents, V } from "./models.js";

const kinds: [string, GenerateOptions][] = [
  ["greedy", { greedy: true }],
  ["random", { samples: 3, seed: 5 }],
  ["filtered", { topP: 0.8, typicalP: 0.9, logprobs: 3, samples: 2 }],
  ["beams", { beams: 4, samples: 4 }],
];

describe("a mask that uses the model", () => {
  const use = () => {
    char.generate({ prompt: "r", maxTokens: 3, samples: 2 });
    char.generate({ beams: 2, maxTokens: 2 });
    char.score(text.slice(0, 50));
  };

  test.each(kinds)("%s: changes nothing", (_, kind) => {
    const options = { ...kind, prompt: "the ", maxTokens: 12 };
    const alone = char.generate(options);
    expect(char.generate({ ...options, mask: use })).toEqual(alone);
  });

  test.each(kinds)("%s: nor by what it keeps or changes of what it was given", (_, kind) => {
    const options = { ...kind, prompt: "the ", maxTokens: 8 };
    const alone = char.generate(options);
    const kept: { tokens: readonly number[]; seen: number[]; allowed: Uint8Array }[] = [];
    const mask: GenerateOptions["mask"] = (allowed, { tokens }) => {
      kept.push({ tokens, seen: [...tokens], allowed });
      (tokens as number[]).push(0);
      for (const before of kept.slice(0, -1)) before.allowed.fill(0);
    };
    expect(char.generate({ ...options, mask })).toEqual(alone);
    for (const { tokens, seen } of kept) expect(tokens).toEqual([...seen, 0]);
  });

  test("what is asked for late is what it was", () => {
    const contexts: { readonly tokens: readonly number[] }[] = [];
    const mask: GenerateOptions["mask"] = (_, context) => void contexts.push(context);
    const { tokens } = one(char, { maxTokens: 6, mask });
    expect(contexts.map((context) => context.tokens)).toEqual(
      tokens.map((_, n) => tokens.slice(0, n)),
    );
  });

  test("a pair's answer", async () => {
    for (const attention of ["none", "luong-dot", "bahdanau"] as const) {
      const model = await createPairs({ attention, bidirectional: true });
      await trainPairs(model, pairs, few);
      for (const [, kind] of kinds) {
        const options = { ...kind, source: "chief", maxTokens: 8 };
        const alone = model.generate(options);
        const mask = () => {
          model.generate({ source: "bad", maxTokens: 3, samples: 2 });
          model.encode("egg");
          if (attention !== "none") model.align("egg", "gge");
          model.score(pairs.slice(0, 3));
        };
        expect(model.generate({ ...options, mask })).toEqual(alone);
      }
    }
  });
});

describe("streams", () => {
  test("of one model in turns, with other uses between", async () => {
    const runs = kinds.map(([, kind], i) => ({ ...kind, prompt: "the ".slice(i), maxTokens: 15 }));
    const expected = await Promise.all(runs.map((options) => collect(char.stream(options))));
    const streams = runs.map((options) => char.stream(options));
    const found: unknown[][] = runs.map(() => []);
    for (let open = streams.length; open > 0; ) {
      open = 0;
      for (const [i, stream] of streams.entries()) {
        const { done, value } = await stream.next();
        if (done) continue;
        found[i].push(value);
        open++;
        char.generate({ maxTokens: 2, greedy: true });
        char.score("the cat");
      }
    }
    expect(found).toEqual(expected);
  });

  test("all at once, with prompts of different lengths", async () => {
    const runs = Array.from({ length: 8 }, (_, i) => ({
      prompt: text.slice(0, 1 + 90 * i),
      maxTokens: 12,
      seed: i,
      mask: i % 2 === 0 ? () => void char.generate({ maxTokens: 1, greedy: true }) : undefined,
    }));
    const together = await Promise.all(runs.map((options) => collect(char.stream(options))));
    for (const [i, options] of runs.entries()) {
      expect(together[i].map((chunk) => chunk.text).join("")).toBe(one(char, options).text);
    }
  });
});

describe("training", () => {
  const fit = { steps: 12, batch: 4, seqLen: 16, evalEvery: 3, val: 0.2, lr: 1e-2 } as const;

  test("is not disturbed by what its loop does with the model, nor by others meanwhile", async () => {
    const make = () => LanguageModel.create({ runtime, ...tiny, corpus: text, dropout: 0.1 });
    const alone = await make();
    const losses = (await train(alone, text, { ...fit, shards: 2 })).map(({ loss }) => loss);
    const model = await make();
    let over = false;
    const meanwhile = (async () => {
      // Ever more memory: views on it that somebody kept would be detached.
      for (let count = 1; !over; count = Math.min(2 * count, 4096)) {
        for (let n = 0; n < 20; n++) await Promise.resolve();
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (model.record.steps > 0) model.generate({ maxTokens: 1, samples: count });
      }
    })();
    const found: number[] = [];
    for await (const { loss } of model.fit(text, { ...fit, shards: 2 })) {
      found.push(loss);
      model.score(text.slice(0, 80));
      const stream = model.stream({ maxTokens: 5 });
      await stream.next();
      await stream.return();
    }
    over = true;
    await meanwhile;
    expect(found).toEqual(losses);
    expect(model.fingerprint()).toBe(alone.fingerprint());
  });

  test("of pairs, too", async () => {
    const options = { ...few, val: 0.2, evalEvery: 2 };
    const alone = await createPairs({ attention: "luong" });
    await trainPairs(alone, pairs, options);
    const model = await createPairs({ attention: "luong" });
    for await (const _ of model.fit(pairs, options)) {
      model.generate({ source: "cab", maxTokens: 4, beams: 2 });
      model.score(pairs.slice(0, 5));
      model.align("cab", "bac");
    }
    expect(model.fingerprint()).toBe(alone.fingerprint());
    expect(model).toBeInstanceOf(Seq2Seq);
  });
});

test("what was returned is not changed by what is done later", () => {
  const first = documents.generate({ samples: 2, logprobs: 2 });
  const copy = structuredClone(first);
  documents.generate({ samples: 2, seed: 9, logprobs: V });
  documents.score(["rose"]);
  expect(first).toEqual(copy);
});
