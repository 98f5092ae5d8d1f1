// What `evaluate` measures of a language model: how well it predicts texts or documents.

import type { LanguageModel } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import { arrange, type DocumentMode, readTexts } from "../io/files.js";
import { newCharacters } from "../io/new-characters.js";
import { namesRecords } from "../io/records.js";
import type { Flags, Measures } from "../kinds/model.js";
import { whole } from "../show/format.js";

/** @throws UsageError, Failure, InvalidInputError */
export function measureTexts(
  path: string,
  model: LanguageModel,
  paths: readonly string[],
  flags: Flags,
): Measures {
  const labels = (model.config.labels ?? []).map(({ name }) => name);
  const records = labels.length > 0 || paths.every(namesRecords);
  const mode = documentMode(path, model, flags, records ? "records" : "lines");
  const files = readTexts(paths);
  const resetEvery = flags.resetEvery as number | undefined;
  const data = arrange(files, mode, { labels, text: flags.textField as string | undefined });
  const score = model.score(data, {
    unknown: "skip",
    ...(resetEvery === undefined ? {} : { resetEvery }),
  });
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

/** @throws UsageError where the option contradicts what the model learns */
function documentMode(
  path: string,
  model: LanguageModel,
  flags: Flags,
  usual: "records" | "lines",
): DocumentMode {
  const { documents } = model.config;
  const mode = (flags.documents as DocumentMode | undefined) ?? (documents ? usual : "none");
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
