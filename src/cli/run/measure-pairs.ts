// What `evaluate` measures of an encoder-decoder: its probabilities, and its answers.

import {
  type BleuOptions,
  bleu,
  chrF,
  exactMatch,
  InvalidInputError,
  type Pair,
  type PairScore,
  type Seq2Seq,
} from "../../entries/node.js";
import { Failure } from "../errors.js";
import { readPairFiles, warnings } from "../io/pair-files.js";
import type { Flags, Measures, Rows } from "../kinds/model.js";
import { decoding } from "../options/answer-options.js";
import { generationTable } from "../options/generate-options.js";
import { count, type OptionRow, pick } from "../options/options.js";
import { columnTable } from "../options/pair-options.js";
import { namesIn, rowsOf } from "../options/tables.js";
import { fraction, plural, whole } from "../show/format.js";
import { warn } from "../show/terminal.js";

type Words = NonNullable<BleuOptions["tokenize"]>;

/** The options as commander gives them, besides the columns. */
interface PairFlags {
  readonly bleu: Words | "auto";
  readonly beam?: number;
  readonly tokens?: number;
}

export const pairEvaluationRows: readonly OptionRow[] = [
  ...rowsOf(columnTable),
  [
    "--bleu <words>",
    "how BLEU cuts texts into words; auto: zh where targets are Chinese, else 13a",
    "auto",
    ["auto", "13a", "zh", "char", "none"],
  ],
  ["--beam <n>", "answer by beam search (default: the likeliest tokens)", undefined, count],
  ...rowsOf(generationTable, ["maxTokens"]),
];

/** All that is measured. */
interface PairMeasures extends PairScore {
  readonly pairs: number;
  /** Pairs with a label. */
  readonly labelled: number;
  readonly bleu: number;
  /** sacreBLEU's name for how BLEU was computed. */
  readonly bleuSignature: string;
  readonly chrF: number;
  readonly exactMatch: number;
}

/** @throws Failure, InvalidInputError */
export function measurePairs(
  _: string,
  model: Seq2Seq,
  paths: readonly string[],
  flags: Flags,
): Measures {
  const columns = pick(flags, namesIn(columnTable));
  const files = readPairFiles(paths, { ...columns, ...model.config.clean });
  const damaged = warnings(files);
  if (damaged !== undefined) warn(damaged);
  const found = measure(model, readable(model, paths, files.pairs), flags as unknown as PairFlags);
  return { json: found, rows: rowsOfMeasures(found) };
}

/** The pairs without characters that the model never saw; how many others there are is said. */
function readable(
  { tokenizers }: Seq2Seq,
  paths: readonly string[],
  pairs: readonly Pair[],
): readonly Pair[] {
  let first: string | undefined;
  const read = pairs.filter(({ source, target }) => {
    try {
      tokenizers.source.encode(source);
      tokenizers.target.encode(target);
      return true;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      first ??= `${JSON.stringify(source)}: ${error.message}`;
      return false;
    }
  });
  if (read.length === 0) {
    throw new Failure(`${paths.join(", ")}: the model can read no pair. ${first}`);
  }
  const left = pairs.length - read.length;
  if (left > 0) {
    const what = `${plural(left, "pair")} with characters that the model never saw left out`;
    warn(`${what}, the first is ${first}`);
  }
  return read;
}

function measure(model: Seq2Seq, pairs: readonly Pair[], flags: PairFlags): PairMeasures {
  const score = model.score(pairs);
  const references = pairs.map(({ target }) => target);
  const options = decoding(pick(flags, ["maxTokens", "beam"]));
  // A source that stands in several pairs is answered once.
  const answers = new Map<string, string>();
  const hypotheses = pairs.map(({ source }) => {
    const answer = answers.get(source) ?? model.generate({ source, ...options }).text;
    answers.set(source, answer);
    return answer;
  });
  const tokenize = flags.bleu === "auto" ? wordsOf(references) : flags.bleu;
  const { score: bleuScore, signature } = bleu(hypotheses, references, { tokenize });
  return {
    pairs: pairs.length,
    labelled: pairs.filter(({ label }) => label !== undefined).length,
    ...score,
    bleu: bleuScore,
    bleuSignature: signature,
    chrF: chrF(hypotheses, references).score,
    exactMatch: exactMatch(hypotheses, references),
  };
}

/** Chinese characters are words of their own where most letters are such. */
function wordsOf(texts: readonly string[]): Words {
  let letters = 0;
  let chinese = 0;
  for (const text of texts) {
    letters += text.match(/\p{L}/gu)?.length ?? 0;
    chinese += text.match(/\p{Script=Han}/gu)?.length ?? 0;
  }
  return 2 * chinese > letters ? "zh" : "13a";
}

function rowsOfMeasures(found: PairMeasures): Rows {
  return [
    ["pairs", plural(found.pairs, "pair")],
    ["nats per token", found.nats.toFixed(4)],
    ["perplexity", found.perplexity.toFixed(4)],
    ["tokens", whole(found.tokens)],
    ["token accuracy", fraction(found.accuracy, found.tokens)],
    ["exact match", fraction(found.exactMatch, found.pairs)],
    ["BLEU", `${found.bleu.toFixed(2)}  (${found.bleuSignature})`],
    ["chrF", found.chrF.toFixed(2)],
    ...(found.labelAccuracy === undefined
      ? []
      : [["label accuracy", fraction(found.labelAccuracy, found.labelled)] as const]),
  ];
}
