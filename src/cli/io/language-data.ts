// What a language model is given from files: a text, documents, or documents with labels.

import { InvalidInputError, type LanguageModel } from "../../entries/node.js";
import { type Corpus, textsIn } from "../../models/language/corpora.js";
import { LabelEncoder, labelsIn } from "../../models/language/labels.js";
import { Failure } from "../errors.js";
import { arrangements, checkCharacters, type DocumentMode, readTexts } from "./files.js";
import type { Unknown } from "./new-characters.js";
import {
  holdRecords,
  labelFieldsOf,
  type RecordDocument,
  type RecordFlags,
  readRecords,
  TEXT_FIELDS,
} from "./records.js";
import { textsOf } from "./texts.js";

/** How files are read. */
export interface Reading extends RecordFlags {
  /** Modes to try, where they are no records; the first is the one that is meant. */
  readonly modes: readonly DocumentMode[];
  /** Whether they are read as texts whatever they look like. */
  readonly plain: boolean;
  /** What becomes of characters that the model does not know: "skip" where others deal with them. */
  readonly unknown: Unknown;
}

/** Files for a language model. */
export interface LanguageData {
  /** All ways of reading them that a run may have been begun with, the present one first. */
  readonly ways: Iterable<Corpus>;
  /** Pieces of the files, or the texts of their documents. */
  readonly texts: readonly string[];
}

/**
 * @param model the one that will read them, where there is one: its labels are read, and what it does not know is
 *   refused with file and line
 * @throws Failure, UsageError, InvalidInputError; those of `ways` when they are asked for
 */
export function readLanguageData(
  paths: readonly string[],
  reading: Reading,
  model?: LanguageModel,
): LanguageData {
  const { modes, plain, labelFields, textField, unknown } = reading;
  if (!plain && holdRecords(paths, reading, model?.labels.length)) {
    const own = model?.labels.map(({ name }) => name) ?? [];
    const labels = labelFields === undefined ? own : [...labelFieldsOf(labelFields).keys()];
    const text = textField === undefined ? TEXT_FIELDS : [textField];
    const records = readRecords(paths, { text, labels }, labelFields !== undefined);
    if (model) checkRecords(model, records, unknown);
    const documents = records.map(({ document }) => document);
    return { ways: [documents], texts: textsOf(documents) };
  }
  const files = readTexts(paths);
  function* ways(): Generator<Corpus> {
    for (const mode of modes) {
      if (model && unknown === "error") checkCharacters(model, files, mode);
      yield* arrangements(files, mode);
    }
  }
  return { ways: { [Symbol.iterator]: ways }, texts: files.flatMap(({ pieces }) => pieces) };
}

/** The first way of reading files. */
export function firstOf({ ways }: LanguageData): Corpus {
  const [first] = ways;
  return first;
}

/** @throws Failure for a record that the model cannot read, be it for its labels */
function checkRecords(
  { labels, tokenizer }: LanguageModel,
  records: readonly RecordDocument[],
  unknown: Unknown,
): void {
  // Other tokenizers know every character.
  const reads = unknown === "error" && tokenizer.kind === "char";
  const encoder = labels.length > 0 ? new LabelEncoder(labels, tokenizer) : undefined;
  for (const { path, line, document } of records) {
    try {
      if (reads) for (const text of textsIn("the line", document)) tokenizer.encode(text);
      encoder?.encode("labels", labelsIn(document), unknown);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      throw new Failure(`${path}:${line}: ${error.message}`, { cause: error });
    }
  }
}
