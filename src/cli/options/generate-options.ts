// The options of `generate`, under the library's names.

import { type Command, InvalidArgumentError } from "commander";
import type { GenerateOptions } from "../../entries/node.js";
import { generationRules } from "../../sampling/options.js";
import { adapterRow } from "../io/adapters.js";
import { rawRow } from "./escapes.js";
import { addOptions, number, type OptionRow, repeated } from "./options.js";
import { type Help, namesIn, type OptionTable, rowsOf, table } from "./tables.js";

const help: Help<GenerateOptions> = {
  prompt: "text to continue",
  messages: "a conversation that is answered, instead of a prompt",
  cacheBytes: "memory for what was read of the last conversations, in bytes; 0: none",
  labels: "labels of the text, such as its title and author; `--label title=…` for each",
  unknown: "<what> characters of a prompt or source that the model does not know",
  overflow:
    "<what> past a Transformer's context: an error, forget the oldest (slide), or end there (stop)",
  maxTokens: "the most tokens to generate",
  samples: "samples to draw, with seed, seed + 1, …",
  seed: "seed of the first sample",
  temperature: "below 1 is safer, above 1 bolder; 0 is greedy",
  greedy: "always take the likeliest token",
  topK: "only the n likeliest tokens",
  topP: "<p> only the likeliest tokens that reach this probability",
  minP: "<p> only tokens at least p times as likely as the likeliest",
  typicalP: "<p> only tokens of typical surprise, up to this probability",
  repetitionPenalty: "above 1: tokens seen become less likely",
  frequencyPenalty: "taken off a token's logit for every time it was generated",
  presencePenalty: "taken off a token's logit if it was generated at all",
  logitBias: "makes tokens likelier, or less likely",
  banned: "texts that are never generated",
  stop: "texts before which generation ends",
  mask: "a function that clears what may not come next",
  grammar: "what the text may be; `--regex`, `--json-schema` or `--grammar`",
  beams: "beam search with n beams instead of sampling; 0: none",
  lengthPenalty: "beam scores are divided by length to this power",
  logprobs: "give log-probabilities, those of the n likeliest tokens, too",
  rank: "a function that gives a sample's merit: the best comes first",
  accept: "a function that says whether a sample will do",
  tries: "how often samples are drawn for accept",
  adapter: "name of the adapter that is in force",
  signal: "ends a stream before its next token",
};

export const generationTable: OptionTable = table("Sampling", "generate", generationRules, help, {
  without: ["tries", "cacheBytes"],
  own: ["prompt", "logitBias", "banned", "stop", "logprobs"],
});

const textRows: readonly OptionRow[] = [
  [
    "--prompt <text>",
    "text to continue (default: standard input, where it is not a terminal); for a model that learned captions, what pictures show; several make a row each (repeatable)",
    undefined,
    repeated,
  ],
  [
    "--label <name=value>",
    "a label of the text, such as author=… (repeatable), or of the pictures: label=7, or the class alone, 7",
    undefined,
    label,
  ],
  ...rowsOf(generationTable, ["maxTokens", "overflow"]),
  ...rowsOf(generationTable, ["samples"]).map(
    ([flags, text, ...rest]): OptionRow => [
      flags,
      `${text}; of pictures 64, or 16 for each prompt`,
      ...rest,
    ],
  ),
  ...rowsOf(generationTable, ["seed"]),
  ["--stop <text>", "end before this text (repeatable)", undefined, repeated],
  ...rowsOf(generationTable, ["unknown"]),
  adapterRow,
  rawRow,
];

/** What every command that draws tokens knows. */
export const drawRows: readonly OptionRow[] = [
  ...rowsOf(generationTable, ["topK", "topP", "minP", "typicalP", "repetitionPenalty"]),
  ...rowsOf(generationTable, ["frequencyPenalty", "presencePenalty"]),
  ["--logit-bias <piece=x>", "makes a token likelier by x (repeatable)", undefined, bias],
  ["--banned <text>", "never generate this text (repeatable)", undefined, repeated],
];

const grammarRows: readonly OptionRow[] = [
  ["--regex <pattern>", "the whole text matches this regular expression of JavaScript"],
  ["--json-schema <file>", "the text is JSON of this schema, without spaces"],
  ["--grammar <file>", "the text is one of this grammar, in GBNF"],
];

const samplerRows: readonly OptionRow[] = [
  ...rowsOf(generationTable, ["temperature", "greedy"]),
  ...drawRows,
  ...rowsOf(generationTable, ["beams", "lengthPenalty"]),
];

export const logprobsRow: OptionRow = [
  "--logprobs [n]",
  "with --json: log-probabilities, those of the n likeliest tokens, too",
  undefined,
  number,
];

const outputRows: readonly OptionRow[] = [
  [
    "--fresh <file>",
    "leave out samples that are lines of this text, and draw others (repeatable)",
    undefined,
    repeated,
  ],
  ["--heads", "print a line with number and seed before each sample"],
  ["--json", "print one JSON object"],
  logprobsRow,
];

export function addGenerateOptions(target: Command): void {
  addOptions(target, "Text", textRows);
  addOptions(target, "Sampling", samplerRows);
  addOptions(target, "Grammar", grammarRows);
  addOptions(target, "Output", outputRows);
}

/** What the text must be: one of these, or none. */
export interface GrammarFlags {
  readonly regex?: string;
  readonly jsonSchema?: string;
  readonly grammar?: string;
}

/** The options as commander gives them. */
export interface GenerateFlags
  extends Omit<GenerateOptions, "prompt" | "messages" | "labels" | "mask" | "grammar" | "signal">,
    GrammarFlags {
  readonly prompt?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly raw?: boolean;
  readonly fresh?: readonly string[];
  readonly heads?: boolean;
  readonly json?: boolean;
}

/** What `generate` of the library takes; --adapter is a file here, which is loaded before. */
export const generateNames: readonly string[] = namesIn(generationTable).filter(
  (name) => name !== "adapter",
);

/** "author=李白", the value may hold "="; or a value alone, which is that of the label "". */
export function label(text: string, previous: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  const name = at < 0 ? "" : text.slice(0, at);
  if (at === 0 || text === "")
    throw new InvalidArgumentError("Expected a label and its value: title=Spring.");
  if (Object.hasOwn(previous, name))
    throw new InvalidArgumentError(`${name || "A value without a name"} is given twice.`);
  return { ...previous, [name]: text.slice(at + 1) };
}

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
