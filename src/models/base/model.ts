// What every model is to its users: the verbs and facts that all of them share.

import type { StoredModel, TrainingRecord } from "../../formats/model-file.js";
import { checkFlag, checkKeys } from "../../host/errors.js";
import type { RunProgress } from "../../train/progress.js";
import type { Trainable } from "../../train/trainable.js";
import type { ModelCore } from "./core.js";

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

  /** Whether the weights have 8 bits: made by `quantize`, or read from such a file. */
  get quantized(): boolean {
    return this.core.quantized;
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
