// The network of a diffusion as it trains: noisy examples, the time and the labels in, what is predicted out.

import type { Machine } from "../../host/machine.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import { concat } from "../../nn/ops/concat.js";
import { add, cos, mul, scale, sin, sub } from "../../nn/ops/elementwise.js";
import { silu } from "../../nn/ops/gated.js";
import { gaussianNoise } from "../../nn/ops/noise.js";
import { squaredError } from "../../nn/ops/pixel-losses.js";
import { weighted } from "../../nn/ops/reduce.js";
import { rotaryFrequencies } from "../../nn/ops/rotary.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { LossOf, NetworkDescription, StepTotals, Trainable } from "../../train/trainable.js";
import type { CaptionEncoder } from "./caption-encoder.js";
import type { DiffusionBody } from "./diffusion-body.js";
import type { AnyPredictorFile, First, Predictor, Timing } from "./diffusion-predictor.js";
import { type Process, type ProcessConfig, processOf } from "./diffusion-process.js";
import type { DiffusionTextSizes } from "./diffusion-text.js";
import type { Told } from "./diffusion-told.js";
import { textNumbers } from "./memory.js";
import { readSigned } from "./rows.js";
import { hasPixels, numbersOf, type Shape } from "./shape.js";

/** What the network is built from. */
export interface DiffusionNetworkConfig {
  readonly shape: Shape;
  readonly body: DiffusionBody;
  readonly process: ProcessConfig;
  /** Classes of each column of labels. */
  readonly classes: readonly number[];
  /** What reads captions, and the tokens that they have. */
  readonly text?: DiffusionTextSizes & { readonly tokens: number };
}

/** What is loaded for a network. */
export interface DiffusionModules {
  /** What predicts. */
  readonly predictor: AnyPredictorFile;
  /** What reads captions, where there are any. */
  readonly encoder?: typeof import("./diffusion-encoder.js") | undefined;
  /** How clips are seen, where examples are some. */
  readonly clips?: typeof import("./diffusion-clips.js") | undefined;
}

/** Some rows of a step, plain data. */
export interface DiffusionBatch {
  /** Bytes for 0 to 1, or numbers as they are; (rows, D). Beside noise as the network has them. */
  readonly values: Uint8Array | Float32Array;
  /** Where its rows come from, (rows, D); drawn where it is absent. */
  readonly noise?: Float32Array;
  /** (rows, columns); empty without labels. */
  readonly places: Int32Array;
  /** Of captions, (rows, T), -1 after the end of each; absent without them. */
  readonly tokens?: Int32Array;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
  /** Probability that a row's labels are left out. */
  readonly dropout: number;
  /** The same of its caption. */
  readonly captionDropout?: number;
  /** The same of the first frame of a clip. */
  readonly firstDropout?: number;
}

/** Sines and cosines of the time, and numbers of what blocks are told. */
const TIME = 64;
/** The time in radians of the fastest sine: 1 as so many steps. */
const SPAN = 1000;

/** Ho et al., "Denoising Diffusion Probabilistic Models", 2020; Liu et al., "Flow Straight and Fast", 2023. */
export class DiffusionNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: DiffusionNetworkConfig;
  readonly process: Process;
  /** Whether examples are pictures or clips: numbers from 0 to 1, which the network sees from -1 to 1. */
  readonly pictures: boolean;
  readonly #frequencies = rotaryFrequencies(TIME);
  readonly #time: Linear;
  readonly #labels: readonly Embedding[];
  readonly #predictor: Predictor;
  /** Numbers that the layers give for an example, about. */
  readonly #numbers: number;
  /** What reads captions, where there are any. */
  readonly words: CaptionEncoder | undefined;
  /** What is loaded for clips, where examples are some. */
  readonly clips: DiffusionModules["clips"];
  readonly #timing: Timing | undefined;

  constructor(
    parameters: ParameterSource,
    { network }: NetworkDescription,
    { predictor, encoder, clips }: DiffusionModules,
  ) {
    const config = network as DiffusionNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, classes, text } = config;
    this.process = processOf(config.process);
    this.pictures = hasPixels(shape);
    const scope = new Scope(parameters);
    this.#time = new Linear(scope.child("time"), TIME, TIME);
    // The last row of a table is for labels that are left out.
    this.#labels = classes.map(
      (count, c) => new Embedding(scope.child("labels").child(`${c}`), count + 1, TIME),
    );
    if (text) {
      const { machine } = this;
      this.words = new encoder!.CaptionEncoder(machine, scope.child("text"), text, TIME);
    }
    const reader = (at: Scope, channels: number) =>
      new encoder!.WordMixer(at, channels, text!.width);
    const reading = text && { ...text, reader };
    const { first = false } = body as { readonly first?: boolean };
    this.clips = clips;
    this.#timing = clips && new clips.ClipTiming(scope, shape, first, TIME);
    this.#predictor = new predictor.Network(scope, shape, body, TIME, reading, this.#timing);
    const read = text ? textNumbers(text) : 0;
    this.#numbers = predictor.numbers(body, shape, text) + read;
  }

  /** Memory that a training step of so many rows needs beside the parameters, in bytes, about. */
  activationBytes(rows: number): number {
    return 4 * 2 * rows * (3 * numbersOf(this.config.shape) + this.#numbers);
  }

  /** Examples (N, D): of pictures from -1 to 1. */
  read(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return readSigned(tape, values, this.config.shape);
  }

  /**
   * What is predicted of x (N, D) → (N, D)
   * @param times of each row (N)
   */
  predict(tape: Tape, x: Tensor, times: ArrayLike<number>, told: Told): Tensor {
    const { places, memory, first } = told;
    let code = this.#time.forward(tape, this.#sines(tape, times));
    for (const [c, table] of this.#labels.entries()) {
      const ids = Int32Array.from(times, (_, i) => places[i * this.#labels.length + c]);
      code = add(tape, code, table.forward(tape, ids, [ids.length]));
    }
    if (memory) code = add(tape, code, this.words!.said(tape, memory));
    if (this.#timing) code = this.#timing.told(tape, code);
    const y = this.#predictor.forward(tape, tape.name("noisy", x), silu(tape, code), memory, first);
    return tape.name("predicted", this.#predicted(tape, x, y, times));
  }

  /** What is predicted, of what the network gives. */
  #predicted(tape: Tape, x: Tensor, y: Tensor, times: ArrayLike<number>): Tensor {
    const { fromExample } = this.process;
    if (!fromExample) return y;
    const [rows, numbers] = x.shape;
    const factors = tape.tensor(new Float32Array(rows * numbers), x.shape);
    for (let i = 0; i < rows; i++) {
      factors.data.fill(fromExample(times[i]), i * numbers, (i + 1) * numbers);
    }
    return mul(tape, sub(tape, x, y), factors);
  }

  /** First frames of examples as the network has them; undefined where it is told none. @param known of each row */
  firstOf(x: Float32Array, known?: readonly boolean[]): First | undefined {
    return this.#timing?.firstOf(x, known);
  }

  /**
   * Mean squared error of what is predicted, over all numbers of the step. Draws in order: times, noise, what is left out of
   * labels and captions, and of first frames.
   */
  loss(
    tape: Tape,
    batch: DiffusionBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
  ): LossOf {
    const { values, noise: own } = batch;
    const D = numbersOf(this.config.shape);
    const x = own
      ? tape.tensor(values as Float32Array, [values.length / D, D])
      : this.read(tape, values);
    const [count, numbers] = x.shape;
    const uniform = tape.nextNoiseKey().uniform(count);
    const times = Float32Array.from(uniform, (u) => this.process.timeOf(u));
    const noise = own
      ? tape.tensor(own, x.shape)
      : gaussianNoise(tape, x.shape, tape.nextNoiseKey());
    const { places, tokens } = this.#leftOut(tape, batch, count);
    const memory = tokens && this.words!.encode(tape, tokens, count);
    const told = { places, memory, first: this.#firstLeft(tape, x, batch.firstDropout) };
    const error = weighted(tape, batch.weights, (perRow) =>
      this.error(tape, x, noise, times, told, perRow),
    );
    return { loss: scale(tape, error, 1 / (rows * numbers)) };
  }

  /** Squared error of what is predicted of examples at these times, summed; with `perRow` of each (N). */
  error(
    tape: Tape,
    x: Tensor,
    noise: Tensor,
    times: Float32Array,
    told: Told,
    perRow = false,
  ): Tensor {
    const seen = mixed(tape, x, noise, times, this.process.seen.bind(this.process));
    const target = mixed(tape, x, noise, times, this.process.target.bind(this.process));
    return squaredError(tape, this.predict(tape, seen, times, told), target, perRow);
  }

  /** Places that say of so many rows that nothing is said of their labels. */
  unlabelled(rows: number): Int32Array {
    const { classes } = this.config;
    return Int32Array.from(
      { length: rows * classes.length },
      (_, i) => classes[i % classes.length],
    );
  }

  /**
   * Labels and captions as rows are told them. Half of the labels that are left out are so with their caption, and half of
   * the captions with their labels: the network learns to do without either, and without both.
   */
  #leftOut(
    tape: Tape,
    { places, tokens, dropout, captionDropout = 0 }: DiffusionBatch,
    rows: number,
  ): Pick<DiffusionBatch, "places" | "tokens"> {
    if (dropout + captionDropout === 0) return { places, tokens };
    const { classes } = this.config;
    const drawn = tape.nextNoiseKey().uniform(rows);
    const half = dropout / 2;
    const turned = drawn.map((u) => (u < half ? u - half + 1 : u - half));
    const width = tokens ? tokens.length / rows : 0;
    return {
      places: places.map((place, i) =>
        drawn[Math.floor(i / classes.length)] < dropout ? classes[i % classes.length] : place,
      ),
      tokens: tokens?.map((token, i) =>
        turned[Math.floor(i / width)] < captionDropout ? -1 : token,
      ),
    };
  }

  /** First frames of examples (N, D), some of them left out. */
  #firstLeft(tape: Tape, x: Tensor, dropout = 0): First | undefined {
    if (!this.#timing || dropout === 0) return this.firstOf(x.data);
    const drawn = tape.nextNoiseKey().uniform(x.shape[0]);
    return this.firstOf(
      x.data,
      Array.from(drawn, (u) => u >= dropout),
    );
  }

  /** (N) → (N, 64): sines and cosines of the time, at frequencies from 1000 radians down to 1/10 (Vaswani et al. 2017). */
  #sines(tape: Tape, times: ArrayLike<number>): Tensor {
    const half = TIME / 2;
    const angles = tape.tensor(
      Float32Array.from(
        { length: times.length * half },
        (_, i) => SPAN * times[Math.floor(i / half)] * this.#frequencies[i % half],
      ),
      [times.length, half],
    );
    return concat(tape, sin(tape, angles), cos(tape, angles));
  }
}

/** A sum of examples and noise (N, D), with weights that depend on the time of each. */
function mixed(
  tape: Tape,
  x: Tensor,
  noise: Tensor,
  times: Float32Array,
  weights: Process["seen"],
): Tensor {
  const y = tape.empty(x.shape);
  const [rows, numbers] = x.shape;
  const [to, a, b] = [y.data, x.data, noise.data];
  for (let i = 0; i < rows; i++) {
    const [u, v] = weights(times[i]);
    for (let j = i * numbers; j < (i + 1) * numbers; j++) to[j] = u * a[j] + v * b[j];
  }
  return y;
}
