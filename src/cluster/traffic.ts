// What shards cost where they are computed elsewhere: bytes, by arithmetic alone.

import { checkKeys, checkNumber } from "../host/errors.js";
import { type RoundOptions, resolveRounds, returnedEvery } from "../train/options.js";

/** What `bytesPerExample` is asked of. */
export interface TrafficOptions {
  /** Numbers that are trained: `parameterCount` of the model, or of its adapter. */
  readonly parameters: number;
  /** Examples of a step: `batch` times `accumulate`. */
  readonly batch: number;
  readonly shards: number;
  /** As `fit` has them. Default: the shards are brought together in every step. */
  readonly rounds?: RoundOptions;
  /** Numbers that the optimizer keeps of each: 2 for Adam (the default), 1 for momentum. */
  readonly moments?: number;
  /** Bytes of an example: of 64 bytes of text, 512. Default 0. */
  readonly example?: number;
}

/**
 * Bytes that are sent for one example, there and back. A step sends each shard's weights there, and its gradient back; a round
 * sends the weights and, after H steps, the difference, of 4 bytes a number or of 1 with one exponent for 256 numbers. A shard's
 * moments stay with whoever computes it, and come back every tenth round.
 * @throws InvalidInputError
 */
export function bytesPerExample(options: TrafficOptions): number {
  const names = ["parameters", "batch", "shards", "rounds", "moments", "example"];
  checkKeys("bytesPerExample", options, names);
  const count = { integer: true, min: 1 };
  const parameters = checkNumber("parameters", options.parameters, count);
  const batch = checkNumber("batch", options.batch, count);
  const shards = checkNumber("shards", options.shards, count);
  const moments = checkNumber("moments", options.moments ?? 2, { integer: true, min: 0 });
  const example = checkNumber("example", options.example ?? 0, { min: 0 });
  if (!options.rounds) return (8 * shards * parameters) / batch + example;
  const { steps, bits } = resolveRounds(options.rounds);
  const difference = bits === 8 ? 1 + 1 / 256 : 4;
  const state = (4 * (moments + (bits === 8 ? 1 : 0))) / returnedEvery;
  return (shards * parameters * (4 + difference + state)) / (steps * batch) + example;
}
