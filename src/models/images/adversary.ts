// An adversary: of which label, its head, what it adds to a loss, and how much it finds. Loaded with the first model that has one.

import { ImageSet } from "../../data/images/image-set.js";
import { checkNumber, InvalidInputError, ModelFileError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Pieces } from "../../host/pieces.js";
import { scalar } from "../../host/scalar.js";
import { Linear } from "../../nn/layers/linear.js";
import { logSoftmax } from "../../nn/ops/cross-entropy.js";
import { add, mul, relu, scale } from "../../nn/ops/elementwise.js";
import { sum } from "../../nn/ops/reduce.js";
import { weightedCrossEntropy } from "../../nn/ops/weighted-cross-entropy.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { LossOf, Phase } from "../../train/trainable.js";
import { likeliest } from "../base/likeliest.js";
import type { AdversaryConfig, AdversaryFitOptions, AdversaryOptions } from "./adversary-config.js";
import { type Labelled, rowsBetween } from "./batches.js";
import { columnsOf, columnsOfFile, placesOf } from "./conditions.js";
import { inBlocks } from "./made.js";
import type { PictureData } from "./rows.js";

/** What the head is built from. */
export interface AdversaryNetworkConfig {
  /** How often each class is among all. */
  readonly shares: readonly number[];
  readonly hidden: number;
  /** Which of the model's own labels it guesses; absent where the model learns it not. */
  readonly column?: number;
}

/** What a batch says of the adversary. */
export interface AdversaryBatch {
  /** What it guesses of each row (rows); absent without an adversary. */
  readonly guessed?: Int32Array;
  /** How much the encoder minds. */
  readonly adversaryWeight?: number;
  readonly weights?: Float32Array;
}

/** First the head learns what can be guessed, then the rest to leave it nothing. */
const GUESS = "adversary";
export const phases: readonly Phase[] = [
  { name: GUESS, trains: ["adversary."] },
  { name: "model", trains: ["encoder.", "decoder."] },
];

/** Beside the variance: a number that hardly differs is not blown up, nor the gradient that flows back. */
const EPS = 1e-4;

/** A head with one hidden layer over what the encoder says. */
export class Adversary {
  readonly #hidden: Linear;
  readonly #output: Linear;
  readonly #shares: readonly number[];

  constructor(scope: Scope, inputs: number, { shares, hidden }: AdversaryNetworkConfig) {
    this.#hidden = new Linear(scope.child("hidden"), inputs, hidden);
    this.#output = new Linear(scope.child("output"), hidden, shares.length);
    this.#shares = shares;
  }

  /** (N, inputs) → logits (N, classes) */
  logits(tape: Tape, x: Tensor): Tensor {
    const seen = standardised(tape, x);
    return this.#output.forward(tape, relu(tape, this.#hidden.forward(tape, seen)));
  }

  /**
   * What a phase makes small. The head's: the cross-entropy of its guesses, mean over the rows of the step. The model's: `own`
   * and, as often as the weight says, KL(π ‖ p), how far the guesses p are from π, how often each class is: 0 where nothing
   * can be guessed (Tzeng et al., "Simultaneous Deep Transfer Across Domains and Tasks", 2015). An encoder that made guesses
   * wrong instead would still say what they are of.
   * @param x what the encoder says (N, inputs)
   * @param own the model's loss and its parts
   */
  loss(
    tape: Tape,
    x: Tensor,
    batch: AdversaryBatch,
    rows: number,
    phase: string,
    own: () => Pick<LossOf, "loss" | "parts">,
  ): Pick<LossOf, "loss" | "parts"> {
    const logits = this.logits(tape, x);
    const { guessed, weights, adversaryWeight = 0 } = batch;
    if (phase === GUESS) {
      return { loss: weightedCrossEntropy(tape, logits, guessed!, rows, weights) };
    }
    const { loss, parts } = own();
    const adversary = this.#confusion(tape, logits, rows, weights);
    const opposed = add(tape, loss, scale(tape, adversary, adversaryWeight));
    return { loss: opposed, parts: { ...(parts ?? { reconstruction: loss }), adversary } };
  }

  /** KL(π ‖ p), mean over the rows of the step. */
  #confusion(tape: Tape, logits: Tensor, rows: number, weights: Float32Array | undefined): Tensor {
    const [N, K] = logits.shape;
    const count = (row: number) => weights?.[row] ?? 1;
    const targets = Float32Array.from(
      { length: N * K },
      (_, i) => -count(Math.floor(i / K)) * this.#shares[i % K],
    );
    const cross = sum(tape, mul(tape, logSoftmax(tape, logits), tape.tensor(targets, [N, K])));
    let counted = 0;
    for (let row = 0; row < N; row++) counted += count(row);
    const least = tape.tensor([-counted * entropyOf(tape.machine, this.#shares)], []);
    return scale(tape, add(tape, cross, least), 1 / rows);
  }
}

/**
 * Numbers with mean 0 and deviation 1 over the rows, so that what is said softly is heard, too. No gradient flows through
 * mean and deviation.
 */
function standardised(tape: Tape, x: Tensor): Tensor {
  const [N, D] = x.shape;
  const { data } = x;
  const [shifts, factors] = [new Float32Array(N * D), new Float32Array(N * D)];
  for (let d = 0; d < D; d++) {
    let [mean, variance] = [0, 0];
    for (let i = d; i < N * D; i += D) mean += data[i] / N;
    for (let i = d; i < N * D; i += D) variance += (data[i] - mean) ** 2 / N;
    for (let i = d; i < N * D; i += D) {
      shifts[i] = -mean;
      factors[i] = 1 / Math.sqrt(variance + EPS);
    }
  }
  const centred = add(tape, x, tape.tensor(shifts, [N, D]));
  return mul(tape, centred, tape.tensor(factors, [N, D]));
}

/** -Σ p ln p */
function entropyOf(machine: Machine, shares: readonly number[]): number {
  return shares.reduce(
    (sum, share) => (share > 0 ? sum - share * scalar(machine, "log_forward", share) : sum),
    0,
  );
}

/** What an adversary finds. */
interface Found {
  /** Nats that it knows of a label beyond how often each class is: at most what the latent vector says of it. */
  readonly information: number;
  /** Share of right guesses. */
  readonly accuracy: number;
}

/** Rows that are measured at a time: what they say is standardised together. */
const ROWS = 200;

/**
 * @param logits of the adversary, for rows `from` to below `to` of some
 */
export function* measureAdversary(
  machine: Machine,
  some: Labelled,
  logits: (tape: Tape, some: Labelled) => Tensor,
): Pieces<Found> {
  const guessed = some.guessed!;
  const { count } = some.rows;
  const often = new Map<number, number>();
  for (const place of guessed) often.set(place, (often.get(place) ?? 0) + 1);
  const entropy = entropyOf(
    machine,
    Array.from(often.values(), (n) => n / count),
  );
  let [nats, right] = [0, 0];
  yield* inBlocks(machine, count, ROWS, (tape, from, to) => {
    const own = guessed.subarray(from, to);
    const found = logits(tape, rowsBetween(some, from, to));
    nats += weightedCrossEntropy(tape, found, own, 1, undefined).data[0];
    const { data } = found;
    const classes = data.length / own.length;
    for (const [i, place] of own.entries()) {
      if (likeliest(data.subarray(i * classes, (i + 1) * classes)) === place) right++;
    }
  });
  return { information: Math.max(0, entropy - nats / count), accuracy: right / count };
}

/** Of the label that is named; undefined where none is. @throws InvalidInputError */
export function adversaryOf(
  images: PictureData | undefined,
  { adversary: name, adversaryHidden: hidden }: Required<AdversaryOptions>,
): AdversaryConfig | undefined {
  if (name === "") return undefined;
  if (!(images instanceof ImageSet)) {
    throw new InvalidInputError("adversary is a label of an ImageSet; give it as images");
  }
  const [column] = columnsOf(images, [name]);
  return { ...column, hidden };
}

/** What a file says of it. @throws ModelFileError */
export function storedAdversary(json: unknown): AdversaryConfig | undefined {
  if (json === undefined) return undefined;
  const { hidden } = Object(json) as { readonly hidden?: unknown };
  const [column] = columnsOfFile([json]);
  try {
    checkNumber("adversary.hidden", hidden, { integer: true, min: 1, max: 65536 });
  } catch (cause) {
    throw new ModelFileError(`the adversary in the file is damaged`, { cause });
  }
  return { ...column, hidden: hidden as number };
}

/** The rows with what the adversary guesses of each. @throws InvalidInputError where the data do not say it */
export function withGuessed(
  rows: Labelled,
  data: PictureData,
  adversary: AdversaryConfig | undefined,
): Labelled {
  if (!adversary) return rows;
  const { name } = adversary;
  if (data instanceof ImageSet && data.labels.some((one) => one.name === name)) {
    return { ...rows, guessed: placesOf([adversary], data) };
  }
  throw new InvalidInputError(
    `data: the model's adversary guesses labels ${JSON.stringify(name)}, which an ImageSet must have`,
  );
}

/** What the encoder minds in a step of the run, from 0: nothing in the first half of the steps that it grows in. */
export function minded(
  o: { readonly adversaryWeight: number; readonly adversaryWarmup: number },
  step: number,
): { readonly adversaryWeight: number } {
  const { adversaryWeight: weight, adversaryWarmup: warmup } = o;
  if (warmup === 0) return { adversaryWeight: weight };
  return { adversaryWeight: weight * Math.max(0, Math.min(1, (2 * step) / warmup - 1)) };
}

/** @throws InvalidInputError for options of an adversary that the model lacks */
export function checkAdversary(
  { adversary }: { readonly adversary?: AdversaryConfig | undefined },
  given: AdversaryFitOptions,
): void {
  const name = (["adversaryWeight", "adversaryWarmup", "adversarySteps"] as const).find(
    (one) => given[one] !== undefined,
  );
  if (name === undefined || adversary) return;
  throw new InvalidInputError(
    `${name} is for a model with an adversary; create it with adversary: the name of a label`,
  );
}
