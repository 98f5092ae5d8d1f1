// An adversary: of which label, its head, what it adds to a loss, and how much it finds. Loaded with the first model that has one.

import { ImageSet } from "../../data/images/image-set.js";
import { checkNumber, InvalidInputError, ModelFileError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Pieces } from "../../host/pieces.js";
import { scalar } from "../../host/scalar.js";
import { Linear } from "../../nn/layers/linear.js";
import { relu } from "../../nn/ops/elementwise.js";
import { reverseGradient } from "../../nn/ops/reverse.js";
import { weightedCrossEntropy } from "../../nn/ops/weighted-cross-entropy.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { AdversaryConfig, AdversaryOptions } from "./adversary-config.js";
import { type Labelled, rowsBetween } from "./batches.js";
import { columnsOf, columnsOfFile, placesOf } from "./conditions.js";
import { inBlocks } from "./made.js";
import type { PictureData } from "./rows.js";

/** What the head is built from. */
export interface AdversaryNetworkConfig {
  readonly classes: number;
  readonly hidden: number;
}

/** What a batch says of the adversary. */
export interface AdversaryBatch {
  /** What it guesses of each row (rows); absent without an adversary. */
  readonly guessed?: Int32Array;
  /** How much the encoder minds. */
  readonly adversaryWeight?: number;
  readonly weights?: Float32Array;
}

/** A head with one hidden layer over what the encoder says. */
export class Adversary {
  readonly #hidden: Linear;
  readonly #output: Linear;

  constructor(scope: Scope, inputs: number, { classes, hidden }: AdversaryNetworkConfig) {
    this.#hidden = new Linear(scope.child("hidden"), inputs, hidden);
    this.#output = new Linear(scope.child("output"), hidden, classes);
  }

  /** (N, inputs) → logits (N, classes) */
  logits(tape: Tape, x: Tensor): Tensor {
    return this.#output.forward(tape, relu(tape, this.#hidden.forward(tape, x)));
  }

  /**
   * The cross-entropy of its guesses, mean over the rows of the step. The head learns to make it small; the encoder, whose
   * gradient is turned round and multiplied by the weight, to make it large.
   */
  loss(tape: Tape, x: Tensor, batch: AdversaryBatch, rows: number): Tensor {
    const seen = reverseGradient(tape, x, batch.adversaryWeight ?? 0);
    return weightedCrossEntropy(tape, this.logits(tape, seen), batch.guessed!, rows, batch.weights);
  }
}

/** What an adversary finds. */
interface Found {
  /** Nats that it knows of a label beyond how often each class is: at most what the latent vector says of it. */
  readonly information: number;
  /** Share of right guesses. */
  readonly accuracy: number;
}

const ROWS = 100;

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
  let entropy = 0;
  for (const n of often.values())
    entropy -= (n / count) * scalar(machine, "log_forward", n / count);
  let [nats, right] = [0, 0];
  yield* inBlocks(machine, count, ROWS, (tape, from, to) => {
    const own = guessed.subarray(from, to);
    const found = logits(tape, rowsBetween(some, from, to));
    nats += weightedCrossEntropy(tape, found, own, 1, undefined).data[0];
    const { data } = found;
    const classes = data.length / own.length;
    for (const [i, place] of own.entries()) {
      const row = data.subarray(i * classes, (i + 1) * classes);
      if (row.indexOf(row.reduce((a, b) => Math.max(a, b))) === place) right++;
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

/** @throws InvalidInputError for a weight of an adversary that the model lacks */
export function checkAdversary(
  { adversary }: { readonly adversary?: AdversaryConfig | undefined },
  { adversaryWeight }: { readonly adversaryWeight?: number },
): void {
  if (adversaryWeight === undefined || adversary) return;
  throw new InvalidInputError(
    "adversaryWeight is for a model with an adversary; create it with adversary: the name of a label",
  );
}
