// How well a diffusion predicts examples, time by time.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import type { Labelled } from "./batches.js";
import { captionsInTurn, padded } from "./caption-tokens.js";
import type { Learner } from "./diffusion-reflow.js";
import { normalRows } from "./diffusion-samples.js";
import { inBlocks, rowsAtOnce } from "./made.js";
import { numbers } from "./rows.js";

/** Options of `Diffusion.score`. */
export interface DiffusionScoreOptions {
  /** Of the noise. Default 0. */
  readonly seed?: number;
}

/** How well a diffusion predicts examples. */
export interface DiffusionScore {
  /** Mean squared error of what is predicted, over all numbers and times. */
  readonly loss: number;
  /** The same at each of ten times: 0 is an example, 1 noise. */
  readonly times: readonly { readonly time: number; readonly loss: number }[];
  readonly examples: number;
}

/** Times at which is measured: the middles of tenths. */
const TIMES = Array.from({ length: 10 }, (_, i) => (2 * i + 1) / 20);

export function* scoreDiffusion(learner: Learner, all: Labelled, key: Key): Pieces<DiffusionScore> {
  const { count } = all.rows;
  const times: { time: number; loss: number }[] = [];
  for (const time of TIMES) {
    const losses = yield* lossesAt(learner, all, new Float32Array(count).fill(time), key);
    times.push({ time, loss: meanOf(losses) });
  }
  const loss = times.reduce((sum, one) => sum + one.loss, 0) / times.length;
  return { loss, times, examples: count };
}

/** The mean loss, each example at one of the times. */
export function* measureDiffusion(learner: Learner, all: Labelled, key: Key): Pieces<number> {
  const { count } = all.rows;
  const times = Float32Array.from({ length: count }, (_, i) => TIMES[i % TIMES.length]);
  return meanOf(yield* lossesAt(learner, all, times, key));
}

/**
 * Mean squared errors of what is predicted of each example, noise drawn for each by its number; captions take turns, and
 * first frames are told.
 */
function* lossesAt(
  { network, words }: Pick<Learner, "network" | "words">,
  { rows, places, captions }: Labelled,
  times: Float32Array,
  key: Key,
): Pieces<number[]> {
  const { width, count } = rows;
  const columns = places.length / count;
  const losses: number[] = [];
  const size = rowsAtOnce(network.config.shape);
  yield* inBlocks(network.machine, count, size, (tape, from, to) => {
    const x = network.read(tape, numbers(rows, from, to));
    const noise = tape.tensor(normalRows(key.fold(from), to - from, width), x.shape);
    const tokens = words && captions && padded(captionsInTurn(captions.slice(from, to), from));
    const told = {
      places: places.subarray(from * columns, to * columns),
      memory: tokens && network.words?.encode(tape, tokens, to - from),
      first: network.firstOf(x.data),
    };
    const errors = network.error(tape, x, noise, times.subarray(from, to), told, true);
    losses.push(...Array.from(errors.data, (error) => error / width));
  });
  return losses;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
