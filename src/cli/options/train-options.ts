// The options of `train`, and which call of the library each one belongs to.

import type { Command } from "commander";
import type { PairTextOptions, Tokenizer, TrainingOptions } from "../../entries/index.js";
import { type DocumentMode, documentModes } from "../io/files.js";
import { pairRows } from "../io/pair-files.js";
import { addOptions, count, number, type OptionRow, pair } from "./options.js";

const tokenizers = ["char", "byte", "bpe"] as const;
const attentions = ["none", "bahdanau", "luong", "luong-dot"] as const;

const modelRows: readonly OptionRow[] = [
  ["--model <kind>", "what to train: a model of text, or of pairs", "lstm", ["lstm", "seq2seq"]],
  ["--tokenizer <kind>", "what a token is", "char", tokenizers],
  ["--vocab <n>", "tokens of a bpe vocabulary (default: 1024)", undefined, number],
  ["--embed <n>", "size of the embedding", 64, number],
  ["--hidden <n>", "units of a layer", 256, number],
  ["--layers <n>", "layers", 1, number],
  ["--dropout <p>", "dropout of embedding, between layers, and output", 0, number],
];

const dataRows: readonly OptionRow[] = [
  ["--val <part>", "part of the data that is kept for validation; 0: none", 0.1, number],
  ["--batch <n>", "rows of a batch (default: 32; 64 pairs)", undefined, number],
  [
    "--max-length <n>",
    "cut documents longer than n tokens (default: 1024); leave out pairs with a side of more than n characters",
    undefined,
    number,
  ],
];

const textRows: readonly OptionRow[] = [
  ["--documents <mode>", "a document a line or a file, or one text", "none", documentModes],
  ["--seq-len <n>", "tokens of a row (one text)", 64, number],
  [
    "--batching <how>",
    "random windows, or the text from front to back (one text)",
    "windows",
    ["windows", "streams"],
  ],
];

const seq2seqRows: readonly OptionRow[] = [
  ...pairRows,
  ["--val-file <file>", "pairs for validation, instead of --val"],
  ["--normalize <form>", "Unicode form of all texts", "NFC", ["NFC", "NFKC", "none"]],
  ["--lowercase", "capital letters become small ones"],
  ["--fold-width", "full-width letters and digits become narrow, half-width kana wide"],
  ["--dedupe", "keep only the first of equal pairs"],
  ["--min-length <n>", "leave out pairs with a side of fewer characters", undefined, number],
  ["--attention <kind>", "what the decoder looks back with", "none", attentions],
  ["--bidirectional", "read sources in both directions, half of --hidden each"],
  ["--reverse-source", "read sources from the end"],
  ["--tied", "use the target's embedding as output weights"],
  ["--shared", "one vocabulary and one embedding for both sides"],
  ["--source-tokenizer <kind>", "as --tokenizer, for sources only", undefined, tokenizers],
  ["--target-tokenizer <kind>", "as --tokenizer, for targets only", undefined, tokenizers],
  ["--lambda <x>", "with labels: weight of the decoder's loss (default: 1)", undefined, number],
  ["--smoothing <p>", "label smoothing of the decoder's loss", 0, number],
  ["--scheduled-sampling <p>", "how often the decoder reads its own guess", 0, number],
  ["--noise-drop <p>", "how often a token of a source is left out", 0, number],
  ["--noise-swap <p>", "how often it changes places with the next", 0, number],
  ["--noise-mask <p>", "how often it is hidden", 0, number],
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
  ["--decay <what>", "what it applies to", "matrices", ["matrices", "all"]],
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
  addOptions(target, "Text (--model lstm)", textRows);
  addOptions(target, "Pairs (--model seq2seq)", seq2seqRows);
  addOptions(target, "Training", trainingRows);
  addOptions(target, "Speed", speedRows);
  addOptions(target, "Output", outputRows);
}

/** The options as commander gives them. */
export interface TrainFlags extends Omit<TrainingOptions, "resume" | "signal">, PairTextOptions {
  readonly model: string;
  readonly tokenizer: Tokenizer["kind"];
  readonly sourceTokenizer?: Tokenizer["kind"];
  readonly targetTokenizer?: Tokenizer["kind"];
  readonly vocab?: number;
  readonly documents: DocumentMode;
  readonly valFile?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly checkpointEvery?: number;
  readonly keepState?: boolean;
  readonly log?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What every model's `fit` takes. */
export const sharedFitNames: readonly string[] = [
  ...["batch", "val", "steps", "lr", "schedule", "warmup", "lrMin", "lrFactor", "lrEvery"],
  ...["lrPatience", "optimizer", "betas", "momentum", "weightDecay", "decay", "clip"],
  ...["accumulate", "ema"],
  ...["evalEvery", "patience", "shards", "workers"],
];
