// The options of `train`, and which call of the library each one belongs to.

import { availableParallelism } from "node:os";
import type { Command } from "commander";
import type { LanguageFitOptions, LanguageModelOptions } from "../index.js";
import { UsageError } from "./errors.js";
import { type DocumentMode, documentModes } from "./files.js";
import { addOptions, count, number, type OptionRow, pair } from "./options.js";

const modelRows: readonly OptionRow[] = [
  ["--model <kind>", "what to train", "lstm", ["lstm"]],
  ["--tokenizer <kind>", "what a token is", "char", ["char", "byte", "bpe"]],
  ["--vocab <n>", "tokens of a bpe vocabulary (default: 1024)", undefined, number],
  ["--embed <n>", "size of the embedding", 64, number],
  ["--hidden <n>", "units of a layer", 256, number],
  ["--layers <n>", "layers", 1, number],
  ["--dropout <p>", "dropout of embedding, between layers, and output", 0, number],
];

const dataRows: readonly OptionRow[] = [
  ["--documents <mode>", "a document a line or a file, or one text", "none", documentModes],
  ["--val <part>", "last part of the data, kept for validation; 0: none", 0.1, number],
  ["--batch <n>", "rows of a batch", 32, number],
  ["--seq-len <n>", "tokens of a row (texts)", 64, number],
  [
    "--batching <how>",
    "random windows, or the text from front to back (texts)",
    "windows",
    ["windows", "streams"],
  ],
  ["--max-length <n>", "cut longer documents (default: 1024 tokens)", undefined, number],
];

const trainingRows: readonly OptionRow[] = [
  ["--steps <n>", "optimizer steps of the whole run", 2000, number],
  ["--lr <x>", "learning rate", 2e-3, number],
  [
    "--schedule <kind>",
    "how the learning rate changes",
    "constant",
    ["constant", "linear", "cosine", "step", "plateau"],
  ],
  ["--warmup <n>", "steps in which the learning rate rises from 0", 0, number],
  ["--lr-min <part>", "end of linear and cosine, floor of plateau, as a part of --lr", 0, number],
  ["--lr-factor <x>", "factor of step and plateau", 0.5, number],
  ["--lr-every <n>", "steps between two factors of step (default: a tenth)", undefined, number],
  ["--lr-patience <n>", "validations without a better one until plateau's factor", 2, number],
  ["--optimizer <kind>", "optimizer", "adamw", ["adamw", "adam", "sgd"]],
  ["--betas <a,b>", "adam's decay of the moments (default: 0.9,0.999)", undefined, pair],
  ["--momentum <x>", "sgd's momentum", 0.9, number],
  ["--weight-decay <x>", "weight decay", 0, number],
  ["--clip <x>", "largest norm of the gradient; 0: any", 1, number],
  ["--accumulate <n>", "batches whose gradients make one step", 1, number],
  ["--shards <n>", "parts of a batch, added up in order; a part of the computation", 1, number],
  ["--ema <decay>", "end with an average of the weights of this decay; 0: no", 0, number],
  ["--eval-every <n>", "steps between validations (default: a tenth)", undefined, number],
  ["--patience <n>", "stop after so many validations without a better one; 0: never", 0, number],
  ["--seed <n>", "seed of everything random", 1, number],
];

const speedRows: readonly OptionRow[] = [
  [
    "--workers <n>",
    "threads that compute the shards; the result is the same (default: one a shard, as far as there are cores)",
    undefined,
    number,
  ],
];

const outputRows: readonly OptionRow[] = [
  ["--out <file>", "where the model goes (default: the file of --resume)"],
  ["--resume <file>", "go on with an interrupted run; its options are taken from the file"],
  ["--checkpoint-every <n>", "steps between checkpoints (default: a twentieth)", undefined, count],
  ["--keep-state", "keep the optimizer's state in the final file, to train further"],
  ["--log <file>", "a line of JSON for every step"],
  ["--json", "print one JSON object at the end"],
  ["--quiet", "print errors only"],
];

export function addTrainOptions(target: Command): void {
  addOptions(target, "Model", modelRows);
  addOptions(target, "Data", dataRows);
  addOptions(target, "Training", trainingRows);
  addOptions(target, "Speed", speedRows);
  addOptions(target, "Output", outputRows);
}

/** The options as commander gives them. */
export interface TrainFlags
  extends Omit<LanguageModelOptions, "corpus">,
    Omit<LanguageFitOptions, "resume" | "signal"> {
  readonly documents: DocumentMode;
  readonly out?: string;
  readonly resume?: string;
  readonly checkpointEvery?: number;
  readonly keepState?: boolean;
  readonly log?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What `LanguageModel.create` takes. */
export const createNames = [
  "tokenizer",
  "vocab",
  "embed",
  "hidden",
  "layers",
  "dropout",
  "seed",
] as const;

/** What `fit` takes. */
export const fitNames: readonly string[] = [
  ...["batch", "seqLen", "batching", "maxLength", "val"],
  ...["steps", "lr", "schedule", "warmup", "lrMin", "lrFactor", "lrEvery", "lrPatience"],
  ...["optimizer", "betas", "momentum", "weightDecay", "clip", "accumulate", "ema"],
  ...["evalEvery", "patience", "shards", "workers"],
];

/** The options with as many workers as help, unless they say how many. */
export function withWorkers(options: LanguageFitOptions): LanguageFitOptions {
  const { shards = 1, workers = Math.min(shards, availableParallelism()) } = options;
  return { ...options, workers };
}

/** Refuses options that would be without effect. @throws UsageError */
export function checkTogether(
  o: LanguageFitOptions & { readonly documents: boolean },
  explicit: ReadonlySet<string>,
): void {
  const rules: readonly [string, boolean, string][] = [
    ["seqLen", o.documents, "--seq-len is for texts; documents are taken whole (see --max-length)"],
    ["batching", o.documents, "--batching is for texts; documents have an order of their own"],
    ["maxLength", !o.documents, "--max-length is for documents (see --documents)"],
    [
      "patience",
      (o.patience ?? 0) > 0 && o.val === 0,
      "--patience needs validation: --val above 0",
    ],
    [
      "schedule",
      o.schedule === "plateau" && o.val === 0,
      "--schedule plateau needs validation: --val above 0",
    ],
  ];
  for (const [name, broken, message] of rules) {
    if (broken && explicit.has(name)) throw new UsageError(message);
  }
}
