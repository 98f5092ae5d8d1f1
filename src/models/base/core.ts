// What is inside every model: its parameters, what they were trained on, and the run in progress. A
// model adds its options, its data and its verbs.

import {
  type GivenOptions,
  HISTORY,
  type ModelFile,
  type QuantizedWeights,
  type RunRecord,
  type StoredModel,
  type TrainingRecord,
  untrained,
  writeModelFile,
} from "../../formats/model-file.js";
import { describe, InvalidInputError, listed, ModelFileError } from "../../host/errors.js";
import { Key, purposes } from "../../host/key.js";
import type { Machine } from "../../host/machine.js";
import type { Runtime } from "../../host/runtime.js";
import { sha256Hex } from "../../host/sha256.js";
import { numerics, version } from "../../host/version.js";
import { readable, weightEntries } from "../../nn/entries.js";
import { allFinite } from "../../nn/finite.js";
import type { Matrix } from "../../nn/ops/quantized.js";
import { checkShapes, type ParameterShape, Parameters, recordShapes } from "../../nn/parameters.js";
import type { QuantizedParameters } from "../../nn/quantized-parameters.js";
import { sizeOf } from "../../nn/tensor.js";
import type { TrainingData } from "../../train/data.js";
import type { ResolvedTraining, TrainingOptions } from "../../train/options.js";
import type { DataOptions, RunProgress, StepReport } from "../../train/progress.js";
import type { TrainingRun } from "../../train/run.js";
import type { RunState } from "../../train/state.js";
import type { NetworkBuilder, NetworkDescription, Trainable } from "../../train/trainable.js";
import { Training } from "../../train/training.js";

/** What trains, imported when it is needed: a model that only samples does without. */
const training = () => import("../../train/main.js");
/** Weights of few bits, imported with the first such model. */
const quantizing = () => import("../../nn/quantized-parameters.js");

type TrainingModule = Awaited<ReturnType<typeof training>>;

/** What a model trains on: its own options of `fit`, and the data that it makes of the run's key. */
export interface TrainingSource<N = Trainable> {
  /** Names of the model's own options. */
  readonly own: readonly string[];
  /**
   * @param begun the data options of the run that is resumed; undefined where one begins
   * @param network what is trained, as validations use it: where that is an adapter, with it
   */
  readonly data: (key: Key, begun: DataOptions | undefined, network: N) => TrainingData;
}

/** The same where it is imported when a training begins. */
export type LaterSource<N> = TrainingSource<N> | (() => Promise<TrainingSource<N>>);

/** Refuses a run in progress that does not fit the model. */
export type CheckRun<N> = (run: RunState, network: N) => void;

/** What is asked of a network's adapters, which are imported with the first. */
interface AdaptersOf<N extends Trainable> {
  /** The core of the adapter of this name, for null the model's own, and where nothing is said that of the active one. */
  core(name: string | null | undefined): ModelCore<N>;
}

/** A network with its parameters, and all that training and files need to know of them. */
export class ModelCore<N extends Trainable> {
  readonly machine: Machine;
  readonly network: N;
  /** Set with the first adapter, by adapters.ts. */
  adapters: AdaptersOf<N> | undefined;
  readonly #runtime: Runtime;
  readonly #seed: number;
  readonly #description: NetworkDescription;
  readonly #build: NetworkBuilder<N>;
  readonly #key: Key;
  readonly #parameters: Parameters | QuantizedParameters;
  /** Of an adapter: the model that it is of, whose memory it shares. */
  readonly #base: ModelCore<N> | undefined;
  #record: TrainingRecord = untrained;
  #savedBy: string | undefined;
  #run: TrainingRun | undefined;
  /** The numerics version of a run in the file that cannot be resumed for it. */
  #unresumable: number | undefined;
  #stepBytes: number | undefined;
  #fitting = false;
  /** Options of `create`, until the first run. */
  #created: object | undefined;
  /** What was asked for, where that is not what `fit` was called with. */
  #said: GivenOptions | undefined;

  /**
   * @param seed of everything random
   * @param description what the network is built from, here and in workers
   * @param build adds its parameters; by this a model brings its own network
   * @param given the weights of a model with few bits; random f32 ones where not given
   * @param base of an adapter: the model that it is of
   * @throws OutOfMemoryError
   */
  constructor(
    runtime: Runtime,
    seed: number,
    description: NetworkDescription,
    build: NetworkBuilder<N>,
    given?: (machine: Machine) => QuantizedParameters,
    base?: ModelCore<N>,
  ) {
    const machine = base?.machine ?? runtime.machine();
    this.#base = base;
    this.machine = machine;
    this.#runtime = runtime;
    this.#seed = seed;
    this.#description = description;
    this.#build = build;
    this.#key = Key.fromSeed(machine, seed);
    const parameters = given?.(machine) ?? new Parameters(machine, this.#key.fold(purposes.init));
    // Where the weights do not fit, that is known before the first is made.
    let numbers = 0;
    for (const { shape } of shapesOf(machine, description, build).values())
      numbers += sizeOf(shape);
    const needs = "make the model's sizes or its vocabulary smaller";
    machine.ensure(parameters.bytesPerNumber * numbers, needs);
    this.#parameters = parameters;
    this.network = build(parameters, description);
    if (parameters instanceof Parameters) parameters.seal();
  }

  /**
   * The model of a file.
   * @param checkRun refuses a run in progress that does not fit the model. Default: one that carries a state from batch
   *   to batch, as most models have none
   * @throws ModelFileError where tensors are missing, too many, or of another shape
   */
  static async open<N extends Trainable>(
    runtime: Runtime,
    seed: number,
    description: NetworkDescription,
    build: NetworkBuilder<N>,
    file: ModelFile,
    checkRun?: CheckRun<N>,
    base?: ModelCore<N>,
  ): Promise<ModelCore<N>> {
    const shapes = shapesOf(base?.machine ?? runtime.machine(), description, build);
    let core: ModelCore<N>;
    const weights = file.description?.weights;
    if (weights) {
      const { QuantizedParameters, readQuantized } = await quantizing();
      const tensors = readQuantized(weights, shapes, file.weights);
      if (weights !== "int8-stored") await runtime.withQuantized();
      const given = (machine: Machine) => new QuantizedParameters(machine, tensors);
      core = new ModelCore(runtime, seed, description, build, given);
    } else {
      const some = file.recipe === "initial" ? file.weights : undefined;
      if (!some) checkShapes(shapes, file.weights);
      core = new ModelCore(runtime, seed, description, build, undefined, base);
      const parameters = core.#trainable();
      const holds = some && ((name: string) => some.has(name));
      parameters.prepareAssign(readable(file.weights), holds)(parameters.address);
      for (const [name, tensor] of parameters.entries()) {
        if (allFinite(tensor)) continue;
        throw new ModelFileError(`tensor ${name} must have finite numbers: the file is damaged`);
      }
    }
    core.#adopt(file);
    if (file.progress !== undefined && core.#unresumable === undefined) {
      core.#adoptRun(file, await training(), checkRun);
    }
    return core;
  }

  /** Number of parameters. */
  get parameterCount(): number {
    return this.#parameters.count;
  }

  /** Notes what `create` was given, for the record of the first run. */
  created(options: object): this {
    this.#created = { ...options };
    return this;
  }

  /** Notes what somebody asked for whose words were others than the options of `fit`: the command line. */
  said(given: GivenOptions): void {
    this.#said = given;
    const state = this.#run?.state;
    if (state?.progress.step === 0 && !state.again) state.set({ given });
  }

  /** Another number after every change of a weight. */
  get version(): number {
    return this.#parameters.version;
  }

  /** How the weights are stored where they have few bits. */
  get weights(): QuantizedWeights | undefined {
    return this.#parameters instanceof Parameters ? undefined : this.#parameters.weights;
  }

  /** Its matrices by name, but tables. */
  get matrices(): ReadonlyMap<string, Matrix> {
    return this.#parameters.matrices;
  }

  /** What makes an adapter of this model: a core of its own over the same memory. */
  get parts(): {
    readonly runtime: Runtime;
    readonly seed: number;
    readonly description: NetworkDescription;
  } {
    return { runtime: this.#runtime, seed: this.#seed, description: this.#description };
  }

  /** Version of the simdream that wrote the file which the model is from. */
  get savedBy(): string | undefined {
    return this.#savedBy;
  }

  get record(): TrainingRecord {
    const run = this.run?.progress;
    if (!run) return this.#record;
    return {
      ...this.#record,
      fast: this.#record.fast || (run.step > 0 && Boolean(this.machine.kernels.fused())),
      runs: this.#record.runs + 1,
      steps: this.#record.steps + run.step,
      examples: this.#record.examples + run.examples,
      targets: this.#record.targets + run.targets,
      loss: run.lastLoss,
      validation: run.kept === null ? run.lastValidation : run.bestLoss,
      history: [...this.#record.history, recordOf(run, this.#seed)].slice(-HISTORY),
    };
  }

  /** The run in progress or just ended. */
  get run(): RunState | undefined {
    return this.#run?.state;
  }

  /** What a step of the last call of `fit` needs beside the weights. */
  get stepBytes(): number | undefined {
    return this.#stepBytes;
  }

  fingerprint(): string {
    return sha256Hex(this.machine, () => weightEntries(this.#parameters).map(({ data }) => data));
  }

  /** A copy with weights of few bits. @throws InvalidInputError */
  async quantize(weights: QuantizedWeights): Promise<ModelCore<N>> {
    const { QuantizedParameters, quantizedTensors } = await quantizing();
    const runtime = await this.#runtime.withQuantized();
    if (this.#fitting) throw new InvalidInputError("this model is in training already");
    const tensors = quantizedTensors(runtime.machine(), this.#trainable(), weights);
    const seed = 0; // nothing is drawn any more
    const given = (machine: Machine) => new QuantizedParameters(machine, tensors);
    const copy = new ModelCore(runtime, seed, this.#description, this.#build, given);
    copy.#record = this.record;
    return copy;
  }

  /**
   * The network with the adapter of this name, as it is for null, and where nothing is said with the active one.
   * @throws InvalidInputError where there is no such adapter
   */
  adapted(name?: string | null): N {
    return this.chosen(name).network;
  }

  /** The core of that network. @throws InvalidInputError where there is no such adapter */
  chosen(name?: string | null): ModelCore<N> {
    if (this.adapters) return this.adapters.core(name);
    if (name == null) return this;
    throw new InvalidInputError(`there is no adapter ${describe(name)}: the model has none`);
  }

  /** A copy with other numbers in some parameters. */
  copy(changed: ReadonlyMap<string, Float32Array>, record: TrainingRecord): ModelCore<N> {
    const own = this.#trainable();
    const copy = new ModelCore(this.#runtime, this.#seed, this.#description, this.#build);
    const parameters = copy.#trainable();
    parameters.assign(own.all(own.address));
    for (const [name, tensor] of parameters.entries()) {
      const values = changed.get(name);
      if (values) tensor.data.set(values);
    }
    parameters.changed();
    copy.#record = record;
    return copy;
  }

  /** Lets gradients flow past the weights, to what is given to them; a step of training lets them in again. */
  freeze(): void {
    if (this.#parameters instanceof Parameters) this.#parameters.freeze();
  }

  /** @throws InvalidInputError where there is nothing that could be sampled */
  needTrained(model = "the model"): void {
    if (this.record.imported || this.record.steps > 0) return;
    throw new InvalidInputError(
      `${model} has not been trained: call fit first, or load a trained file`,
    );
  }

  /**
   * Trains on what the model says.
   * @param as what the model says of a step; the report itself by default
   */
  fit(options: TrainingOptions, source: LaterSource<N>): Training<StepReport>;
  fit<Report>(
    options: TrainingOptions,
    source: LaterSource<N>,
    as: (report: StepReport) => Report,
  ): Training<Report>;
  fit(
    options: TrainingOptions,
    source: LaterSource<N>,
    as: (report: StepReport) => unknown = (report) => report,
  ): Training<unknown> {
    return new Training(this.#steps(options, source, as));
  }

  async *#steps<Report>(
    options: TrainingOptions,
    source: LaterSource<N>,
    as: (report: StepReport) => Report,
  ): AsyncGenerator<Report, void, void> {
    const parameters = this.#trainable();
    if (this.#fitting) throw new InvalidInputError("this model is in training already");
    this.#fitting = true;
    let computer: Awaited<ReturnType<TrainingModule["shardComputer"]>> | undefined;
    try {
      const train = await training();
      train.checkBare(this.adapters);
      const { own, data: make } = typeof source === "function" ? await source() : source;
      train.checkCall(options, own);
      const resumed = this.#resumable(train, options.resume);
      const progress = resumed?.state.progress;
      const number = progress?.run ?? this.record.runs;
      const key = this.#key.fold(purposes.shuffle).fold(number);
      const again = progress && (progress.step > 0 || resumed!.state.again);
      const begun = again ? progress.dataOptions : undefined;
      const data = train.weighed(make(key, begun, this.network), options.weights);
      const resolved = train.trainingOn(data, options, progress?.options);
      train.checkValidation(resolved, data.validate !== undefined);
      train.checkShards(resolved, data.rows);
      train.checkRecompute(resolved, this.network);
      train.checkGuardOn(resolved, this.#description);
      resumed?.state.checkData(data);
      this.#stepBytes = await train.checkMemory(parameters, data, resolved);
      const base = this.#base ? this.#base.#trainable() : undefined;
      const model = { parameters, base, network: this.network, description: this.#description };
      computer = await train.shardComputer(this.#runtime, model, resolved.shards, options.workers);
      const run = this.#begin(train, resumed, number, resolved, data.validate !== undefined);
      if (!run.state.again) {
        const { given: before } = run.state.progress;
        const given = this.#said ?? train.givenOf(before, this.#created, options);
        this.#created = undefined;
        run.state.set({ given });
      }
      for await (const report of run.steps(data, computer, options.signal)) yield as(report);
    } finally {
      this.#fitting = false;
      await computer?.close();
    }
  }

  /**
   * The parameters, for who fills them with another program's weights while a model is made.
   * @internal
   */
  imported(): Parameters | QuantizedParameters {
    this.#record = { ...untrained, imported: true };
    return this.#parameters;
  }

  /** The model's file; with its run, also what `fit` needs to continue exactly. */
  save(stored: StoredModel, withRun: boolean): Uint8Array<ArrayBuffer> {
    const write = () => {
      const parameters = this.#parameters;
      const { weights } = this;
      const { model, network, config, assets } = stored;
      const whole = { model, weights, network, config, assets, record: this.record };
      const run = withRun && parameters instanceof Parameters ? this.run : undefined;
      const state = run && { progress: run.progress, tensors: run.entries() };
      return writeModelFile(whole, weightEntries(parameters), state);
    };
    return this.run ? this.run.whole(write) : write();
  }

  #adopt(file: ModelFile): void {
    this.#savedBy = file.savedBy;
    this.#record = file.description?.record ?? { ...untrained, imported: true };
    if (file.progress === undefined) {
      if (file.training.size === 0) return;
      const names = Array.from(file.training.keys(), (name) => `training.${name}`);
      throw new ModelFileError(`the file has a run's tensors without the run: ${listed(names)}`);
    }
    if (file.numerics !== numerics) this.#unresumable = file.numerics;
  }

  #adoptRun(
    file: ModelFile,
    train: TrainingModule,
    checkRun: CheckRun<N> = train.checkNothingCarried,
  ): void {
    if (file.recipe) {
      this.#run = train.recipeRun(file, (run, options) => this.#newRun(train, run, options));
      return;
    }
    const progress = train.checkProgress(file.progress);
    const { steps, examples, targets, history } = this.#record;
    if (progress.step > steps || progress.targets > targets || progress.examples > examples) {
      throw new ModelFileError("the training record in the file is shorter than the run");
    }
    const run = this.#newRun(train, progress.run, progress.options);
    train.restoreRun(file, progress, this.#trainable(), run.state);
    checkRun(run.state, this.network);
    this.#record = {
      ...this.#record,
      runs: progress.run,
      steps: steps - progress.step,
      examples: examples - progress.examples,
      targets: targets - progress.targets,
      history: history.slice(0, -1),
    };
    this.#run = run;
  }

  /** The run that `fit` should continue, if any. */
  #resumable(train: TrainingModule, resume: boolean | undefined): TrainingRun | undefined {
    if (resume !== false) train.checkNumerics(this.#unresumable);
    if (resume === false || (!this.#run && !resume)) return undefined;
    if (!this.#run) throw new InvalidInputError("resume: true, but there is no run to continue");
    return resume || !this.#run.state.progress.finished ? this.#run : undefined;
  }

  /** The run itself, with this call's options; the state of a resumed one is taken over. */
  #begin(
    train: TrainingModule,
    resumed: TrainingRun | undefined,
    number: number,
    options: ResolvedTraining,
    validated: boolean,
  ): TrainingRun {
    if (!resumed) {
      const run = this.#newRun(train, number, options);
      this.#record = this.record;
      this.#run = run;
      this.#unresumable = undefined;
    } else if (JSON.stringify(options) !== JSON.stringify(resumed.state.progress.options)) {
      const next = () => this.#newRun(train, number, options);
      this.#run = resumed.state.continueIn(next, options, validated);
    }
    return this.#run!;
  }

  #newRun(train: TrainingModule, number: number, options: ResolvedTraining): TrainingRun {
    const key = this.#key.fold(purposes.dropout).fold(number);
    return new train.TrainingRun(this.#trainable(), this.network, key, number, options);
  }

  /** The weights as training changes them. @throws InvalidInputError where they are quantised */
  #trainable(): Parameters {
    if (this.#parameters instanceof Parameters) return this.#parameters;
    throw new InvalidInputError(
      "a quantised model cannot be trained: train what it was made from, and quantize that again",
    );
  }
}

/** Names and shapes of a network's parameters, known before any memory is asked for. */
function shapesOf(
  machine: Machine,
  description: NetworkDescription,
  build: NetworkBuilder,
): ReadonlyMap<string, ParameterShape> {
  return recordShapes(machine, (source) => build(source, description));
}

function recordOf(run: RunProgress, seed: number): RunRecord {
  const { options, dataOptions, data, step: steps, changes, given } = run;
  return {
    ...{ version, numerics, seed, options: { ...options }, dataOptions, data, steps },
    ...(changes && { changes }),
    ...(given && { given }),
  };
}
