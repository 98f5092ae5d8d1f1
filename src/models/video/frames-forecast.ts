// How clips are continued and predictions measured: frame by frame, a few clips at a time.

import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { leave } from "../../nn/layers/recurrent-state.js";
import { exp, scale, sigmoid } from "../../nn/ops/elementwise.js";
import type { LSTMState } from "../../nn/ops/lstm.js";
import { squaredError } from "../../nn/ops/pixel-losses.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import { numbersOf } from "../images/shape.js";
import { type Clips, fromPatches } from "./clips.js";
import type { FramePredictorNetwork, FramesNetworkConfig } from "./frames-network.js";

/** Clips at a time: enough for the products, and bounded memory. */
const CLIPS = 16;

/**
 * What becomes of predicted frames: gives what is read next, in patches.
 * @param from the first clip that they are of
 * @param j how many frames of the clips were predicted before
 */
type Next = (tape: Tape, logits: Tensor, from: number, j: number) => Float32Array;

/** Reads `read` frames of clips, from `first` on, and predicts `output` more, one at a time. */
function* forecast(
  network: FramePredictorNetwork,
  { rows, frames }: Clips,
  first: number,
  read: number,
  output: number,
  next: Next,
): Pieces<void> {
  const { machine } = network;
  for (let from = 0; from < rows.count; from += CLIPS) {
    const to = Math.min(from + CLIPS, rows.count);
    const values = rows.values.subarray(from * rows.width, to * rows.width);
    let state: Float32Array[] | undefined;
    let told: ArrayLike<number> = [];
    const step = (work: (tape: Tape, states: LSTMState[]) => LSTMState[]) => {
      state = machine.scoped(() => {
        const tape = new Tape(machine);
        const own = state ? network.enter(tape, state, to - from) : network.start(tape, to - from);
        return leave(work(tape, own));
      });
    };
    for (let t = first; t < first + read - 1; t++) {
      step((tape, states) => network.read(tape, network.frame(tape, values, frames, t), states));
      yield;
    }
    for (let j = 0; j < output; j++) {
      step((tape, before) => {
        const last = network.frame(tape, values, frames, first + read - 1);
        const frame = j === 0 ? last : tape.tensor(told, last.shape);
        const { logits, states } = network.predict(tape, frame, before);
        told = next(tape, logits, from, j);
        return states;
      });
      yield;
    }
  }
}

/** How frames are predicted. */
export interface Drawing {
  /** 0: the mean of each frame. */
  readonly temperature: number;
  readonly key: Key;
}

/** The frames after those of clips: of each `count` frames, one after the other, numbers from 0 to 1. */
export function* continued(
  network: FramePredictorNetwork,
  clips: Clips,
  count: number,
  { temperature, key }: Drawing,
): Pieces<Float32Array[]> {
  const { shape, body, input } = network.config;
  const size = numbersOf(shape);
  const read = Math.min(input, clips.frames);
  const made = Array.from({ length: clips.rows.count }, () => new Float32Array(count * size));
  const next: Next = (tape, logits, from, j) => {
    const frames =
      temperature === 0
        ? sigmoid(tape, logits).data.slice()
        : drawn(tape, network, logits, temperature, (i) => key.fold(from + i).fold(j));
    const pixels = fromPatches(frames, shape, body.patch);
    for (let i = 0; i < pixels.length / size; i++) {
      made[from + i].set(pixels.subarray(i * size, (i + 1) * size), j * size);
    }
    return frames;
  };
  yield* forecast(network, clips, clips.frames - read, read, count, next);
  return made;
}

/** A draw of each frame from its distribution, in patches. */
function drawn(
  tape: Tape,
  network: FramePredictorNetwork,
  logits: Tensor,
  temperature: number,
  keyOf: (i: number) => Key,
): Float32Array {
  const { logVariance } = network;
  const gaussian = logVariance !== undefined;
  const means = sigmoid(
    tape,
    gaussian ? logits : scale(tape, logits, 1 / temperature),
  ).data.slice();
  const deviation = gaussian ? exp(tape, scale(tape, logVariance, 0.5)).data[0] * temperature : 0;
  const size = numbersOf(network.config.shape);
  for (let i = 0; i < means.length / size; i++) {
    const key = keyOf(i);
    const noise = gaussian ? key.normal(size) : key.uniform(size);
    for (let k = 0; k < size; k++) {
      const at = i * size + k;
      means[at] = gaussian
        ? Math.min(1, Math.max(0, means[at] + deviation * noise[k]))
        : Number(noise[k] < means[at]);
    }
  }
  return means;
}

/** How well frames are predicted, means over the clips. */
export interface Predicted {
  /** Squared error, summed over a frame's numbers, of each predicted frame in turn, each read from the mean of the one before. */
  readonly squared: readonly number[];
  /** What the loss makes small, a frame. */
  readonly loss: number;
}

/**
 * Measures the frames after the first `input` of each clip.
 * @param truth each frame is predicted from those before it as they are; else from what was predicted of them
 */
export function* measured(
  network: FramePredictorNetwork,
  clips: Clips,
  truth: boolean,
): Pieces<Predicted> {
  const { input, output } = network.config;
  const { rows, frames } = clips;
  const squared = new Float64Array(output);
  let loss = 0;
  yield* forecast(network, clips, 0, input, output, (tape, logits, from, j) => {
    const to = from + logits.shape[0];
    const values = rows.values.subarray(from * rows.width, to * rows.width);
    const target = network.frame(tape, values, frames, input + j);
    const mean = sigmoid(tape, logits);
    squared[j] += squaredError(tape, mean, target).data[0] / rows.count;
    loss += network.error(tape, logits, target).data[0] / (rows.count * output);
    return (truth ? target : mean).data.slice();
  });
  return { squared: Array.from(squared), loss };
}

/** Squared error a frame of the last frame that is read, in place of each that is predicted. */
export function copied(
  { input, output, shape }: FramesNetworkConfig,
  { rows, frames }: Clips,
): number {
  const size = numbersOf(shape);
  const table = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
  let sum = 0;
  for (let i = 0; i < rows.count; i++) {
    const last = (i * frames + input - 1) * size;
    for (let j = 0; j < output * size; j++) {
      const error = table[rows.values[last + size + j]] - table[rows.values[last + (j % size)]];
      sum += error * error;
    }
  }
  return sum / (rows.count * output);
}
