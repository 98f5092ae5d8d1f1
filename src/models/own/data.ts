// Batches of somebody's own data: every epoch in another order, a fraction of the examples held out.

import { hashBytes } from "../../data/fingerprint.js";
import { orderOf, splitAt } from "../../data/order.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData, Validation } from "../../train/data.js";
import type { DataOptions } from "../../train/progress.js";
import type { StepBatch } from "../../train/shards.js";
import { PATIENCE, passesFor } from "../base/suited.js";
import type { OwnBatch } from "./network.js";
import type { Config, ModelRecipe, Settings } from "./recipe.js";

/** How `fit` of a model of one's own makes batches. */
export interface OwnDataOptions {
  /** Examples of a batch. Default 32, or all where there are fewer. */
  readonly batch?: number;
  /** Fraction of the examples that is kept for validation, 0 to 0.9, drawn by the seed. Default 0. */
  readonly val?: number;
}

/** What each option may be. */
export const ownDataRules: Rules<OwnDataOptions> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 32 },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
};

/** Examples that are measured at a time; also those whose numbers are hashed at a time. */
const AT_ONCE = 64;

/** Keys of a run's data. */
const [ORDER, SPLIT] = [0, 1];

/** Somebody's data, and how batches are made of them. */
export class Examples<Data, Batch> {
  readonly count: number;
  readonly #recipe: ModelRecipe<Settings, Data, Batch, never>;
  readonly #data: Data;
  readonly #config: Settings;

  /** @throws InvalidInputError where there are none */
  constructor(recipe: ModelRecipe<Settings, Data, Batch, never>, data: Data, config: Settings) {
    this.#recipe = recipe;
    this.#data = data;
    this.#config = config;
    const { name, length } = recipe;
    const count = length
      ? length(data, config as Config<Settings>)
      : (data as ArrayLike<unknown> | undefined)?.length;
    if (typeof count !== "number" || !Number.isSafeInteger(count) || count < 1) {
      const got = count === undefined ? describe(data) : describe(count);
      throw new InvalidInputError(
        `${name}: data must have at least one example (their number is data.length, or what length(data) gives), got ${got}`,
      );
    }
    this.count = count;
  }

  /** The batch of these examples. @throws InvalidInputError where it is no plain data */
  batch(indices: Int32Array): OwnBatch {
    const { name, batch } = this.#recipe;
    const made = batch(this.#data, indices.slice(), this.#config as Config<Settings>);
    checkPlain(`${name}: what batch gives`, made);
    return { rows: indices.length, batch: made };
  }

  /** @throws InvalidInputError */
  targets({ rows, batch }: OwnBatch): number {
    const { name, targets } = this.#recipe;
    if (!targets) return rows;
    const count = targets(batch as Batch, this.#config as Config<Settings>);
    if (Number.isSafeInteger(count) && count >= 0) return count;
    throw new InvalidInputError(`${name}: targets must be a whole number, got ${describe(count)}`);
  }

  /** Hash of all that batches have in them. */
  fingerprint(): string {
    const hashes: string[] = [];
    for (let from = 0; from < this.count; from += AT_ONCE) {
      const some = range(from, Math.min(from + AT_ONCE, this.count));
      for (const bytes of bytesOf(this.batch(some).batch)) hashes.push(hashBytes(bytes));
    }
    return `${this.count}-${hashBytes(new TextEncoder().encode(hashes.join()))}`;
  }
}

/** Pieces of some examples, in order. */
export function* inPieces<Data, Batch>(
  examples: Examples<Data, Batch>,
  indices: Int32Array,
): Generator<OwnBatch, void, void> {
  for (let from = 0; from < indices.length; from += AT_ONCE) {
    yield examples.batch(indices.subarray(from, from + AT_ONCE));
  }
}

/** Numbers from one to below another. */
export function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}

/**
 * @param measure the loss of some examples
 * @throws InvalidInputError
 */
export function ownData<Data, Batch>(
  examples: Examples<Data, Batch>,
  given: OwnDataOptions,
  key: Key,
  measure: (indices: Int32Array) => Pieces<Validation>,
  begun: DataOptions = {},
): TrainingData {
  const { batch: most, val } = resolve(ownDataRules, given, begun);
  const { train, held } = split(examples.count, val, key.fold(SPLIT));
  const batch = Math.min(most, train.length);
  const order = orderOf(train.length, batch, key.fold(ORDER));
  return {
    fingerprint: examples.fingerprint(),
    options: { batch, val },
    rows: batch,
    examples: () => ({
      ...{ count: examples.count, what: "examples" },
      ...{ of: train, rows: order.rows },
    }),
    carries: false,
    carried: [],
    pass: { batches: order.epoch, targets: train.length },
    defaults: { steps: passesFor(order.epoch) * order.epoch, patience: PATIENCE },
    validationTargets: held.length,
    ...(held.length > 0
      ? {
          validate: (breathe, targets) => inTurns(measure(held.subarray(0, targets)), breathe),
        }
      : {}),
    batch: (index) =>
      stepOf(
        examples,
        order.rows(index).map((place) => train[place]),
      ),
  };
}

/** A step's batch; a shard of it is made of its own examples alone. */
function stepOf<Data, Batch>(examples: Examples<Data, Batch>, indices: Int32Array): StepBatch {
  const rows = indices.length;
  const whole = examples.batch(indices);
  return {
    targets: examples.targets(whole),
    rows,
    cut: (from, to) => (to - from === rows ? whole : examples.batch(indices.subarray(from, to))),
  };
}

function split(
  count: number,
  fraction: number,
  key: Key,
): { readonly train: Int32Array; readonly held: Int32Array } {
  if (fraction === 0) return { train: range(0, count), held: new Int32Array(0) };
  const at = splitAt("examples", count, fraction, 1);
  const order = key.permutation(count);
  return { train: order.slice(0, at), held: order.slice(at).sort() };
}

/** Refuses what a worker could not be sent. @throws InvalidInputError */
function checkPlain(what: string, value: unknown): void {
  if (value === null || ["number", "boolean", "string", "undefined"].includes(typeof value)) return;
  if (ArrayBuffer.isView(value)) return;
  if (Array.isArray(value)) {
    for (const one of value) checkPlain(what, one);
    return;
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const one of Object.values(value as object)) checkPlain(what, one);
    return;
  }
  throw new InvalidInputError(
    `${what} must be plain data (typed arrays, numbers, texts, and lists and objects of these), got ${describe(value)}`,
  );
}

/** All numbers and texts of plain data, as bytes. */
function* bytesOf(value: unknown): Generator<Uint8Array, void, void> {
  if (ArrayBuffer.isView(value)) {
    yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  } else if (Array.isArray(value)) {
    if (value.every((one) => typeof one === "number")) yield* bytesOf(Float64Array.from(value));
    else for (const one of value) yield* bytesOf(one);
  } else if (typeof value === "object" && value !== null) {
    for (const one of Object.values(value)) yield* bytesOf(one);
  } else yield new TextEncoder().encode(`${value}`);
}
