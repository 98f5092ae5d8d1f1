// simdream evaluate

import type { Command } from "commander";
import { LanguageModel, type Score } from "../../entries/index.js";
import { flag, UsageError } from "../errors.js";
import {
  arrange,
  checkCharacters,
  type DocumentMode,
  documentModes,
  readTexts,
} from "../io/files.js";
import { readModel } from "../io/models.js";
import { addOptions, command, examples, explicitOptions, number } from "../options/options.js";
import { whole } from "../show/format.js";
import { printJson } from "../show/terminal.js";
import { evaluatePairs, type PairFlags, pairEvaluationRows, pairNames } from "./evaluate-pairs.js";

interface EvaluateFlags extends PairFlags {
  readonly resetEvery?: number;
  readonly documents?: DocumentMode;
  readonly json?: boolean;
}

const textNames = ["resetEvery", "documents"];

export function evaluateCommand(): Command {
  const target = command(
    "evaluate",
    "Measures how well a model predicts text, or answers sources.",
  );
  target.argument("<model>", "a file that train wrote");
  target.argument("<files...>", "text in UTF-8, or a pair a line between tabs; several are joined");
  addOptions(target, "Text", [
    ["--reset-every <n>", "forget everything read every n tokens (one text)", undefined, number],
    [
      "--documents <mode>",
      "a document a line or a file (default: lines, for a model of documents)",
      undefined,
      documentModes,
    ],
  ]);
  addOptions(target, "Pairs", pairEvaluationRows);
  addOptions(target, "Output", [["--json", "print one JSON object"]]);
  examples(target, [
    "simdream evaluate book.safetensors another-book.txt",
    "simdream evaluate names.safetensors more-names.txt --documents lines --json",
    "simdream evaluate pairs.safetensors more-pairs.tsv --beam 5",
  ]);
  return target.action((path: string, paths: string[], flags: EvaluateFlags) =>
    evaluate(path, paths, flags, explicitOptions(target)),
  );
}

async function evaluate(
  path: string,
  paths: string[],
  flags: EvaluateFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { model } = await readModel(path);
  const ofText = model instanceof LanguageModel;
  const foreign = (ofText ? pairNames : textNames).find((name) => explicit.has(name));
  if (foreign !== undefined) {
    const kind = ofText ? "models of pairs" : "language models";
    throw new UsageError(`${flag(foreign)} is for ${kind}, ${path} holds none`);
  }
  if (!ofText) return evaluatePairs(model, paths, flags);
  const mode = documentMode(path, model, flags);
  const files = readTexts(paths);
  const { resetEvery } = flags;
  const options = resetEvery === undefined ? {} : { resetEvery };
  checkCharacters(model, files, mode);
  const score = model.score(arrange(files, mode), options);
  if (flags.json) return printJson(score);
  process.stdout.write(summary(score));
}

function summary({ nats, bitsPerChar, perplexity, tokens }: Score): string {
  return [
    `nats per token      ${nats.toFixed(4)}`,
    `bits per character  ${bitsPerChar.toFixed(4)}`,
    `perplexity          ${perplexity.toFixed(4)}`,
    `tokens              ${whole(tokens)}`,
    "",
  ].join("\n");
}

/** @throws UsageError where the option contradicts what the model learns */
function documentMode(path: string, model: LanguageModel, flags: EvaluateFlags): DocumentMode {
  const { documents } = model.config;
  const mode = flags.documents ?? (documents ? "lines" : "none");
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
