// Sequence to sequence: a model of pairs of texts. It learns what to say to a source, and, where sources
// have labels, to tell those too.

import { type Pair, type PairBatch, pad, type TokenPair } from "../../data/pairs.js";
import { readModelFile, type StoredModel } from "../../formats/model-file.js";
import { bytesAsGiven, listAsGiven } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import { checkChoice, checkKeys, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { atOnce, type Pieces, promptPiece } from "../../host/pieces.js";
import { notFinite } from "../../nn/finite.js";
import { type Generation, generateAll, streamChunks } from "../../sampling/generate.js";
import {
  type GenerateOptions,
  generationKeys,
  type ResolvedGeneration,
  resolveGeneration,
} from "../../sampling/options.js";
import { type Chunk, type Primed, sampleChunks } from "../../sampling/sampler.js";
import { type Markers, markersOf } from "../../text/markers.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import type { TrainingOptions } from "../../train/options.js";
import type { StepReport, TextStepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { Adaptable, type AdaptOptions } from "../base/adaptable.js";
import { ModelCore, type TrainingSource } from "../base/core.js";
import type { QuantizeOptions } from "../base/model.js";
import { builderOf, type CreateRules } from "../base/network-choice.js";
import { roomAfter } from "../base/room.js";
import { textReport } from "../base/text-report.js";
import {
  checkContext,
  checkSide,
  cleanText,
  MASK,
  type Seq2SeqConfig,
  type Seq2SeqOptions,
  seq2SeqRules,
  storedSeq2Seq,
  type Tokenizers,
} from "./config.js";
import type { PairFacts, Seq2SeqDataOptions } from "./data.js";
import { encodePairs } from "./encode-pairs.js";
import { networks, type PairConfig } from "./networks.js";
import type { AnyPairNetwork } from "./pair-network.js";
import { measurePairs } from "./score.js";

const KIND = "Seq2Seq";
const answerKeys = [
  "source",
  ...generationKeys.filter((key) => !["prompt", "messages", "cacheBytes", "labels"].includes(key)),
];

/** A step's report; the first one of a call of `fit` says what the data are like. */
export interface PairStepReport extends TextStepReport, Partial<PairFacts> {}

/** Options of `fit`: pairs and objective, and what all models share. */
export interface Seq2SeqFitOptions extends TrainingOptions, Seq2SeqDataOptions, AdaptOptions {}

/** Options of `generate` and `stream`: the source, and how its answer is drawn. */
export interface AnswerOptions
  extends Omit<GenerateOptions, "prompt" | "messages" | "cacheBytes" | "labels"> {
  /** What is answered to. */
  readonly source: string;
}

/** Options of `score`. */
export interface PairScoreOptions {
  /** Characters that the model does not know: refused, or left out and counted. Default "error". */
  readonly unknown?: Unknown;
}

/** How well a model predicts pairs. */
export interface PairScore {
  /** Mean negative log-likelihood of a target's token, its end counted, in nats. */
  readonly nats: number;
  /** e^nats. */
  readonly perplexity: number;
  /** Fraction of the tokens that are the likeliest where they stand, what is before them given. */
  readonly accuracy: number;
  /** Fraction of the labels that are predicted rightly; undefined where there are none. */
  readonly labelAccuracy: number | undefined;
  /** Target tokens, ends counted. */
  readonly tokens: number;
  /** Characters that the model does not know, and which were left out, where there are any. */
  readonly unknown?: number;
  /** Pairs that were left out because their source has nothing else, where there are any. */
  readonly unread?: number;
}

/** What a decoder looked at. */
export interface Alignment {
  /** Tokens of the source, as they were read. */
  readonly source: readonly string[];
  /** Tokens of the target; the last is its end, "". */
  readonly target: readonly string[];
  /** A row a target token, a weight a source token; each row adds up to 1. */
  readonly weights: readonly Float32Array[];
}

/**
 * An encoder-decoder.
 *
 * ```ts
 * const pairs = [{ source: "12+30", target: "42" }];
 * const model = await Seq2Seq.create({ corpus: pairs, attention: "luong" });
 * await model.fit(pairs);
 * console.log(model.generate({ source: "12+30", greedy: true }).text);
 * ```
 */
export class Seq2Seq extends Adaptable<AnyPairNetwork> {
  /** What builds the network, here and in workers. @internal */
  static builder({ config }: NetworkDescription): Promise<NetworkBuilder<AnyPairNetwork>> {
    return builderOf(networks, (config as PairConfig).kind);
  }

  /** The rules of the options of `create`, for the command line. @internal */
  static rules(): Promise<CreateRules> {
    return seq2SeqRules();
  }

  readonly config: Seq2SeqConfig;
  readonly tokenizers: Tokenizers;

  private constructor(
    config: Seq2SeqConfig,
    tokenizers: Tokenizers,
    core: ModelCore<AnyPairNetwork>,
  ) {
    super(core);
    this.config = config;
    this.tokenizers = tokenizers;
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: Seq2SeqOptions): Promise<Seq2Seq> {
    const given = listAsGiven(options?.corpus);
    const { newSeq2Seq } = await import("./new.js");
    const { config, tokenizers } = await newSeq2Seq(options, given);
    const runtime = await runtimeOf(options);
    const description = networkOf(tokenizers, config);
    const build = await builderOf<AnyPairNetwork>(networks, config.network);
    const core = new ModelCore(runtime, config.seed, description, build).created(options);
    return new Seq2Seq(config, tokenizers, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<Seq2Seq> {
    checkKeys("Seq2Seq.load", options, ["runtime"]);
    const given = bytesAsGiven(bytes);
    const runtime = await runtimeOf(options);
    const file = readModelFile(given, KIND);
    if (!file.description) {
      throw new ModelFileError('the file has no "simdream" metadata: it holds no vocabularies');
    }
    const { config, tokenizers } = await storedSeq2Seq(file.description);
    const description = networkOf(tokenizers, config);
    const core = await ModelCore.open(
      runtime,
      config.seed,
      description,
      await builderOf<AnyPairNetwork>(networks, config.network),
      file,
    );
    return new Seq2Seq(config, tokenizers, core);
  }

  /**
   * A copy for use: 8 bits a weight instead of 32, or 4, where only tables of embeddings and the matrices of logits keep 8.
   * It has all the verbs but `fit`. A model that has these bits already is returned as it is.
   * @throws InvalidInputError for weights that are not finite numbers, a model in training, or one of other bits
   */
  async quantize(options: QuantizeOptions = {}): Promise<Seq2Seq> {
    const core = await this.narrowed(options);
    return core ? this.over(core) : this;
  }

  /**
   * Trains on pairs. Reports, stops and resumes as every model does; with labels, `parts` of a report are
   * the losses of encoder and decoder; the first one of a call has the `padding`, and pairs that are `heldOut`.
   * To make an autoencoder, let targets be the sources, with `noise`.
   * @throws InvalidInputError, also for a quantised model; DivergedError, or the signal's reason
   */
  fit(pairs: readonly Pair[], options: Seq2SeqFitOptions = {}): Training<PairStepReport> {
    const { tokenizers, config } = this;
    let facts: Partial<PairFacts> = {};
    const given = listAsGiven(pairs);
    const own = { ...options, validation: listAsGiven(options.validation) };
    const source = async (): Promise<TrainingSource<AnyPairNetwork>> => {
      const { seq2SeqData, seq2SeqDataKeys } = await import("./data.js");
      return {
        own: seq2SeqDataKeys,
        data: (key, begun, network) => {
          const exact = (some: readonly Pair[]) => this.#exact(some, network);
          const data = seq2SeqData(network, tokenizers, config, given, own, key, exact, begun);
          facts = data.facts;
          return data;
        },
      };
    };
    const told = (step: StepReport): PairStepReport => {
      const report = { ...textReport(step), ...facts };
      facts = {};
      return report;
    };
    return this.train(options, source, told);
  }

  /**
   * Answers a source.
   * @throws InvalidInputError for an option or source that cannot be used, or an untrained model
   */
  generate(options: AnswerOptions): Generation {
    const o = this.#resolve(options);
    const network = this.core.adapted(o.adapter);
    const prime = () => this.#prime(options.source, o, network);
    return generateAll(network, this.tokenizers.target, o, prime);
  }

  /** Answers a source piece by piece. @throws InvalidInputError, or the signal's reason */
  async *stream(options: AnswerOptions): AsyncGenerator<Chunk, void, void> {
    const o = this.#resolve(options);
    o.signal?.throwIfAborted();
    const network = this.core.adapted(o.adapter);
    const primed = this.#prime(options.source, o, network);
    yield* streamChunks(network, this.tokenizers.target, o, primed);
  }

  /** Negative log-likelihood of the targets, and how many tokens and labels are right. @throws InvalidInputError, NotFiniteError */
  score(pairs: readonly Pair[], options: PairScoreOptions = {}): PairScore {
    checkKeys("score", options, ["unknown"]);
    const skip = checkChoice("unknown", options.unknown ?? "error", ["error", "skip"]);
    let unknown = 0;
    const encoded = encodePairs(
      this.tokenizers,
      this.config,
      "pairs",
      pairs,
      skipping(skip, () => unknown++),
    );
    const tokens = encoded.map((pair) => pair.tokens).filter(({ source }) => source.length > 0);
    if (tokens.length === 0) {
      throw new InvalidInputError("pairs: no source has a character that the model knows");
    }
    const unread = encoded.length - tokens.length;
    const found = atOnce(measurePairs(this.core.adapted(), tokens, this.#layout));
    const { nats, accuracy, labels } = found;
    if (!Number.isFinite(nats)) notFinite();
    const perplexity = Math.exp(nats);
    return {
      nats,
      perplexity,
      accuracy,
      labelAccuracy: labels,
      tokens: found.tokens,
      ...(unknown > 0 ? { unknown } : {}),
      ...(unread > 0 ? { unread } : {}),
    };
  }

  /** Probabilities of the labels for a source. @throws InvalidInputError where the model learned none */
  classify(source: string): Readonly<Record<string, number>> {
    const { labels } = this.config;
    if (labels.length === 0) {
      throw new InvalidInputError(
        "the model has no labels: give some pairs a label when it is created",
      );
    }
    const probabilities = this.core.adapted().classify(this.#sourceBatch(source));
    return Object.fromEntries(labels.map((label, i) => [label, probabilities[i]]));
  }

  /**
   * The latent vector of a source (hidden): of an LSTM the last layer's final h, of a Transformer the mean of what its
   * encoder makes of the tokens.
   */
  encode(source: string): Float32Array {
    return this.core.adapted().latent(this.#sourceBatch(source));
  }

  /**
   * What the decoder attends to while it says this target: of a Transformer its last layer, all heads on average.
   * @throws InvalidInputError without attention
   */
  align(source: string, target: string): Alignment {
    if ("attention" in this.config && this.config.attention === "none") {
      throw new InvalidInputError("the model was made without attention");
    }
    const pair = {
      source: this.#tokens("source", source),
      target: this.#tokens("target", target),
      label: -1,
    };
    const batch = pad([pair], this.#layout);
    const weights = this.core.adapted().align(batch)!;
    const steps = pair.source.length;
    const read = Array.from(pair.source);
    if (this.config.reverseSource) read.reverse();
    const text = (tokenizer: Tokenizer) => (token: number) => tokenizer.decode([token]);
    return {
      source: read.map(text(this.tokenizers.source)),
      target: [...Array.from(pair.target, text(this.tokenizers.target)), ""],
      weights: Array.from({ length: weights.length / steps }, (_, t) =>
        weights.slice(t * steps, (t + 1) * steps),
      ),
    };
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { source, target } = this.tokenizers;
    const { sizes, own } = parted(this.config);
    const assets = {
      source: source.toJSON(),
      ...(this.config.shared ? {} : { target: target.toJSON() }),
    };
    return { model: KIND, network: sizes, config: own, assets };
  }

  /** @internal */
  protected override over(core: ModelCore<AnyPairNetwork>): this {
    return new Seq2Seq(this.config, this.tokenizers, core) as this;
  }

  get #layout(): Markers & { readonly reverse: boolean } {
    return { ...markersOf(this.tokenizers.target), reverse: this.config.reverseSource };
  }

  #sourceBatch(source: string, unknown?: Unknown): PairBatch {
    const tokens = this.#tokens("source", source, unknown);
    const pair: TokenPair = { source: tokens, target: new Int32Array(0), label: -1 };
    return pad([pair], this.#layout);
  }

  #tokens(side: keyof Tokenizers, text: string, unknown: Unknown = "error"): Int32Array {
    const cleaned = cleanText(this.config, side, checkSide(side, text));
    const tokens = this.tokenizers[side].encode(cleaned, skipping(unknown));
    checkContext(this.config, side, tokens.length);
    if (tokens.length > 0) return tokens;
    throw new InvalidInputError(`${side} has no character that the model knows`);
  }

  #resolve(options: AnswerOptions): ResolvedGeneration {
    checkKeys("generate", options, answerKeys);
    const { source: _, ...rest } = options;
    const clean = (text: string) => cleanText(this.config, "target", text);
    const resolved = resolveGeneration(rest, this.tokenizers.target, clean);
    // The decoder reads its start first.
    return { ...resolved, maxTokens: roomAfter(this.core.network, 1, options.maxTokens, resolved) };
  }

  *#prime(source: string, o: ResolvedGeneration, network: AnyPairNetwork): Pieces<Primed<unknown>> {
    this.core.needTrained();
    const { start, end } = this.#layout;
    const batch = this.#sourceBatch(source, o.unknown);
    const piece = promptPiece(network.work.source);
    const state = yield* network.open(batch, piece, o.overflow === "slide");
    const logits = new Float32Array(network.classes);
    try {
      network.step(state, [start], logits);
    } catch (error) {
      network.free(state);
      throw error;
    }
    const never = [start, this.tokenizers.target.special(MASK)!];
    return { state, logits, context: [], end, never };
  }

  /** Fraction of the pairs whose target is the greedy answer. */
  *#exact(pairs: readonly Pair[], network: AnyPairNetwork): Pieces<number> {
    const o = resolveGeneration({ greedy: true, maxTokens: 1000 }, this.tokenizers.target);
    let right = 0;
    for (const { source, target } of pairs) {
      const primed = yield* this.#prime(source, o, network);
      const most = { ...o, maxTokens: this.tokenizers.target.encode(target).length + 1 };
      let answer = "";
      for (const { text } of sampleChunks(network, this.tokenizers.target, most, primed)) {
        answer += text;
        yield;
      }
      if (answer === target) right++;
    }
    return right / pairs.length;
  }
}

function networkOf({ source, target }: Tokenizers, config: Seq2SeqConfig): NetworkDescription {
  const { sizes } = parted(config);
  const network = { ...sizes, sources: source.size, labels: config.labels.length };
  return { model: KIND, classes: target.size, config: network };
}

/** The network's kind and sizes, and what else a model is made of. */
function parted({ network: kind, reverseSource, labels, clean, seed, ...sizes }: Seq2SeqConfig) {
  const own = { reverseSource, labels, ...(clean ? { clean } : {}), seed };
  return { sizes: { kind, ...sizes }, own };
}
