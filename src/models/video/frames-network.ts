// The network of a frame predictor: convolutional LSTMs as encoder and forecaster.

import { numbersOf as fractions } from "../../data/images/batches.js";
import type { Machine } from "../../host/machine.js";
import { constant } from "../../nn/init.js";
import { ConvLSTMCell } from "../../nn/layers/conv-lstm.js";
import { Conv2d } from "../../nn/layers/convolution.js";
import { concat } from "../../nn/ops/concat.js";
import { add, mul, scale, sigmoid } from "../../nn/ops/elementwise.js";
import type { LSTMState } from "../../nn/ops/lstm.js";
import { binaryCrossEntropy, gaussianNll, squaredError } from "../../nn/ops/pixel-losses.js";
import { weighted } from "../../nn/ops/reduce.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { LossOf, NetworkDescription, StepTotals, Trainable } from "../../train/trainable.js";
import { beginAtMean } from "../images/begin.js";
import { numbersOf } from "../images/shape.js";
import { type Clips, frameOf, toPatches } from "./clips.js";
import type { FramePredictorConfig } from "./frames-config.js";

/** What the network is built from. */
export type FramesNetworkConfig = Omit<FramePredictorConfig, "seed">;

/** Some rows of a step, plain data. */
export interface FramesBatch {
  /** (B, input + output, H, W, C) bytes. */
  readonly values: Uint8Array;
  /** (B, output - 1): 1 where the frame after is predicted from this one as it is, 0: from what was predicted of it. */
  readonly truth: Uint8Array;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
}

interface Prediction {
  /** Log-odds of a frame's numbers. */
  readonly logits: Tensor;
  readonly states: LSTMState[];
}

/** Clips whose mean a new model begins at. */
const BEGINNING = 100;

/**
 * Encoder and forecaster of Shi et al. ("Convolutional LSTM Network", 2015): the encoder's layers read all given frames but the
 * last; the forecaster's begin with the states that it ends with, read the last frame and then one frame after the
 * other, each predicted by a 1×1 convolution of all their h. Where both are shared, one stack does both.
 */
export class FramePredictorNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: FramesNetworkConfig;
  readonly risingDiverges = true;
  readonly #encoder: readonly ConvLSTMCell[];
  readonly #forecaster: readonly ConvLSTMCell[];
  readonly #output: Conv2d;
  readonly #logVariance: Tensor | undefined;

  constructor(parameters: ParameterSource, { network }: NetworkDescription) {
    const config = network as FramesNetworkConfig;
    const { body, loss } = config;
    const { hidden, layers, kernel, shared } = body;
    this.machine = parameters.machine;
    this.config = config;
    const scope = new Scope(parameters);
    const channels = this.#channels;
    const stack = (name: string) =>
      Array.from({ length: layers }, (_, i) => {
        const inputs = i === 0 ? channels : hidden;
        return new ConvLSTMCell(scope.child(name).child(`${i}`), { inputs, hidden, kernel });
      });
    this.#encoder = stack("encoder");
    this.#forecaster = shared ? this.#encoder : stack("forecaster");
    this.#output = new Conv2d(scope.child("output"), layers * hidden, channels, { kernel: 1 });
    if (loss === "gaussian") this.#logVariance = scope.param("log_variance", [1], constant(0));
  }

  /** Lets predictions begin at the mean of these. */
  beginAt({ frames, rows }: Clips): void {
    const { shape, body } = this.config;
    const count = Math.min(BEGINNING, rows.count);
    const some = rows.values.subarray(0, count * rows.width);
    const values = toPatches(some, shape, body.patch);
    beginAtMean(this.#output.bias!, { count: count * frames, width: 0, values }, "odds");
  }

  /** Frame `t` of rows of so many frames, bytes or numbers from 0 to 1: (B, h, w, P · P · C). */
  frame(tape: Tape, values: Uint8Array | Float32Array, frames: number, t: number): Tensor {
    const { shape, body } = this.config;
    const own = toPatches(frameOf(values, frames, numbersOf(shape), t), shape, body.patch);
    return tape.tensor(own instanceof Uint8Array ? fractions(own, "unit") : own, [
      ...this.#maps(own.length / numbersOf(shape)),
      this.#channels,
    ]);
  }

  /** The states of every layer before the first frame. */
  start(tape: Tape, rows: number): LSTMState[] {
    return this.#encoder.map((cell) => cell.start(tape, this.#maps(rows)));
  }

  /** States that were outside the machine: h and c of each layer in turn. */
  enter(tape: Tape, state: readonly Float32Array[], rows: number): LSTMState[] {
    const shape = [...this.#maps(rows), this.config.body.hidden];
    return this.#encoder.map((_, i) => ({
      h: tape.tensor(state[2 * i], shape),
      c: tape.tensor(state[2 * i + 1], shape),
    }));
  }

  /** The encoder reads a frame. */
  read(tape: Tape, frame: Tensor, states: readonly LSTMState[]): LSTMState[] {
    return through(tape, this.#encoder, frame, states);
  }

  /** The forecaster reads a frame, and gives the log-odds of the next one's numbers. */
  predict(tape: Tape, frame: Tensor, states: readonly LSTMState[]): Prediction {
    return this.#next(tape, this.#forecaster, frame, states);
  }

  #next(
    tape: Tape,
    cells: readonly ConvLSTMCell[],
    frame: Tensor,
    before: readonly LSTMState[],
  ): Prediction {
    const states = through(tape, cells, frame, before);
    const all = states.map(({ h }) => h).reduce((a, b) => concat(tape, a, b));
    return { logits: this.#output.forward(tape, all), states };
  }

  /** What is made small, summed over the numbers of a frame; in nats, where the loss is a likelihood. */
  error(tape: Tape, logits: Tensor, target: Tensor, perRow = false): Tensor {
    switch (this.config.loss) {
      case "bernoulli":
        return binaryCrossEntropy(tape, logits, target, perRow);
      case "gaussian":
        return gaussianNll(tape, sigmoid(tape, logits), this.#logVariance!, target, perRow);
      case "squared":
        return squaredError(tape, sigmoid(tape, logits), target, perRow);
    }
  }

  /** Logarithm of the variance of a pixel, with `gaussian`. */
  get logVariance(): Tensor | undefined {
    return this.#logVariance;
  }

  /**
   * Error of a predicted frame, mean over all frames of the step but the first: those that are read are predicted, too, each
   * from those before it, which teaches how things move long before the other predictions are of use.
   */
  loss(
    tape: Tape,
    { values, truth, weights }: FramesBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
  ): LossOf {
    const { input, output, shape } = this.config;
    const frames = input + output;
    const own = values.length / (frames * numbersOf(shape));
    const errors: Tensor[] = [];
    let states = this.start(tape, own);
    let frame = this.frame(tape, values, frames, 0);
    for (let t = 1; t < frames; t++) {
      const j = t - input;
      const next = this.#next(tape, j < 0 ? this.#encoder : this.#forecaster, frame, states);
      const target = this.frame(tape, values, frames, t);
      errors.push(
        weighted(tape, weights, (perRow) => this.error(tape, next.logits, target, perRow)),
      );
      states = next.states;
      const told = Array.from({ length: own }, (_, b) => truth[b * (output - 1) + j]);
      frame = j < 0 || t + 1 === frames ? target : fed(tape, next.logits, target, told);
    }
    const mean = (some: readonly Tensor[], of: number) =>
      scale(
        tape,
        some.reduce((a, b) => add(tape, a, b)),
        1 / (rows * of),
      );
    return {
      loss: mean(errors, frames - 1),
      parts: {
        read: mean(errors.slice(0, input - 1), input - 1),
        predicted: mean(errors.slice(input - 1), output),
      },
    };
  }

  get #channels(): number {
    const { shape, body } = this.config;
    return body.patch * body.patch * shape[2];
  }

  #maps(rows: number): readonly number[] {
    const { shape, body } = this.config;
    return [rows, shape[0] / body.patch, shape[1] / body.patch];
  }
}

function through(
  tape: Tape,
  cells: readonly ConvLSTMCell[],
  frame: Tensor,
  before: readonly LSTMState[],
): LSTMState[] {
  let x = frame;
  return cells.map((cell, i) => {
    const state = cell.forward(tape, x, before[i]);
    x = state.h;
    return state;
  });
}

/** What is read next: of each row the true frame, where it is told so, or the mean of what was predicted. */
function fed(tape: Tape, logits: Tensor, target: Tensor, told: readonly number[]): Tensor {
  if (told.every((one) => one === 1)) return target;
  const mean = sigmoid(tape, logits);
  if (told.every((one) => one === 0)) return mean;
  const n = target.size / told.length;
  const values = target.data;
  const kept = Float32Array.from({ length: target.size }, (_, i) => 1 - told[Math.floor(i / n)]);
  const given = values.map((value, i) => (1 - kept[i]) * value);
  const { shape } = target;
  return add(tape, mul(tape, mean, tape.tensor(kept, shape)), tape.tensor(given, shape));
}

/** Bytes of a training step of so many rows, about: all numbers of every frame, forward and backward. */
export function framesBytes(
  { shape, body, input, output }: FramesNetworkConfig,
  rows: number,
): number {
  const { patch, hidden, layers } = body;
  const places = (shape[0] * shape[1]) / (patch * patch);
  const channels = patch * patch * shape[2];
  // What each layer reads beside its state; gates, and h and c; what the output reads, and what is made of it.
  const read = 2 * (channels + hidden) + 4 * hidden * (layers - 1);
  const each = read + 8 * hidden * layers + 2 * hidden * layers + 7 * channels;
  return 4 * rows * places * (input + output) * each;
}
