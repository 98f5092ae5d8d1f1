// What every autoregressive model's `generate` and `stream` understand.

import type { Labels } from "../data/labels.js";
import {
  checkKeys,
  checkNumber,
  checkSignal,
  describe,
  InvalidInputError,
} from "../host/errors.js";
import { type Rules, resolve } from "../host/rules.js";
import type { ChatMessage } from "../text/chat-message.js";
import type { Tokenizer, Unknown } from "../text/tokenizer.js";
import { checkText } from "../text/utf8.js";
import type { TextGrammar } from "./rules.js";

/** Where a sample stands when a mask is asked for. */
export interface MaskContext {
  /** What has been generated so far, complete characters only, the prompt not included. */
  readonly text: string;
  /** The tokens of it. */
  readonly tokens: readonly number[];
  /** Which of the samples, from 0. */
  readonly sample: number;
}

/** What is known of a sample where it is chosen. */
export interface Candidate {
  /** What was generated, without the prompt. */
  readonly text: string;
  readonly tokens: readonly number[];
  /** Of a sample that was drawn. */
  readonly seed?: number;
  /** Where `logprobs` are asked for. */
  readonly confidence?: number;
}

/** Options of `generate` and `stream`. */
export interface GenerateOptions {
  /** Text to continue. Default "". */
  readonly prompt?: string;
  /** A conversation that the assistant's next message is for, instead of a prompt; of models that know conversations. */
  readonly messages?: readonly ChatMessage[];
  /**
   * With `messages`: memory for what the model has read of the last conversations, which is not read again where
   * they go on; in bytes. 0: nothing is kept. Default 2²⁶, 64 MiB.
   */
  readonly cacheBytes?: number;
  /**
   * What is said of the text: title, author, class, as far as the model was created with such labels; some may be
   * left out. Default: nothing.
   */
  readonly labels?: Labels;
  /** Characters of the prompt (or source) that the model does not know: refused, or left out. Default "error". */
  readonly unknown?: Unknown;
  /**
   * What happens where a Transformer's context is full: asking for more is refused (`error`), the older half
   * is forgotten and the rest read again (`slide`), or samples end there (`stop`). Default `error`.
   */
  readonly overflow?: "error" | "slide" | "stop";
  /** The most tokens to generate. Default 200, or as many as a Transformer's context has room for. */
  readonly maxTokens?: number;
  /** Samples to draw; they advance together, and each has the bits it would have alone. Default 1. */
  readonly samples?: number;
  /** Sample i is drawn with seed + i. Default 0. */
  readonly seed?: number;
  /** Divides the logits: below 1 is safer, above 1 bolder; 0 is greedy. Default 1. */
  readonly temperature?: number;
  /** Always take the likeliest token. Default false. */
  readonly greedy?: boolean;
  /** Only the k likeliest tokens (Fan et al. 2018). Default: all. */
  readonly topK?: number;
  /** Only the likeliest tokens whose probabilities reach p (Holtzman et al. 2020). Default 1. */
  readonly topP?: number;
  /** Only tokens at least minP times as likely as the likeliest (Nguyen et al. 2024). Default 0. */
  readonly minP?: number;
  /**
   * Only the tokens whose surprise is nearest to the entropy, until they reach this probability
   * (Meister et al. 2023). Default 1.
   */
  readonly typicalP?: number;
  /** Divides positive and multiplies negative logits of tokens seen (Keskar et al. 2019). Default 1. */
  readonly repetitionPenalty?: number;
  /** Taken off a logit for every time its token was generated. Default 0. */
  readonly frequencyPenalty?: number;
  /** Taken off a logit whose token was generated at all. Default 0. */
  readonly presencePenalty?: number;
  /** Added to the logits of tokens: by text that is one token, or by [id, bias] pairs. */
  readonly logitBias?: Readonly<Record<string, number>> | readonly (readonly [number, number])[];
  /** Strings that the generated text never contains. */
  readonly banned?: readonly string[];
  /** Generation ends before the first of these strings. */
  readonly stop?: string | readonly string[];
  /** Clears `allowed[token]` for tokens that may not come next; called before every token. */
  readonly mask?: (allowed: Uint8Array, context: MaskContext) => void;
  /**
   * What the text may be, by `regex`, `jsonSchema` or `gbnf` of simdream/grammar. It always is, or a `GrammarError`
   * says why a sample ended too early; a stream gives its pieces first. Default: anything.
   */
  readonly grammar?: TextGrammar;
  /** Beam search with so many beams instead of sampling; the `samples` best are returned. */
  readonly beams?: number;
  /** Beam scores are divided by length to this power. Default 1. */
  readonly lengthPenalty?: number;
  /** Log-probabilities of the tokens under the model itself, and of so many likeliest ones. */
  readonly logprobs?: boolean | number;
  /** Of `generate`: gives a sample's merit; the best comes first, of equal ones the earlier. */
  readonly rank?: (sample: Candidate) => number;
  /**
   * Of `generate`: whether a sample will do. Others are drawn in place of those that will not, with the seeds after
   * them, `tries` times at most; there may then be fewer `samples`.
   */
  readonly accept?: (sample: Candidate) => boolean;
  /** How often `samples` are drawn for `accept`. Default 10. */
  readonly tries?: number;
  /** Name of the adapter that is in force; null: none. Default: the model's active one. */
  readonly adapter?: string | null;
  /** Ends a stream before its next token; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The same, complete and checked. */
export interface ResolvedGeneration {
  readonly prompt: string;
  readonly messages: readonly ChatMessage[] | undefined;
  readonly cacheBytes: number;
  readonly labels: Labels | undefined;
  readonly unknown: Unknown;
  readonly overflow: "error" | "slide" | "stop";
  readonly maxTokens: number;
  readonly samples: number;
  readonly seed: number;
  readonly temperature: number;
  readonly greedy: boolean;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly typicalP: number;
  readonly repetitionPenalty: number;
  readonly frequencyPenalty: number;
  readonly presencePenalty: number;
  readonly logitBias: readonly (readonly [number, number])[];
  readonly banned: readonly string[];
  readonly stop: readonly string[];
  readonly mask: GenerateOptions["mask"];
  readonly grammar: TextGrammar | undefined;
  readonly beams: number;
  readonly lengthPenalty: number;
  /** -1: none; else the number of likeliest tokens to report beside the chosen one. */
  readonly logprobs: number;
  readonly rank: GenerateOptions["rank"];
  readonly accept: GenerateOptions["accept"];
  readonly tries: number;
  readonly adapter: string | null | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What a token is chosen by. */
export type Choosing = Pick<
  ResolvedGeneration,
  "greedy" | "temperature" | "topK" | "topP" | "minP" | "typicalP"
>;

type Own =
  | "messages"
  | "labels"
  | "logitBias"
  | "banned"
  | "stop"
  | "mask"
  | "grammar"
  | "rank"
  | "accept"
  | "logprobs"
  | "adapter"
  | "signal"
  | "topK";

/** What each option may be. */
export const generationRules: Rules<GenerateOptions, Own> = {
  prompt: { type: "text", value: "" },
  messages: { type: "other", own: true },
  cacheBytes: { type: "integer", min: 0, value: 2 ** 26 },
  labels: { type: "other", own: true },
  unknown: { type: "choice", of: ["error", "skip"], value: "error" },
  overflow: { type: "choice", of: ["error", "slide", "stop"], value: "error" },
  maxTokens: { type: "integer", min: 1, max: 1e9, value: 200 },
  samples: { type: "integer", min: 1, max: 65536, value: 1 },
  seed: { type: "integer", min: 0, value: 0 },
  temperature: { type: "number", min: 0, max: 1e6, value: 1 },
  greedy: { type: "flag", value: false },
  topK: { type: "integer", min: 1, max: 1e9, own: true },
  topP: { type: "number", min: 0, max: 1, above: true, value: 1 },
  minP: { type: "number", min: 0, max: 1, value: 0 },
  typicalP: { type: "number", min: 0, max: 1, above: true, value: 1 },
  repetitionPenalty: { type: "number", min: 0, max: 1e6, above: true, value: 1 },
  frequencyPenalty: { type: "number", min: -1e6, max: 1e6, value: 0 },
  presencePenalty: { type: "number", min: -1e6, max: 1e6, value: 0 },
  logitBias: { type: "other", own: true },
  banned: { type: "other", own: true },
  stop: { type: "other", own: true },
  mask: { type: "other", own: true },
  grammar: { type: "other", own: true },
  beams: { type: "integer", min: 0, max: 4096, value: 0 },
  lengthPenalty: { type: "number", min: -20, max: 20, value: 1 },
  logprobs: { type: "integer", min: 0, own: true },
  rank: { type: "other", own: true },
  accept: { type: "other", own: true },
  tries: { type: "integer", min: 1, max: 1e6, value: 10 },
  adapter: { type: "other", own: true },
  signal: { type: "other", own: true },
};

/** Names of the options. */
export const generationKeys: readonly string[] = Object.keys(generationRules);

/**
 * @param clean the form in which the model writes; by default the tokenizer's. Texts that are looked for in what
 *   it writes are brought into it, as prompts are
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function resolveGeneration(
  o: GenerateOptions,
  tokenizer: Tokenizer,
  clean: (text: string) => string = tokenizer.clean ?? ((text) => text),
): ResolvedGeneration {
  checkKeys("generate", o, generationKeys);
  const whole = (name: string, value: number, min: number, max = 1e9) =>
    checkNumber(name, value, { integer: true, min, max });
  const plain = resolve(generationRules, o);
  const { samples, beams, greedy, temperature } = plain;
  if (beams > 0 && samples > beams) {
    throw new InvalidInputError(`samples must be at most beams (${beams}), got ${samples}`);
  }
  if (o.accept && (beams > 0 || greedy || temperature === 0)) {
    throw new InvalidInputError("accept draws again: it is for samples that are drawn");
  }
  if (o.messages !== undefined && (o.prompt ?? "") !== "") {
    throw new InvalidInputError("messages are instead of a prompt; give one of the two");
  }
  const logprobs = o.logprobs ?? false;
  return {
    ...plain,
    messages: o.messages,
    labels: o.labels,
    greedy: greedy || temperature === 0,
    topK: whole("topK", o.topK ?? tokenizer.size, 1),
    logitBias: biases(o.logitBias ?? [], tokenizer, clean),
    banned: strings("banned", o.banned ?? [], clean),
    stop: strings("stop", typeof o.stop === "string" ? [o.stop] : (o.stop ?? []), clean),
    mask: callable("mask", o.mask),
    grammar: checkGrammar(o.grammar),
    logprobs:
      typeof logprobs === "boolean"
        ? logprobs
          ? 0
          : -1
        : whole("logprobs", logprobs, 0, tokenizer.size),
    rank: callable("rank", o.rank),
    accept: callable("accept", o.accept),
    adapter: o.adapter,
    signal: checkSignal(o.signal),
  };
}

function callable<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new InvalidInputError(`${name} must be a function, got ${describe(value)}`);
}

function checkGrammar(value: TextGrammar | undefined): TextGrammar | undefined {
  if (value === undefined || typeof value?.start === "function") return value;
  throw new InvalidInputError(
    `grammar must be what regex, jsonSchema or gbnf of simdream/grammar give, got ${describe(value)}`,
  );
}

function strings(name: string, value: unknown, clean: (text: string) => string): string[] {
  if (!Array.isArray(value)) {
    throw new InvalidInputError(`${name} must be a list of strings, got ${describe(value)}`);
  }
  return value.map((item) => {
    if (item !== "") return clean(checkText(`every string of ${name}`, item));
    throw new InvalidInputError(`${name} must hold strings that are not empty, got ""`);
  });
}

function biases(
  given: NonNullable<GenerateOptions["logitBias"]>,
  tokenizer: Tokenizer,
  clean: (text: string) => string,
): [number, number][] {
  if (typeof given !== "object") {
    throw new InvalidInputError(
      `logitBias must be an object or a list of [id, bias] pairs, got ${describe(given)}`,
    );
  }
  const pairs = Array.isArray(given)
    ? (given as readonly (readonly [number, number])[])
    : Object.entries(given).map(
        ([piece, bias]) => [tokenOf(piece, tokenizer, clean), bias] as const,
      );
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidInputError(`logitBias must hold [id, bias] pairs, got ${describe(pair)}`);
    }
    const [token, bias] = pair;
    return [
      checkNumber("logitBias token", token, { integer: true, min: 0, max: tokenizer.size - 1 }),
      bias === -Infinity ? bias : checkNumber("logitBias", bias, { min: -1e9, max: 1e9 }),
    ];
  });
}

function tokenOf(piece: string, tokenizer: Tokenizer, clean: (text: string) => string): number {
  const special = tokenizer.special(piece);
  if (special !== undefined) return special;
  const tokens = tokenizer.encode(clean(piece));
  if (tokens.length === 1) return tokens[0];
  throw new InvalidInputError(
    `logitBias: ${describe(piece)} is ${tokens.length} tokens; give single tokens, or [id, bias] pairs`,
  );
}
