// Weights of examples: how much each counts in the loss of a run. Whatever the model, its batches are given them here,
// and its network multiplies the loss of each row by the row's.

import { hashBytes } from "../data/fingerprint.js";
import { describe, InvalidInputError } from "../host/errors.js";
import type { Examples, TrainingData } from "./data.js";
import type { StepBatch } from "./shards.js";

/**
 * The same data whose batches say how much each of their rows counts: the weight of its example, divided by the mean of
 * all rows of an epoch. Where these are all the same, the data as they are.
 * @throws InvalidInputError for another number of weights than of examples, for what is no finite number of 0 or more, and
 *   where all that would be trained on are 0
 */
export function weighed(data: TrainingData, given: ArrayLike<number> | undefined): TrainingData {
  if (given === undefined) return data;
  const examples = data.examples?.();
  if (!examples) {
    throw new InvalidInputError(
      "weights are for documents, pairs, pictures or grids, a number for each; this run learns one text, or what another model makes",
    );
  }
  const weights = checked(given, examples);
  if (weights.every((one) => one === weights[0])) return data;
  const rows = Array.from(examples.of ?? weights.keys(), (i) => weights[i]);
  const mean = rows.reduce((sum, one) => sum + one, 0) / rows.length;
  if (mean === 0) throw nothing(`${examples.what} that are left beside the validation`);
  return {
    ...data,
    options: { ...data.options, weights: hashBytes(new Uint8Array(weights.buffer)) },
    batch(index, phase) {
      const own = Float32Array.from(examples.rows(index), (row) => rows[row] / mean);
      return withWeights(data.batch(index, phase), own);
    },
  };
}

function checked(given: ArrayLike<number>, { count, what }: Examples): Float64Array<ArrayBuffer> {
  const list = Array.isArray(given) || ArrayBuffer.isView(given);
  if (!list || given.length !== count) {
    throw new InvalidInputError(
      `weights must be a list of ${count} numbers, one for each of the ${what}, got ` +
        `${list ? `${given.length} of them` : describe(given)}`,
    );
  }
  const weights = Float64Array.from(given);
  const wrong = weights.findIndex((one) => !Number.isFinite(one) || one < 0);
  if (wrong >= 0) {
    throw new InvalidInputError(
      `weights[${wrong}] must be a number of 0 or more, got ${describe(given[wrong])}`,
    );
  }
  if (weights.every((one) => one === 0)) throw nothing(what);
  return weights;
}

function nothing(what: string): InvalidInputError {
  return new InvalidInputError(`weights are 0 for all ${what}: nothing would be learned`);
}

/** A batch whose cuts have the weights of their rows. */
function withWeights(batch: StepBatch, weights: Float32Array): StepBatch {
  return {
    ...batch,
    cut: (from, to) => ({
      ...(batch.cut(from, to) as object),
      weights: weights.slice(from, to),
    }),
  };
}
