// How an encoder-decoder's answers are found: the options that `translate` and `chat` share.

import type { AnswerOptions } from "../../entries/index.js";
import { drawRows } from "./generate-options.js";
import { number, type OptionRow, pick } from "./options.js";

export const answerRows: readonly OptionRow[] = [
  ["--tokens <n>", "the most tokens of an answer", 200, number],
  ["--beam <n>", "beam search with n beams", undefined, number],
  ["--length-penalty <x>", "beam scores are divided by length to this power", undefined, number],
  [
    "--temperature <x>",
    "draw tokens, below 1 bolder, above 1 more varied (default: the likeliest tokens are taken)",
    undefined,
    number,
  ],
  ["--seed <n>", "draw tokens, with this seed", undefined, number],
  ...drawRows,
];

/** The options as commander gives them. */
export interface AnswerFlags
  extends Omit<AnswerOptions, "source" | "greedy" | "beams" | "mask" | "signal" | "count"> {
  readonly beam?: number;
}

/** Options that make no sense without drawing. */
const drawing = ["temperature", "seed", "topK", "topP", "minP", "typicalP"];

const names = [
  ...["tokens", "temperature", "seed", "topK", "topP", "minP", "typicalP", "stop", "banned"],
  ...["repetitionPenalty", "frequencyPenalty", "presencePenalty", "logitBias", "lengthPenalty"],
  "logprobs",
];

/** What `generate` and `stream` take besides the source. */
export type Decoding = Omit<AnswerOptions, "source">;

/** Beam search where it is asked for, drawn tokens where an option is about them, else the likeliest. */
export function decoding(flags: AnswerFlags): Decoding {
  const options: Decoding = pick(flags, names);
  if (flags.beam !== undefined) return { ...options, beams: flags.beam };
  if (drawing.some((name) => name in options)) return { seed: 1, ...options };
  return { ...options, greedy: true };
}
