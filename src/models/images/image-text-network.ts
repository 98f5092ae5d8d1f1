// Two networks, one that reads pictures and one that reads texts, into vectors of one space.

import type { Machine } from "../../host/machine.js";
import { BatchStatistics } from "../../nn/layers/batch-norm.js";
import { Linear } from "../../nn/layers/linear.js";
import { logSoftmax } from "../../nn/ops/cross-entropy.js";
import { add, exp, mul, scale } from "../../nn/ops/elementwise.js";
import { linear } from "../../nn/ops/linear.js";
import { matmul } from "../../nn/ops/matmul.js";
import { rmsNorm } from "../../nn/ops/norm.js";
import { sum } from "../../nn/ops/reduce.js";
import { type Initializer, type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type {
  LossOf,
  NetworkDescription,
  Statistics,
  StepTotals,
  Trainable,
} from "../../train/trainable.js";
import { type Reader, reader } from "./body.js";
import type { BodyConfig } from "./body-config.js";
import { CaptionEncoder } from "./caption-encoder.js";
import type { TextSizes } from "./caption-options.js";
import { readNumbers } from "./rows.js";
import type { Shape } from "./shape.js";

/** What the network is built from. */
export interface ImageTextNetworkConfig {
  readonly shape: Shape;
  readonly body: BodyConfig;
  readonly features: number;
  readonly temperature: number;
  readonly text: TextSizes & { readonly tokens: number };
}

/** Some rows of a step, plain data: pictures, each with a caption. */
export interface ImageTextBatch {
  /** Bytes for 0 to 1, or numbers as they are. */
  readonly values: Uint8Array | Float32Array;
  /** (rows, T), -1 after the end of each. */
  readonly tokens: Int32Array;
  /** Which caption it is, a number of its text: (rows). */
  readonly drawn: Int32Array;
  /** All captions of the picture, (rows, K), -1 after the last. */
  readonly own: Int32Array;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
}

/** ln 100: the most that the logarithm of the scale may be, as in CLIP. */
const MOST = 4.605170185988092;
/** Beside the squares of a vector's numbers: only a vector of zeros notices. */
const EPS = 1e-16;

/**
 * Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", 2021, with the reader of a
 * classifier for pictures, and for texts the mean over a Transformer's places.
 */
export class ImageTextNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: ImageTextNetworkConfig;
  readonly #reader: Reader;
  readonly #projection: Linear;
  readonly #encoder: CaptionEncoder;
  readonly #logitScale: Tensor;

  constructor(parameters: ParameterSource, { network }: NetworkDescription) {
    const config = network as ImageTextNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const { shape, body, features, temperature, text } = config;
    const scope = new Scope(parameters);
    const picture = scope.child("picture");
    this.#reader = reader(picture, shape, body, 0, 3);
    const stored = this.#reader.stored(features);
    this.#projection = new Linear(
      picture.child("projection"),
      this.#reader.features,
      features,
      stored,
    );
    this.#encoder = new CaptionEncoder(this.machine, scope.child("text"), text, features);
    this.#logitScale = scope.param("logit_scale", [], logarithm(1 / temperature));
  }

  /** What cosines are multiplied by. */
  get scale(): number {
    return this.machine.scoped(() => exp(new Tape(this.machine), this.#logitScale).data[0]);
  }

  /** Pictures (N, D) → vectors of length 1, (N, F) */
  pictures(tape: Tape, values: Uint8Array | Float32Array): Tensor {
    return tape.name("picture", this.#unit(tape, this.#seen(tape, values)));
  }

  /** Texts (N, T), -1 after the end of each → vectors of length 1, (N, F) */
  texts(tape: Tape, tokens: Int32Array, rows: number): Tensor {
    return tape.name("text", this.#unit(tape, this.#said(tape, tokens, rows)));
  }

  /**
   * The cross-entropy of each picture's captions among those of all rows, and of each caption's pictures, half of each; mean
   * over the rows of the step. Where several are right, each is as right as the others (Yang et al., "Unified Contrastive
   * Learning in Image-Text-Label Space", 2022).
   */
  loss(
    tape: Tape,
    { values, tokens, drawn, own, weights }: ImageTextBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
  ): LossOf {
    const collected = new BatchStatistics();
    const pictures = this.#scaled(tape, this.#seen(tape, values, collected));
    const texts = this.texts(tape, tokens, drawn.length);
    const { ofPictures, ofTexts } = rightOnes(drawn, own, weights);
    const loss = add(
      tape,
      agreement(tape, linear(tape, pictures, texts), ofPictures),
      agreement(tape, linear(tape, texts, pictures), ofTexts),
    );
    return { loss: scale(tape, loss, -0.5 / rows), statistics: () => collected.values };
  }

  observe(_: string, statistics: Statistics): void {
    for (const norm of this.#reader.norms) norm.observe?.(statistics);
    // As in CLIP, after the step: a bound in the loss would have no gradient beyond it.
    const { data } = this.#logitScale;
    data[0] = Math.min(data[0], MOST);
  }

  #seen(tape: Tape, values: Uint8Array | Float32Array, collected?: BatchStatistics): Tensor {
    const x = readNumbers(tape, values, this.config.shape);
    return this.#projection.forward(tape, this.#reader.forward(tape, x, undefined, collected));
  }

  #said(tape: Tape, tokens: Int32Array, rows: number): Tensor {
    return this.#encoder.said(tape, this.#encoder.encode(tape, tokens, rows));
  }

  /** x / |x| */
  #unit(tape: Tape, x: Tensor): Tensor {
    const { features: F } = this.config;
    return rmsNorm(tape, x, tape.tensor(new Float32Array(F).fill(1 / Math.sqrt(F)), [F]), EPS);
  }

  /** e^(the scale's logarithm) x / |x| */
  #scaled(tape: Tape, x: Tensor): Tensor {
    const { features: F } = this.config;
    const one = tape.tensor(new Float32Array(F).fill(1 / Math.sqrt(F)), [F, 1]);
    const factor = exp(tape, this.#logitScale).reshaped([1, 1]);
    return rmsNorm(tape, x, matmul(tape, one, factor).reshaped([F]), EPS);
  }
}

/** Σ targets · ln softmax(logits) */
function agreement(tape: Tape, logits: Tensor, targets: Float32Array): Tensor {
  return sum(tape, mul(tape, logSoftmax(tape, logits), tape.tensor(targets, logits.shape)));
}

/** Which captions are right for each picture, and the other way round: shares of 1, or of a row's weight, (N, N). */
function rightOnes(
  drawn: Int32Array,
  own: Int32Array,
  weights: Float32Array | undefined,
): { readonly ofPictures: Float32Array; readonly ofTexts: Float32Array } {
  const N = drawn.length;
  const K = own.length / N;
  const right = (i: number, j: number) =>
    Number(own.subarray(i * K, (i + 1) * K).includes(drawn[j]));
  const shares = (of: (i: number, j: number) => number) => {
    const all = new Float32Array(N * N);
    for (let i = 0; i < N; i++) {
      const row = all.subarray(i * N, (i + 1) * N);
      for (let j = 0; j < N; j++) row[j] = of(i, j);
      const count = row.reduce((sum, one) => sum + one, 0);
      for (let j = 0; j < N; j++) row[j] = (row[j] * (weights?.[i] ?? 1)) / count;
    }
    return all;
  };
  return { ofPictures: shares(right), ofTexts: shares((i, j) => right(j, i)) };
}

/** ln of a number, by the kernels: those of engines differ. */
function logarithm(value: number): Initializer {
  return ({ machine, address, data }) => {
    data[0] = value;
    machine.kernels.log_forward(address, address, 1);
  };
}
