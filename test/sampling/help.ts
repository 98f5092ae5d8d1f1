// What the tests of sampling share: short ways to train and to sample, and the same by plain
// arithmetic.

import { expect } from "vitest";
import {
  type Chunk,
  type GenerateOptions,
  LanguageModel,
  type LanguageModelOptions,
  type Sample,
} from "../../src/entries/index.js";
import { naiveLogits, naiveLogSoftmax, runtime, tiny, train } from "../models/help.js";

export async function trained(
  data: string | readonly string[],
  options: LanguageModelOptions = {},
  steps = 60,
): Promise<LanguageModel> {
  const model = await LanguageModel.create({ runtime, ...tiny, corpus: data, ...options });
  await train(model, data, { steps, batch: 8, seqLen: 16, lr: 2e-2 });
  return model;
}

export const one = (model: LanguageModel, options: GenerateOptions) =>
  model.generate(options).samples[0];
export const ids = (model: LanguageModel, string: string) =>
  Array.from(model.tokenizer.encode(string));

/** The tokens that a model is fed before anything is generated. */
export function fed(model: LanguageModel, prompt: string): number[] {
  const tokens = ids(model, prompt);
  return model.config.documents ? [model.tokenizer.special("<start>")!, ...tokens] : tokens;
}

/** Log-probabilities after a prompt and some tokens, in float64. */
export function naive(
  model: LanguageModel,
  prompt: string,
  tokens: readonly number[] = [],
): number[] {
  const rows = naiveLogits(model, [...fed(model, prompt), ...tokens]);
  return naiveLogSoftmax(rows[rows.length - 1]);
}

export const softmax = (logits: readonly number[]) => naiveLogSoftmax(logits).map(Math.exp);

/** The script that every generated text follows, by way of a mask. */
export const forced =
  (script: readonly number[]) =>
  (allowed: Uint8Array, at: { readonly tokens: readonly number[] }) => {
    allowed.fill(0);
    allowed[script[at.tokens.length]] = 1;
  };

export async function collect(chunks: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const all: Chunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** What `generate` would have returned, from a stream's chunks. */
export function assemble(chunks: readonly Chunk[], count: number): Omit<Sample, "seed">[] {
  return Array.from({ length: count }, (_, sample) => {
    const own = chunks.filter((chunk) => chunk.sample === sample);
    const logprobs = own.flatMap(({ logprob }) => logprob ?? []);
    expect(own.findIndex(({ finish }) => finish)).toBe(own.length - 1);
    return {
      text: own.map((chunk) => chunk.text).join(""),
      tokens: own.flatMap(({ token }) => token ?? []),
      finish: own[own.length - 1].finish!,
      ...(logprobs.length > 0 ? { logprobs, confidence: own[own.length - 1].confidence } : {}),
    };
  });
}

/**
 * Pearson's χ² of counts against probabilities, as a number of its own standard deviations above its
 * mean; Infinity where something came that cannot.
 */
export function surprise(counts: readonly number[], probabilities: readonly number[]): number {
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
export function frequencies(
  model: LanguageModel,
  options: GenerateOptions,
  count = 10000,
): number[] {
  const counts = new Array<number>(model.tokenizer.size).fill(0);
  for (const { tokens } of model.generate({ maxTokens: 1, samples: count, ...options }).samples) {
    counts[tokens[0]]++;
  }
  return counts;
}
