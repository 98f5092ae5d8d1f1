// What `evaluate` measures of an encoder-decoder: its probabilities, and its answers.

import {
  type BleuOptions,
  bleu,
  chrF,
  exactMatch,
  type Pair,
  type PairScore,
  type Seq2Seq,
} from "../../entries/node.js";
import { newCharacters } from "../io/new-characters.js";
import { readPairFiles, warnings } from "../io/pair-files.js";
import type { Flags, Measures, Rows } from "../kinds/model.js";
import { type Decoding, decoding } from "../options/answer-options.js";
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

export const seq2seqEvaluationRows: readonly OptionRow[] = [
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

/** Pairs, as the model reads them; damaged lines are told. @throws Failure, InvalidInputError */
export function readSamePairs(
  _: string,
  model: Seq2Seq,
  paths: readonly string[],
  flags: Flags,
): readonly Pair[] {
  const columns = pick(flags, namesIn(columnTable));
  const files = readPairFiles(paths, { ...columns, ...model.config.clean });
  const damaged = warnings(files);
  if (damaged !== undefined) warn(damaged);
  return files.pairs;
}

/** @throws Failure, InvalidInputError */
export function measureSeq2Seq(
  path: string,
  model: Seq2Seq,
  paths: readonly string[],
  flags: Flags,
): Measures {
  const pairs = readSamePairs(path, model, paths, flags);
  const found = measure(model, pairs, flags as unknown as PairFlags);
  return { json: found, rows: rowsOfMeasures(found, pairs) };
}

function measure(model: Seq2Seq, pairs: readonly Pair[], flags: PairFlags): PairMeasures {
  const unknown = "skip";
  const score = model.score(pairs, { unknown });
  const references = pairs.map(({ target }) => target);
  const options = { ...decoding(pick(flags, ["maxTokens", "beam"])), unknown } as const;
  // A source that stands in several pairs is answered once.
  const answers = new Map<string, string>();
  const hypotheses = pairs.map(({ source }) => {
    const answer = answers.get(source) ?? answerTo(model, source, options);
    answers.set(source, answer);
    return answer;
  });
  const tokenize = flags.bleu === "auto" ? wordsOf(references) : flags.bleu;
  const { score: bleuScore, signature } = bleu(hypotheses, references, { tokenize });
  return {
    pairs: pairs.length,
    labelled: pairs.filter(({ label, source }) => label !== undefined && reads(model, source))
      .length,
    ...score,
    bleu: bleuScore,
    bleuSignature: signature,
    chrF: chrF(hypotheses, references).score,
    exactMatch: exactMatch(hypotheses, references),
  };
}

/** There is no answer to a source of which the model knows no character: it counts as wrong. */
function answerTo(model: Seq2Seq, source: string, options: Decoding): string {
  return reads(model, source) ? model.generate({ source, ...options }).text : "";
}

function reads({ tokenizers }: Seq2Seq, source: string): boolean {
  return tokenizers.source.encode(source, () => {}).length > 0;
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

function rowsOfMeasures(found: PairMeasures, pairs: readonly Pair[]): Rows {
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
    ...(found.unknown === undefined ? [] : [["new characters", newOnes(found, pairs)] as const]),
  ];
}

function newOnes({ unknown = 0, unread = 0 }: PairMeasures, pairs: readonly Pair[]): string {
  const what = newCharacters(
    pairs.flatMap(({ source, target }) => [source, target]),
    unknown,
  );
  if (unread === 0) return what;
  return `${what}; ${plural(unread, "source")} ${unread === 1 ? "has" : "have"} no others`;
}
