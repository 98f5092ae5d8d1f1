// The decoder's own guesses in training and measuring.

import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { likeliest } from "../base/likeliest.js";
import type { Seq2SeqBatch } from "./pair-network.js";

/** The likeliest class of each row. */
export function likeliestOf({ data, shape }: Tensor): Int32Array {
  const classes = shape[shape.length - 1];
  return Int32Array.from({ length: data.length / classes }, (_, r) =>
    likeliest(data.subarray(r * classes, (r + 1) * classes)),
  );
}

/**
 * The decoder's inputs (T, B) with some targets replaced by what it would say itself: scheduled sampling
 * (Bengio et al. 2015), all steps at once from a first pass (Duckworth et al. 2019).
 * @param guess the likeliest token at each step (T, B), by a pass without dropout
 */
export function withGuesses(tape: Tape, batch: Seq2SeqBatch, guess: () => Int32Array): Int32Array {
  const { inputs, rows, steps, sampled } = batch;
  const key = sampled > 0 ? tape.nextDropoutKey() : undefined;
  if (!key) return inputs;
  const guesses = guess();
  const replace = key.uniform(rows * steps);
  // The first step reads the start marker, whatever happens.
  return inputs.map((token, i) => (i >= rows && replace[i] < sampled ? guesses[i - rows] : token));
}
