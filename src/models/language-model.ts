// An autoregressive language model: embedding, LSTM, linear. It learns a text, or a collection of
// documents, and continues it.

import { createTokenizer, type Tokenizer } from "../data/tokenizer.js";
import {
  checkChoice,
  checkFlag,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../host/errors.js";
import { Key, purposes } from "../host/key.js";
import type { Runtime } from "../host/runtime.js";
import { checkShapes, Parameters } from "../nn/parameters.js";
import {
  QuantizedParameters,
  type QuantizedTensors,
  quantizedTensors,
  readQuantized,
} from "../nn/quantized-parameters.js";
import { sha256Hex } from "./fingerprint.js";
import {
  checkConfig,
  checkCorpus,
  checkTokenizer,
  createKeys,
  describedModel,
  END,
  foreignModel,
  type LanguageModelConfig,
  type LanguageModelOptions,
  START,
} from "./language-config.js";
import {
  type LanguageDataOptions,
  languageData,
  languageDataKeys,
  type Markers,
} from "./language-data.js";
import { LanguageNetwork, networkShapes } from "./language-network.js";
import { encodeData, markersOf, primeNetwork } from "./language-text.js";
import {
  type ModelFile,
  readable,
  readModelFile,
  restoreRun,
  type TrainingRecord,
  untrained,
  weightEntries,
  writeModelFile,
} from "./model-file.js";
import type { NetworkDescription } from "./networks.js";
import { type Generation, generateAll, streamChunks } from "./sampling/generate.js";
import { type GenerateOptions, resolveGeneration } from "./sampling/options.js";
import type { Chunk, Primed } from "./sampling/sampler.js";
import { type Score, type ScoreOptions, scoreDocuments, scoreText } from "./score.js";
import { shardComputer } from "./shard-computer.js";
import type { ShardComputer } from "./shards.js";
import { type RunProgress, type StepReport, TrainingRun } from "./trainer.js";
import {
  checkShards,
  checkTrainingKeys,
  checkValidation,
  type ResolvedTraining,
  resolveTraining,
  type TrainingOptions,
} from "./training-options.js";

const KIND = "LanguageModel";

/** Options of `fit`: how the text is batched, and what all models share. */
export interface LanguageFitOptions extends TrainingOptions, LanguageDataOptions {}

/**
 * A language model.
 *
 * ```ts
 * const model = LanguageModel.create(await load(), { corpus: text, hidden: 256, seed: 1 });
 * for await (const step of model.fit(text, { steps: 2000 })) console.log(step.step, step.loss);
 * console.log(model.generate({ prompt: "今天的天气", tokens: 40, temperature: 0.8, seed: 7 }).text);
 * ```
 */
export class LanguageModel {
  readonly config: LanguageModelConfig;
  readonly tokenizer: Tokenizer;
  readonly #runtime: Runtime;
  readonly #key: Key;
  readonly #parameters: Parameters | QuantizedParameters;
  readonly #network: LanguageNetwork;
  #record: TrainingRecord = untrained;
  #savedBy: string | undefined;
  #run: TrainingRun | undefined;
  #fitting = false;

  private constructor(
    runtime: Runtime,
    config: LanguageModelConfig,
    tokenizer: Tokenizer,
    quantized?: QuantizedTensors,
  ) {
    if (typeof runtime?.machine !== "function") {
      const got = describe(runtime);
      throw new InvalidInputError(`the first argument must be what await load() gives, got ${got}`);
    }
    this.config = config;
    this.tokenizer = tokenizer;
    this.#runtime = runtime;
    const machine = runtime.machine();
    this.#key = Key.fromSeed(machine, config.seed);
    const parameters = quantized
      ? new QuantizedParameters(machine, quantized)
      : new Parameters(machine, this.#key.fold(purposes.init));
    this.#parameters = parameters;
    this.#network = new LanguageNetwork(parameters, tokenizer.size, config);
    if (parameters instanceof Parameters) parameters.seal();
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static create(runtime: Runtime, options: LanguageModelOptions): LanguageModel {
    checkKeys("LanguageModel.create", options, createKeys);
    const { corpus, vocab, tokenizer: given = "char" } = options;
    checkCorpus(corpus);
    const documents = typeof corpus === "object";
    const config = checkConfig({ ...options, documents });
    if (typeof given === "object") {
      return new LanguageModel(runtime, config, checkTokenizer(given, documents));
    }
    checkChoice("tokenizer", given, ["char", "byte", "bpe"]);
    if (corpus === undefined && given !== "byte") {
      throw new InvalidInputError(
        `the ${given} tokenizer needs a corpus to make its vocabulary from`,
      );
    }
    const texts = corpus ?? "";
    const empty = typeof texts === "string" ? texts === "" : texts.every((text) => text === "");
    if (corpus !== undefined && empty) {
      throw new InvalidInputError("the corpus is empty; expected text to make a vocabulary from");
    }
    const specials = documents ? [START, END] : [];
    return new LanguageModel(runtime, config, createTokenizer(given, texts, { vocab, specials }));
  }

  /**
   * A model from the bytes of a file: one that `save` wrote, or weights from PyTorch under the names
   * `embedding.weight`, `lstm.weight_ih_l0` …, `linear.weight`, `linear.bias`; those need a tokenizer.
   * @throws ModelFileError saying what is wrong with the file
   */
  static load(
    runtime: Runtime,
    bytes: Uint8Array,
    options: { readonly tokenizer?: Tokenizer } = {},
  ): LanguageModel {
    checkKeys("LanguageModel.load", options, ["tokenizer"]);
    const file = readModelFile(bytes, KIND);
    const { config, tokenizer } = file.description
      ? describedModel(file.description)
      : foreignModel(file.weights, options.tokenizer);
    const shapes = networkShapes(tokenizer.size, config);
    let model: LanguageModel;
    if (file.description?.weights === "int8") {
      const tensors = readQuantized(shapes, file.weights);
      model = new LanguageModel(runtime, config, tokenizer, tensors);
    } else {
      checkShapes(shapes, file.weights);
      model = new LanguageModel(runtime, config, tokenizer);
      const parameters = model.#trainable();
      parameters.prepareAssign(readable(file.weights))(parameters.address);
    }
    model.#adopt(file);
    return model;
  }

  /** Number of parameters. */
  get parameters(): number {
    return this.#parameters.count;
  }

  /** Whether the weights have 8 bits: made by `quantize`, or read from such a file. */
  get quantized(): boolean {
    return this.#parameters instanceof QuantizedParameters;
  }

  /** Version of the simdream that wrote the file which the model is from; undefined where none did. */
  get savedBy(): string | undefined {
    return this.#savedBy;
  }

  /** What the model has been trained on so far. */
  get record(): TrainingRecord {
    const run = this.#run?.progress;
    if (!run) return this.#record;
    return {
      ...this.#record,
      fast: this.#record.fast || (run.step > 0 && Boolean(this.#network.machine.kernels.fused())),
      runs: this.#record.runs + 1,
      steps: this.#record.steps + run.step,
      tokens: this.#record.tokens + run.tokens,
      loss: run.lastLoss,
      validation: run.finished && run.options.patience > 0 ? run.bestLoss : run.lastValidation,
    };
  }

  /** The run in progress or just ended, with its options; undefined where there is none. */
  get run(): RunProgress | undefined {
    return this.#run?.progress;
  }

  /** SHA-256 of the weights, in hexadecimal: equal exactly where all bits are. */
  fingerprint(): string {
    return sha256Hex(weightEntries(this.#parameters).map(({ data }) => data));
  }

  /**
   * A copy for sampling: 8 bits a weight instead of 32, so a quarter of the file and more
   * speed, at a slightly worse score. It has all the verbs but `fit`; its samples, too, are the same
   * bits everywhere. A model that is quantised already is returned as it is.
   * @throws InvalidInputError for weights that are not finite numbers, or a model in training
   */
  quantize(): LanguageModel {
    if (this.quantized) return this;
    if (this.#fitting) throw new InvalidInputError("this model is in training: quantize it after");
    const tensors = quantizedTensors(this.#trainable());
    const copy = new LanguageModel(this.#runtime, this.config, this.tokenizer, tensors);
    copy.#record = this.record;
    return copy;
  }

  /**
   * Trains on a text, or on documents where the model was created with a list. Yields a report after
   * every step. To stop, break out of the loop or abort the signal: the next `fit` with the same data
   * continues exactly where it was, also after `save({ training: true })` and `load`.
   * @throws InvalidInputError, also for a quantised model; DivergedError, or the signal's reason
   */
  async *fit(
    data: string | readonly string[],
    options: LanguageFitOptions = {},
  ): AsyncGenerator<StepReport, void, void> {
    this.#trainable();
    checkTrainingKeys(options, languageDataKeys);
    if (this.#fitting) throw new InvalidInputError("this model is in training already");
    const resolved = resolveTraining(options);
    const computer = this.#computer(resolved.shards, options.workers);
    this.#fitting = true;
    try {
      const resumed = this.#resumable(options.resume);
      const number = resumed ? resumed.progress.run : this.record.runs;
      const key = this.#key.fold(purposes.shuffle).fold(number);
      const encoded = encodeData(this.tokenizer, this.config.documents, data);
      const source = languageData(this.#network, encoded, options, key, this.#markers);
      checkValidation(resolved, source.validate !== undefined);
      checkShards(resolved, source.rows);
      resumed?.checkData(source);
      yield* this.#begin(resumed, number, resolved).steps(source, computer, options.signal);
    } finally {
      this.#fitting = false;
      await computer.close();
    }
  }

  /**
   * Continues a prompt.
   * @returns `text`, what comes behind the prompt, of the first sample; and all `samples`
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: GenerateOptions = {}): Generation {
    const o = resolveGeneration(options, this.tokenizer);
    return generateAll(this.#network, this.tokenizer, o, this.#prime(o.prompt));
  }

  /**
   * Continues a prompt piece by piece. A piece never ends inside a character, and never shows the
   * beginning of a stop string.
   * @throws InvalidInputError, or the signal's reason
   */
  async *stream(options: GenerateOptions = {}): AsyncGenerator<Chunk, void, void> {
    const o = resolveGeneration(options, this.tokenizer);
    o.signal?.throwIfAborted();
    yield* streamChunks(this.#network, this.tokenizer, o, this.#prime(o.prompt));
  }

  /**
   * Negative log-likelihood of a text (its first token given, the state carried through the whole of
   * it) or of documents (each from its start, its end counted).
   * @throws InvalidInputError
   */
  score(data: string | readonly string[], options: ScoreOptions = {}): Score {
    const encoded = encodeData(this.tokenizer, this.config.documents, data);
    return this.#markers
      ? scoreDocuments(this.#network, encoded, this.#markers, options)
      : scoreText(this.#network, this.tokenizer, encoded, options);
  }

  /**
   * The model as a safetensors file: weights under PyTorch's names; configuration, tokenizer and
   * training record in the metadata. With `training`, also what `fit` needs to continue exactly.
   */
  save(options: { readonly training?: boolean } = {}): Uint8Array<ArrayBuffer> {
    checkKeys("save", options, ["training"]);
    const training = checkFlag("training", options.training ?? false);
    const description = {
      model: KIND,
      weights: this.quantized ? ("int8" as const) : undefined,
      config: this.config,
      tokenizer: this.tokenizer.toJSON(),
      record: this.record,
    };
    return writeModelFile(description, this.#parameters, training ? this.#run : undefined);
  }

  #adopt(file: ModelFile): void {
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
    this.#checkCarried(run);
    this.#record = {
      ...this.#record,
      runs: progress.run,
      steps: this.#record.steps - progress.step,
      tokens: this.#record.tokens - progress.tokens,
    };
    this.#run = run;
  }

  /** Only streams carry a state: h and c of every layer, a row each. */
  #checkCarried({ carried, progress: { dataOptions, step } }: TrainingRun): void {
    const { layers, hidden } = this.config;
    const states = dataOptions.batching === "streams" && step > 0 ? 2 * layers : 0;
    const length = Number(dataOptions.batch) * hidden;
    if (carried.length === states && carried.every((state) => state.length === length)) return;
    throw new ModelFileError(
      `the checkpoint has ${carried.length} carried states of [${carried.map((s) => s.length).join(", ")}] ` +
        `numbers, the run needs ${states}${states > 0 ? ` of ${length}` : ""}`,
    );
  }

  #computer(shards: number, workers: LanguageFitOptions["workers"]): ShardComputer {
    const { embed, hidden, layers, dropout } = this.config;
    const network: NetworkDescription = {
      model: KIND,
      classes: this.tokenizer.size,
      config: { embed, hidden, layers, dropout },
    };
    const model = { parameters: this.#trainable(), network: this.#network, description: network };
    return shardComputer(this.#runtime, model, shards, workers);
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

  /** Start and end, where the model learns documents. */
  get #markers(): Markers | undefined {
    return this.config.documents ? markersOf(this.tokenizer) : undefined;
  }

  #prime(prompt: string): Primed<Float32Array[]> {
    if (!this.record.imported && this.record.steps === 0) {
      throw new InvalidInputError(
        "the model has not been trained: call fit first, or load a trained file",
      );
    }
    return primeNetwork(this.#network, this.tokenizer, this.#markers, prompt);
  }
}
