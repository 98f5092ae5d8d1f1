// The language model: texts, and documents.

import {
  type CleanOptions,
  createTokenizer,
  type LabelField,
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
  type Tokenizer,
} from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import { suitedToPasses } from "../../models/base/suited.js";
import { specialsOf } from "../../models/language/config.js";
import { type Corpus, corpusSize, hasConversations } from "../../models/language/corpora.js";
import { languageDataRules } from "../../models/language/data.js";
import { suitedRun } from "../../models/language/defaults.js";
import { labelTexts, labelTokens } from "../../models/language/labels.js";
import { knowsConversations, roles } from "../../text/markers.js";
import { contradiction, UsageError } from "../errors.js";
import { type DocumentMode, documentModes, named } from "../io/files.js";
import { firstOf, type Reading, readLanguageData } from "../io/language-data.js";
import { knownTexts, type Unknown } from "../io/new-characters.js";
import { labelFieldsOf, type RecordFlags, TEXT_FIELDS } from "../io/records.js";
import { textsOf } from "../io/texts.js";
import { number, pick } from "../options/options.js";
import { textCleaning, textCleanTable } from "../options/pair-options.js";
import { createTable, namesOf, type OptionTable, table } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { learnBytePairs } from "../run/byte-pairs.js";
import { validatedOn } from "../run/few-data.js";
import type { RunOptions } from "../run/job.js";
import { measureLanguage, readCorpus } from "../run/measure-language.js";
import { labelRows, networkRows, sized, vocabulary } from "../show/model-rows.js";
import type { Kind, Trained } from "./kind.js";
import { amountOf, languageJob } from "./language-job.js";
import type { Rows } from "./model.js";

/** Options that only the command line has. */
interface OwnOptions extends RecordFlags {
  readonly documents?: DocumentMode;
}

const ownRules: Rules<OwnOptions, keyof OwnOptions> = {
  documents: { type: "choice", of: documentModes, own: true },
  labelFields: { type: "text", own: true },
  textField: { type: "text", own: true },
};

const textFieldHelp = `field that the text is in (default: ${TEXT_FIELDS.join(", or ")})`;

const made = await LanguageModel.rules();

const options: readonly OptionTable[] = [
  createTable<LanguageModelOptions>("LanguageModel.create", made, {
    runtime: "what `load()` gives (default: the package's own kernels)",
    corpus: "a text, or a list of documents, that the vocabulary is made of",
    labels: "which labels are categories and which are texts (default: by the corpus)",
    tokenizer: "what a token is",
    vocab: "tokens of a bpe vocabulary",
    clean: "form that all texts are brought into, prompts too, as by cleanText",
    seed: "seed of everything random in training",
    network: "what the model is made of",
    embed: "size of the embedding",
    hidden: "units of a layer; a Transformer's width",
    layers: "layers, 1 of an LSTM or a GRU; a Transformer's blocks",
    dropout: "<p> dropout of the embedding, between layers, and before the output",
    style: "whether blocks are like those of Llama or of GPT-2",
    heads:
      "heads of attention; they must divide --hidden (default: of 32 numbers each, or 16, where that divides it; else 1)",
    kvHeads: "heads of keys and values, each for some of --heads; llama only (default: as --heads)",
    inner: "width inside the feed-forward (default: 8/3 of --hidden; gpt2: 4 times)",
    context: "the most tokens that the model sees at once",
    window: "how many of the newest tokens each token sees; 0: all",
    tied: "the embedding is also the weight of the output",
    bias: "biases in products and norms; gpt2 only",
    theta: "base of the rotary angles; llama only",
    headSize: "numbers of a head; llama only (default: --hidden / --heads)",
    qkvBias: "biases of queries, keys and values; llama only",
    qkNorm: "norms of each head's query and key; llama only",
    normEps: "what norms add to the variance, so that they never divide by 0",
    ropeScaling: "how rotary frequencies are changed for a longer context; llama only",
  }),
  table("Data", undefined, ownRules, {
    documents: "<mode> a document a line or a file, or one text (default: as the files look)",
    labelFields:
      "<names> fields of JSON lines, or columns of a table with tabs, that are labels: title,author; " +
      "the data decide whether one is a text or a category, or you do: title:text,author:category",
    textField: `<name> ${textFieldHelp}`,
  }),
  textCleanTable,
  table("Data", "fit", languageDataRules, {
    batch: "rows of a batch",
    seqLen: "tokens of a row (one text)",
    batching:
      "<how> rows are random windows of the text, or read it from front to back (streams) (one text)",
    maxLength: "documents are cut after n tokens",
    val: "<fraction> fraction of the data that is kept for validation; 0: none",
    labelDropout:
      "<fraction> fraction of documents that are read without labels, and as many with only some of theirs",
  }),
];

/** The language model. */
export const languageKind: Kind<LanguageModel> = {
  name: "language",
  aliases: ["lstm"],
  title: "a language model",
  summary: "a model of text",
  model: "LanguageModel",
  commands: ["generate"],
  options,
  evaluation: {
    group: "Text",
    rows: [
      ["--reset-every <n>", "forget everything read every n tokens (one text)", undefined, number],
      [
        "--documents <mode>",
        "a document a line or a file (default: lines, for a model of documents)",
        undefined,
        documentModes,
      ],
      ["--text-field <name>", `of JSON lines: ${textFieldHelp}`],
    ],
  },
  load: (bytes) => LanguageModel.load(bytes),
  async create(task, asked) {
    const { paths, flags, explicit } = task;
    const { documents: mode = "none", labelFields } = flags as OwnOptions;
    const data = readLanguageData(paths, readingOf(task, [mode], "error"));
    const corpus = firstOf(data);
    const kinds = [...labelFieldsOf(labelFields)].flatMap(([name, kind]) =>
      kind ? [[name, kind]] : [],
    );
    const labels = kinds.length > 0 ? Object.fromEntries(kinds) : undefined;
    const labelled = labelFields !== undefined;
    checkTogether({ ...asked, documents: typeof corpus !== "string", labelled }, explicit);
    const run = validatedOn(asked, amountOf(corpus), task);
    const given: LanguageModelOptions = pick(flags, namesOf(options, "LanguageModel.create"));
    const own = { ...networkFor(corpus, given, run), ...given, labels };
    const tokens = await vocabularyOf({ ...own, clean: textCleaning(flags) }, corpus, flags);
    const model = await LanguageModel.create({ ...own, ...tokens, corpus });
    return languageJob(model, task, corpus, run);
  },
  open: openLanguage,
  inspect: ({ config, tokenizer, labels }) => {
    const talks = config.documents && knowsConversations(tokenizer);
    return {
      model: `language, ${config.network}, ${config.documents ? "of documents" : "of one text"}`,
      traits: [...networkRows(config), ...form(tokenizer.toJSON().clean)],
      assets: [
        ["tokenizer", vocabulary(tokenizer)],
        ...labelRows(labels),
        ...(talks ? [["talks", waysToTalk(tokenizer)] as const] : []),
      ],
      unit: "nats a token",
      json: {
        tokenizer: sized(tokenizer),
        ...(labels.length > 0 ? { labels } : {}),
        conversations: talks,
      },
    };
  },
  read: readCorpus,
  evaluate: measureLanguage,
};

/** How a task's files are read. */
function readingOf({ flags, explicit }: Task, modes: Reading["modes"], unknown: Unknown): Reading {
  const { labelFields, textField } = flags as OwnOptions;
  const plain = explicit.has("documents");
  if (plain && (labelFields ?? textField) !== undefined) {
    throw new UsageError(
      "--documents is for files of texts; give it, or --label-fields and --text-field",
    );
  }
  return { modes, plain, unknown, labelFields, textField };
}

/** What of the network depends on how often it will see the corpus, where nothing is said of it. */
function networkFor(
  corpus: Corpus,
  given: LanguageModelOptions,
  { steps, epochs, accumulate = 1, ...run }: LanguageFitOptions,
): Pick<LanguageModelOptions, "dropout"> {
  const { network = "lstm", hidden, dropout } = given;
  if (hidden !== undefined || dropout !== undefined) return {};
  const text = typeof corpus === "string";
  const [size] = corpusSize(corpus);
  const has = made.sizes[String(network)]?.includes("context");
  const context = has ? (given.context ?? 128) : undefined;
  const { batch, seqLen } = {
    ...suitedRun(size, { context }),
    ...pick(run, ["batch", "seqLen"]),
  } as ReturnType<typeof suitedRun>;
  const pass = text ? size / (batch * seqLen) : corpus.length / batch;
  return suitedToPasses(epochs ?? (steps && (steps * accumulate) / pass));
}

/** The tokenizer's options; byte pairs are learned here, where it can be shown how far that is. */
async function vocabularyOf(
  { tokenizer, vocab, clean, ...sizes }: LanguageModelOptions,
  corpus: Corpus,
  flags: Task["flags"],
): Promise<Pick<LanguageModelOptions, "tokenizer" | "vocab" | "clean">> {
  if (tokenizer !== "bpe") return { tokenizer, vocab, clean };
  // What is wrong with another option is known before a minute has gone by.
  const { labels } = await LanguageModel.create({ ...sizes, tokenizer: "byte", corpus });
  const texts =
    typeof corpus === "string" ? corpus : [...textsOf(corpus), ...labelTexts(corpus, labels)];
  const specials = specialsFor(typeof corpus !== "string", labels, hasConversations(corpus));
  const learned = await learnBytePairs("byte pairs", texts, { vocab, clean, specials }, flags);
  return { tokenizer: learned, vocab: undefined, clean: undefined };
}

/** Special tokens for a corpus, or of a model. */
function specialsFor(
  documents: boolean,
  labels: readonly LabelField[],
  conversations: boolean,
): string[] {
  return specialsOf(documents, labels.length > 0 ? labelTokens(labels) : [], conversations);
}

/** How a model reads conversations. */
function waysToTalk({ chatTemplate }: Tokenizer): string {
  const how = chatTemplate === undefined ? `of ${roles.join(", ")}` : "by its chat template";
  return `conversations ${how}`;
}

/** What is done to texts before they are read. */
function form(clean: CleanOptions | undefined): Rows {
  const done = Object.entries(clean ?? {}).filter(([, value]) => value && value !== "none");
  if (done.length === 0) return [];
  return [["clean", done.map(([name, value]) => `${name} ${value}`).join(", ")]];
}

function openLanguage(path: string, model: LanguageModel, task: Task): Trained {
  const { flags, explicit } = task;
  const { from, unknown = "error" } = flags;
  const reading = readingOf(task, modes(model, task), from === undefined ? "error" : "skip");
  const data = readLanguageData(task.paths, reading, model);
  const { config, tokenizer, labels } = model;
  const { documents: _, ...fixed } = config;
  const clean = { normalize: "none", lowercase: false, foldWidth: false };
  return {
    fixed: {
      ...{ ...fixed, tokenizer: tokenizer.kind },
      ...{ ...clean, ...tokenizer.toJSON().clean },
    },
    ofRun: pick(model.run?.dataOptions ?? {}, Object.keys(languageDataRules)),
    check(run) {
      if (explicit.has("documents") && (flags.documents !== "none") !== config.documents) {
        const value = config.documents ? "lines or files" : "none";
        throw contradiction(path, "documents", flags.documents, value);
      }
      if (explicit.has("vocab")) checkVocab(path, model, firstOf(data), flags.vocab as number);
      const labelled = labels.length > 0;
      checkTogether({ ...run, documents: config.documents, labelled }, explicit);
    },
    *jobs(run) {
      for (const way of data.ways) {
        const where = named(task.paths);
        const known = from === undefined ? way : knownTexts(tokenizer, way, unknown, where);
        const own = from === undefined ? run : validatedOn(run, amountOf(known), task);
        yield languageJob(model, task, known, own);
      }
    },
  };
}

function modes({ config }: LanguageModel, { flags, explicit }: Task): readonly DocumentMode[] {
  if (explicit.has("documents")) return [flags.documents as DocumentMode];
  return config.documents ? ["lines", "files"] : ["none"];
}

/** Refuses options that would be without effect. @throws UsageError */
function checkTogether(
  o: RunOptions & { readonly documents: boolean; readonly labelled: boolean },
  explicit: ReadonlySet<string>,
): void {
  const rules: readonly [string, boolean, string][] = [
    ["seqLen", o.documents, "--seq-len is for texts; documents are taken whole (see --max-length)"],
    ["batching", o.documents, "--batching is for texts; documents have an order of their own"],
    ["maxLength", !o.documents, "--max-length is for documents (see --documents)"],
    ["labelDropout", !o.labelled, "--label-dropout is for labels (see --label-fields)"],
  ];
  for (const [name, broken, message] of rules) {
    if (broken && explicit.has(name)) throw new UsageError(message);
  }
}

/** @throws UsageError where these files give a vocabulary of another size than the model's */
function checkVocab(
  path: string,
  { config, tokenizer, labels }: LanguageModel,
  corpus: Corpus,
  vocab: number,
): void {
  const specials = specialsFor(config.documents, labels, knowsConversations(tokenizer));
  const texts = [...textsOf(corpus), ...labelTexts(corpus, labels)];
  const { clean } = tokenizer.toJSON();
  const { kind } = tokenizer;
  if (
    kind !== "hugging-face" &&
    createTokenizer(kind, texts, { vocab, specials, clean }).size === tokenizer.size
  ) {
    return;
  }
  throw contradiction(path, "vocab", vocab, tokenizer.size - specials.length);
}
