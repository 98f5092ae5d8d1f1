// What was read of conversations is not read again: the same bits, less reading, and memory that is given back.

import { beforeAll, describe, expect, it } from "vitest";
import { regex } from "../../../src/entries/grammar.js";
import {
  type ChatMessage,
  type GenerateOptions,
  LanguageModel,
  type LanguageModelOptions,
} from "../../../src/entries/index.js";
import type { AnyCausalNetwork } from "../../../src/models/language/causal-network.js";

import { runtime } from "../help.js";

const say = (...texts: string[]): ChatMessage[] =>
  texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }));
const system = { role: "system", content: "be kind to all who ask, whoever they are" };
const chats = Array.from({ length: 8 }, (_, i) => [
  ...(i % 2 === 0 ? [system] : []),
  ...say(`ask ${i}`, `yes ${i * i}`, "and", `no ${i}`),
]);
const context = 256;
const networks: Record<string, LanguageModelOptions> = {
  llama: { network: { kind: "transformer", hidden: 16, layers: 2, heads: 2, kvHeads: 1, context } },
  "gpt2, a window": {
    network: {
      kind: "transformer",
      style: "gpt2",
      hidden: 16,
      layers: 1,
      heads: 2,
      context,
      window: 20,
    },
  },
  lstm: { hidden: 12, embed: 6, layers: 2 },
  gru: { network: "gru", hidden: 12, embed: 6 },
};

const networkOf = (model: LanguageModel) =>
  (model as unknown as { core: { network: AnyCausalNetwork } }).core.network;

/** How many tokens the network reads while something is done. */
function reading<T>(model: LanguageModel, act: () => T): [result: T, tokens: number] {
  const network = networkOf(model);
  const { step } = network;
  let tokens = 0;
  network.step = (state, some, ...rest) => {
    tokens += some.length;
    step.call(network, state, some, ...rest);
  };
  try {
    return [act(), tokens];
  } finally {
    network.step = step;
  }
}

/** Tokens of a prompt. */
const promptOf = (model: LanguageModel, messages: readonly ChatMessage[]) =>
  messages.reduce(
    (all, { role, content }) =>
      all + 1 + model.tokenizer.encode(content as string).length + (role === "user" ? 0 : 1),
    1,
  );

async function pieces(model: LanguageModel, options: GenerateOptions) {
  const all = [];
  for await (const piece of model.stream(options)) all.push(piece);
  const [{ cached, ...first }, ...rest] = all;
  return { cached, pieces: [first, ...rest] };
}

/** Prompts of a conversation of some turns, to which the model said something. */
function turns(count: number): ChatMessage[][] {
  const all = Array.from({ length: count }, (_, i) => [`ask ${i}`, `yes ${i}`]).flat();
  return Array.from({ length: count }, (_, i) => [system, ...say(...all.slice(0, 2 * i + 1))]);
}

const ways: Record<string, GenerateOptions> = {
  drawn: { seed: 3, temperature: 0.9, logprobs: 2 },
  "several samples": { samples: 3, logprobs: 0, topP: 0.9 },
  beams: { beams: 3, samples: 2 },
  grammar: { grammar: regex("(yes|no) [0-9]{1,3}"), logprobs: 1 },
  penalties: { repetitionPenalty: 1.3, presencePenalty: 0.5, logprobs: 0 },
  "that slides": { overflow: "slide", maxTokens: 300, greedy: true },
};

describe.each(Object.keys(networks))("conversations with %s", (kind) => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    const model = await LanguageModel.create({
      runtime,
      corpus: chats,
      seed: 2,
      ...networks[kind],
    });
    await model.fit(chats, { steps: 30, batch: 4, lr: 1e-2 });
    bytes = model.save();
  });
  const load = () => LanguageModel.load(bytes, { runtime });

  it.each(Object.keys(ways))("have the same bits: %s", async (way) => {
    const [model, other] = [await load(), await load()];
    for (const messages of turns(4)) {
      const o: GenerateOptions = { messages, maxTokens: 12, ...ways[way] };
      const without = { ...o, cacheBytes: 0 };
      expect(model.generate(o)).toEqual(other.generate(without));
      const [one, two] = [await pieces(model, o), await pieces(other, without)];
      expect(one.pieces).toEqual(two.pieces);
      // It was just read by generate.
      expect(one.cached).toBeGreaterThan(0);
      expect(two.cached).toBe(0);
    }
  });

  it("are read once, quantised too", async () => {
    const plain = await load();
    for (const model of [plain, await plain.quantize()]) {
      // The start of the document is no part of a prompt.
      let before = -1;
      for (const messages of turns(5)) {
        const o = { messages, maxTokens: 1, greedy: true };
        const [, tokens] = reading(model, () => model.generate(o));
        const { cached } = await pieces(model, o);
        expect(tokens).toBe(cached! - before);
        before = cached!;
      }
    }
  });

  it("go on after the answer, which is not read again either", async () => {
    const [model, other] = [await load(), await load()];
    const said: ChatMessage[] = [];
    let before = -1;
    for (const content of ["ask 1", "and", "ask 2", "ask 3"]) {
      said.push({ role: "user", content });
      const o = { messages: [...said], maxTokens: 20, seed: said.length };
      const { cached, pieces: found } = await pieces(model, o);
      const alone = await pieces(other, { ...o, cacheBytes: 0 });
      expect(found).toEqual(alone.pieces);
      expect(cached).toBe(before < 0 ? 0 : before);
      const answer = found.map(({ text }) => text).join("");
      said.push({ role: "assistant", content: answer });
      const whole = found.length > 1 ? found.length - 1 : 0;
      before = promptOf(model, said.slice(0, -1)) + whole;
      // Asked once more, the prompt's end is known.
      expect((await pieces(model, o)).cached).toBe(promptOf(model, said.slice(0, -1)));
    }
  });

  it("that run side by side do not disturb each other", async () => {
    const [model, other] = [await load(), await load()];
    const [first, second] = turns(2);
    const options = [first, second, first, second].map((messages, seed) => ({ messages, seed }));
    const alone = [];
    for (const o of options) alone.push((await pieces(other, { ...o, cacheBytes: 0 })).pieces);
    const streams = options.map((o) => model.stream(o));
    const found: unknown[][] = options.map(() => []);
    for (let left = streams.length; left > 0; ) {
      left = 0;
      for (const [i, stream] of streams.entries()) {
        const { value, done } = await stream.next();
        if (done) continue;
        left++;
        const { cached: _, ...piece } = value!;
        found[i].push(piece);
      }
    }
    expect(found).toEqual(alone);
  });

  it("are read again with other weights, and by each adapter", async () => {
    const model = await load();
    const [, , messages] = turns(3);
    const o: GenerateOptions = { messages, maxTokens: 8, greedy: true, logprobs: 0 };
    const fresh = async (of: LanguageModel, more: GenerateOptions = {}) => {
      const own = await LanguageModel.load(of.save(), { runtime });
      return own.generate({ ...o, ...more });
    };
    model.generate(o);
    await model.fit(chats, { steps: 2, batch: 4 });
    expect((await pieces(model, o)).cached).toBe(0);
    expect(model.generate(o)).toEqual(await fresh(model));
    const before = model.generate(o);
    await model.fit(chats, { steps: 3, batch: 4, lr: 0.05, lora: { rank: 2, name: "own" } });
    expect((await pieces(model, o)).cached).toBe(0);
    expect((await pieces(model, o)).cached).toBeGreaterThan(0);
    const adapted = model.generate(o);
    expect(adapted).not.toEqual(before);
    expect((await pieces(model, { ...o, adapter: null })).cached).toBeGreaterThan(0);
    expect(model.generate({ ...o, adapter: null })).toEqual(before);
    await model.fit(chats, { steps: 5, batch: 4, lr: 0.05, lora: { rank: 2, name: "own" } });
    expect((await pieces(model, o)).cached).toBe(0);
    const again = model.generate(o);
    expect(again).toEqual(model.generate({ ...o, cacheBytes: 0 }));
    const merged = await model.merge();
    expect((await pieces(merged, o)).cached).toBe(0);
    expect(merged.generate(o)).toEqual(await fresh(merged));
  });

  it("take no more memory than they may", async () => {
    const model = await load();
    const network = networkOf(model) as AnyCausalNetwork & { cache?: { memory: { used: number } } };
    const [one, two, three] = turns(3);
    for (const messages of [one, two, three]) model.generate({ messages });
    if (network.cache) expect(network.cache.memory.used).toBeGreaterThan(0);
    model.generate({ messages: one, cacheBytes: 0 });
    if (network.cache) expect(network.cache.memory.used).toBe(0);
    expect((await pieces(model, { messages: one })).cached).toBe(0);
    model.generate({ messages: two, cacheBytes: 100 });
    expect((await pieces(model, { messages: two })).cached).toBe(0);
    expect(() => model.generate({ messages: one, cacheBytes: -1 })).toThrow(/cacheBytes/);
    for (let i = 0; i < 300; i++)
      model.generate({ messages: say(`ask ${i.toString(6)}`), maxTokens: 1 });
    expect((await pieces(model, { messages: say("ask 0") })).cached).toBe(0);
    expect((await pieces(model, { messages: say("ask 1215") })).cached).toBeGreaterThan(0);
  });

  it("share a beginning where the network can be cut, in whole pieces", async () => {
    const model = await load();
    const opening = { ...system, content: system.content.repeat(3) };
    model.generate({ messages: [opening, ...say("ask 1")] });
    const { cached } = await pieces(model, { messages: [opening, ...say("and")] });
    expect(cached).toBe(networkOf(model).cache ? 96 - 1 : 0);
    const shorter = await pieces(model, { messages: [opening, ...say("an")] });
    expect(shorter.cached).toBe(networkOf(model).cache ? 96 - 1 : 0);
  });

  it("are kept of messages alone", async () => {
    const model = await load();
    const [, tokens] = reading(model, () => model.generate({ prompt: "ask", maxTokens: 1 }));
    expect(reading(model, () => model.generate({ prompt: "ask", maxTokens: 1 }))[1]).toBe(tokens);
    expect((await pieces(model, { prompt: "ask" })).cached).toBeUndefined();
  });
});
