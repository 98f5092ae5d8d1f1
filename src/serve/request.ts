// The body of POST /v1/completions: what may be in it, and what is meant.

import type { LanguageModel } from "../api.js";
import { ApiError, invalid } from "./errors.js";
import { type Field, flag, number, object, onlyKnown, optional, text, texts } from "./fields.js";
import type { ResolvedOptions } from "./options.js";

/** A request to complete prompts, complete and checked. */
export interface CompletionRequest {
  readonly prompts: readonly string[];
  /** Tokens of all prompts. */
  readonly promptTokens: number;
  /** Choices to answer with, for each prompt. */
  readonly n: number;
  /** Samples to choose them from. */
  readonly bestOf: number;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly logitBias: readonly (readonly [number, number])[];
  readonly stop: readonly string[];
  /** -1: none; else the number of likeliest tokens to report beside the chosen one. */
  readonly logprobs: number;
  readonly echo: boolean;
  readonly seed: number;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** As many as OpenAI takes. */
const MAX_STOPS = 4;
const MAX_STOP_CHARS = 256;
const MAX_LOGPROBS = 5;

type Fields = Readonly<Record<string, Field<unknown>>>;
/** What a table of fields gives. */
type Read<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> };

const streamFields = {
  include_usage: optional(flag, false),
  include_obfuscation: optional(flag, false),
} satisfies Fields;

/** @throws ApiError naming the first field that cannot be used */
export function readRequest(
  body: unknown,
  model: Pick<LanguageModel, "tokenizer">,
  options: ResolvedOptions,
): CompletionRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new ApiError(400, "The body must be a JSON object", { code: "invalid_type" });
  }
  const fields = read(body, {
    model: optional(text, options.name),
    prompt: optional(prompts, [""]),
    suffix: optional(text, ""),
    max_tokens: optional(
      number(1, options.maxTokens, "an integer"),
      Math.min(16, options.maxTokens),
    ),
    n: optional(number(1, options.maxChoices, "an integer"), 1),
    best_of: optional(number(1, options.maxChoices, "an integer"), undefined),
    temperature: optional(number(0, 2), 1),
    top_p: optional(number(0, 1), 1),
    presence_penalty: optional(number(-2, 2), 0),
    frequency_penalty: optional(number(-2, 2), 0),
    logit_bias: optional(biases(model.tokenizer.size), []),
    stop: optional(stops, []),
    logprobs: optional(number(0, MAX_LOGPROBS, "an integer"), -1),
    echo: optional(flag, false),
    seed: optional(
      number(0, Number.MAX_SAFE_INTEGER - options.maxChoices, "an integer"),
      undefined,
    ),
    stream: optional(flag, false),
    stream_options: optional(object, undefined),
    user: optional(text, ""),
  });
  const { n, best_of: bestOf = n, stream, echo, stream_options: streaming } = fields;
  checkModel(fields.model, options);
  checkTogether({ ...fields, bestOf }, options);
  const { include_usage: includeUsage } = read(streaming ?? {}, streamFields, "stream_options.");
  return {
    prompts: fields.prompt,
    promptTokens: countTokens(fields.prompt, model, options),
    ...{ n, bestOf, stream, echo, includeUsage },
    maxTokens: fields.max_tokens,
    temperature: fields.temperature,
    // 0 leaves the likeliest token alone, as any number does that is small enough.
    topP: fields.top_p || Number.MIN_VALUE,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
    logitBias: fields.logit_bias,
    stop: fields.stop,
    logprobs: Math.min(fields.logprobs, model.tokenizer.size),
    seed: fields.seed ?? randomSeed(),
  };
}

function read<F extends Fields>(body: object, fields: F, within = ""): Read<F> {
  onlyKnown(body, Object.keys(fields), within);
  const given = body as Record<string, unknown>;
  const entries = Object.entries(fields).map(([name, field]) => {
    return [name, field(given[name], within + name)];
  });
  return Object.fromEntries(entries);
}

function checkModel(name: string, options: ResolvedOptions): void {
  if (name === options.name) return;
  throw unknownModel(name, options);
}

/** The error for a model that is not served here. */
export function unknownModel(name: string, options: ResolvedOptions): ApiError {
  const message = `The model '${name}' does not exist here; this server has '${options.name}'`;
  return new ApiError(404, message, { param: "model", code: "model_not_found" });
}

function checkTogether(
  o: {
    readonly prompt: readonly string[];
    readonly suffix: string;
    readonly n: number;
    readonly bestOf: number;
    readonly stream: boolean;
    readonly stream_options: object | undefined;
    readonly echo: boolean;
    readonly logprobs: number;
  },
  { maxChoices }: ResolvedOptions,
): void {
  const samples = o.prompt.length * o.bestOf;
  const rules: readonly [boolean, string, string][] = [
    [o.suffix !== "", "suffix", "suffix is not supported: the model only continues text"],
    [o.bestOf < o.n, "best_of", `best_of must be at least n (${o.n}), got ${o.bestOf}`],
    [
      o.stream && o.bestOf > o.n,
      "best_of",
      "best_of above n cannot be streamed: which samples are best is known at the end",
    ],
    [
      o.stream_options !== undefined && !o.stream,
      "stream_options",
      "stream_options is for requests with stream: true",
    ],
    [
      o.echo && o.logprobs >= 0,
      "echo",
      "echo with logprobs is not supported: a prompt has no log-probabilities here",
    ],
    [
      samples > maxChoices,
      "prompt",
      `prompts times n (or best_of) must be at most ${maxChoices}, got ${samples}`,
    ],
  ];
  for (const [broken, param, message] of rules) if (broken) throw invalid(param, message);
}

const prompts: Field<readonly string[]> = (value, name) => {
  if (Array.isArray(value) && value.length === 0) {
    throw invalid(name, "prompt must hold at least one string, got an empty list");
  }
  if (Array.isArray(value) && value.flat().every((item) => typeof item === "number")) {
    throw invalid(name, "prompt must be text: token ids are not accepted", "invalid_type");
  }
  return texts(value, name);
};

const stops: Field<readonly string[]> = (value, name) => {
  const given = texts(value, name);
  if (given.length > MAX_STOPS) {
    throw invalid(name, `stop must hold at most ${MAX_STOPS} strings, got ${given.length}`);
  }
  for (const stop of given) {
    if (stop !== "" && stop.length <= MAX_STOP_CHARS) continue;
    throw invalid(name, `every stop must be text of 1 to ${MAX_STOP_CHARS} characters`);
  }
  return given;
};

/** Token ids as keys, as JSON has them. */
function biases(size: number): Field<readonly (readonly [number, number])[]> {
  const bias = number(-100, 100);
  return (value, name) =>
    Object.entries(object(value, name)).map(([key, given]) => {
      const id = /^\d{1,9}$/.test(key) ? Number(key) : size;
      if (id < size) return [id, bias(given, `${name}.${key}`)] as const;
      throw invalid(name, `the keys of ${name} must be token ids below ${size}, got "${key}"`);
    });
}

/** Tokens of all prompts, each within the limits and made of what the model knows. */
function countTokens(
  given: readonly string[],
  { tokenizer }: Pick<LanguageModel, "tokenizer">,
  { maxPromptChars, maxPromptTokens }: ResolvedOptions,
): number {
  let total = 0;
  for (const prompt of given) {
    if (prompt.length > maxPromptChars) throw tooLong(prompt.length, maxPromptChars, "characters");
    const { length } = encode(prompt, tokenizer);
    if (length > maxPromptTokens) throw tooLong(length, maxPromptTokens, "tokens");
    total += length;
  }
  return total;
}

function encode(prompt: string, tokenizer: LanguageModel["tokenizer"]): Int32Array {
  try {
    return tokenizer.encode(prompt);
  } catch (error) {
    throw invalid("prompt", error instanceof Error ? error.message : String(error));
  }
}

function tooLong(length: number, most: number, unit: string): ApiError {
  return invalid(
    "prompt",
    `a prompt must have at most ${most} ${unit}, got ${length}`,
    "context_length_exceeded",
  );
}

/** Requests without a seed differ; the weights and every seed's bits do not. */
function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
