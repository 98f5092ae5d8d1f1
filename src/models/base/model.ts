// What is inside every model: its parameters, what they were trained on, and the run in progress. A
// model adds its options, its data and its verbs.

import {
  type ModelDescription,
  type ModelFile,
  type TrainingRecord,
  untrained,
  writeModelFile,
} from "../../formats/model-file.js";
import { describe, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { Key, purposes } from "../../host/key.js";
import type { Machine } from "../../host/machine.js";
import type { Runtime } from "../../host/runtime.js";
import { readable, weightEntries } from "../../nn/entries.js";
import {
  checkShapes,
  type ParameterSource,
  Parameters,
  recordShapes,
} from "../../nn/parameters.js";
import {
  QuantizedParameters,
  type QuantizedTensors,
  quantizedTensors,
  readQuantized,
} from "../../nn/quantized-parameters.js";
import { sizeOf } from "../../nn/tensor.js";
import { restoreRun } from "../../train/checkpoint.js";
import type { TrainingData } from "../../train/data.js";
import {
  checkShards,
  checkTrainingKeys,
  checkValidation,
  type ResolvedTraining,
  resolveTraining,
  type TrainingOptions,
} from "../../train/options.js";
import { shardComputer } from "../../train/parallel/on-workers.js";
import type { StepReport } from "../../train/progress.js";
import { TrainingRun } from "../../train/run.js";
import { buildNetwork, type Network, type NetworkDescription } from "../every-network.js";
import { sha256Hex } from "./fingerprint.js";

/** A network with its parameters, and all that training and files need to know of them. */
export class ModelCore<D extends NetworkDescription> {
  readonly machine: Machine;
  readonly network: Network<D>;
  readonly #runtime: Runtime;
  readonly #description: D;
  readonly #key: Key;
  readonly #parameters: Parameters | QuantizedParameters;
  #record: TrainingRecord = untrained;
  #savedBy: string | undefined;
  #run: TrainingRun | undefined;
  #fitting = false;

  /**
   * @param seed of everything random
   * @param quantized the weights of a model with 8-bit ones; random f32 ones where not given
   * @throws InvalidInputError where the runtime is none; OutOfMemoryError
   */
  constructor(runtime: Runtime, seed: number, description: D, quantized?: QuantizedTensors) {
    const machine = machineOf(runtime);
    this.machine = machine;
    this.#runtime = runtime;
    this.#description = description;
    this.#key = Key.fromSeed(machine, seed);
    const parameters = quantized
      ? new QuantizedParameters(machine, quantized)
      : new Parameters(machine, this.#key.fold(purposes.init));
    // Where the weights do not fit, that is known before the first is made.
    let numbers = 0;
    for (const shape of shapesOf(machine, description).values()) numbers += sizeOf(shape);
    machine.scoped(() => machine.alloc(parameters.bytesPerNumber * numbers));
    this.#parameters = parameters;
    this.network = buildNetwork(parameters, description);
    if (parameters instanceof Parameters) parameters.seal();
  }

  /**
   * The model of a file.
   * @param checkRun refuses a run in progress that does not fit the model
   * @throws ModelFileError where tensors are missing, too many, or of another shape
   */
  static open<D extends NetworkDescription>(
    runtime: Runtime,
    seed: number,
    description: D,
    file: ModelFile,
    checkRun: (run: TrainingRun) => void,
  ): ModelCore<D> {
    const shapes = shapesOf(machineOf(runtime), description);
    let core: ModelCore<D>;
    if (file.description?.weights === "int8") {
      core = new ModelCore(runtime, seed, description, readQuantized(shapes, file.weights));
    } else {
      checkShapes(shapes, file.weights);
      core = new ModelCore(runtime, seed, description);
      const parameters = core.#trainable();
      parameters.prepareAssign(readable(file.weights))(parameters.address);
    }
    core.#adopt(file, checkRun);
    return core;
  }

  /** Number of parameters. */
  get parameters(): number {
    return this.#parameters.count;
  }

  get quantized(): boolean {
    return this.#parameters instanceof QuantizedParameters;
  }

  /** Version of the simdream that wrote the file which the model is from. */
  get savedBy(): string | undefined {
    return this.#savedBy;
  }

  get record(): TrainingRecord {
    const run = this.#run?.progress;
    if (!run) return this.#record;
    return {
      ...this.#record,
      fast: this.#record.fast || (run.step > 0 && Boolean(this.machine.kernels.fused())),
      runs: this.#record.runs + 1,
      steps: this.#record.steps + run.step,
      tokens: this.#record.tokens + run.tokens,
      loss: run.lastLoss,
      validation: run.finished && run.options.patience > 0 ? run.bestLoss : run.lastValidation,
    };
  }

  /** The run in progress or just ended. */
  get run(): TrainingRun | undefined {
    return this.#run;
  }

  fingerprint(): string {
    return sha256Hex(weightEntries(this.#parameters).map(({ data }) => data));
  }

  /** A copy with 8-bit weights. @throws InvalidInputError */
  quantize(): ModelCore<D> {
    if (this.#fitting) throw new InvalidInputError("this model is in training: quantize it after");
    const tensors = quantizedTensors(this.#trainable());
    const seed = 0; // nothing is drawn any more
    const copy = new ModelCore(this.#runtime, seed, this.#description, tensors);
    copy.#record = this.record;
    return copy;
  }

  /** @throws InvalidInputError where there is nothing that could be sampled */
  needTrained(): void {
    if (this.record.imported || this.record.steps > 0) return;
    throw new InvalidInputError(
      "the model has not been trained: call fit first, or load a trained file",
    );
  }

  /**
   * Trains on what `data` makes of the run's key.
   * @param own names of the model's own options
   */
  async *fit(
    options: TrainingOptions,
    own: readonly string[],
    data: (key: Key) => TrainingData,
  ): AsyncGenerator<StepReport, void, void> {
    const parameters = this.#trainable();
    checkTrainingKeys(options, own);
    if (this.#fitting) throw new InvalidInputError("this model is in training already");
    const resolved = resolveTraining(options);
    const model = { parameters, network: this.network, description: this.#description };
    const computer = shardComputer(this.#runtime, model, resolved.shards, options.workers);
    this.#fitting = true;
    try {
      const resumed = this.#resumable(options.resume);
      const number = resumed ? resumed.progress.run : this.record.runs;
      const source = data(this.#key.fold(purposes.shuffle).fold(number));
      checkValidation(resolved, source.validate !== undefined);
      checkShards(resolved, source.rows);
      resumed?.checkData(source);
      yield* this.#begin(resumed, number, resolved).steps(source, computer, options.signal);
    } finally {
      this.#fitting = false;
      await computer.close();
    }
  }

  /** The model's file; with `training`, also what `fit` needs to continue exactly. */
  save(
    description: Pick<ModelDescription, "model" | "config" | "tokenizer">,
    training: boolean,
  ): Uint8Array<ArrayBuffer> {
    const { model, config, tokenizer } = description;
    const weights = this.quantized ? ("int8" as const) : undefined;
    const whole = { model, weights, config, tokenizer, record: this.record };
    return writeModelFile(whole, this.#parameters, training ? this.#run : undefined);
  }

  #adopt(file: ModelFile, checkRun: (run: TrainingRun) => void): void {
    this.#savedBy = file.savedBy;
    this.#record = file.description?.record ?? { ...untrained, imported: true };
    if (!file.progress) {
      if (file.training.size === 0) return;
      const names = Array.from(file.training.keys(), (name) => `training.${name}`);
      throw new ModelFileError(`the file has a run's tensors without the run: ${names.join(", ")}`);
    }
    const { progress } = file;
    if (progress.step > this.#record.steps || progress.tokens > this.#record.tokens) {
      throw new ModelFileError("the training record in the file is shorter than the run it is of");
    }
    const run = this.#newRun(progress.run, progress.options);
    restoreRun(file, this.#trainable(), run);
    checkRun(run);
    this.#record = {
      ...this.#record,
      runs: progress.run,
      steps: this.#record.steps - progress.step,
      tokens: this.#record.tokens - progress.tokens,
    };
    this.#run = run;
  }

  /** The run that `fit` should continue, if any. */
  #resumable(resume: boolean | undefined): TrainingRun | undefined {
    if (resume === false || (!this.#run && !resume)) return undefined;
    if (!this.#run) throw new InvalidInputError("resume: true, but there is no run to continue");
    return resume || !this.#run.progress.finished ? this.#run : undefined;
  }

  /** The run itself, with this call's options; the state of a resumed one is taken over. */
  #begin(resumed: TrainingRun | undefined, number: number, options: ResolvedTraining): TrainingRun {
    if (!resumed) {
      const run = this.#newRun(number, options);
      this.#record = this.record;
      this.#run = run;
    } else if (JSON.stringify(options) !== JSON.stringify(resumed.progress.options)) {
      this.#run = resumed.withOptions((changed) => this.#newRun(number, changed), options);
    }
    return this.#run!;
  }

  #newRun(number: number, options: ResolvedTraining): TrainingRun {
    const key = this.#key.fold(purposes.dropout).fold(number);
    return new TrainingRun(this.#trainable(), key, number, options);
  }

  /** The weights as training changes them. @throws InvalidInputError where they are quantised */
  #trainable(): Parameters {
    if (this.#parameters instanceof Parameters) return this.#parameters;
    throw new InvalidInputError(
      "a quantised model cannot be trained: its weights are rounded to 8 bits. Train the model that " +
        "it was made from, and quantize that again",
    );
  }
}

/** @throws InvalidInputError where the runtime is none */
function machineOf(runtime: Runtime): Machine {
  if (typeof runtime?.machine === "function") return runtime.machine();
  const got = describe(runtime);
  throw new InvalidInputError(`the first argument must be what await load() gives, got ${got}`);
}

/** Names and shapes of a network's parameters, known before any memory is asked for. */
function shapesOf(
  machine: Machine,
  description: NetworkDescription,
): ReadonlyMap<string, readonly number[]> {
  return recordShapes(machine, (source: ParameterSource) => buildNetwork(source, description));
}
