// Gradients of what a model said with respect to what it read, and their integrals: imported where they are asked for.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../host/errors.js";
import { likeliest } from "../models/base/likeliest.js";
import { crossEntropy, IGNORED } from "../nn/ops/cross-entropy.js";
import { weightedSum } from "../nn/ops/reduce.js";
import type { Listener, Tape } from "../nn/tape.js";
import type { Tensor } from "../nn/tensor.js";
import { missing } from "./checks.js";
import type { Reading } from "./input.js";
import { type AnyModel, heard, insideOf } from "./inside.js";
import { counter } from "./names.js";
import { readingOf } from "./reading.js";

/** What an input is compared with. */
type Baseline = "mean" | number | ArrayLike<number>;

/** Options of `saliency`. */
export interface SaliencyOptions {
  /**
   * `gradient-input`: gradient times what was read, minus the baseline (Shrikumar et al. 2016). `integrated-gradients`: the
   * mean gradient on the way from the baseline times the same, which adds up to the difference of the outputs (Sundararajan
   * et al., "Axiomatic Attribution for Deep Networks", 2017). Default `gradient-input`.
   */
  readonly method?: "gradient-input" | "integrated-gradients";
  /**
   * The most gradients of an integral: it has as many as it needs to explain all but 0.0005 of the difference. Default 2048.
   */
  readonly steps?: number;
  /**
   * What the input is compared with: a number for all, as many as the activation at `at` has, or `mean`, the mean over all but
   * its last axis: a token like no other. Default `mean` for texts, 0 for what else there is, such as black.
   */
  readonly baseline?: Baseline;
  /** The activation that is read. Default: pixels (`input`), latent vectors, or what a text's tokens are embedded as. */
  readonly at?: string;
  /** The activation that is explained. Default: a text's logits, a classifier's first head. */
  readonly of?: string;
  /**
   * What is explained. Of texts, places of targets, by default of all that come after the prompt. Else places in a row of
   * `of`; default the largest.
   */
  readonly targets?: readonly number[];
  /** Of batches: the example. Default 0. */
  readonly row?: number;
  /** Instead of `targets`: a weight for each number of the row, whose sum is explained, such as a text's vector beside a picture's. */
  readonly direction?: ArrayLike<number>;
  /** Whether ln p of the class is explained, `of` being logits, or the number itself. Default: ln p of texts and classifiers. */
  readonly explain?: "log-probability" | "number";
}

/** Why one thing was said. */
export interface Explained {
  /** The token of a text, else the place in `of`. */
  readonly target: string | number;
  /** ln p of it in nats, or the number. */
  readonly value: number;
  /** A number for each that was read, in the shape of `at`. */
  readonly values: Float32Array<ArrayBuffer>;
  /** The same summed over the last axis: of tokens, or of pixels. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** Of integrated gradients: the value at the baseline, and what the values do not explain of the difference. */
  readonly baseline?: number;
  readonly gap?: number;
}

/** Why a model said what it said. */
export interface Saliency {
  readonly at: string;
  readonly of: string;
  /** Axes of `values`; those of pixels are [examples, height, width, channels]. */
  readonly shape: readonly number[];
  /** What was read of texts, token by token. */
  readonly tokens?: readonly string[];
  readonly explained: readonly Explained[];
}

/** What integrals may leave unexplained. */
const TOLERANCE = 5e-4;

/** What `saliency` gives. */
export async function explainedBy(
  model: AnyModel,
  input: unknown,
  options: SaliencyOptions,
): Promise<Saliency> {
  checkKeys("saliency", options, [
    ...["method", "steps", "baseline", "at", "of", "targets", "row", "direction", "explain"],
  ]);
  const { row = 0 } = options;
  const method = checkChoice("method", options.method ?? "gradient-input", [
    ...(["gradient-input", "integrated-gradients"] as const),
  ]);
  const steps = checkNumber("steps", options.steps ?? 2048, { integer: true, min: 4, max: 1e6 });
  if (model.quantized) {
    throw new InvalidInputError(
      "a quantised model has no gradients: use the one that it was made from",
    );
  }
  insideOf(model).freeze();
  insideOf(model).chosen().freeze();
  const reading = await readingOf(model, input);
  const { at, of, shape } = await placesOf(model, reading, options);
  const { text } = reading;
  const baseline = options.baseline ?? (text ? "mean" : 0);
  const explain =
    options.explain ??
    (options.direction ? "number" : text || of.startsWith("heads.") ? "log-probability" : "number");
  checkChoice("explain", explain, ["log-probability", "number"]);
  const { direction } = options;
  const own = { at, of, row, direction, logits: explain === "log-probability" };
  const explained: Explained[] = [];
  const targets = options.targets ?? (text ? placesAfter(text.from, text.ids.length) : [undefined]);
  for (const target of targets) {
    const asked = text
      ? { ...own, row: checkPlace(target, text.ids.length), target: text.ids[target!] }
      : { ...own, target };
    const found = await explainOne(model, reading, asked, method, steps, baseline);
    const scores = summed(found.values, shape[shape.length - 1]);
    const name = text ? text.targets[target!] : found.target;
    explained.push({ ...found, target: name, scores });
  }
  return { at, of, shape, ...(text && { tokens: text.tokens }), explained };
}

/** What is explained: a number of a row of an activation. */
interface Asked {
  readonly at: string;
  readonly of: string;
  readonly row: number;
  readonly direction: ArrayLike<number> | undefined;
  readonly logits: boolean;
  readonly target: number | undefined;
}

async function explainOne(
  model: AnyModel,
  reading: Reading,
  asked: Asked,
  method: "gradient-input" | "integrated-gradients",
  steps: number,
  baseline: Baseline,
): Promise<Omit<Explained, "scores" | "target"> & { readonly target: number }> {
  const whole = await gradientAt(model, reading, asked, 1, baseline);
  const { target } = whole;
  const values = new Float32Array(whole.input.length);
  if (method === "gradient-input") {
    for (let i = 0; i < values.length; i++) values[i] = whole.difference[i] * whole.gradient[i];
    return { target, value: whole.value, values };
  }
  const fixed = { ...asked, target };
  const at = (place: number) => gradientAt(model, reading, fixed, place, baseline);
  const none = await at(0);
  const integral = await integrate(at, whole.difference, none.value, whole.value, steps);
  return { target, value: whole.value, baseline: none.value, ...integral };
}

/** A part of the way from the baseline to the input. */
interface Part {
  readonly from: number;
  readonly to: number;
  /** The values at its ends. */
  readonly ends: readonly [number, number];
  /** The integral of each number's gradient. */
  readonly sums: Float64Array;
  /** What they do not explain of the difference of the values. */
  readonly gap: number;
}

/** Gauss and Legendre's places of four in -1 to 1, and their weights. */
const NODES = [-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526];
const WEIGHTS = [0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538];

/**
 * The integral of the gradient times the difference. How wrong a part of it is can be seen by the values at its ends, so the worst
 * part is halved until all together are right.
 */
async function integrate(
  at: (place: number) => Promise<{ readonly value: number; readonly gradient: Float32Array }>,
  difference: Float32Array,
  first: number,
  last: number,
  most: number,
): Promise<{ readonly values: Float32Array<ArrayBuffer>; readonly gap: number }> {
  const part = async (from: number, to: number, ends: readonly [number, number]): Promise<Part> => {
    const sums = new Float64Array(difference.length);
    const half = (to - from) / 2;
    for (const [i, node] of NODES.entries()) {
      const { gradient } = await at(from + half * (1 + node));
      for (let j = 0; j < sums.length; j++) sums[j] += half * WEIGHTS[i] * gradient[j];
    }
    let total = 0;
    for (let j = 0; j < sums.length; j++) total += difference[j] * sums[j];
    return { from, to, ends, sums, gap: ends[1] - ends[0] - total };
  };
  let parts = [await part(0, 1, [first, last])];
  for (let used = 4; used + 9 <= most; used += 9) {
    const wrong = parts.reduce((sum, { gap }) => sum + Math.abs(gap), 0);
    if (wrong <= TOLERANCE) break;
    const worst = parts.reduce((a, b) => (Math.abs(b.gap) > Math.abs(a.gap) ? b : a));
    const { from, to, ends } = worst;
    const middle = (from + to) / 2;
    const { value } = await at(middle);
    const halves = [
      await part(from, middle, [ends[0], value]),
      await part(middle, to, [value, ends[1]]),
    ];
    parts = parts.flatMap((one) => (one === worst ? halves : [one]));
  }
  const values = Float32Array.from(difference, (d, j) =>
    parts.reduce((sum, { sums }) => sum + d * sums[j], 0),
  );
  return { values, gap: parts.reduce((sum, { gap }) => sum + gap, 0) };
}

/** The value and its gradient where `place` of the way from the baseline to the input has been gone. */
async function gradientAt(
  model: AnyModel,
  reading: Reading,
  { at, of, row, direction, logits, target }: Asked,
  place: number,
  baseline: Baseline,
): Promise<{
  readonly value: number;
  readonly target: number;
  readonly input: Float32Array;
  readonly difference: Float32Array;
  readonly gradient: Float32Array;
}> {
  const nameOf = counter();
  let read: Tensor | undefined;
  let input = new Float32Array(0);
  let difference = new Float32Array(0);
  let found: { value: number; target: number; gradient: Float32Array } | undefined;
  const listener: Listener = {
    record: true,
    hear(name, tensor, tape) {
      const own = nameOf(name);
      if (own === at) {
        const { data } = tensor;
        input = data.slice();
        const from = baselineOf(baseline, tensor);
        difference = input.map((value, i) => value - from(i));
        if (place !== 1)
          data.forEach((_, i) => {
            data[i] = from(i) + place * difference[i];
          });
        tensor.requiresGrad = true;
        read = tensor;
      }
      if (own !== of || found) return;
      if (!read) throw new InvalidInputError(`saliency: ${at} is computed after ${of}`);
      const chosen = target ?? largest(tensor, row);
      const objective = direction
        ? alongOf(tape, tensor, row, direction)
        : objectiveOf(tape, tensor, row, chosen, logits);
      if (!objective.requiresGrad) throw independent(at, of);
      tape.backward(objective, logits ? -1 : 1);
      const { grad } = read;
      if (!grad) throw independent(at, of);
      const value = logits ? -objective.data[0] : objective.data[0];
      found = { value, target: chosen, gradient: grad.slice() };
    },
  };
  await heard(model, listener, () => reading.run());
  return { ...found!, input, difference };
}

function independent(at: string, of: string): InvalidInputError {
  return new InvalidInputError(`saliency: ${of} does not depend on ${at}`);
}

/** -ln p of a class in a row of logits, or a number of a row. */
function objectiveOf(
  tape: Tape,
  tensor: Tensor,
  row: number,
  target: number,
  logits: boolean,
): Tensor {
  const { rows, width } = checkRow(tensor, row);
  checkNumber("targets", target, { integer: true, min: 0, max: width - 1 });
  if (logits) {
    const targets = new Int32Array(rows).fill(IGNORED);
    targets[row] = target;
    return crossEntropy(tape, tensor, targets, { denominator: 1 }).loss;
  }
  const chosen = new Float32Array(tensor.size);
  chosen[row * width + target] = 1;
  return weightedSum(tape, tensor, chosen);
}

/** Σ direction · row */
function alongOf(tape: Tape, tensor: Tensor, row: number, direction: ArrayLike<number>): Tensor {
  const { width } = checkRow(tensor, row);
  if (direction.length !== width) {
    throw new InvalidInputError(
      `direction must be ${width} numbers, as the row has, got ${direction.length}`,
    );
  }
  const weights = new Float32Array(tensor.size);
  weights.set(direction, row * width);
  return weightedSum(tape, tensor, weights);
}

/** @throws InvalidInputError where there is no such row */
function checkRow({ shape, size }: Tensor, row: number): { rows: number; width: number } {
  const width = shape[shape.length - 1] ?? 1;
  const rows = size / width;
  checkNumber("row", row, { integer: true, min: 0, max: rows - 1 });
  return { rows, width };
}

function largest(tensor: Tensor, row: number): number {
  const width = tensor.shape[tensor.shape.length - 1] ?? 1;
  return likeliest(tensor.data.subarray(row * width, (row + 1) * width));
}

/** Where a model reads and says, and the axes of what it reads. */
async function placesOf(
  model: AnyModel,
  reading: Reading,
  options: SaliencyOptions,
): Promise<{ readonly at: string; readonly of: string; readonly shape: readonly number[] }> {
  const shapes = new Map<string, readonly number[]>();
  const nameOf = counter();
  const listener: Listener = {
    record: false,
    hear: (name, { shape }) => void shapes.set(nameOf(name), [...shape]),
  };
  await heard(model, listener, () => reading.run());
  const names = Array.from(shapes.keys());
  const among = (...usual: string[]) => usual.find((name) => shapes.has(name));
  const at = options.at ?? among("input", "latent") ?? names[0];
  const of = options.of ?? (reading.text ? undefined : among("heads.0")) ?? names[names.length - 1];
  for (const name of [at, of]) if (!shapes.has(name)) throw missing("saliency", name, names);
  const shape = shapes.get(at)!;
  const picture = at === "input" ? (model as { readonly shape?: readonly number[] }).shape : null;
  return { at, of, shape: picture && picture.length > 1 ? [shape[0], ...picture] : shape };
}

/** The number that each is compared with. @throws InvalidInputError */
function baselineOf(baseline: Baseline, { data, shape }: Tensor): (i: number) => number {
  if (typeof baseline === "number" && Number.isFinite(baseline)) return () => baseline;
  if (baseline === "mean") {
    const width = shape[shape.length - 1] ?? 1;
    const means = new Float64Array(width);
    for (let i = 0; i < data.length; i++) means[i % width] += data[i];
    return (i) => (means[i % width] * width) / data.length;
  }
  if (Object(baseline).length === data.length) return (i) => (baseline as ArrayLike<number>)[i];
  throw new InvalidInputError(
    `baseline must be "mean", a number, or ${data.length} of them, got ${describe(baseline)}`,
  );
}

function checkPlace(place: number | undefined, count: number): number {
  return checkNumber("targets", place, { integer: true, min: 0, max: count - 1 });
}

function placesAfter(from: number, count: number): number[] {
  if (from >= count) throw new InvalidInputError(`nothing comes after the prompt, ${describe("")}`);
  return Array.from({ length: count - from }, (_, i) => from + i);
}

/** Sums of so many numbers each. */
function summed(values: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const sums = new Float32Array(values.length / width);
  for (let i = 0; i < values.length; i++) sums[Math.floor(i / width)] += values[i];
  return sums;
}
