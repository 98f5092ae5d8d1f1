// What every model is to its users: the verbs and facts that all of them share.

import type { GivenOptions, StoredModel, TrainingRecord } from "../../formats/model-file.js";
import { checkFlag, checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import type { RunProgress } from "../../train/progress.js";
import type { Trainable } from "../../train/trainable.js";
import type { ModelCore } from "./core.js";

/** How many bits a weight of a copy has. */
export interface QuantizeOptions {
  /** 8, or 4: half the file and faster, at a worse score. Default 8. */
  readonly bits?: 4 | 8;
}

/** The core of a model, for who looks into it. */
export function coreOf<N extends Trainable>(model: Model<N>): ModelCore<N> {
  return (model as unknown as { readonly core: ModelCore<N> }).core;
}

/** A model. Its class adds `create`, `load`, `fit`, `quantize` and the verbs of what it makes. */
export abstract class Model<N extends Trainable = Trainable> {
  /** @internal */
  declare protected readonly core: ModelCore<N>;

  protected constructor(core: ModelCore<N>) {
    // Whoever prints a model means what it is, not what it is made of.
    Object.defineProperty(this, "core", { value: core });
  }

  /** What the class needs besides the weights to be made again. @internal */
  protected abstract stored(): StoredModel;

  /** Number of parameters. */
  get parameterCount(): number {
    return this.core.parameterCount;
  }

  /** Whether the weights have 8 or 4 bits: made by `quantize`, or read from such a file. */
  get quantized(): boolean {
    return this.weights !== "f32";
  }

  /** What the weights are. In a model of 4 bits the tables of embeddings and the matrix of the logits have 8. */
  get weights(): "f32" | "int8" | "int4" {
    const { weights } = this.core;
    return weights === "int8-stored" ? "int8" : (weights ?? "f32");
  }

  /** Version of the simdream that wrote the file which the model is from; undefined where none did. */
  get savedBy(): string | undefined {
    return this.core.savedBy;
  }

  /** What the model has been trained on so far. */
  get record(): TrainingRecord {
    return this.core.record;
  }

  /** The run in progress or just ended, with its options; undefined where there is none. */
  get run(): RunProgress | undefined {
    return this.core.run?.progress;
  }

  /**
   * Memory that a training step needs beside the weights, in bytes, about, for the options of the last `fit`:
   * gradients, moments and activations. Undefined before one, and where it is not known.
   */
  get stepBytes(): number | undefined {
    return this.core.stepBytes;
  }

  /** For who trains with options of another form: the command line. @internal */
  said(given: GivenOptions): void {
    this.core.said(given);
  }

  /**
   * The core of a copy with weights of so many bits; undefined where the model has them already.
   * @param eight what 8 bits are: multiplied with, or only stored
   * @throws InvalidInputError for an option that cannot be used, a copy of other bits, or a model in training
   * @internal
   */
  protected async narrowed(
    options: QuantizeOptions,
    eight: "int8" | "int8-stored" = "int8",
  ): Promise<ModelCore<N> | undefined> {
    checkKeys("quantize", options, ["bits"]);
    const bits = options.bits ?? 8;
    if (bits !== 4 && bits !== 8) {
      throw new InvalidInputError(`bits must be 4 or 8, got ${describe(bits)}`);
    }
    if (bits === 4 && eight === "int8-stored") {
      throw new InvalidInputError("bits: 4 is for models without convolutions, this one takes 8");
    }
    if (!this.quantized) return this.core.quantize(bits === 4 ? "int4" : eight);
    if (this.weights === `int${bits}`) return undefined;
    throw new InvalidInputError(
      `this model has ${this.weights} weights already; quantize the model that it was made from`,
    );
  }

  /** SHA-256 of the weights, in hexadecimal: equal exactly where all bits are. */
  fingerprint(): string {
    return this.core.fingerprint();
  }

  /**
   * The model as a safetensors file: weights under PyTorch's names; what else it is made of and its
   * training record in the metadata. With `training`, also what `fit` needs to continue exactly.
   * @throws InvalidInputError for an option that is not known
   */
  save(options: { readonly training?: boolean } = {}): Uint8Array<ArrayBuffer> {
    checkKeys("save", options, ["training"]);
    const training = checkFlag("training", options.training ?? false);
    return this.core.save(this.stored(), training);
  }
}
