// What all requests to generate share: how samples are drawn, and the limits of prompts.

import type { ChatMessage, GenerateOptions, Labels } from "../api.js";
import { ApiError, invalid } from "./errors.js";
import { type Field, flag, number, object, optional, read, text, texts } from "./fields.js";
import type { GrammarFields } from "./grammar.js";
import type { ResolvedOptions } from "./options.js";
import type { ServedTexts } from "./text-model.js";

/** A request to generate, complete and checked. */
export interface GenerationRequest {
  readonly prompts: readonly string[];
  /** A conversation that is answered, instead of a prompt. */
  readonly messages?: readonly ChatMessage[] | undefined;
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
  /** What is said of the text: an extension of the format. */
  readonly labels: Labels | undefined;
  /** What happens past the context of a Transformer: another extension. */
  readonly overflow: GenerateOptions["overflow"];
  /** What the text must be, as it came; undefined: anything. */
  readonly ruled: GrammarFields | undefined;
  /** Whether an answer is the first line that is not blank. */
  readonly line: boolean;
  /** -1: none; else the number of likeliest tokens to report beside the chosen one. */
  readonly logprobs: number;
  readonly seed: number;
  /** The id that was asked for, and the adapter that it stands for. */
  readonly model: string;
  readonly adapter: string | null | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** What every request may say of how samples are drawn, as it comes. */
interface Common extends GrammarFields {
  readonly model: string;
  readonly max_tokens: number | undefined;
  readonly n: number;
  readonly temperature: number | undefined;
  readonly top_p: number | undefined;
  readonly presence_penalty: number;
  readonly frequency_penalty: number;
  readonly logit_bias: GenerationRequest["logitBias"];
  readonly stop: readonly string[];
  readonly labels: Labels | undefined;
  readonly overflow: GenerateOptions["overflow"];
  readonly seed: number | undefined;
  readonly stream: boolean;
  readonly stream_options: object | undefined;
  readonly user: string;
}

/** As many as OpenAI takes. */
const MAX_STOPS = 4;
const MAX_STOP_CHARS = 256;

/** The body as an object. @throws ApiError 400 */
export function bodyOf(body: unknown): object {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new ApiError(400, "The body must be a JSON object", { code: "invalid_type" });
}

/** An integer of at least 1. */
export const upTo = (most: number): Field<number> => number(1, most, "an integer");

/** Fields of every request to generate. */
export function commonFields(
  served: ServedTexts,
  options: ResolvedOptions,
): { readonly [Name in keyof Required<Common>]: Field<Common[Name]> } {
  return {
    model: optional(text, options.name),
    max_tokens: optional(upTo(options.maxTokens), undefined),
    n: optional(upTo(options.maxChoices), 1),
    temperature: optional(number(0, 2), undefined),
    top_p: optional(number(0, 1), undefined),
    presence_penalty: optional(number(-2, 2), 0),
    frequency_penalty: optional(number(-2, 2), 0),
    logit_bias: optional(biases(served.tokenizer.size), []),
    stop: optional(stops, []),
    labels: optional(labelsOf(served, options), undefined),
    overflow: optional(overflow, undefined),
    response_format: optional(object, undefined),
    grammar: optional(text, undefined),
    regex: optional(text, undefined),
    seed: optional(
      number(0, Number.MAX_SAFE_INTEGER - options.maxChoices, "an integer"),
      undefined,
    ),
    stream: optional(flag, false),
    stream_options: optional(object, undefined),
    user: optional(text, ""),
  };
}

/** What each format reads in its own way. */
type Own =
  | "prompts"
  | "messages"
  | "promptTokens"
  | "n"
  | "bestOf"
  | "maxTokens"
  | "logprobs"
  | "line";

/**
 * How samples are drawn. What an encoder-decoder answers is the likeliest where nothing is said of drawing.
 * @param samples of each prompt
 * @throws ApiError 400 or 404
 */
export function drawing(
  fields: Common,
  { answers, adapters }: ServedTexts,
  options: ResolvedOptions,
  samples: number,
): Omit<GenerationRequest, Own> {
  const { model } = fields;
  const own = model === options.name;
  if (!own && !adapters.includes(model)) throw unknownModel(model, options);
  const { temperature, top_p: topP, seed, stream, stream_options: streaming } = fields;
  if (streaming !== undefined && !stream) {
    throw invalid("stream_options", "stream_options is for requests with stream: true");
  }
  const { include_usage: includeUsage } = read(streaming ?? {}, streamFields, "stream_options.");
  const { response_format, grammar, regex } = fields;
  const ruled = [response_format, grammar, regex].some((one) => one !== undefined);
  const asked = [temperature, topP, seed].some((one) => one !== undefined);
  const drawn = !answers || samples > 1 || asked;
  return {
    model,
    // The model's own name is that of the model without an adapter.
    adapter: own ? (adapters.length > 0 ? null : undefined) : model,
    temperature: drawn ? (temperature ?? 1) : 0,
    // 0 leaves the likeliest token alone, as any number does that is small enough.
    topP: (topP ?? 1) || Number.MIN_VALUE,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
    logitBias: fields.logit_bias,
    stop: fields.stop,
    labels: fields.labels,
    // Where no number is asked for, there may be fewer.
    overflow: fields.overflow ?? (fields.max_tokens === undefined ? "stop" : "error"),
    ruled: ruled ? { response_format, grammar, regex } : undefined,
    seed: seed ?? randomSeed(),
    ...{ stream, includeUsage },
  };
}

const streamFields = {
  include_usage: optional(flag, false),
  include_obfuscation: optional(flag, false),
};

/** The error for a model that is not served here. */
export function unknownModel(name: string, options: ResolvedOptions): ApiError {
  const shown = name.slice(0, 200);
  const message = `The model '${shown}' does not exist here; this server has '${options.name}'`;
  return new ApiError(404, message, { param: "model", code: "model_not_found" });
}

/** A prompt that is not too long to be looked at. @throws ApiError 400 */
export function checkLength(
  prompt: string,
  param: string,
  { maxPromptChars }: ResolvedOptions,
): string {
  const { length } = prompt;
  if (length > maxPromptChars) throw tooLong(param, length, maxPromptChars, "characters");
  return prompt;
}

/** Tokens of a prompt within the limits. @param param the field that it came in @throws ApiError 400 */
export function countTokens(
  prompt: string,
  param: string,
  served: ServedTexts,
  options: ResolvedOptions,
): number {
  checkLength(prompt, param, options);
  return withinTokens(param, () => served.count(prompt), options);
}

/** The number of tokens. @throws ApiError 400 where there are too many, or the model cannot read them */
export function withinTokens(
  param: string,
  count: () => number,
  { maxPromptTokens }: ResolvedOptions,
): number {
  let tokens: number;
  try {
    tokens = count();
  } catch (error) {
    throw invalid(param, error instanceof Error ? error.message : String(error));
  }
  if (tokens > maxPromptTokens) throw tooLong(param, tokens, maxPromptTokens, "tokens");
  return tokens;
}

function tooLong(param: string, length: number, most: number, unit: string): ApiError {
  return invalid(
    param,
    `a prompt must have at most ${most} ${unit}, got ${length}`,
    "context_length_exceeded",
  );
}

const overflow: Field<GenerateOptions["overflow"]> = (value, name) => {
  if (value === "error" || value === "slide" || value === "stop") return value;
  throw invalid(name, `${name} must be one of error, slide, stop`);
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

/** Labels as texts, those that are read as text within the limits of a prompt; the model knows which there are. */
function labelsOf(served: ServedTexts, options: ResolvedOptions): Field<Labels> {
  const read = new Set(served.labels.flatMap(({ kind, name }) => (kind === "text" ? [name] : [])));
  return (value, name) => {
    const given = Object.entries(object(value, name)).map(([key, one]) => {
      const param = `${name}.${key.slice(0, 40)}`;
      const label = text(one, param);
      if (read.has(key)) countTokens(label, param, served, options);
      return [key, label] as const;
    });
    if (given.length > 0 && served.labels.length === 0) {
      throw invalid(name, "this model knows no labels");
    }
    return Object.fromEntries(given);
  };
}

/** Token ids as keys, as JSON has them. */
function biases(size: number): Field<readonly (readonly [number, number])[]> {
  const bias = number(-100, 100);
  return (value, name) =>
    Object.entries(object(value, name)).map(([key, given]) => {
      const id = /^\d{1,9}$/.test(key) ? Number(key) : size;
      if (id < size) return [id, bias(given, `${name}.${key}`)] as const;
      const shown = JSON.stringify(key.slice(0, 40));
      throw invalid(name, `the keys of ${name} must be token ids below ${size}, got ${shown}`);
    });
}

/** Requests without a seed differ; the weights and every seed's bits do not. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
