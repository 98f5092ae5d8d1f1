// The models that can be served. They are known by what they have and not by their class, so that one in a
// worker, or one of another copy of the package, is as good as one of this thread.

import {
  type AnswerOptions,
  type Chunk,
  type CleanOptions,
  cleanText,
  InvalidInputError,
  type LabelField,
  type LanguageGenerateOptions,
  type Tokenizer,
  type TrainingRecord,
} from "../api.js";
import { TokenNames } from "./logprobs.js";

/** What is needed of every model. */
interface Fitted {
  /** Where it is not given, the model counts as trained. */
  readonly record?: Pick<TrainingRecord, "imported" | "steps">;
  fingerprint(): string | Promise<string>;
}

/** What is needed of a `LanguageModel`, in this thread or in a worker. */
export interface ServedLanguageModel extends Fitted {
  readonly tokenizer: Tokenizer;
  readonly config?: { readonly labels?: readonly LabelField[] };
  stream(options: Omit<LanguageGenerateOptions, "mask">): AsyncGenerator<Chunk, void, void>;
}

/** What is needed of a `Seq2Seq`, in this thread or in a worker. */
export interface ServedSeq2Seq extends Fitted {
  readonly tokenizers: { readonly source: Tokenizer; readonly target: Tokenizer };
  readonly config?: { readonly clean?: CleanOptions };
  stream(options: Omit<AnswerOptions, "mask">): AsyncGenerator<Chunk, void, void>;
}

/** A model that can be served. */
export type ServedModel = ServedLanguageModel | ServedSeq2Seq;

/** How samples are drawn. */
type Drawing = Omit<LanguageGenerateOptions, "prompt" | "mask">;

/** A model of either class under the same names. */
export interface Served {
  /** Whether a prompt is answered, by an encoder-decoder, or continued. */
  readonly answers: boolean;
  readonly fingerprint: string;
  /** Of what it writes. */
  readonly tokenizer: Tokenizer;
  readonly names: TokenNames;
  /** What may be asked of a text beside its beginning. */
  readonly labels: readonly LabelField[];
  /** Tokens of a prompt. @throws InvalidInputError for a character that the model has never seen */
  count(prompt: string): number;
  stream(prompt: string, options: Drawing): AsyncGenerator<Chunk, void, void>;
}

/**
 * The model, if it can be served.
 * @throws InvalidInputError saying what is served and what came, or for a joiner that it cannot read
 */
export function checkModel(
  model: unknown,
  { history, joiner }: { readonly history: number; readonly joiner: string },
): ServedModel {
  const { record, fingerprint, stream, tokenizer, tokenizers } = Object(model) as Partial<
    ServedLanguageModel & ServedSeq2Seq
  >;
  const texts = isTokenizer(tokenizer) || isTokenizer(tokenizers?.target);
  if (typeof fingerprint !== "function" || typeof stream !== "function" || !texts) {
    throw new InvalidInputError(
      "createHandler needs a trained LanguageModel or Seq2Seq, of this thread or of a worker, or a " +
        `promise of one; got ${named(model)}`,
    );
  }
  if (record && !record.imported && record.steps === 0) {
    throw new InvalidInputError(
      "createHandler needs a trained model; this one has not been trained: call fit first, or load a " +
        "trained file",
    );
  }
  if (tokenizers && history > 0) checkJoiner(joiner, tokenizers.source);
  return model as ServedModel;
}

function checkJoiner(joiner: string, source: Tokenizer): void {
  try {
    source.encode(joiner);
  } catch (cause) {
    const shown = JSON.stringify(joiner);
    throw new InvalidInputError(
      `history: the model has never seen the joiner ${shown} in a source; give another joiner`,
      { cause },
    );
  }
}

/** The model as it is served, with the fingerprint that it has now. */
export async function serve(model: ServedModel): Promise<Served> {
  const answers = "tokenizers" in model;
  const { source, target } = answers
    ? model.tokenizers
    : { source: model.tokenizer, target: model.tokenizer };
  // A language model's tokenizer brings texts into their form itself.
  const clean = answers ? model.config?.clean : undefined;
  return {
    answers,
    fingerprint: await model.fingerprint(),
    tokenizer: target,
    names: new TokenNames(target),
    labels: answers ? [] : (model.config?.labels ?? []),
    count: (prompt) => source.encode(clean ? cleanText(prompt, clean) : prompt).length,
    stream: answers
      ? (prompt, options) => model.stream({ ...options, source: prompt })
      : (prompt, options) => model.stream({ ...options, prompt }),
  };
}

function isTokenizer(value: unknown): boolean {
  return typeof (value as Partial<Tokenizer> | undefined)?.encode === "function";
}

/** What came instead of something else, with what to do about it where that is known. */
export function named(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function, or a class: make or load a model with it";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (typeof (value as { then?: unknown }).then === "function") return "a promise: await it first";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return "bytes: load the file first, by LanguageModel.load or Seq2Seq.load";
  }
  const { constructor: made } = value;
  const name = typeof made === "function" && made !== Object ? made.name : "";
  // Bundlers shorten names until they say nothing.
  return name.length < 3 ? "an object that is no model" : `an object of class ${name.slice(0, 40)}`;
}
