// What `evaluate` measures of a language model: how well it predicts texts or documents.

import type { LanguageModel } from "../../entries/node.js";
import type { Corpus } from "../../models/language/corpora.js";
import { UsageError } from "../errors.js";
import type { DocumentMode } from "../io/files.js";
import { firstOf, readLanguageData } from "../io/language-data.js";
import { newCharacters } from "../io/new-characters.js";
import type { Flags, Measures } from "../kinds/model.js";
import { given } from "../options/options.js";
import { whole } from "../show/format.js";

/** @throws UsageError, Failure, InvalidInputError */
export function measureLanguage(
  path: string,
  model: LanguageModel,
  paths: readonly string[],
  flags: Flags,
): Measures {
  const data = readCorpus(path, model, paths, flags);
  const resetEvery = flags.resetEvery as number | undefined;
  const score = model.score(data, given({ unknown: "skip", resetEvery } as const));
  const { nats, bitsPerChar, perplexity, tokens, unknown } = score;
  return {
    json: score,
    rows: [
      ["nats per token", nats.toFixed(4)],
      ["bits per character", bitsPerChar.toFixed(4)],
      ["perplexity", perplexity.toFixed(4)],
      ["tokens", whole(tokens)],
      ...(unknown === undefined ? [] : [["new characters", newCharacters(data, unknown)] as const]),
    ],
  };
}

/** A text or documents, as the model learns them. @throws UsageError, Failure, InvalidInputError */
export function readCorpus(
  path: string,
  model: LanguageModel,
  paths: readonly string[],
  flags: Flags,
): Corpus {
  const mode = documentMode(path, model, flags);
  const textField = flags.textField as string | undefined;
  const plain = flags.documents !== undefined || !model.config.documents;
  if (plain && textField !== undefined) {
    throw new UsageError("--text-field is for documents in records, without --documents");
  }
  const reading = { modes: [mode], plain, textField, unknown: "skip" } as const;
  return firstOf(readLanguageData(paths, reading, model));
}

/** @throws UsageError where the option contradicts what the model learns */
function documentMode(path: string, model: LanguageModel, flags: Flags): DocumentMode {
  const { documents } = model.config;
  const mode = (flags.documents as DocumentMode | undefined) ?? (documents ? "lines" : "none");
  if (documents && mode === "none") {
    throw new UsageError(
      `${path} is a model of documents: use --documents lines (a document a line, which is its ` +
        "default) or --documents files",
    );
  }
  if (!documents && mode !== "none") {
    throw new UsageError(
      `${path} is a model of one text, not of documents: leave --documents ${mode} out, or train ` +
        "one with it",
    );
  }
  if (documents && flags.resetEvery !== undefined) {
    throw new UsageError(
      `--reset-every is for texts; ${path} is a model of documents, each from its start`,
    );
  }
  return mode;
}
