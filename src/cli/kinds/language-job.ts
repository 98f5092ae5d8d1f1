// A language model's run: what is said of it, and what is shown while it learns.

import { isConversation, messagesOf } from "../../data/conversations.js";
import type { ChatMessage, LanguageFitOptions, LanguageModel } from "../../entries/node.js";
import type { Corpus } from "../../models/language/corpora.js";
import { named } from "../io/files.js";
import { holdRecords, type RecordFlags } from "../io/records.js";
import { textsOf } from "../io/texts.js";
import { readWeights, weightsAgain } from "../io/weights.js";
import { typedAgain } from "../options/options.js";
import type { Task } from "../options/task.js";
import { type Amount, fewWords } from "../run/few-data.js";
import { call, checkedOn, type Job, type RunOptions, runOf } from "../run/job.js";
import { plural, size, whole } from "../show/format.js";
import { networkWords } from "../show/model-rows.js";

/** How much there is to learn from. */
export function amountOf(data: Corpus): Amount {
  const { length: count } = data;
  if (typeof data === "string") return { of: "character", count, different: count };
  return { of: "document", count, different: new Set(textsOf(data)).size };
}

/** A job of a language model on a corpus. */
export function languageJob(
  model: LanguageModel,
  task: Task,
  data: Corpus,
  options: RunOptions,
): Job {
  const { paths, flags } = task;
  const fitOptions: LanguageFitOptions = { ...options, ...readWeights(flags) };
  return {
    model,
    options,
    data,
    fit: (signal, resume) => model.fit(data, { ...fitOptions, ...call(signal, resume) }),
    look() {
      const { config, tokenizer, parameterCount } = model;
      const { documents, characters, tokens, bitsPerNat } = sizesOf(model, data);
      const talks = typeof data !== "string" && (data as readonly unknown[]).every(isConversation);
      const of = documents > 0 ? `${plural(documents, talks ? "conversation" : "document")}, ` : "";
      const { batch, seqLen } = runOf(model)!.dataOptions;
      const shortened =
        fitOptions.seqLen && fitOptions.seqLen > Number(seqLen) ? " (the text has no more)" : "";
      return {
        data:
          `${named(paths)}: ${of}${plural(characters, "character")}, ` +
          `${plural(tokens, "token")} (${tokenizer.kind}, vocabulary of ${whole(tokenizer.size)})`,
        model:
          `${networkWords(config)}: ` +
          `${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`,
        batch: documents > 0 ? `${batch} documents` : `${batch} × ${seqLen} tokens${shortened}`,
        note: fewWords(amountOf(data)),
        pass: passOf(model, documents || tokens, fitOptions),
        check: checkedOn(fitOptions.val, runOf(model), (percent) =>
          documents > 0 ? `${percent} of the documents` : `the last ${percent}`,
        ),
        bitsPerNat,
        preview: previews(model, data),
        again: [...typedAgain(flags, ["labelFields", "textField"]), ...weightsAgain(flags)],
        use: (path) =>
          question(data)
            ? ["chat", path]
            : ["generate", path, "--temperature", "0.8", ...several(model, task, data)],
      };
    },
  };
}

/** Samples that a reader of a list wants after it: some, and where the files' lines are the list, none of these. */
function several({ labels }: LanguageModel, { paths, flags }: Task, data: Corpus): string[] {
  const listed = typeof data !== "string" && textsOf(data).every((text) => !/[\r\n]/.test(text));
  if (!listed) return [];
  const some = ["--samples", "20"];
  if (holdRecords(paths, flags as RecordFlags, labels.length)) return some;
  return [...some, ...paths.flatMap((path) => ["--fresh", path])];
}

/** @param size documents, or tokens of a text */
function passOf(model: LanguageModel, size: number, { val = 0 }: LanguageFitOptions): number {
  const run = runOf(model);
  const { batch, seqLen = 1 } = run!.dataOptions;
  const batches = ((1 - val) * size) / (Number(batch) * Number(seqLen));
  return (seqLen === 1 ? Math.ceil(batches) : batches) / run!.options.accumulate;
}

/** Documents that are shown at a time, and how long they may be to share a line. */
const SHOWN = 5;
const SHORT = 24;

/** Some texts of the model's, others at every call: several documents, or the beginning of a text. */
function previews(model: LanguageModel, data: Corpus): () => readonly string[] {
  const messages = question(data);
  let seed = 1;
  return () => {
    const count = model.config.documents ? SHOWN : 1;
    const { samples } = model.generate({
      ...{ maxTokens: 80, temperature: 0.8, seed, samples: count },
      ...(messages ? { messages } : {}),
    });
    seed += count;
    const texts = samples.map(({ text }) => text);
    const short = texts.every((text) => text.length <= SHORT && !text.includes("\n"));
    return short ? [texts.join(" · ")] : texts;
  };
}

/** What is said before the assistant's first message in the first conversation: a model of these begins nothing itself. */
function question(data: Corpus): readonly ChatMessage[] | undefined {
  const first =
    typeof data === "string" ? undefined : (data as readonly unknown[]).find(isConversation);
  if (!first) return undefined;
  const messages = messagesOf("a conversation", first);
  const before = messages.slice(0, messages.map(({ role }) => role).indexOf("assistant"));
  return before.length > 0 ? before : undefined;
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

/** @param data the corpus that the model has a vocabulary of */
export function sizesOf(model: LanguageModel, data: Corpus): Sizes {
  const texts = textsOf(data);
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
