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
  /**
   * x (N, D), what it is told of time and labels (N, T), of each frame of clips (N F, T), what was read of captions, first
   * frames of clips → (N, D)
   */
  forward(tape: Tape, x: Tensor, told: Tensor, memory?: Memory, first?: First): Tensor;
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

/** First frames of some clips. */
export interface First {
  /** (N, H W C), from -1 to 1. */
  readonly values: Float32Array;
  /** Numbers of each. */
  readonly width: number;
  /** Of each row, whether it is told; default: all. */
  readonly known?: readonly boolean[];
}

/** How a network of pictures sees clips. */
export interface Timing {
  /** Numbers that it reads of a pixel. */
  readonly inputs: number;
  /** What is told of clips (N, T) → of their frames (N F, T) */
  told(tape: Tape, told: Tensor): Tensor;
  /** x (N, D) → (N F, H, W, inputs) */
  read(tape: Tape, x: Tensor, first?: First): Tensor;
  /** The first frames of x (N, D); undefined where the network is told none. @param known of each row */
  firstOf(x: Float32Array, known?: readonly boolean[]): First | undefined;
  /** What looks over time among so many channels. */
  mixer(scope: Scope, channels: number): { forward(tape: Tape, x: Tensor): Tensor };
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
    timing?: Timing,
  ) => Predictor;
  /** Numbers that its layers give for an example, about: of what a step of training keeps. */
  numbers(body: Body, shape: Shape, text?: DiffusionTextSizes): number;
}

// biome-ignore lint/suspicious/noExplicitAny: each network has its own sizes
export type AnyPredictorFile = PredictorFile<any>;
