import { describe, expect, test } from "vitest";
import {
  type Chunk,
  type GenerateOptions,
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
  type Sample,
} from "../../src/entries/index.js";
import {
  naiveLogits,
  naiveLogSoftmax,
  names,
  refused,
  runtime,
  text,
  tiny,
  train,
} from "./help.js";

const mixed = `${"今天下雨，明天天晴。雨天看书，晴天爬山。😀👍🏽 rain, sun; rain, sun.\n".repeat(20)}`;

async function trained(
  data: string | readonly string[],
  options: LanguageModelOptions = {},
  steps = 60,
): Promise<LanguageModel> {
  const model = LanguageModel.create(runtime, { ...tiny, corpus: data, ...options });
  await train(model, data, { steps, batch: 8, seqLen: 16, lr: 2e-2 });
  return model;
}

const char = await trained(text);
const V = char.tokenizer.size;
const documents = await trained(names);
const byte = await trained(mixed, { tokenizer: "byte" }, 200);
const bpe = await trained(mixed, { tokenizer: "bpe", vocab: 290 });
const signs = await trained(mixed, {}, 120);
const models = { char, documents, byte, bpe, signs };
const every = Object.entries(models);

const one = (model: LanguageModel, options: GenerateOptions) => model.generate(options).samples[0];
const ids = (model: LanguageModel, string: string) => Array.from(model.tokenizer.encode(string));

/** The tokens that a model is fed before anything is generated. */
function fed(model: LanguageModel, prompt: string): number[] {
  const tokens = ids(model, prompt);
  return model.config.documents ? [model.tokenizer.special("<start>")!, ...tokens] : tokens;
}

/** Log-probabilities behind a prompt and some tokens, in float64. */
function naive(model: LanguageModel, prompt: string, tokens: readonly number[] = []): number[] {
  const rows = naiveLogits(model, [...fed(model, prompt), ...tokens]);
  return naiveLogSoftmax(rows[rows.length - 1]);
}

const softmax = (logits: readonly number[]) => naiveLogSoftmax(logits).map(Math.exp);

/** The script that every generated text follows, by way of a mask. */
const forced =
  (script: readonly number[]) =>
  (allowed: Uint8Array, at: { readonly tokens: readonly number[] }) => {
    allowed.fill(0);
    allowed[script[at.tokens.length]] = 1;
  };

async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** What `generate` would have returned, from a stream's chunks. */
function assemble(chunks: readonly Chunk[], count: number): Omit<Sample, "seed">[] {
  return Array.from({ length: count }, (_, sample) => {
    const own = chunks.filter((chunk) => chunk.sample === sample);
    const logprobs = own.flatMap(({ logprob }) => logprob ?? []);
    expect(own.findIndex(({ finish }) => finish)).toBe(own.length - 1);
    return {
      text: own.map((chunk) => chunk.text).join(""),
      tokens: own.flatMap(({ token }) => token ?? []),
      finish: own[own.length - 1].finish!,
      ...(logprobs.length > 0 ? { logprobs } : {}),
    };
  });
}

/**
 * Pearson's χ² of counts against probabilities, as a number of its own standard deviations above its
 * mean; Infinity where something came that cannot.
 */
function surprise(counts: readonly number[], probabilities: readonly number[]): number {
  const n = counts.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  let classes = 0;
  let rest = { count: 0, expected: 0 };
  for (const [i, p] of probabilities.entries()) {
    if (p === 0) {
      if (counts[i] > 0) return Infinity;
    } else if (n * p < 5) {
      rest = { count: rest.count + counts[i], expected: rest.expected + n * p };
    } else {
      statistic += (counts[i] - n * p) ** 2 / (n * p);
      classes++;
    }
  }
  if (rest.expected > 0.5) {
    statistic += (rest.count - rest.expected) ** 2 / rest.expected;
    classes++;
  }
  const freedom = Math.max(1, classes - 1);
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

/** How often each token is the first of many samples. */
function frequencies(model: LanguageModel, options: GenerateOptions, count = 10000): number[] {
  const counts = new Array<number>(model.tokenizer.size).fill(0);
  for (const { tokens } of model.generate({ tokens: 1, count, ...options }).samples) {
    counts[tokens[0]]++;
  }
  return counts;
}

describe("the model itself", () => {
  test.each(every)("%s: log-probabilities are those of a naive float64 network", (_, model) => {
    const prompt = model === documents ? "ro" : model === char ? "the c" : "今天";
    const { logprobs, tokens } = one(model, {
      prompt,
      tokens: 12,
      seed: 4,
      logprobs: model.tokenizer.size,
    });
    for (const [n, { token, text: piece, logprob, top }] of logprobs!.entries()) {
      const expected = naive(model, prompt, tokens.slice(0, n));
      expect(token).toBe(tokens[n]);
      expect(piece).toBe(model.tokenizer.decode([token]));
      expect(logprob).toBeCloseTo(expected[token], 4);
      expect(top).toHaveLength(model.tokenizer.size);
      for (const entry of top!) expect(entry.logprob).toBeCloseTo(expected[entry.token], 4);
      const order = top!.map((entry) => entry.logprob);
      expect(order).toEqual([...order].sort((a, b) => b - a));
    }
  });

  test.each([
    ["char", char, "t"],
    ["byte", byte, ";"],
    ["signs", signs, "雨"],
  ] as const)("%s: log-probabilities add up to the score", (_, model, prompt) => {
    for (const seed of [0, 1, 2]) {
      // Bytes may stop inside a character; then there is no text that scores the same.
      const script = ids(model, model === char ? "the rat" : "天看书😀 r");
      const mask = model === byte ? forced(script) : undefined;
      const tokens = model === byte ? script.length : 50;
      const sample = one(model, { prompt, tokens, seed, logprobs: true, temperature: 2, mask });
      const sum = sample.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      const score = model.score(prompt + sample.text);
      expect(score.tokens).toBe(sample.tokens.length);
      expect(sum).toBeCloseTo(-score.nats * score.tokens, 3);
    }
  });

  test("samples follow the weights while they are trained", async () => {
    const model = LanguageModel.create(runtime, { ...tiny, corpus: text });
    const options = { prompt: "the ", tokens: 30, seed: 3, logprobs: true };
    for await (const { step } of model.fit(text, { steps: 6, batch: 2, seqLen: 16, lr: 0.1 })) {
      const saved = LanguageModel.load(runtime, model.save());
      expect([step, model.generate(options)]).toEqual([step, saved.generate(options)]);
    }
  });

  test("documents: the end counts too", () => {
    for (const { text: document, tokens, logprobs, finish } of documents.generate({
      count: 10,
      logprobs: true,
    }).samples) {
      expect(finish).toBe("end");
      const sum = logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      const score = documents.score([document]);
      expect(score.tokens).toBe(tokens.length);
      expect(sum).toBeCloseTo(-score.nats * score.tokens, 3);
    }
  });

  test("log-probabilities are before temperature, filters, penalties and bias", () => {
    const options = { prompt: "the ", tokens: 1, logprobs: 3 };
    const { top } = one(char, options).logprobs![0];
    const changed = { temperature: 0.3, topK: 2, logitBias: { c: 5 }, repetitionPenalty: 3 };
    expect(one(char, { ...options, ...changed }).logprobs![0].top).toEqual(top);
    expect(one(char, options).logprobs![0]).toMatchObject({ token: expect.any(Number), top });
    expect(one(char, { ...options, logprobs: true }).logprobs![0].top).toBeUndefined();
    expect(one(char, { ...options, logprobs: false }).logprobs).toBeUndefined();
  });
});

describe("frequencies match the distribution", () => {
  const prompt = "the ";
  const p = naive(char, prompt).map(Math.exp);
  const order = Array.from(p.keys()).sort((a, b) => p[b] - p[a]);
  const only = (kept: readonly number[], from = p) => {
    const total = kept.reduce((sum, token) => sum + from[token], 0);
    return from.map((x, token) => (kept.includes(token) ? x / total : 0));
  };
  /** The first tokens that reach `part` of what they all weigh. */
  const reach = (tokens: readonly number[], part: number, from = p) => {
    const total = tokens.reduce((sum, token) => sum + from[token], 0);
    let sum = 0;
    return tokens.filter((token) => {
      const before = sum;
      sum += from[token];
      return before < part * total;
    });
  };
  const typical = (tokens: readonly number[], part: number) => {
    const q = only(tokens);
    const entropy = tokens.reduce((sum, token) => sum - q[token] * Math.log(q[token]), 0);
    const far = (token: number) => Math.abs(-Math.log(q[token]) - entropy);
    return reach(
      [...tokens].sort((a, b) => far(a) - far(b)),
      part,
      q,
    );
  };
  const heated = (t: number) => softmax(p.map((x) => Math.log(x) / t));

  test("the test itself sees a small difference", () => {
    const counts = frequencies(char, { prompt });
    expect(surprise(counts, heated(1.2))).toBeGreaterThan(10);
    expect(surprise(counts, only(order.slice(0, 8)))).toBe(Infinity);
    expect(order.length).toBeGreaterThan(10);
    expect(p[order[0]]).toBeLessThan(0.6);
  });

  const top3 = order.slice(0, 3);
  const cases: [GenerateOptions, number[]][] = [
    [{}, p],
    [{ seed: 123456789012 }, p],
    [{ temperature: 0.5 }, heated(0.5)],
    [{ temperature: 3 }, heated(3)],
    [{ topK: 3 }, only(top3)],
    [{ topK: 1000 }, p],
    [{ topP: 0.7 }, only(reach(order, 0.7))],
    [{ topP: 0.05 }, only([order[0]])],
    [{ minP: 0.1 }, only(order.filter((token) => p[token] >= 0.1 * p[order[0]]))],
    [{ minP: 1 }, only([order[0]])],
    [{ typicalP: 0.5 }, only(typical(order, 0.5))],
    [{ typicalP: 0.9 }, only(typical(order, 0.9))],
    [{ topK: 5, topP: 0.8 }, only(reach(order.slice(0, 5), 0.8))],
    [{ topK: 6, typicalP: 0.6 }, only(typical(order.slice(0, 6), 0.6))],
    [{ temperature: 1.5, topP: 0.6 }, only(reach(order, 0.6, heated(1.5)), heated(1.5))],
    [{ mask: (allowed) => void allowed.fill(0).fill(1, 2, 6) }, only([2, 3, 4, 5])],
    [{ banned: ["c", "h"] }, only(order.filter((t) => !ids(char, "ch").includes(t)))],
    [{ logitBias: { c: 1, r: -Infinity } }, biased({ c: 1, r: -Infinity })],
    [{ logitBias: [[ids(char, "m")[0], 2]], temperature: 2 }, biased({ m: 2 }, 2)],
    [{ repetitionPenalty: 1.8 }, repeated(1.8)],
    [{ repetitionPenalty: 0.6 }, repeated(0.6)],
  ];

  function biased(bias: Record<string, number>, temperature = 1): number[] {
    const logits = p.map(Math.log);
    for (const [piece, b] of Object.entries(bias)) logits[ids(char, piece)[0]] += b;
    return softmax(logits.map((x) => x / temperature));
  }

  function repeated(penalty: number): number[] {
    const rows = naiveLogits(char, ids(char, prompt));
    const logits = rows[rows.length - 1];
    for (const token of new Set(ids(char, prompt))) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
    return softmax(logits);
  }

  test.each(cases)("%o", (options, expected) => {
    expect(expected.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 9);
    expect(surprise(frequencies(char, { prompt, ...options }), expected)).toBeLessThan(5);
  });

  test("filters of the cases above do filter, and differ", () => {
    const kept = cases.map(([, expected]) => expected.filter((x) => x > 0).length);
    expect(new Set(kept).size).toBeGreaterThan(5);
  });

  test("later tokens follow their own distribution", () => {
    const counts = new Array<number>(V).fill(0);
    const second = ids(char, "c")[0];
    for (const { tokens } of char.generate({ prompt, tokens: 2, count: 20000 }).samples) {
      if (tokens[0] === second) counts[tokens[1]]++;
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(500);
    const expected = naive(char, prompt, [second]).map(Math.exp);
    expect(surprise(counts, expected)).toBeLessThan(5);
  });
});

describe("greedy", () => {
  test.each(every)("%s: greedy, temperature 0 and topK 1 are one", (_, model) => {
    const options = { tokens: 40, logprobs: true, prompt: "r" };
    const greedy = one(model, { ...options, greedy: true });
    for (const [n, token] of greedy.tokens.entries()) {
      const expected = naive(model, "r", greedy.tokens.slice(0, n));
      if (model === documents) expected[fed(model, "")[0]] = -Infinity;
      expect(expected[token]).toBeGreaterThan(Math.max(...expected) - 1e-4);
    }
    expect(one(model, { ...options, temperature: 0 })).toEqual(greedy);
    expect(one(model, { ...options, topK: 1 })).toEqual(greedy);
    expect(one(model, { ...options, greedy: true, seed: 99 })).toEqual({ ...greedy, seed: 99 });
    for (const temperature of [1e-3, 1e-30, 1e-300]) {
      expect(one(model, { ...options, temperature })).toEqual(greedy);
    }
    const beam = one(model, { ...options, beams: 1, lengthPenalty: 0 });
    expect(beam.tokens).toEqual(greedy.tokens);
    const sum = greedy.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
    if (model !== documents) expect(beam.score).toBeCloseTo(sum, 3);
  });
});

describe("many samples", () => {
  const wide: GenerateOptions = {
    tokens: 30,
    logprobs: 2,
    temperature: 1.3,
    topP: 0.95,
    repetitionPenalty: 1.2,
    frequencyPenalty: 0.1,
    banned: ["at"],
    stop: ["e.", "爬", "n"],
  };

  test.each(every)("%s: sample i is what seed + i gives alone, bit for bit", (_, model) => {
    const { samples, text: first } = model.generate({ ...wide, count: 7, seed: 40 });
    expect(samples).toHaveLength(7);
    expect(first).toBe(samples[0].text);
    for (const [i, sample] of samples.entries()) {
      expect(sample.seed).toBe(40 + i);
      expect(one(model, { ...wide, seed: 40 + i })).toEqual(sample);
    }
    expect(new Set(samples.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(3);
    // Rows that end leave the others as they would have been.
    expect(new Set(samples.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(1);
  });

  test("the same call twice is the same; another seed is another", () => {
    const options = { tokens: 60, logprobs: 3 };
    expect(char.generate(options)).toEqual(char.generate(options));
    expect(one(char, { ...options, seed: 1 }).text).not.toBe(one(char, options).text);
    const far = one(char, { ...options, seed: 2 ** 32 });
    expect(far.text).not.toBe(one(char, options).text);
    expect(one(char, { ...options, seed: undefined })).toEqual(one(char, { ...options, seed: 0 }));
  });

  test("a longer sample begins with the shorter one", () => {
    const long = one(char, { tokens: 50, seed: 3 });
    expect(one(char, { tokens: 20, seed: 3 }).tokens).toEqual(long.tokens.slice(0, 20));
    expect(long.finish).toBe("length");
    expect(long.tokens).toHaveLength(50);
  });

  test("the prompt's split into pieces does not matter: state is carried", () => {
    // A long prompt in one call against the same text fed by force, token by token.
    const prompt = text.slice(0, 120);
    const script = ids(char, prompt);
    const expected = one(char, { prompt, tokens: 1, logprobs: V }).logprobs![0].top!;
    const mask = (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
      if (at.tokens.length < script.length - 1) forced(script.slice(1))(allowed, at);
    };
    const options = { prompt: prompt[0], tokens: script.length, logprobs: V, mask };
    const { logprobs } = one(char, options);
    const got = new Map(logprobs![script.length - 1].top!.map((e) => [e.token, e.logprob]));
    for (const { token, logprob } of expected) expect(got.get(token)).toBeCloseTo(logprob, 5);
  });
});

describe("penalties and bias, exactly", () => {
  // All tokens as beams of length one tell the adjusted log-probabilities themselves.
  function adjusted(options: GenerateOptions, model = char): Map<number, number> {
    const all = model.tokenizer.size;
    const beams = { beams: all, count: all, tokens: 1, lengthPenalty: 0 };
    const { samples } = model.generate({ ...beams, ...options });
    return new Map(samples.map(({ tokens, score }) => [tokens[0], score!]));
  }

  function agree(got: ReadonlyMap<number, number>, logits: readonly number[]): void {
    const expected = naiveLogSoftmax(logits);
    for (const [token, logprob] of expected.entries()) {
      if (logprob === -Infinity) expect(got.has(token)).toBe(false);
      else expect(got.get(token)).toBeCloseTo(logprob, 4);
    }
  }

  const prompt = "the cat";
  const raw = () => naiveLogits(char, ids(char, prompt)).pop()!;

  test("nothing", () => agree(adjusted({ prompt }), raw()));

  test.each([0.5, 1.3, 4])("repetitionPenalty %d, over the prompt", (penalty) => {
    const logits = raw();
    expect(logits.some((x) => x > 0) && logits.some((x) => x < 0)).toBe(true);
    for (const token of new Set(ids(char, prompt))) {
      logits[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
    }
    agree(adjusted({ prompt, repetitionPenalty: penalty }), logits);
  });

  test("frequency and presence penalties spare the prompt", () => {
    agree(adjusted({ prompt, frequencyPenalty: 2, presencePenalty: 3 }), raw());
  });

  test("bias by text, by id, by special token; -Infinity forbids", () => {
    const [c, t] = ids(char, "ct");
    const logits = raw();
    logits[c] += 3;
    logits[t] = -Infinity;
    agree(adjusted({ prompt, logitBias: { c: 3, t: -Infinity } }), logits);
    const pairs = [
      [c, 3],
      [t, -Infinity],
    ] as const;
    agree(adjusted({ prompt, logitBias: pairs }), logits);

    const end = documents.tokenizer.special("<end>")!;
    const rows = naiveLogits(documents, fed(documents, "ro")).pop()!;
    rows[end] += 4;
    rows[documents.tokenizer.special("<start>")!] = -Infinity;
    agree(adjusted({ prompt: "ro", logitBias: { "<end>": 4 } }, documents), rows);
  });

  test("bias first, then repetition, then frequency and presence", () => {
    // Two tokens deep: every pair's score is the sum of what the formulas say.
    const options = {
      prompt,
      logitBias: { t: -2, c: 1 },
      repetitionPenalty: 1.5,
      frequencyPenalty: 0.3,
      presencePenalty: 0.1,
    };
    const { samples } = char.generate({
      ...options,
      tokens: 3,
      beams: 200,
      count: 200,
      lengthPenalty: 0,
    });
    expect(samples.some(({ tokens: [a, b, c] }) => a === b || a === c || b === c)).toBe(true);
    for (const { tokens, score } of samples) {
      let sum = 0;
      for (const [n, token] of tokens.entries()) {
        const before = tokens.slice(0, n);
        const logits = naiveLogits(char, [...ids(char, prompt), ...before]).pop()!;
        logits[ids(char, "t")[0]] -= 2;
        logits[ids(char, "c")[0]] += 1;
        for (const seen of new Set([...ids(char, prompt), ...before])) {
          logits[seen] = logits[seen] > 0 ? logits[seen] / 1.5 : logits[seen] * 1.5;
        }
        for (const seen of new Set(before)) {
          logits[seen] -= 0.1 + 0.3 * before.filter((other) => other === seen).length;
        }
        sum += naiveLogSoftmax(logits)[token];
      }
      expect(score).toBeCloseTo(sum, 3);
    }
  });

  test.each([
    { repetitionPenalty: 1.7 },
    { frequencyPenalty: 0.8 },
    { presencePenalty: 1.5 },
    { frequencyPenalty: -0.3 },
    { logitBias: { a: -3, e: 1 } },
  ] as GenerateOptions[])("the sampler applies %o as beam search does", (options) => {
    const sampled = one(char, { prompt, tokens: 40, greedy: true, ...options });
    expect(one(char, { prompt, tokens: 40, beams: 1, ...options }).tokens).toEqual(sampled.tokens);
    expect(one(char, { prompt, tokens: 40, greedy: true }).tokens).not.toEqual(sampled.tokens);
  });
});

describe("banned strings", () => {
  const cases: [string, LanguageModel, string[]][] = [
    ["char", char, ["at", "the r", ".\n"]],
    ["documents", documents, ["e", "is"]],
    ["byte", byte, ["天", "雨，", "in, s", "😀"]],
    ["bpe", bpe, ["天", "rain, s", "看书", "un; r", "👍🏽"]],
    ["signs", signs, ["天天", "。雨", "爬"]],
  ];

  test.each(cases)("%s: never appear, in none of many samples", (_, model, banned) => {
    const options = { tokens: 60, count: 60, temperature: 0.8 };
    const without = model.generate(options).samples;
    for (const string of banned) {
      expect(
        without.some(({ text: t }) => t.includes(string)),
        `${string} is common`,
      ).toBe(true);
    }
    for (const string of [...banned.map((item) => [item]), banned]) {
      for (const sample of model.generate({ ...options, banned: string }).samples) {
        for (const item of string) expect(sample.text).not.toContain(item);
        expect(sample.finish).not.toBe("stop");
      }
    }
    const beams = { tokens: 12, beams: 5, count: 5, banned };
    for (const sample of model.generate(beams).samples) {
      for (const item of banned) expect(sample.text).not.toContain(item);
    }
  });

  test("cross the borders of tokens", () => {
    // The strings above are several tokens, and not always the same ones.
    expect(ids(byte, "天").length).toBe(3);
    expect(ids(bpe, "rain, s").length).toBeGreaterThan(1);
    const pieces = Array.from({ length: bpe.tokenizer.size }, (_, id) =>
      bpe.tokenizer.decode([id]),
    );
    expect(pieces.some((piece) => "rain, s".includes(piece) && piece.length > 1)).toBe(true);
  });

  test("only what completes one is forbidden", () => {
    const seen: Uint8Array[] = [];
    const script = ids(char, "the ca");
    const options = {
      prompt: "\n",
      tokens: 7,
      banned: ["cat", "zz".replace(/z/g, "h")],
      mask: (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
        seen.push(allowed.slice());
        if (at.tokens.length < script.length) forced(script)(allowed, at);
      },
      logitBias: { t: 50 },
    };
    const sample = one(char, options);
    expect(sample.text.slice(0, 6)).toBe("the ca");
    expect(sample.text).toHaveLength(7);
    expect(sample.text[6]).not.toBe("t");
    expect(seen.every((allowed) => allowed.every((x) => x === 1))).toBe(true);
  });

  test("the prompt is not generated: a string begun there may be finished", () => {
    const options = { prompt: "the ca", tokens: 1, logitBias: { t: 50 }, banned: ["cat"] };
    expect(one(char, options).text).toBe("t");
    expect(one(char, { ...options, banned: ["t"] }).text).not.toBe("t");
  });
});

describe("stop strings", () => {
  // The last list of each is tried as a whole: its strings do not overlap, so the first is the first.
  const cases: [string, LanguageModel, string[], string[]][] = [
    ["char", char, [" the", "t"], ["cat", ".\n", "met"]],
    ["documents", documents, ["is", "ly"], ["e", "o"]],
    ["byte", byte, ["in, s", "🏽"], ["天", "雨，", "。😀"]],
    ["bpe", bpe, ["un; r", "n", "👍🏽 r"], ["天", "rain, s", "看书"]],
    ["signs", signs, ["。雨"], ["天", "😀"]],
  ];

  test.each(cases)(
    "%s: end the text just before them, in generate and stream",
    async (_, m, some, all) => {
      const options = { tokens: 50, count: 16, temperature: 0.8, seed: 5 };
      const whole = m.generate(options).samples;
      let stopped = 0;
      for (const stop of [...some, ...all, all]) {
        const stops = [stop].flat();
        const { samples } = m.generate({ ...options, stop });
        for (const [i, sample] of samples.entries()) {
          const found = stops.map((s) => whole[i].text.indexOf(s)).filter((at) => at >= 0);
          if (found.length === 0) expect(sample).toEqual(whole[i]);
          else {
            stopped++;
            expect(sample.text).toBe(whole[i].text.slice(0, Math.min(...found)));
            expect(sample.finish).toBe("stop");
            expect(sample.tokens).toEqual(whole[i].tokens.slice(0, sample.tokens.length));
            const read = m.tokenizer.decode(sample.tokens);
            expect(stops.some((s) => read.includes(s))).toBe(true);
          }
        }
        const chunks = await collect(m.stream({ ...options, stop }));
        const expected = samples.map(({ seed: _, ...sample }) => sample);
        expect(assemble(chunks, 16)).toEqual(expected);
      }
      expect(stopped).toBeGreaterThan(10);
    },
  );

  test("a beginning that comes to nothing is shown in the end", () => {
    const script = ids(char, "the ca");
    const options = { tokens: 6, mask: forced(script), stop: ["cat", "the x"] };
    expect(one(char, options)).toMatchObject({ text: "the ca", finish: "length" });
  });

  test("held back in a stream until it is certain", async () => {
    const script = ids(char, "the cat");
    const run = async (tokens: number, stop: string) =>
      (await collect(char.stream({ tokens, mask: forced(script), stop }))).map((c) => c.text);
    expect(await run(6, "cat")).toEqual(["t", "h", "e", " ", "", "ca"]);
    expect(await run(7, "cat")).toEqual(["t", "h", "e", " ", "", "", ""]);
    expect(await run(7, "che")).toEqual(["t", "h", "e", " ", "", "ca", "t"]);
    expect(await run(4, "tht")).toEqual(["", "", "the", " "]);
  });

  test("one inside a token ends the text inside it", () => {
    const token = Array.from({ length: bpe.tokenizer.size }, (_, id) => id).find(
      (id) => bpe.tokenizer.decode([id]) === " rain",
    )!;
    expect(token).toBeGreaterThan(255);
    const mask = forced([token]);
    const options = { tokens: 1, mask, stop: "ai" };
    expect(one(bpe, options)).toMatchObject({ text: " r", finish: "stop", tokens: [token] });
  });

  test("beam search stops as well", () => {
    const { samples } = char.generate({
      prompt: "the ",
      tokens: 12,
      beams: 6,
      count: 6,
      stop: " ",
    });
    expect(samples.some(({ finish }) => finish === "stop")).toBe(true);
    for (const { text: t } of samples) expect(t).not.toContain(" ");
  });
});

describe("streams", () => {
  test.each(every)("%s: put together, are what generate gives", async (_, model) => {
    const options = { tokens: 40, count: 3, seed: 6, logprobs: 2, temperature: 1.2, stop: ["ri"] };
    const chunks = await collect(model.stream(options));
    const { samples } = model.generate(options);
    expect(assemble(chunks, 3)).toEqual(samples.map(({ seed: _, ...sample }) => sample));
  });

  test.each([
    ["byte", byte],
    ["bpe", bpe],
    ["signs", signs],
  ])("%s: never half a character of well-formed text", async (_, model) => {
    const wanted = "今天😀下雨👍🏽 rain 看";
    const script = ids(model, wanted);
    const options = { tokens: script.length, mask: forced(script), stop: ["看书", "雨😀"] };
    let shown = "";
    for await (const chunk of model.stream(options)) {
      expect(chunk.text).not.toMatch(/[\ud800-\udfff]/u);
      expect(chunk.text).not.toContain("\ufffd");
      shown += chunk.text;
      expect(wanted.startsWith(shown)).toBe(true);
    }
    expect(shown).toBe(wanted);
    expect(model.generate(options).text).toBe(wanted);
  });

  test("bytes that are no text are shown as decode shows them, and nothing is lost", async () => {
    for (const model of [byte, bpe]) {
      const options = { tokens: 60, temperature: 5, seed: 2 };
      const { tokens, text: t } = one(model, options);
      expect(t).toContain("\ufffd");
      expect(t).toBe(model.tokenizer.decode(tokens));
      const chunks = await collect(model.stream(options));
      expect(chunks.map((chunk) => chunk.text).join("")).toBe(t);
    }
  });

  test("show a character as soon as it is complete", async () => {
    const chunks = await collect(byte.stream({ tokens: 9, mask: forced(ids(byte, "今天a😀")) }));
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      "",
      "",
      "今",
      "",
      "",
      "天",
      "a",
      "",
      "\ufffd",
    ]);
  });

  test("beam search gives its texts at the end", async () => {
    const options = { tokens: 5, beams: 4, count: 3 };
    const { samples } = char.generate(options);
    const expected = samples.map(({ text: t, finish }, sample) => ({ sample, text: t, finish }));
    expect(await collect(char.stream(options))).toEqual(expected);
  });

  test("abort before, and between two tokens, with the reason", async () => {
    const aborted = AbortSignal.abort("too late");
    await expect(collect(char.stream({ signal: aborted }))).rejects.toBe("too late");
    expect(() => char.generate({ signal: aborted })).toThrow("too late");

    const controller = new AbortController();
    const seen: Chunk[] = [];
    const work = (async () => {
      for await (const chunk of char.stream({ signal: controller.signal, tokens: 1000 })) {
        seen.push(chunk);
        if (seen.length === 5) controller.abort(new Error("enough"));
      }
    })();
    await expect(work).rejects.toThrow("enough");
    expect(seen).toHaveLength(5);
    expect(seen.map((c) => c.text).join("")).toBe(one(char, { tokens: 5 }).text);
    // The model is none the worse.
    expect(await collect(char.stream({ tokens: 5 }))).toHaveLength(5);
  });

  test("abort from outside: a long stream lets other things happen", async () => {
    const signal = AbortSignal.timeout(80);
    const work = collect(char.stream({ signal, tokens: 1e9 }));
    await expect(work).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("break ends a stream, and two streams do not disturb each other", async () => {
    for await (const _ of char.stream()) break;
    const [a, b] = [char.stream({ tokens: 30 }), char.stream({ tokens: 30, seed: 1 })];
    const texts = ["", ""];
    for (let n = 0; n < 30; n++) {
      texts[0] += ((await a.next()).value as Chunk).text;
      texts[1] += ((await b.next()).value as Chunk).text;
    }
    expect(texts).toEqual([0, 1].map((seed) => one(char, { tokens: 30, seed }).text));
  });
});

describe("masks", () => {
  test("see where the sample stands, and decide", () => {
    const calls: { text: string; tokens: number[]; sample: number }[] = [];
    const allowedIds = ids(char, "aeh");
    const { samples } = char.generate({
      tokens: 6,
      count: 2,
      mask: (allowed, { text: t, tokens, sample }) => {
        expect(allowed).toHaveLength(V);
        expect(allowed.every((x) => x === 1)).toBe(true);
        calls.push({ text: t, tokens: [...tokens], sample });
        for (let id = 0; id < V; id++) if (!allowedIds.includes(id)) allowed[id] = 0;
      },
    });
    for (const { text: t } of samples) expect(t).toMatch(/^[aeh]{6}$/);
    expect(calls).toHaveLength(12);
    for (const { text: t, tokens, sample } of calls) {
      expect(tokens).toEqual(samples[sample].tokens.slice(0, tokens.length));
      expect(t).toBe(samples[sample].text.slice(0, tokens.length));
    }
  });

  test("only digits, from a model that knows other things", async () => {
    const model = await trained("0123456789 abc def\n".repeat(20), {}, 20);
    const mask = (allowed: Uint8Array) => {
      for (let id = 0; id < allowed.length; id++) {
        if (!/\d/.test(model.tokenizer.decode([id]))) allowed[id] = 0;
      }
    };
    for (const options of [{ count: 5 }, { greedy: true }, { beams: 3, count: 3 }]) {
      for (const { text: t } of model.generate({ ...options, tokens: 12, mask }).samples) {
        expect(t).toMatch(/^\d{12}$/);
      }
    }
  });

  test("complete characters only are shown to a mask", () => {
    const seen: string[] = [];
    const script = ids(byte, "天a");
    const mask = (allowed: Uint8Array, at: { text: string; tokens: readonly number[] }) => {
      seen.push(at.text);
      forced(script)(allowed, at);
    };
    byte.generate({ tokens: 4, mask });
    expect(seen).toEqual(["", "", "", "天"]);
  });

  test("nothing allowed: blocked, with the text so far", async () => {
    const script = ids(char, "the");
    const mask = (allowed: Uint8Array, at: { tokens: readonly number[] }) => {
      if (at.tokens.length < 3) forced(script)(allowed, at);
      else allowed.fill(0);
    };
    for (const options of [
      {},
      { greedy: true },
      { temperature: 0.5 },
      { topP: 0.5 },
      { topK: 2 },
    ]) {
      const sample = one(char, { ...options, mask, tokens: 9 });
      expect(sample).toMatchObject({ text: "the", tokens: script, finish: "blocked" });
    }
    // What was held back for a stop string that never came is not lost.
    expect(one(char, { mask, stop: "hen" })).toMatchObject({ text: "the", finish: "blocked" });
    const chunks = await collect(char.stream({ mask }));
    expect(chunks[chunks.length - 1]).toEqual({ sample: 0, text: "", finish: "blocked" });
    const beams = char.generate({ mask, beams: 3, count: 2, tokens: 9 }).samples;
    expect(beams).toEqual([expect.objectContaining({ text: "the", finish: "blocked" })]);
  });

  test("nothing allowed from the start", () => {
    const mask = (allowed: Uint8Array) => void allowed.fill(0);
    expect(one(char, { mask })).toEqual({ text: "", tokens: [], finish: "blocked", seed: 0 });
    const [beam] = char.generate({ mask, beams: 3 }).samples;
    expect(beam).toMatchObject({ text: "", tokens: [], finish: "blocked", score: 0 });
    const everything = Array.from({ length: V }, (_, id) => [id, -Infinity] as const);
    expect(one(char, { logitBias: everything }).finish).toBe("blocked");
  });

  test("one sample blocked does not stop the others", () => {
    const { samples } = char.generate({
      count: 3,
      tokens: 8,
      mask: (allowed, { sample, tokens }) => {
        if (sample === 1 && tokens.length === 2) allowed.fill(0);
      },
    });
    expect(samples.map(({ finish }) => finish)).toEqual(["length", "blocked", "length"]);
    expect(samples.map(({ tokens }) => tokens.length)).toEqual([8, 2, 8]);
    expect(samples[2]).toEqual(one(char, { tokens: 8, seed: 2 }));
  });
});

describe("beam search", () => {
  /** All strings of so many classes. */
  function* strings(classes: number, length: number): Generator<number[]> {
    if (length === 0) yield [];
    else {
      for (const rest of strings(classes, length - 1)) {
        for (let token = 0; token < classes; token++) yield [...rest, token];
      }
    }
  }

  test("as wide as everything, it finds the best of everything, in order", async () => {
    const model = await trained("abcacbbcabacabbcaacbccab".repeat(8), { hidden: 8 }, 40);
    const [classes, tokens] = [3, 5];
    expect(model.tokenizer.size).toBe(classes);
    const all = [...strings(classes, tokens)].map((string) => {
      const t = model.tokenizer.decode(string);
      const { nats } = model.score(`a${t}`);
      return { t, logprob: -nats * tokens };
    });
    all.sort((a, b) => b.logprob - a.logprob);
    const options = { prompt: "a", tokens, beams: classes ** tokens, count: 20, logprobs: true };
    const { samples, text: first } = model.generate(options);
    expect(samples.map(({ text: t }) => t)).toEqual(all.slice(0, 20).map(({ t }) => t));
    expect(first).toBe(all[0].t);
    for (const [i, { score, logprobs, finish, seed }] of samples.entries()) {
      expect(score).toBeCloseTo(all[i].logprob / tokens, 4);
      const sum = logprobs!.reduce((total, { logprob }) => total + logprob, 0);
      expect(sum).toBeCloseTo(all[i].logprob, 4);
      expect(finish).toBe("length");
      expect(seed).toBeUndefined();
    }
    // Narrower beams find less, but never claim more.
    const narrow = model.generate({ ...options, beams: 2, count: 2 }).samples;
    expect(narrow[0].score).toBeLessThanOrEqual(samples[0].score! + 1e-9);
    const scores = all.map(({ logprob }) => logprob / tokens);
    for (const { score } of narrow) {
      expect(Math.min(...scores.map((x) => Math.abs(x - score!)))).toBeLessThan(1e-4);
    }
  });

  test.each([-1, 0, 0.6, 1, 2])("ends of documents, lengthPenalty %d", async (lengthPenalty) => {
    const model = await trained(["ab", "ba", "a", "abb", "bbbb", "aabab"], { hidden: 8 }, 30);
    const { tokenizer } = model;
    const [start, end] = [tokenizer.special("<start>")!, tokenizer.special("<end>")!];
    const longest = 4;
    const all: { tokens: number[]; logprob: number; score: number; finish: string }[] = [];
    const walk = (tokens: number[], logprob: number) => {
      if (tokens.length > 0 && (tokens[tokens.length - 1] === end || tokens.length === longest)) {
        const score = logprob / tokens.length ** lengthPenalty;
        const finish = tokens[tokens.length - 1] === end ? "end" : "length";
        all.push({ tokens, logprob, score, finish });
        return;
      }
      const logits = naiveLogits(model, [start, ...tokens]).pop()!;
      logits[start] = -Infinity;
      const logProbs = naiveLogSoftmax(logits);
      for (const token of [0, 1, end]) walk([...tokens, token], logprob + logProbs[token]);
    };
    walk([], 0);
    all.sort((a, b) => b.score - a.score);
    const { samples } = model.generate({ tokens: longest, beams: 31, count: 31, lengthPenalty });
    expect(all).toHaveLength(31);
    expect(samples.map(({ tokens }) => tokens)).toEqual(all.map(({ tokens }) => tokens));
    for (const [i, { score, finish, text: t, tokens }] of samples.entries()) {
      expect(score).toBeCloseTo(all[i].score, 4);
      expect(finish).toBe(all[i].finish);
      expect(t).toBe(tokenizer.decode(tokens));
    }
    // The best few alone are the best few.
    const few = model.generate({ tokens: longest, beams: 31, count: 3, lengthPenalty }).samples;
    expect(few).toEqual(samples.slice(0, 3));
    // An early end must not cut off what would have been better, however long it may go on.
    const [best] = model.generate({ tokens: 12, beams: 8, lengthPenalty }).samples;
    expect(best.score).toBeGreaterThan(all.filter((h) => h.finish === "end")[0].score - 1e-4);
  });

  /** Beam search as it is defined: no early end, nothing clever. */
  function naiveBeams(model: LanguageModel, length: number, width: number, penalty: number) {
    const [start, end] = ["<start>", "<end>"].map((name) => model.tokenizer.special(name)!);
    const done: { tokens: number[]; score: number }[] = [];
    let beams = [{ tokens: [] as number[], logprob: 0 }];
    for (let n = 1; n <= length; n++) {
      const candidates = beams.flatMap(({ tokens, logprob }) => {
        const logits = naiveLogits(model, [start, ...tokens]).pop()!;
        logits[start] = -Infinity;
        return naiveLogSoftmax(logits).flatMap((own, token) =>
          own === -Infinity ? [] : [{ tokens: [...tokens, token], logprob: logprob + own }],
        );
      });
      candidates.sort((a, b) => b.logprob - a.logprob);
      beams = [];
      for (const candidate of candidates) {
        if (beams.length === width) break;
        const last = candidate.tokens[n - 1] === end || n === length;
        if (last) done.push({ ...candidate, score: candidate.logprob / n ** penalty });
        else beams.push(candidate);
      }
    }
    return done.sort((a, b) => b.score - a.score).slice(0, width);
  }

  test.each([-1, 0, 0.6, 1, 2])("ends no earlier than it may, lengthPenalty %d", (penalty) => {
    for (const beams of [1, 2, 3, 5]) {
      const expected = naiveBeams(documents, 9, beams, penalty);
      const options = { tokens: 9, beams, lengthPenalty: penalty };
      const { samples } = documents.generate({ ...options, count: beams });
      expect(samples.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
      for (const [i, { score }] of samples.entries())
        expect(score).toBeCloseTo(expected[i].score, 4);
      expect(documents.generate({ ...options, count: 1 }).samples).toEqual([samples[0]]);
    }
  });

  test("any seed, any temperature: the same", () => {
    const options = { prompt: "the ", tokens: 8, beams: 4, count: 4 };
    expect(char.generate({ ...options, seed: 9 })).toEqual(char.generate(options));
    const { samples } = char.generate(options);
    const scores = samples.map(({ score }) => score!);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(samples.map(({ tokens }) => tokens.join())).size).toBe(4);
  });

  test("a wide beam is at least as good as greedy", () => {
    const greedy = one(char, { prompt: "h", tokens: 10, greedy: true, logprobs: true });
    const sum = greedy.logprobs!.reduce((total, { logprob }) => total + logprob, 0);
    const wide = one(char, { prompt: "h", tokens: 10, beams: 50 });
    expect(wide.score).toBeGreaterThanOrEqual(sum / 10 - 1e-6);
  });
});

describe("documents", () => {
  test("end by themselves, without markers in text", () => {
    const [start, end] = ["<start>", "<end>"].map((name) => documents.tokenizer.special(name)!);
    for (const options of [{}, { temperature: 50 }, { logitBias: { "<start>": 1e6 } }]) {
      const { samples } = documents.generate({ ...options, count: 50, tokens: 300 });
      for (const { text: t, tokens, finish } of samples) {
        expect(tokens).not.toContain(start);
        expect(t).not.toMatch(/[<>]/);
        expect(tokens.indexOf(end)).toBe(finish === "end" ? tokens.length - 1 : -1);
        expect(t).toBe(documents.tokenizer.decode(tokens));
      }
      expect(samples.filter(({ finish }) => finish === "end").length).toBeGreaterThan(40);
    }
  });

  test("a prompt is a document's beginning; tokens bound its length", () => {
    const { samples } = documents.generate({ prompt: "ro", count: 30, tokens: 2 });
    expect(new Set(samples.map(({ finish }) => finish))).toEqual(new Set(["length", "end"]));
    expect(samples.every(({ tokens }) => tokens.length <= 2)).toBe(true);
    expect(samples.every(({ text: t }) => !t.startsWith("ro"))).toBe(true);
  });

  test("the end can be banned, and is then never chosen", () => {
    const { samples } = documents.generate({
      count: 5,
      tokens: 40,
      logitBias: { "<end>": -Infinity },
    });
    for (const { finish, tokens } of samples) {
      expect(finish).toBe("length");
      expect(tokens).toHaveLength(40);
    }
  });
});

describe("prompts", () => {
  test("empty: from a line break, where there is one", () => {
    const options = { tokens: 30, logprobs: 3 };
    expect(one(char, options)).toEqual(one(char, { ...options, prompt: "\n" }));
    expect(one(char, { ...options, prompt: "" })).toEqual(one(char, options));
  });

  test("empty: from a space, else from nothing, where all is equally likely", async () => {
    const spaced = await trained("ab ba ".repeat(40), {}, 5);
    expect(one(spaced, { tokens: 9 })).toEqual(one(spaced, { tokens: 9, prompt: " " }));
    const model = await trained("abcd".repeat(40), {}, 5);
    const { logprobs, tokens } = one(model, { tokens: 9, logprobs: true });
    expect(logprobs![0].logprob).toBeCloseTo(-Math.log(4), 6);
    expect(logprobs![1].logprob).toBeCloseTo(naive(model, "", tokens.slice(0, 1))[tokens[1]], 4);
    expect(surprise(frequencies(model, {}, 4000), [0.25, 0.25, 0.25, 0.25])).toBeLessThan(5);
  });

  test("are not part of the text", () => {
    const { samples } = char.generate({ prompt: "the cat", tokens: 5 });
    expect(samples[0].text).toHaveLength(5);
    expect(samples[0].tokens).toHaveLength(5);
  });

  test("with an unknown character are refused, with its place", async () => {
    const call = () => char.generate({ prompt: "the\nkäse" });
    refused(call, InvalidInputError, '"k"', "U+006B", "line 2, column 1", "vocabulary");
    await expect(collect(char.stream({ prompt: "ß" }))).rejects.toThrow('"ß"');
    expect(byte.generate({ prompt: "käse ß 漢", tokens: 3 }).samples[0].tokens).toHaveLength(3);
  });
});
