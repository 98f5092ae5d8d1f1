// Models of text as they are served: what is needed of each class, and both under the same names.

import {
  type AnswerOptions,
  type ChatMessage,
  type Chunk,
  type CleanOptions,
  cleanText,
  type GenerateOptions,
  InvalidInputError,
  type LabelField,
  type Tokenizer,
} from "../api.js";
import type { Speaker } from "../models/language/speaker.js";
import { knowsConversations } from "../text/markers.js";
import type { Fitted } from "./fitted.js";
import { TokenNames } from "./logprobs.js";
import type { Turns } from "./turns.js";

/** A model that may have adapters. */
interface Adapted {
  /** Their names, which requests may give as the model's. */
  readonly adapters?: readonly string[];
}

/** What is needed of a `LanguageModel`, in this thread or in a worker. */
export interface ServedLanguageModel extends Fitted, Adapted {
  readonly tokenizer: Tokenizer;
  readonly labels?: readonly LabelField[];
  readonly config?: { readonly documents?: boolean };
  stream(options: Omit<GenerateOptions, "mask">): AsyncGenerator<Chunk, void, void>;
}

/** What is needed of a `Seq2Seq`, in this thread or in a worker. */
export interface ServedSeq2Seq extends Fitted, Adapted {
  readonly tokenizers: { readonly source: Tokenizer; readonly target: Tokenizer };
  readonly config?: { readonly clean?: CleanOptions };
  stream(options: Omit<AnswerOptions, "mask">): AsyncGenerator<Chunk, void, void>;
}

/** How samples are drawn. */
type Drawing = Omit<GenerateOptions, "prompt" | "mask"> & {
  readonly signal: AbortSignal;
};

/** A model of either class under the same names. */
export interface ServedTexts {
  readonly kind: "texts";
  /** Whether a prompt is answered, by an encoder-decoder, or continued. */
  readonly answers: boolean;
  readonly fingerprint: string;
  /** Of what it writes. */
  readonly tokenizer: Tokenizer;
  readonly names: TokenNames;
  /** What texts may be labelled with. */
  readonly labels: readonly LabelField[];
  /** Names of the adapters that the model has now. */
  readonly adapters: readonly string[];
  /** Tokens of a prompt. @throws InvalidInputError for a character that the model has never seen */
  count(prompt: string): number;
  /** Tokens that a conversation begins an answer with, of a model that knows conversations. @throws InvalidInputError */
  readonly countMessages: ((messages: readonly ChatMessage[]) => number) | undefined;
  stream(prompt: string, options: Drawing): AsyncGenerator<Chunk, void, void>;
}

/** Whether a value has what is served of a model of text. */
export function isTextModel(model: unknown): model is ServedLanguageModel | ServedSeq2Seq {
  const { stream, tokenizer, tokenizers } = Object(model) as Partial<
    ServedLanguageModel & ServedSeq2Seq
  >;
  return typeof stream === "function" && [tokenizer, tokenizers?.target].some(isTokenizer);
}

/** @throws InvalidInputError for a joiner that the model cannot read */
export function checkTextModel(
  model: ServedLanguageModel | ServedSeq2Seq,
  { history, joiner }: { readonly history: number; readonly joiner: string },
): void {
  if ("tokenizers" in model && history > 0) checkJoiner(joiner, model.tokenizers.source);
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

/** The model as it is served, with the fingerprint that it has now; its reading of a prompt is a turn. */
export async function serveTexts(
  model: ServedLanguageModel | ServedSeq2Seq,
  turns: Turns,
): Promise<ServedTexts> {
  const answers = "tokenizers" in model;
  const { source, target } = answers
    ? model.tokenizers
    : { source: model.tokenizer, target: model.tokenizer };
  // A language model's tokenizer brings texts into their form itself.
  const clean = answers ? model.config?.clean : undefined;
  const speaker = answers ? undefined : await speakerIn(model);
  return {
    kind: "texts",
    answers,
    fingerprint: await model.fingerprint(),
    tokenizer: target,
    names: new TokenNames(target),
    labels: (!answers && model.labels) || [],
    get adapters() {
      return model.adapters ?? [];
    },
    count: (prompt) => source.encode(clean ? cleanText(prompt, clean) : prompt).length,
    countMessages: speaker && ((all) => speaker.prompt("messages", all, undefined).length),
    stream(prompt, { labels, messages, cacheBytes, ...options }) {
      const chunks = answers
        ? model.stream({ ...options, source: prompt })
        : model.stream({
            ...options,
            labels,
            ...(messages ? { messages, cacheBytes } : { prompt }),
          });
      return turns.taking(chunks, 1, options.signal);
    },
  };
}

/** What makes conversations tokens, as the model does it itself. */
async function speakerIn({ tokenizer, config }: ServedLanguageModel): Promise<Speaker | undefined> {
  if (!config?.documents || !knowsConversations(tokenizer)) return undefined;
  const { speakerOf } = await import("../models/language/speaker.js");
  return speakerOf(tokenizer);
}

function isTokenizer(value: unknown): boolean {
  return typeof (value as Partial<Tokenizer> | undefined)?.encode === "function";
}
