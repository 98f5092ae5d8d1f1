// The body of POST /v1/chat/completions: a dialogue becomes a prompt. What a model of text cannot do is
// refused by name instead of being left out.

import { dialogueSource, LINE_END, type Said, transcript } from "./dialogue.js";
import { invalid } from "./errors.js";
import { anything, each, flag, number, optional, read } from "./fields.js";
import { messages, refused, textAlone } from "./messages.js";
import type { ResolvedOptions } from "./options.js";
import {
  bodyOf,
  checkLength,
  commonFields,
  countTokens,
  drawing,
  type GenerationRequest,
  upTo,
  withinTokens,
} from "./request.js";
import type { ServedTexts } from "./text-model.js";

/** As many as OpenAI takes. */
const MAX_LOGPROBS = 20;

/** Taken for the sake of clients that send them: they change nothing here. */
const ignored = ["metadata", "service_tier", "safety_identifier", "prompt_cache_key"];

const unsupported = [
  ...["tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"],
  ...["audio", "prediction", "web_search_options", "reasoning_effort", "verbosity"],
];

/** @throws ApiError naming the first field that cannot be used */
export function readChat(
  body: unknown,
  served: ServedTexts,
  options: ResolvedOptions,
): GenerationRequest {
  const fields = read(bodyOf(body), {
    ...each(ignored, anything),
    ...each(unsupported, refused),
    messages,
    ...commonFields(served, options),
    max_completion_tokens: optional(upTo(options.maxTokens), undefined),
    logprobs: optional(flag, false),
    top_logprobs: optional(number(0, MAX_LOGPROBS, "an integer"), undefined),
    modalities: optional(textAlone, undefined),
    store: optional(no, false),
  });
  const { n, messages: said, max_tokens, max_completion_tokens: tokens = max_tokens } = fields;
  const { logprobs, top_logprobs: top } = fields;
  if (top !== undefined && !logprobs) {
    throw invalid("top_logprobs", "top_logprobs is for requests with logprobs: true");
  }
  const drawn = drawing({ ...fields, max_tokens: tokens }, served, options, n);
  const { countMessages } = served;
  if (countMessages) {
    const messages = said.map(({ role, text }) => ({ role, content: text }));
    const characters = messages.reduce((all, { content }) => all + content, "");
    checkLength(characters, "messages", options);
    return {
      ...drawn,
      prompts: [""],
      messages,
      promptTokens: withinTokens("messages", () => countMessages(messages), options),
      ...{ n, bestOf: n, line: false },
      maxTokens: tokens ?? options.maxTokens,
      logprobs: logprobs ? Math.min(top ?? 0, served.tokenizer.size) : -1,
    };
  }
  const make = served.answers ? sourceOf : transcriptOf;
  const prompt = make(said, served, options);
  return {
    ...drawn,
    prompts: [prompt],
    promptTokens: countTokens(prompt, "messages", served, options),
    ...{ n, bestOf: n, line: !served.answers },
    maxTokens: tokens ?? options.maxTokens,
    logprobs: logprobs ? Math.min(top ?? 0, served.tokenizer.size) : -1,
  };
}

function no(value: unknown, name: string): false {
  if (flag(value, name)) throw invalid(name, `${name} must be false: nothing is stored here`);
  return false;
}

/** The last message, and turns before it; there is no place for instructions in pairs. */
function sourceOf(said: readonly Said[], served: ServedTexts, options: ResolvedOptions): string {
  const last = said.length - 1;
  const line = said[last].text;
  if (line.trim() === "") {
    throw invalid(`messages[${last}].content`, "the last message must not be empty");
  }
  checkRead(line, last, served, options);
  const before = said.slice(0, last).filter(({ role }) => role !== "system");
  const texts = before.map(({ text }) => text);
  return dialogueSource(texts, line, options, (text) => reads(served, text));
}

/** All messages, a line each. */
function transcriptOf(
  said: readonly Said[],
  served: ServedTexts,
  options: ResolvedOptions,
): string {
  for (const [i, { text }] of said.entries()) {
    checkRead(text.replace(/[\r\n]/g, ""), i, served, options);
  }
  const { userPrefix, assistantPrefix } = options;
  const needed = [
    [LINE_END, "a line break, which ends a turn of a dialogue: ask for a completion instead"],
    [userPrefix, `all of userPrefix, ${JSON.stringify(userPrefix)}`],
    [assistantPrefix, `all of assistantPrefix, ${JSON.stringify(assistantPrefix)}`],
  ];
  for (const [text, what] of needed) {
    if (!reads(served, text)) throw invalid("messages", `the model has never seen ${what}`);
  }
  return transcript(said, options);
}

/** @throws ApiError naming the message that the model cannot read */
function checkRead(
  text: string,
  index: number,
  served: ServedTexts,
  options: ResolvedOptions,
): void {
  countTokens(text, `messages[${index}].content`, served, options);
}

function reads(served: ServedTexts, text: string): boolean {
  try {
    served.count(text);
    return true;
  } catch {
    return false;
  }
}
