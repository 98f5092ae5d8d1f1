// The options of `generate`, under the library's names.

import { type Command, InvalidArgumentError } from "commander";
import type { GenerateOptions } from "../../entries/index.js";
import { addOptions, number, type OptionRow, repeated } from "./options.js";

const textRows: readonly OptionRow[] = [
  ["--prompt <text>", "text to continue (default: standard input, where it is not a terminal)"],
  ["--tokens <n>", "the most tokens to generate", 200, number],
  ["--count <n>", "samples to draw, with --seed, --seed + 1, …", 1, number],
  ["--seed <n>", "seed of the first sample", 1, number],
  ["--stop <text>", "end before this text (repeatable)", undefined, repeated],
];

/** What every command that draws tokens knows. */
export const drawRows: readonly OptionRow[] = [
  ["--top-k <n>", "only the n likeliest tokens", undefined, number],
  ["--top-p <p>", "only the likeliest tokens that reach this probability", undefined, number],
  ["--min-p <p>", "only tokens at least p times as likely as the likeliest", undefined, number],
  ["--typical-p <p>", "only tokens of typical surprise, up to this probability", undefined, number],
  ["--repetition-penalty <x>", "above 1: tokens seen become less likely", undefined, number],
  ["--frequency-penalty <x>", "taken off for every time a token was generated", undefined, number],
  ["--presence-penalty <x>", "taken off when a token was generated at all", undefined, number],
  ["--logit-bias <piece=x>", "makes a token likelier by x (repeatable)", undefined, bias],
  ["--banned <text>", "never generate this text (repeatable)", undefined, repeated],
];

const samplerRows: readonly OptionRow[] = [
  ["--temperature <x>", "below 1 bolder, above 1 more varied", 1, number],
  ["--greedy", "always take the likeliest token"],
  ...drawRows,
  ["--beams <n>", "beam search with n beams instead of sampling", undefined, number],
  ["--length-penalty <x>", "beam scores are divided by length to this power", undefined, number],
];

export const logprobsRow: OptionRow = [
  "--logprobs [n]",
  "with --json: log-probabilities, also of the n likeliest",
  undefined,
  number,
];

const outputRows: readonly OptionRow[] = [["--json", "print one JSON object"], logprobsRow];

export function addGenerateOptions(target: Command): void {
  addOptions(target, "Text", textRows);
  addOptions(target, "Sampling", samplerRows);
  addOptions(target, "Output", outputRows);
}

/** The options as commander gives them. */
export interface GenerateFlags extends Omit<GenerateOptions, "mask" | "signal"> {
  readonly json?: boolean;
}

/** What `generate` of the library takes. */
export const generateNames: readonly string[] = [
  ...["prompt", "tokens", "count", "seed", "stop", "temperature", "greedy", "topK", "topP"],
  ...["minP", "typicalP", "repetitionPenalty", "frequencyPenalty", "presencePenalty"],
  ...["logitBias", "banned", "beams", "lengthPenalty", "logprobs"],
];

/** "piece=1.5", the piece may hold "=". */
function bias(text: string, previous: Record<string, number> = {}): Record<string, number> {
  const at = text.lastIndexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected a token and a number: e=1.5.");
  const value = text.slice(at + 1);
  return {
    ...previous,
    [text.slice(0, at)]: /^-inf(inity)?$/i.test(value) ? -Infinity : number(value),
  };
}
