// Logistic regression, imported where a probe is fitted.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../host/errors.js";
import { Key, purposes } from "../host/key.js";
import type { Machine } from "../host/machine.js";
import { likeliest } from "../models/base/likeliest.js";
import { crossEntropy } from "../nn/ops/cross-entropy.js";
import { linear } from "../nn/ops/linear.js";
import { LBFGS } from "../nn/optim/lbfgs.js";
import { Tape } from "../nn/tape.js";
import type { InsightInput } from "./input.js";
import { type AnyModel, insideOf } from "./inside.js";
import { checkInputs } from "./neurons.js";
import { trace } from "./trace.js";

/** Options of `probe`. */
export interface ProbeOptions {
  /** The activation that is read. */
  readonly at: string;
  /** Which of its places: the last one, the mean over all, or each, with a label of its own. Default `last`. */
  readonly places?: "last" | "mean" | "each";
  /** Fraction of the inputs that is held out, drawn by the seed. Default 0.3. */
  readonly held?: number;
  /** Weight of the squared weights. Default 0.01. */
  readonly l2?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** What a linear classifier reads off an activation. */
export interface Probe {
  readonly classes: readonly string[];
  /** Fraction of held-out examples that are right. */
  readonly accuracy: number;
  /** The same of those that it was fitted to. */
  readonly fitted: number;
  /** The same for who always says the commonest class. */
  readonly chance: number;
  /** The accuracy of one that was fitted to the same labels, shuffled: what it learns by heart is worth nothing. */
  readonly control: number;
  /** Held-out examples, and those that it was fitted to. */
  readonly examples: readonly [held: number, fitted: number];
  /** The direction of each class in the activation, (classes, units), in units of each unit's deviation. */
  readonly directions: readonly Float32Array[];
}

/** What `probe` gives. */
export async function probed<M extends AnyModel>(
  model: M,
  inputs: readonly InsightInput<M>[],
  labels: readonly (string | readonly string[])[],
  options: ProbeOptions,
): Promise<Probe> {
  checkKeys("probe", options, ["at", "places", "held", "l2", "seed"]);
  const { at, held = 0.3, l2 = 0.01, seed = 0 } = options;
  const places = checkChoice("places", options.places ?? "last", ["last", "mean", "each"]);
  checkNumber("held", held, { min: 0, above: true, max: 0.9 });
  checkNumber("l2", l2, { min: 0, max: 1e6 });
  checkInputs("probe", inputs);
  if (!Array.isArray(labels) || labels.length !== inputs.length) {
    throw new InvalidInputError(
      `labels must be a list of ${inputs.length}, one an input, got ${describe(labels)}`,
    );
  }
  const groups: { readonly rows: Float32Array[]; readonly said: readonly string[] }[] = [];
  for (const [i, input] of inputs.entries()) {
    const { shape, values } = (await trace(model, input, { names: [at] })).activations[at];
    groups.push(labelledRows(i, values, shape[shape.length - 1] ?? 1, places, labels[i]));
  }
  const { machine } = insideOf(model);
  const key = Key.fromSeed(machine, seed).fold(purposes.shuffle);
  const order = shuffled(groups, key.fold(0));
  const cut = Math.max(1, Math.round(order.length * held));
  const [test, train] = [order.slice(0, cut), order.slice(cut)];
  const classes = Array.from(new Set(groups.flatMap(({ said }) => said))).sort();
  const [fit, other] = [train, test].map((some) => ({
    rows: some.flatMap(({ rows }) => rows),
    said: some.flatMap(({ said }) => said.map((label) => classes.indexOf(label))),
  }));
  if (classes.length < 2 || fit.rows.length < classes.length) {
    throw new InvalidInputError(
      `probe needs two classes and an example of each, got ${classes.length} and ${fit.rows.length}`,
    );
  }
  const scale = standard(fit.rows);
  const [x, y] = [fit, other].map(({ rows }) => rows.map(scale));
  const weights = fitted(machine, x, fit.said, classes.length, l2);
  const mixed = shuffled(fit.said, key.fold(1));
  const control = fitted(machine, x, mixed, classes.length, l2);
  const counts = classes.map((_, c) => fit.said.filter((own) => own === c).length);
  const commonest = counts.indexOf(Math.max(...counts));
  return {
    classes,
    accuracy: accuracy(weights, y, other.said),
    fitted: accuracy(weights, x, fit.said),
    chance: other.said.filter((own) => own === commonest).length / other.said.length,
    control: accuracy(control, y, other.said),
    examples: [other.rows.length, fit.rows.length],
    directions: weights.map((row) => row.subarray(0, -1)),
  };
}

/** Rows of an activation with their labels. @throws InvalidInputError */
function labelledRows(
  input: number,
  values: Float32Array,
  width: number,
  places: "last" | "mean" | "each",
  label: string | readonly string[],
): { readonly rows: Float32Array[]; readonly said: readonly string[] } {
  const count = values.length / width;
  const row = (i: number) => values.slice(i * width, (i + 1) * width);
  if (places === "each") {
    if (Array.isArray(label) && label.length === count) {
      return { rows: Array.from({ length: count }, (_, i) => row(i)), said: label };
    }
    throw new InvalidInputError(
      `labels[${input}] must be a list of ${count}, one a place, got ${describe(label)}`,
    );
  }
  if (typeof label !== "string") {
    throw new InvalidInputError(`labels[${input}] must be a string, got ${describe(label)}`);
  }
  if (places === "last") return { rows: [row(count - 1)], said: [label] };
  const mean = new Float32Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width] += values[i] / count;
  return { rows: [mean], said: [label] };
}

function shuffled<T>(list: readonly T[], key: Key): T[] {
  const drawn = key.uniform(Math.max(1, list.length));
  const order = Array.from(list.keys()).sort((a, b) => drawn[a] - drawn[b] || a - b);
  return order.map((i) => list[i]);
}

/** Takes each unit's mean away, and divides by its deviation; a 1 after them is for the bias. */
function standard(rows: readonly Float32Array[]): (row: Float32Array) => Float32Array {
  const width = rows[0].length;
  const [means, squares] = [new Float64Array(width), new Float64Array(width)];
  for (const row of rows) for (let i = 0; i < width; i++) means[i] += row[i] / rows.length;
  for (const row of rows) {
    for (let i = 0; i < width; i++) squares[i] += (row[i] - means[i]) ** 2 / rows.length;
  }
  return (row) => {
    const scaled = new Float32Array(width + 1);
    for (let i = 0; i < width; i++) {
      scaled[i] = squares[i] > 0 ? (row[i] - means[i]) / Math.sqrt(squares[i]) : 0;
    }
    scaled[width] = 1;
    return scaled;
  };
}

/** Steps of the search. */
const SEARCH = 200;

/** Logistic regression over several classes: cross-entropy plus l2 / 2 of the squared weights, by L-BFGS. */
function fitted(
  machine: Machine,
  rows: readonly Float32Array[],
  said: readonly number[],
  classes: number,
  l2: number,
): Float32Array[] {
  const width = rows[0].length;
  const flat = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) flat.set(row, i * width);
  const search = new LBFGS(new Float32Array(classes * width), 0.1);
  for (let step = 0; step < SEARCH; step++) {
    machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const weight = tape.tensor(search.point, [classes, width], true);
      const x = tape.tensor(flat, [rows.length, width]);
      const { loss } = crossEntropy(tape, linear(tape, x, weight), said);
      tape.backward(loss);
      const slope = Float64Array.from(weight.grad!, (g, i) => g + l2 * search.point[i]);
      const squares = search.point.reduce((sum, w) => sum + w * w, 0);
      search.tell(loss.data[0] + (l2 / 2) * squares, slope);
    });
  }
  return Array.from({ length: classes }, (_, c) => search.best.slice(c * width, (c + 1) * width));
}

/** The fraction of rows whose largest sum is that of what is said of them. */
function accuracy(
  weights: readonly Float32Array[],
  rows: readonly Float32Array[],
  said: readonly number[],
): number {
  let right = 0;
  for (const [i, row] of rows.entries()) {
    const sums = Float32Array.from(weights, (w) =>
      w.reduce((sum, one, j) => sum + one * row[j], 0),
    );
    if (likeliest(sums) === said[i]) right++;
  }
  return right / rows.length;
}
