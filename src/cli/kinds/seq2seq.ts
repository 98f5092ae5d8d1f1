// The encoder-decoder: pairs, with labels or without.

import {
  type CleanOptions,
  type Pair,
  Seq2Seq,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
} from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import { suitedToPasses } from "../../models/base/suited.js";
import { SPECIALS } from "../../models/seq2seq/config.js";
import { noiseRules, seq2SeqDataRules } from "../../models/seq2seq/data.js";
import { suitedRun } from "../../models/seq2seq/defaults.js";
import { UsageError } from "../errors.js";
import { named } from "../io/files.js";
import { knownPairs } from "../io/new-characters.js";
import { readPairFiles } from "../io/pair-files.js";
import { pick } from "../options/options.js";
import { cleaning, cleanTable, columnTable, keptTable } from "../options/pair-options.js";
import { allNames, createTable, namesOf, type OptionTable, table } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { learnBytePairs } from "../run/byte-pairs.js";
import { validatedOn } from "../run/few-data.js";
import { measureSeq2Seq, readSamePairs, seq2seqEvaluationRows } from "../run/measure-seq2seq.js";
import { inspect } from "../show/seq2seq-rows.js";
import type { Kind, Trained } from "./kind.js";
import { amountOf, type PairData, pairsJob } from "./seq2seq-job.js";

type TokenizerKind = "char" | "byte" | "bpe";

/** Options that only the command line has. */
interface OwnOptions {
  readonly sourceTokenizer?: TokenizerKind;
  readonly targetTokenizer?: TokenizerKind;
  readonly valFile?: string;
}

const ownRules: Rules<OwnOptions, keyof OwnOptions> = {
  sourceTokenizer: { type: "choice", of: ["char", "byte", "bpe"], own: true },
  targetTokenizer: { type: "choice", of: ["char", "byte", "bpe"], own: true },
  valFile: { type: "text", own: true },
};

const modelTable = createTable<Seq2SeqOptions>("Seq2Seq.create", await Seq2Seq.rules(), {
  runtime: "what `load()` gives (default: the package's own kernels)",
  corpus: "the pairs that vocabularies and labels are made of",
  tokenizer: "what a token is",
  vocab: "tokens of a bpe vocabulary",
  clean: "form that all texts are brought into, as by readPairs",
  reverseSource: "read sources from the end",
  seed: "seed of everything random in training",
  network: "what encoder and decoder are made of",
  embed: "size of the embeddings",
  hidden: "units of a layer; a Transformer's width",
  layers: "layers of encoder and decoder each",
  dropout: "<p> dropout of embeddings, between layers, and before the output",
  bidirectional: "read sources in both directions, half of hidden each",
  attention: "what the decoder looks back with",
  tied: "use the target's embedding as output weights",
  shared: "one vocabulary and one embedding for both sides",
  style: "whether blocks are like those of Llama or of GPT-2",
  heads:
    "heads of attention; they must divide --hidden (default: of 32 numbers each, or 16, where that divides it; else 1)",
  kvHeads: "heads of keys and values, each for some of --heads; llama only (default: as --heads)",
  inner: "width inside the feed-forward (default: 8/3 of --hidden; gpt2: 4 times)",
  context: "the most tokens of a source or of a target",
  bias: "biases in products and norms; gpt2 only",
  theta: "base of the rotary angles; llama only",
});

const ownTable = table("Pairs", undefined, ownRules, {
  sourceTokenizer: "as --tokenizer, for sources only",
  targetTokenizer: "as --tokenizer, for targets only",
  valFile: "<file> pairs for validation, instead of --val",
});

const noiseTable = table(
  "Data",
  "fit",
  noiseRules,
  {
    drop: "<p> how often a token of a source is left out",
    swap: "<p> how often it changes places with the next",
    mask: "<p> how often it is hidden",
  },
  { prefix: "noise" },
);

const options: readonly OptionTable[] = [
  modelTable,
  table("Data", "fit", seq2SeqDataRules, {
    batch: "pairs of a batch",
    val: "<fraction> fraction of the sources that is kept for validation; 0: none",
    validation: "pairs for validation, instead of val",
    lambda: "with labels: weight of the decoder's loss",
    smoothing: "<p> label smoothing of the decoder's loss",
    scheduledSampling: "<p> how often the decoder reads its own guess",
    noise: "corruption of the sources: { drop, swap, mask }",
  }),
  noiseTable,
  ...[columnTable, keptTable, cleanTable, ownTable],
];

/** The encoder-decoder. */
export const seq2seqKind: Kind<Seq2Seq> = {
  name: "seq2seq",
  aliases: [],
  title: "a sequence-to-sequence model",
  summary: "a model of pairs of texts",
  model: "Seq2Seq",
  commands: ["translate", "chat"],
  options,
  evaluation: { group: "Pairs", rows: seq2seqEvaluationRows },
  load: (bytes) => Seq2Seq.load(bytes),
  async create(task, run) {
    const { flags, explicit } = task;
    const clean = cleaning(flags);
    const data = readData(task, clean);
    const tokenizer = tokenizersOf(flags);
    if (explicit.has("vocab") && !Object.values(tokenizer).includes("bpe")) {
      throw new UsageError('--vocab is for the tokenizer "bpe" only');
    }
    checkLabels(data.pairs, explicit);
    const given: Omit<Seq2SeqOptions, "corpus"> = pick(flags, namesOf(options, "Seq2Seq.create"));
    const corpus = [...data.pairs, ...(data.validation ?? [])];
    const own = { ...networkFor(corpus, given, run), ...given };
    const model = await Seq2Seq.create(await withBytePairs(own, tokenizer, clean, corpus, flags));
    return pairsJob(model, task, data, validatedOn(run, amountOf(data), task));
  },
  open: openPairs,
  inspect,
  read: readSamePairs,
  evaluate: measureSeq2Seq,
};

/** The options of a new model; byte pairs are learned here, where it can be shown how far that is. */
async function withBytePairs(
  { vocab, ...sizes }: Omit<Seq2SeqOptions, "corpus">,
  kinds: ReturnType<typeof tokenizersOf>,
  clean: CleanOptions,
  corpus: readonly Pair[],
  flags: Task["flags"],
): Promise<Seq2SeqOptions> {
  const own = { ...sizes, clean, corpus };
  const { source, target } = kinds;
  const refused = sizes.shared && source !== target;
  if (refused || (source !== "bpe" && target !== "bpe")) return { ...own, vocab, tokenizer: kinds };
  // What is wrong with another option is known before a minute has gone by.
  await Seq2Seq.create({ ...own, tokenizer: "byte" });
  const texts = (side: "source" | "target") => corpus.map((pair) => pair[side]);
  const learn = (what: string, some: readonly string[]) =>
    learnBytePairs(`byte pairs${what}`, some, { vocab, specials: SPECIALS }, flags);
  if (sizes.shared) {
    const both = await learn("", [...texts("source"), ...texts("target")]);
    return { ...own, tokenizer: { source: both, target: both } };
  }
  const side = async (of: "source" | "target") =>
    kinds[of] === "bpe" ? learn(` of the ${of}s`, texts(of)) : kinds[of];
  return { ...own, tokenizer: { source: await side("source"), target: await side("target") } };
}

/** What of the network depends on how often it will see the pairs, where nothing is said of it. */
function networkFor(
  corpus: readonly Pair[],
  { hidden, dropout }: Omit<Seq2SeqOptions, "corpus">,
  { steps, epochs, accumulate = 1, ...run }: Seq2SeqFitOptions,
): Pick<Seq2SeqOptions, "dropout"> {
  if (hidden !== undefined || dropout !== undefined) return {};
  const { batch = suitedRun(corpus).batch } = run;
  const pass = corpus.length / batch;
  return suitedToPasses(epochs ?? (steps && (steps * accumulate) / pass));
}

/** @throws UsageError, Failure, InvalidInputError */
function openPairs(path: string, model: Seq2Seq, task: Task): Trained {
  const { config, tokenizers } = model;
  const { clean = {}, labels, ...fixed } = config;
  const { flags, explicit } = task;
  return {
    fixed: {
      ...fixed,
      ...{ normalize: "NFC", lowercase: false, foldWidth: false, ...clean },
      ...tokenizersFixed(tokenizers.source.kind, tokenizers.target.kind),
    },
    ofRun: model.run ? ofRun(model.run.dataOptions) : {},
    check() {
      if (explicit.has("vocab")) {
        throw new UsageError(
          `--vocab cannot change with --resume or --from; ${path} has its vocabularies`,
        );
      }
    },
    *jobs(run) {
      if (labels.length > 0 && flags.labelColumn === undefined) {
        const some = labels.slice(0, 3).join(", ");
        throw new UsageError(`${path} learns labels (${some}): give --label-column as before`);
      }
      const data = readData(task, clean);
      if (flags.from === undefined) return yield pairsJob(model, task, data, run);
      const known = readable(model, task, data);
      yield pairsJob(model, task, known, validatedOn(run, amountOf(known), task));
    },
  };
}

/** Options of a run under the names that the command line has for them. */
function ofRun(options: Readonly<Record<string, string | number>>): Record<string, unknown> {
  const { drop, swap, mask, validation: _, ...same } = options;
  return { ...same, noiseDrop: drop, noiseSwap: swap, noiseMask: mask };
}

function tokenizersOf(flags: Task["flags"]) {
  const given = flags as OwnOptions & { readonly tokenizer?: TokenizerKind };
  const { tokenizer = "char", sourceTokenizer = tokenizer, targetTokenizer = tokenizer } = given;
  return { source: sourceTokenizer, target: targetTokenizer };
}

function tokenizersFixed(source: string, target: string): Record<string, string> {
  const both = source === target ? source : `${source} for sources, ${target} for targets`;
  return { tokenizer: both, sourceTokenizer: source, targetTokenizer: target };
}

function readData({ paths, flags }: Task, clean: CleanOptions): PairData {
  const kept = pick(flags, allNames([columnTable, keptTable]));
  const read = (files: readonly string[]) => readPairFiles(files, { ...kept, ...clean });
  const train = read(paths);
  const { valFile } = flags as OwnOptions;
  if (valFile === undefined) return { ...train, validation: undefined };
  const { pairs, problems } = read([valFile]);
  return { ...train, problems: [...train.problems, ...problems], validation: pairs };
}

/** Data for a model that exists already. @throws Failure */
function readable(model: Seq2Seq, { paths, flags }: Task, data: PairData): PairData {
  const { unknown = "error", valFile } = flags;
  const { pairs, validation } = data;
  return {
    ...data,
    pairs: knownPairs(model, pairs, unknown, named(paths)),
    validation: validation && knownPairs(model, validation, unknown, named([String(valFile)])),
  };
}

/** λ weighs two losses; without labels there is one. @throws UsageError */
function checkLabels(pairs: readonly Pair[], explicit: ReadonlySet<string>): void {
  const labelled = pairs.some(({ label }) => label !== undefined);
  if (explicit.has("labelColumn") && !labelled) {
    throw new UsageError("--label-column: no line has a label there");
  }
  if (explicit.has("lambda") && !labelled) {
    throw new UsageError(
      "--lambda weighs the decoder's loss against the labels': give --label-column",
    );
  }
}
