// What a diffusion needs of a network that predicts.

import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Memory } from "./caption-encoder.js";
import type { DiffusionBody } from "./diffusion-body.js";
import type { DiffusionTextSizes } from "./diffusion-text.js";
import type { Shape } from "./shape.js";

/** A network that predicts something of noisy examples. */
export interface Predictor {
  /** x (N, D), what it is told of time and labels (N, T), what was read of captions → (N, D) */
  forward(tape: Tape, x: Tensor, told: Tensor, memory?: Memory): Tensor;
}

/** What a network reads of captions where it stands: x plus what a look at the memory adds. */
export interface Reads {
  /** x (N, …, C) → the same */
  forward(tape: Tape, x: Tensor, memory: Memory): Tensor;
}

/** How a network reads captions. */
export interface Reading extends DiffusionTextSizes {
  /** What reads them among so many channels. */
  reader(scope: Scope, channels: number): Reads;
}

/** What the file of a network says of it, as its `network`. */
export interface PredictorFile<Body extends DiffusionBody> {
  /** The network of such sizes; `told` are the numbers of what it is told of time and labels. */
  readonly Network: new (
    scope: Scope,
    shape: Shape,
    body: Body,
    told: number,
    reading?: Reading,
  ) => Predictor;
  /** Numbers that its layers give for an example, about: of what a step of training keeps. */
  numbers(body: Body, shape: Shape, text?: DiffusionTextSizes): number;
}

// biome-ignore lint/suspicious/noExplicitAny: each network has its own sizes
export type AnyPredictorFile = PredictorFile<any>;
