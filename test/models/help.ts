// What the tests of the models share: small data, and short ways to run a model and to be refused.

import { expect } from "vitest";
import {
  type LabelledDocument,
  type LanguageFitOptions,
  type LanguageModel,
  type LanguageModelOptions,
  load,
  type Runtime,
  type TextStepReport,
} from "../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import type { Machine } from "../../src/host/machine.js";

export const runtime: Runtime = await load();

/** A text that a small model learns soon. */
export const text: string =
  "the cat sat on the mat. the rat sat on the hat.\nthe hen met the cat, the cat met the rat.\n".repeat(
    10,
  );

/** Short documents of different lengths. */
export const names: readonly string[] = [
  ...["rose", "lily", "iris", "poppy", "violet", "daisy", "tulip", "aster", "marigold"],
  ...["fern", "moss", "ivy", "heather", "clover", "sage", "mint", "basil", "thyme"],
];

/** The same with labels, some without: a text of its own, and a category. */
export const labelled: readonly (string | LabelledDocument)[] = names.map((text, i) => {
  const kind = i < 9 ? "flower" : "leaf";
  if (i % 5 === 4) return i % 2 === 0 ? text : { text, labels: { kind } };
  return { text, labels: { title: `${text[0]}-${text}`, kind } };
});

export const tiny: Omit<LanguageModelOptions, "corpus"> = { embed: 6, hidden: 12, seed: 1 };

/** Trains to the end, or until so many steps were reported in this call. */
export async function train(
  model: LanguageModel,
  data: NonNullable<LanguageModelOptions["corpus"]>,
  options: LanguageFitOptions,
  stopAfter = Infinity,
): Promise<TextStepReport[]> {
  const reports: TextStepReport[] = [];
  for await (const report of model.fit(data, options)) {
    reports.push(report);
    if (reports.length >= stopAfter) break;
  }
  return reports;
}

/** The model's weights, all in one. */
export function weights(model: LanguageModel): Float32Array {
  const entries = [...readSafetensors(model.save()).tensors.values()];
  const bytes = entries.flatMap(({ data }) => Array.from(data));
  return new Float32Array(Uint8Array.from(bytes).buffer);
}

/** The work, of a promise or not, is refused with this class and with every one of these in the message. */
export async function refused(
  work: () => unknown,
  kind: new (message: string) => Error,
  ...parts: readonly (string | RegExp)[]
): Promise<void> {
  let error: unknown;
  try {
    await work();
  } catch (caught) {
    error = caught;
  }
  expectError(error, kind, parts);
}

/** The same for a promise. */
export async function refusedLater(
  work: Promise<unknown>,
  kind: new (message: string) => Error,
  ...parts: readonly (string | RegExp)[]
): Promise<void> {
  let error: unknown;
  try {
    await work;
  } catch (caught) {
    error = caught;
  }
  expectError(error, kind, parts);
}

function expectError(
  error: unknown,
  kind: new (message: string) => Error,
  parts: readonly (string | RegExp)[],
): void {
  if (error === undefined) expect.fail(`expected ${kind.name}, but nothing was thrown`);
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (!(error instanceof kind)) expect.fail(`expected ${kind.name}, got ${shown}`);
  expect(error.name).toBe(kind.name);
  for (const part of parts) {
    if (typeof part === "string") expect(error.message).toContain(part);
    else expect(error.message).toMatch(part);
  }
}

/**
 * The logits after each of a row's tokens, by the plainest arithmetic: float64, no batches, PyTorch's
 * formulas. One row of the result for each token.
 */
export function naiveLogits(model: LanguageModel, tokens: readonly number[]): number[][] {
  const tensors = readSafetensors(model.save()).tensors;
  const value = (name: string) => f32Data(tensors.get(name)!);
  if (model.config.network !== "lstm") throw new Error("these are the formulas of an LSTM");
  const { embed, hidden: H, layers } = model.config;
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  /** W x + b, W (O, I) */
  const affine = (weight: Float32Array, bias: Float32Array, x: readonly number[]) =>
    Array.from(bias, (b, o) => x.reduce((sum, xi, i) => sum + weight[o * x.length + i] * xi, b));
  const h = Array.from({ length: layers }, () => new Array<number>(H).fill(0));
  const c = Array.from({ length: layers }, () => new Array<number>(H).fill(0));
  return tokens.map((token) => {
    let x = Array.from(value("embedding.weight").subarray(token * embed, (token + 1) * embed));
    for (let l = 0; l < layers; l++) {
      const own = (name: string) => value(`lstm.${name}_l${l}`);
      const a = affine(own("weight_ih"), own("bias_ih"), x);
      const b = affine(own("weight_hh"), own("bias_hh"), h[l]);
      const gate = (k: number, j: number) => a[k * H + j] + b[k * H + j];
      for (let j = 0; j < H; j++) {
        const [i, f, o] = [gate(0, j), gate(1, j), gate(3, j)].map(sigmoid);
        c[l][j] = f * c[l][j] + i * Math.tanh(gate(2, j));
        h[l][j] = o * Math.tanh(c[l][j]);
      }
      x = [...h[l]];
    }
    return affine(value("linear.weight"), value("linear.bias"), x);
  });
}

/** ln softmax in float64; -Infinity stays. */
export function naiveLogSoftmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
  return logits.map((x) => x - most - total);
}

/**
 * The most bytes of activations that a machine has at once in a run, and those that the run asked for before it
 * began. What moves when a region is made does not count.
 */
export async function activationsIn(
  machine: Machine,
  run: () => PromiseLike<unknown>,
): Promise<{ most: number; asked: number }> {
  let [most, asked] = [0, 0];
  const alloc = machine.alloc.bind(machine);
  const reserve = machine.reserve.bind(machine);
  machine.ensure = (bytes) => {
    asked = bytes;
  };
  machine.alloc = (bytes) => {
    const address = alloc(bytes);
    most = Math.max(most, machine.activationBytes);
    return address;
  };
  machine.reserve = (bytes) => {
    const before = most;
    const address = reserve(bytes);
    most = before;
    return address;
  };
  await run();
  return { most, asked };
}
