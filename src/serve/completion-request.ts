// The body of POST /v1/completions: what may be in it, and what is meant.

import { invalid } from "./errors.js";
import { type Field, flag, number, optional, read, text, texts } from "./fields.js";
import type { ResolvedOptions } from "./options.js";
import {
  bodyOf,
  commonFields,
  countTokens,
  drawing,
  type GenerationRequest,
  upTo,
} from "./request.js";
import type { ServedTexts } from "./text-model.js";

/** A request to complete prompts, complete and checked. */
export interface CompletionRequest extends GenerationRequest {
  readonly echo: boolean;
}

/** As many as OpenAI takes. */
const MAX_LOGPROBS = 5;
/** `max_tokens` where a text is continued, which does not end by itself. */
const TOKENS = 16;

/** @throws ApiError naming the first field that cannot be used */
export function readCompletion(
  body: unknown,
  served: ServedTexts,
  options: ResolvedOptions,
): CompletionRequest {
  const fields = read(bodyOf(body), {
    ...commonFields(served, options),
    prompt: served.answers ? sources : optional(prompts, [""]),
    suffix: optional(text, ""),
    best_of: optional(upTo(options.maxChoices), undefined),
    logprobs: optional(number(0, MAX_LOGPROBS, "an integer"), -1),
    echo: optional(flag, false),
  });
  const { n, best_of: bestOf = n, echo, prompt: given } = fields;
  const drawn = drawing(fields, served, options, bestOf);
  checkTogether({ ...fields, bestOf }, options);
  const tokens = served.answers ? options.maxTokens : Math.min(TOKENS, options.maxTokens);
  return {
    ...drawn,
    prompts: given,
    promptTokens: given.reduce((n, one) => n + countTokens(one, "prompt", served, options), 0),
    ...{ n, bestOf, echo, line: false },
    maxTokens: fields.max_tokens ?? tokens,
    logprobs: Math.min(fields.logprobs, served.tokenizer.size),
  };
}

function checkTogether(
  o: {
    readonly prompt: readonly string[];
    readonly suffix: string;
    readonly n: number;
    readonly bestOf: number;
    readonly stream: boolean;
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

/** What an encoder-decoder answers to cannot be left out. */
const sources: Field<readonly string[]> = (value, name) => {
  const given = prompts(value ?? "", name);
  if (given.every((text) => text.trim() !== "")) return given;
  throw invalid(name, "prompt must be the text that is answered to, and not empty");
};
