// The language model's side of `train`: texts, and documents.

import {
  createTokenizer,
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
} from "../../entries/index.js";
import { load } from "../../entries/node.js";
import { contradiction, UsageError } from "../errors.js";
import {
  arrange,
  checkCharacters,
  type DocumentMode,
  named,
  readTexts,
  type TextFile,
} from "../io/files.js";
import { pick } from "../options/options.js";
import type { Task } from "../options/task.js";
import { sharedFitNames } from "../options/train-options.js";
import type { Job, RunOptions } from "../run/job.js";
import { percent, plural, size, whole } from "../show/format.js";
import type { Kind, Trained } from "./kind.js";

/** What `LanguageModel.create` takes. */
const createNames = ["tokenizer", "vocab", "embed", "hidden", "layers", "dropout", "seed"];

export const languageKind: Kind = {
  name: "lstm",
  own: ["documents", "seqLen", "batching"],
  fitNames: [...sharedFitNames, "seqLen", "batching", "maxLength"],
  async create({ paths, flags, explicit }, options) {
    checkTogether({ ...options, documents: flags.documents !== "none" }, explicit);
    const files = readTexts(paths);
    const corpus = arrange(files, flags.documents);
    const own: LanguageModelOptions = pick(flags, createNames);
    return jobOf(LanguageModel.create(await load(), { ...own, corpus }), files, corpus, options);
  },
};

/** @throws Failure, InvalidInputError */
export function openLanguage(path: string, model: LanguageModel, task: Task): Trained {
  const { flags, explicit } = task;
  const files = readTexts(task.paths);
  const { config, tokenizer } = model;
  const { embed, hidden, layers, dropout, seed } = config;
  return {
    kind: languageKind,
    fixed: { embed, hidden, layers, dropout, seed, tokenizer: tokenizer.kind },
    ofRun: model.run?.dataOptions ?? {},
    check(options) {
      if (explicit.has("documents") && (flags.documents !== "none") !== config.documents) {
        const value = config.documents ? "lines or files" : "none";
        throw contradiction(path, "documents", flags.documents, value);
      }
      if (explicit.has("vocab")) checkVocab(path, model, files, flags.vocab);
      checkTogether({ ...options, documents: config.documents }, explicit);
    },
    *jobs(options) {
      for (const mode of modes(model, task)) {
        checkCharacters(model, files, mode);
        yield jobOf(model, files, arrange(files, mode), options);
      }
    },
  };
}

function modes({ config }: LanguageModel, { flags, explicit }: Task): readonly DocumentMode[] {
  if (explicit.has("documents")) return [flags.documents];
  return config.documents ? ["lines", "files"] : ["none"];
}

/** Refuses options that would be without effect. @throws UsageError */
function checkTogether(
  o: RunOptions & { readonly documents: boolean },
  explicit: ReadonlySet<string>,
): void {
  const rules: readonly [string, boolean, string][] = [
    ["seqLen", o.documents, "--seq-len is for texts; documents are taken whole (see --max-length)"],
    ["batching", o.documents, "--batching is for texts; documents have an order of their own"],
    ["maxLength", !o.documents, "--max-length is for documents (see --documents)"],
  ];
  for (const [name, broken, message] of rules) {
    if (broken && explicit.has(name)) throw new UsageError(message);
  }
}

/** @throws UsageError where these files give a vocabulary of another size than the model's */
function checkVocab(
  path: string,
  { config, tokenizer }: LanguageModel,
  files: readonly TextFile[],
  vocab: number | undefined,
): void {
  const specials = config.documents ? ["<start>", "<end>"] : [];
  const texts = files.map(({ text }) => text);
  const same = createTokenizer(tokenizer.kind, texts, { vocab, specials });
  if (same.size === tokenizer.size) return;
  throw contradiction(path, "vocab", vocab, tokenizer.size - specials.length);
}

function jobOf(
  model: LanguageModel,
  files: readonly TextFile[],
  data: string | readonly string[],
  options: RunOptions,
): Job {
  const fitOptions: LanguageFitOptions = options;
  return {
    model,
    options,
    fit: (signal) => model.fit(data, { ...fitOptions, ...(signal ? { signal } : {}) }),
    look() {
      const { config, tokenizer, parameters } = model;
      const { documents, characters, tokens, bitsPerNat } = measure(model, data);
      const of = documents > 0 ? `${plural(documents, "document")}, ` : "";
      const { batch = 32, seqLen = 64 } = fitOptions;
      return {
        data:
          `${named(files.map(({ path }) => path))}: ${of}${plural(characters, "character")}, ` +
          `${plural(tokens, "token")} (${tokenizer.kind}, vocabulary of ${whole(tokenizer.size)})`,
        model:
          `lstm, embed ${config.embed}, hidden ${config.hidden}, ${plural(config.layers, "layer")}: ` +
          `${plural(parameters, "parameter")}, ${size(4 * parameters)}`,
        batch: `${batch} × ${documents > 0 ? "documents" : `${seqLen} tokens`}`,
        check: percent(fitOptions.val, (part) => `the last ${part}`),
        bitsPerNat,
        sample: () => model.generate({ tokens: 80, temperature: 0.8, seed: 1 }).text,
        again: [],
        use: (path) => ["generate", path, "--temperature", "0.8"],
      };
    },
  };
}

/** How much data there is, as the model sees it. */
export interface Sizes {
  readonly characters: number;
  readonly tokens: number;
  /** 0 for one text. */
  readonly documents: number;
  /** Bits a character for one nat a token; a document's end counts as one of each. */
  readonly bitsPerNat: number;
}

export function measure(model: LanguageModel, data: string | readonly string[]): Sizes {
  const texts = typeof data === "string" ? [data] : data;
  const documents = typeof data === "string" ? 0 : data.length;
  let characters = 0;
  let tokens = 0;
  for (const text of texts) {
    for (const _ of text) characters++;
    tokens += model.tokenizer.encode(text).length;
  }
  const ratio = (tokens + documents) / Math.max(1, characters + documents);
  return { characters, tokens, documents, bitsPerNat: ratio / Math.LN2 };
}
