// How an encoder-decoder's answers are found: the options that `translate` and `chat` share.

import { InvalidArgumentError } from "commander";
import type { AnswerOptions } from "../../entries/node.js";
import { type Confidence, UNSURE } from "../../serve/confidence.js";
import { adapterRow } from "../io/adapters.js";
import { rawRow, unescaped } from "./escapes.js";
import { drawRows, generateNames, generationTable } from "./generate-options.js";
import { number, type OptionRow, pick } from "./options.js";
import { rowsOf } from "./tables.js";

export const answerRows: readonly OptionRow[] = [
  ...rowsOf(generationTable, ["maxTokens", "overflow"]),
  ["--beam <n>", "beam search with n beams", undefined, number],
  ...rowsOf(generationTable, ["lengthPenalty"]),
  [
    "--temperature <x>",
    "draw tokens, below 1 is safer, above 1 bolder (default: the likeliest tokens are taken)",
    undefined,
    number,
  ],
  ["--seed <n>", "draw tokens, with this seed", undefined, number],
  ...drawRows,
  ...rowsOf(generationTable, ["unknown"]),
  adapterRow,
  rawRow,
];

/** How sure an answer must be. */
export const confidenceRows: readonly OptionRow[] = [
  [
    "--min-confidence <x>",
    "0 to 1: say --unsure where the mean probability of the answer's tokens is lower",
    undefined,
    fraction,
  ],
  ["--unsure <text>", `what is said instead of such an answer (default: ${UNSURE})`],
];

/** Those options as commander gives them. */
export type ConfidenceFlags = Partial<Confidence>;

function fraction(text: string): number {
  const value = number(text);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number of at least 0 and at most 1.");
}

/** The options as commander gives them. */
export interface AnswerFlags
  extends Omit<AnswerOptions, "source" | "greedy" | "beams" | "mask" | "signal" | "samples"> {
  readonly beam?: number;
  readonly raw?: boolean;
}

/** Options that make no sense without drawing. */
const drawing = ["temperature", "seed", "topK", "topP", "minP", "typicalP"];

/** What `generate` and `stream` take besides the source. */
export type Decoding = Omit<AnswerOptions, "source">;

/** Beam search where it is asked for, drawn tokens where an option is about them, else the likeliest. */
export function decoding(flags: AnswerFlags): Decoding {
  const options: Decoding = pick(unescaped(flags), generateNames);
  if (flags.beam !== undefined) return { ...options, beams: flags.beam };
  if (drawing.some((name) => name in options)) return { seed: 1, ...options };
  return { ...options, greedy: true };
}
