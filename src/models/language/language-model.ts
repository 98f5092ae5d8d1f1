// An autoregressive language model. It learns a text, or a collection of documents, and continues it.

import type { DocumentMarkers } from "../../data/documents.js";
import type { LabelField } from "../../data/labels.js";
import { readModelFile, type StoredModel } from "../../formats/model-file.js";
import { bytesAsGiven, listAsGiven } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import {
  checkChoice,
  checkKeys,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type Pieces, promptPiece } from "../../host/pieces.js";
import { type Generation, generateAll, streamChunks } from "../../sampling/generate.js";
import {
  type GenerateOptions,
  type ResolvedGeneration,
  resolveGeneration,
} from "../../sampling/options.js";
import type { Chunk, Primed } from "../../sampling/sampler.js";
import { checkClean, cleaner } from "../../text/clean.js";
import { newTokenizer } from "../../text/create.js";
import { knowsConversations, type Markers, markersOf } from "../../text/markers.js";
import type { Tokenizer, Unknown } from "../../text/tokenizer.js";
import type { TrainingOptions } from "../../train/options.js";
import type { TextStepReport } from "../../train/progress.js";
import type { RunState } from "../../train/state.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { Adaptable, type AdaptOptions } from "../base/adaptable.js";
import { type CheckRun, ModelCore, type TrainingSource } from "../base/core.js";
import type { QuantizeOptions } from "../base/model.js";
import { builderOf, type CreateRules } from "../base/network-choice.js";
import { roomAfter } from "../base/room.js";
import { textReport } from "../base/text-report.js";
import type { AnyCausalNetwork } from "./causal-network.js";
import {
  checkConfig,
  checkNothingSaid,
  checkTokenizer,
  chosenNetwork,
  describedModel,
  type ForeignOptions,
  foreignModel,
  type LanguageModelConfig,
  type LanguageModelOptions,
  languageRules,
  specialsOf,
} from "./config.js";
import { type Corpus, checkCorpus, hasConversations, textsIn } from "./corpora.js";
import type { LanguageDataOptions } from "./data.js";
import type { LabelEncoder, LearnedLabels } from "./labels.js";
import { type CausalConfig, networks } from "./networks.js";
import type { Prefixes } from "./prefixes.js";
import { type EncodedData, encodeData, primeNetwork, promptTokens } from "./prompt.js";
import { type Score, type ScoreOptions, scoreDocuments, scoreText } from "./score.js";
import type { Speaker } from "./speaker.js";

const KIND = "LanguageModel" as const;

/** What models with labels need. */
const labelling = () => import("./labels.js");

/** Options of `fit`: how the text is batched, and what all models share. */
export interface LanguageFitOptions extends TrainingOptions, LanguageDataOptions, AdaptOptions {}

/** What each token of a text attends to. */
export interface Attention {
  /** The T tokens that are read, as text; a document's start is "". */
  readonly tokens: readonly string[];
  /**
   * For every layer and head (T, T), row by row: from the token of the row to that of the column. A row sums
   * to 1, and is 0 after its own place.
   */
  readonly weights: readonly (readonly Float32Array[])[];
}

/**
 * A language model.
 *
 * ```ts
 * const model = await LanguageModel.create({ corpus: text });
 * await model.fit(text);
 * console.log(model.generate({ prompt: "今天的天气", maxTokens: 40, temperature: 0.8, seed: 7 }).text);
 * ```
 */
export class LanguageModel extends Adaptable<AnyCausalNetwork> {
  /** What builds the network that a description is of, here and in workers. @internal */
  static builder({ config }: NetworkDescription): Promise<NetworkBuilder<AnyCausalNetwork>> {
    return builderOf(networks, (config as CausalConfig).kind);
  }

  /** The rules of the options of `create`, for the command line. @internal */
  static rules(): Promise<CreateRules> {
    return languageRules();
  }

  /** A model of parts that were made elsewhere. @internal */
  static async of(
    config: LanguageModelConfig,
    tokenizer: Tokenizer,
    core: ModelCore<AnyCausalNetwork>,
  ): Promise<LanguageModel> {
    const readers = await readersOf([], tokenizer, config);
    return new LanguageModel(config, tokenizer, [], readers, core);
  }

  readonly config: LanguageModelConfig;
  readonly tokenizer: Tokenizer;
  /** What documents may be labelled with; empty where the model knows no labels. */
  readonly labels: readonly LabelField[];
  readonly #readers: Readers;
  /** What was read of conversations. */
  readonly #prefixes: Prefixes | undefined;

  private constructor(
    config: LanguageModelConfig,
    tokenizer: Tokenizer,
    labels: readonly LabelField[],
    readers: Readers,
    core: ModelCore<AnyCausalNetwork>,
  ) {
    super(core);
    this.config = config;
    this.tokenizer = tokenizer;
    this.labels = labels;
    this.#readers = readers;
    this.#prefixes = readers.prefixes?.();
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: LanguageModelOptions): Promise<LanguageModel> {
    const corpus = listAsGiven(options?.corpus);
    const chosen = await chosenNetwork(options);
    const { vocab, clean, tokenizer: given = "char" } = options;
    const runtime = await runtimeOf(options);
    checkCorpus(corpus);
    const documents = typeof corpus === "object";
    const config = checkConfig(chosen, documents, corpus);
    const build = await builderOf<AnyCausalNetwork>(networks, config.network);
    const own = typeof given === "object" ? given?.clean : clean && cleaner(checkClean(clean));
    const labels = await labelsOf(corpus, options.labels, own);
    const fresh = async (tokenizer: Tokenizer) => {
      const description = networkOf(tokenizer, config);
      const readers = await readersOf(labels.fields, tokenizer, config);
      const core = new ModelCore(runtime, config.seed, description, build).created(options);
      return new LanguageModel(config, tokenizer, labels.fields, readers, core);
    };
    const conversations = hasConversations(corpus);
    if (conversations && labels.fields.length > 0) {
      throw new InvalidInputError(
        "labels are for documents that are texts; conversations have none",
      );
    }
    const specials = specialsOf(documents, labels.specials, conversations);
    if (typeof given === "object") {
      if (clean) {
        throw new InvalidInputError("clean is for a new tokenizer; give it to createTokenizer");
      }
      return fresh(checkTokenizer(given, specials));
    }
    checkChoice("tokenizer", given, ["char", "byte", "bpe"]);
    if (corpus === undefined && given !== "byte") {
      throw new InvalidInputError(
        `the ${given} tokenizer needs a corpus to make its vocabulary from`,
      );
    }
    const texts = documents
      ? corpus.flatMap((one, i) => textsIn(`corpus[${i}]`, one))
      : (corpus ?? "");
    const empty = typeof texts === "string" ? texts === "" : texts.every((text) => text === "");
    if (corpus !== undefined && empty) {
      throw new InvalidInputError("the corpus is empty; expected text to make a vocabulary from");
    }
    const all = typeof texts === "string" ? texts : [...texts, ...labels.texts];
    return fresh(await newTokenizer(given, all, { vocab, specials, clean }));
  }

  /**
   * A model from the bytes of a file: one that `save` wrote, or weights from PyTorch. Those need a `tokenizer`, and a
   * Transformer's a `network` with what its tensors do not say, such as `{ kind: "transformer", heads: 4, context: 64 }`.
   * Their names are those of `torch.nn` for an LSTM and a GRU (`embedding.weight`, `lstm.weight_ih_l0` …,
   * `linear.weight`, `linear.bias`), and of Hugging Face's Llama or nanoGPT for a Transformer.
   * @throws ModelFileError saying what is wrong with the file; InvalidInputError for an option that cannot be used
   */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption & ForeignOptions = {},
  ): Promise<LanguageModel> {
    checkKeys("LanguageModel.load", options, ["runtime", "tokenizer", "network"]);
    const given = bytesAsGiven(bytes);
    const runtime = await runtimeOf(options);
    const file = readModelFile(given, KIND);
    if (file.description) checkNothingSaid(options);
    const { config, tokenizer } = await (file.description
      ? describedModel(file.description)
      : foreignModel(file.weights, options));
    const stored = file.description?.assets.labels;
    const labels = stored === undefined ? [] : (await labelling()).storedLabels(stored, tokenizer);
    if (labels.length > 0 && !config.documents) {
      throw new ModelFileError("the file has labels, but its model learns one text, not documents");
    }
    const description = networkOf(tokenizer, config);
    const core = await ModelCore.open(
      runtime,
      config.seed,
      description,
      await builderOf<AnyCausalNetwork>(networks, config.network),
      file,
      checkCarried,
    );
    return new LanguageModel(
      config,
      tokenizer,
      labels,
      await readersOf(labels, tokenizer, config),
      core,
    );
  }

  /**
   * A copy for sampling: 8 bits a weight instead of 32, so a quarter of the file and more
   * speed, at a slightly worse score; or 4, where only tables of embeddings and the matrix of the logits keep 8. It has
   * all the verbs but `fit`; its samples, too, are the same bits everywhere. A model that has these bits already is
   * returned as it is.
   * @throws InvalidInputError for weights that are not finite numbers, a model in training, or one of other bits
   */
  async quantize(options: QuantizeOptions = {}): Promise<LanguageModel> {
    const core = await this.narrowed(options);
    return core ? this.over(core) : this;
  }

  /**
   * Trains on a text, or on documents where the model was created with a list, with labels that the model knows:
   * or on conversations, of which the assistant's messages and their ends are learned. `await` it to train to the end, or loop over it with `for await` for a report after every step. To stop, break out of the loop or
   * abort the signal: the next `fit` with the same data continues exactly where it was, also after
   * `save({ training: true })` and `load`.
   * @throws InvalidInputError, also for a quantised model; DivergedError, or the signal's reason
   */
  fit(data: Corpus, options: LanguageFitOptions = {}): Training<TextStepReport> {
    const given = listAsGiven(data);
    const source = async (): Promise<TrainingSource<AnyCausalNetwork>> => {
      const { languageData, languageDataKeys } = await import("./data.js");
      return {
        own: languageDataKeys,
        data: (key, begun, network) => {
          const encoded = this.#encode(given);
          const markers = this.#markers(encoded);
          return languageData(network, encoded, options, key, markers, begun);
        },
      };
    };
    return this.train(options, source, textReport);
  }

  /**
   * Continues a prompt.
   * @returns `text`, what comes after the prompt, of the first sample; and all `samples`
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained;
   *   NotFiniteError where the model's numbers are not finite
   */
  generate(options: GenerateOptions = {}): Generation {
    const { network, o, prime } = this.#prime(options, () => 256);
    return generateAll(network, this.tokenizer, o, prime);
  }

  /**
   * Continues a prompt piece by piece. A piece never ends inside a character, and never shows the
   * beginning of a stop string.
   * @throws InvalidInputError, or the signal's reason
   */
  async *stream(options: GenerateOptions = {}): AsyncGenerator<Chunk, void, void> {
    const { network, o, prime } = this.#prime(options, promptPiece);
    yield* streamChunks(network, this.tokenizer, o, prime());
  }

  /**
   * Negative log-likelihood of a text (its first token given, the state carried through the whole of
   * it) or of documents (each from its start, its end counted, given its labels), or of what the assistant says in
   * conversations.
   * @throws InvalidInputError
   */
  score(data: Corpus, options: ScoreOptions = {}): Score {
    const unknown = checkChoice("unknown", options?.unknown ?? "error", ["error", "skip"]);
    const encoded = this.#encode(data, unknown);
    const markers = this.#markers(encoded);
    const network = this.core.adapted();
    const score = markers
      ? scoreDocuments(network, encoded, markers, options)
      : scoreText(network, this.tokenizer, encoded, options);
    return encoded.unknown > 0 ? { ...score, unknown: encoded.unknown } : score;
  }

  /**
   * How much each token of a text attends to each before it, in every layer and head of a Transformer:
   * softmax(q kᵀ / √d), as the network has it. A document begins with its start.
   * @throws InvalidInputError for an LSTM, and a text longer than the context; NotFiniteError
   */
  attention(text: string, options: { readonly unknown?: Unknown } = {}): Attention {
    checkKeys("attention", options, ["unknown"]);
    const unknown = checkChoice("unknown", options.unknown ?? "error", ["error", "skip"]);
    const network = this.core.adapted();
    if (!network.attention) {
      throw new InvalidInputError(
        `attention is for network "transformer", this one is "${this.config.network}"`,
      );
    }
    const fed = this.fed({ prompt: text, messages: undefined, labels: undefined, unknown });
    const tokens = Array.from(fed, (token) => this.tokenizer.decode([token]));
    return { tokens, weights: network.attention(fed) };
  }

  /** The tokens that the network reads for a prompt: with the start of a document and its labels. @throws InvalidInputError @internal */
  fed(prompt: Pick<ResolvedGeneration, "prompt" | "messages" | "labels" | "unknown">): Int32Array {
    const { labels, speaker } = this.#readers;
    return promptTokens(this.tokenizer, this.#markers(), prompt, labels, speaker).fed;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { documents, seed, network: kind, ...sizes } = this.config;
    const [network, config] = [
      { kind, ...sizes },
      { documents, seed },
    ];
    const { labels } = this;
    const tokenizer = this.tokenizer.toJSON();
    const assets = labels.length > 0 ? { tokenizer, labels } : { tokenizer };
    return { model: KIND, network, config, assets };
  }

  /** @internal */
  protected override over(core: ModelCore<AnyCausalNetwork>): this {
    const { config, tokenizer, labels } = this;
    return new LanguageModel(config, tokenizer, labels, this.#readers, core) as this;
  }

  /** @internal */
  protected override checkRun(): CheckRun<AnyCausalNetwork> {
    return checkCarried;
  }

  /** Start and end, with labels and what is learned, where the model learns documents. */
  #markers(encoded?: EncodedData): (Markers & DocumentMarkers) | undefined {
    if (!this.config.documents) return undefined;
    const { labels, learned } = encoded ?? {};
    return { ...markersOf(this.tokenizer), labels, learned };
  }

  /** Data as the network reads them, for what looks into a model. @throws InvalidInputError @internal */
  encoded(data: Corpus, unknown?: Unknown): EncodedData {
    return this.#encode(data, unknown);
  }

  #encode(data: Corpus, unknown: Unknown = "error"): EncodedData {
    const { labels, speaker } = this.#readers;
    return encodeData(this.tokenizer, this.config.documents, data, labels, unknown, speaker);
  }

  /** The options, complete, and the prompt on its way in. @throws InvalidInputError */
  #prime(
    options: GenerateOptions,
    piece: (work: number) => number,
  ): {
    network: AnyCausalNetwork;
    o: ResolvedGeneration;
    prime: () => Pieces<Primed<unknown>>;
  } {
    const resolved = resolveGeneration(options, this.tokenizer);
    resolved.signal?.throwIfAborted();
    this.core.needTrained();
    const core = this.core.chosen(resolved.adapter);
    const { network } = core;
    const markers = this.#markers();
    const { labels, speaker } = this.#readers;
    const tokens = promptTokens(this.tokenizer, markers, resolved, labels, speaker);
    const maxTokens = roomAfter(network, tokens.fed.length, options.maxTokens, resolved);
    const own = markers && !markers.pretrained ? [markers.start] : [];
    const never = [...own, ...(labels?.tokens ?? []), ...(speaker?.tokens ?? [])];
    const slides = resolved.overflow === "slide";
    const size = piece(network.work.read);
    const { messages, cacheBytes } = resolved;
    const before = messages && this.#prefixes?.of(core, cacheBytes);
    const prime = () => primeNetwork(network, tokens, markers, never, size, slides, before);
    return { network, o: { ...resolved, maxTokens }, prime };
  }
}

/** What a corpus says of its documents. @throws InvalidInputError */
async function labelsOf(
  corpus: Corpus | undefined,
  kinds: LanguageModelOptions["labels"],
  clean: (text: string) => string = (text) => text,
): Promise<LearnedLabels> {
  const list = typeof corpus === "object" ? corpus : [];
  const some = list.some((one) => Object(one).labels !== undefined);
  if (!some && kinds === undefined) return { fields: [], specials: [], texts: [] };
  return (await labelling()).learnLabels(list, kinds ?? {}, clean);
}

/** What reads labels and conversations, where the model knows them. */
interface Readers {
  readonly labels?: LabelEncoder | undefined;
  readonly speaker?: Speaker | undefined;
  /** A new model's memory of conversations. */
  readonly prefixes?: () => Prefixes;
}

async function readersOf(
  fields: readonly LabelField[],
  tokenizer: Tokenizer,
  { documents }: LanguageModelConfig,
): Promise<Readers> {
  const labels =
    fields.length > 0 ? new (await labelling()).LabelEncoder(fields, tokenizer) : undefined;
  if (!documents || !knowsConversations(tokenizer)) return { labels };
  const [{ speakerOf }, { Prefixes }] = await Promise.all([
    import("./speaker.js"),
    import("./prefixes.js"),
  ]);
  return { labels, speaker: await speakerOf(tokenizer), prefixes: () => new Prefixes() };
}

/** What its network is built from. */
export function networkOf(tokenizer: Tokenizer, config: LanguageModelConfig): NetworkDescription {
  const { network: kind, documents, seed, ...sizes } = config;
  return { model: KIND, classes: tokenizer.size, config: { kind, ...sizes } };
}

/** Only streams carry a state. @throws ModelFileError */
function checkCarried(
  { carried, progress: { dataOptions, step } }: RunState,
  { carries = [] }: AnyCausalNetwork,
): void {
  const widths = dataOptions.batching === "streams" && step > 0 ? carries : [];
  const lengths = widths.map((width) => Number(dataOptions.batch) * width);
  if (carried.length === lengths.length && carried.every((s, i) => s.length === lengths[i])) return;
  const needs = lengths.length > 0 ? ` of ${lengths[0]}` : "";
  throw new ModelFileError(
    `the checkpoint has ${carried.length} carried states of [${listed(carried.map((s) => String(s.length)))}] ` +
      `numbers, the run needs ${lengths.length}${needs}`,
  );
}
