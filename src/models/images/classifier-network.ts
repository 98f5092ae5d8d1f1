// The network of a classifier: layers that read a picture, a dense layer of features, and a head for each column of labels.

import type { Machine } from "../../host/machine.js";
import { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Linear } from "../../nn/layers/linear.js";
import { softmax } from "../../nn/ops/cross-entropy.js";
import { dropout } from "../../nn/ops/dropout.js";
import { add } from "../../nn/ops/elementwise.js";
import { weightedCrossEntropy } from "../../nn/ops/weighted-cross-entropy.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type {
  LossOf,
  NetworkDescription,
  Statistics,
  StepTotals,
  Trainable,
} from "../../train/trainable.js";
import { type Reader, reader, statisticsOf } from "./body.js";
import type { BodyConfig } from "./body-config.js";
import { activate } from "./layers.js";
import { readNumbers } from "./rows.js";
import type { Shape } from "./shape.js";

/** What the network is built from. */
export interface ClassifierNetworkConfig {
  readonly shape: Shape;
  readonly body: BodyConfig;
  readonly features: number;
  readonly dropout: number;
  /** Classes of each column of labels. */
  readonly classes: readonly number[];
}

/** Some rows of a step, plain data. */
export interface ClassifierBatch {
  /** Bytes for 0 to 1, or numbers as they are. */
  readonly values: Uint8Array | Float32Array;
  /** (rows, columns) */
  readonly places: Int32Array;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
}

export class ClassifierNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: ClassifierNetworkConfig;
  readonly #reader: Reader;
  readonly #features: Linear;
  readonly #heads: readonly Linear[];

  constructor(parameters: ParameterSource, { network }: NetworkDescription) {
    const config = network as ClassifierNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, features, classes } = config;
    const scope = new Scope(parameters);
    this.#reader = reader(scope, shape, body, 0, 3);
    const stored = this.#reader.stored(features);
    this.#features = new Linear(scope.child("features"), this.#reader.features, features, stored);
    this.#heads = classes.map(
      (count, c) => new Linear(scope.child("heads").child(`${c}`), features, count),
    );
  }

  /** x (N, D) as a tensor. */
  read(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return readNumbers(tape, values, this.config.shape);
  }

  /** Of pictures (N, H, W, C) of any size, what each convolution gives. */
  maps(tape: Tape, x: Tensor): Tensor[] {
    return this.#reader.maps(tape, x);
  }

  /** x (N, D) → (N, features), after the activation */
  features(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor {
    const read = this.#reader.forward(tape, x, undefined, collected);
    return activate(tape, this.config.body.activation, this.#features.forward(tape, read));
  }

  /** x (N, D) → logits of each column, (N, classes) */
  logits(tape: Tape, x: Tensor, collected?: BatchStatistics): Tensor[] {
    const features = dropout(tape, this.features(tape, x, collected), this.config.dropout);
    return this.#heads.map((head) => head.forward(tape, features));
  }

  /** The same as probabilities. */
  probabilities(tape: Tape, x: Tensor): Tensor[] {
    return this.logits(tape, x).map((logits) => softmax(tape, logits));
  }

  /** Cross-entropy summed over the columns, mean over the rows of the step. */
  loss(
    tape: Tape,
    { values, places, weights }: ClassifierBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
  ): LossOf {
    const collected = new BatchStatistics();
    const all = this.logits(tape, this.read(tape, values), collected);
    const losses = all.map((logits, c) => {
      const targets = placesOfColumn(places, c, all.length);
      return weightedCrossEntropy(tape, logits, targets, rows, weights);
    });
    const loss = losses.reduce((sum, one) => add(tape, sum, one));
    return { loss, ...statisticsOf(collected.values) };
  }

  observe(_: string, statistics: Statistics): void {
    for (const norm of this.#reader.norms) norm.observe?.(statistics);
  }
}

/** The places of one column among all. */
export function placesOfColumn(places: Int32Array, column: number, columns: number): Int32Array {
  return Int32Array.from(
    { length: places.length / columns },
    (_, i) => places[i * columns + column],
  );
}
