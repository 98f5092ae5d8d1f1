// Pairs from tab-separated text, one a line: what a spreadsheet or a corpus on the web gives.

import { checkFlag, checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { type CleanOptions, cleaner, cleanKeys } from "../text/clean.js";
import { linesOf } from "../text/lines.js";
import { codePoint } from "../text/utf8.js";
import type { Pair } from "./pairs.js";

/** Where a line has its pair, how texts are cleaned, and which pairs are kept. */
export interface PairTextOptions extends CleanOptions {
  /** Column of the source, from 0. Default 0. */
  readonly sourceColumn?: number;
  /** Column of the target; the source's own for reconstruction. Default 1. */
  readonly targetColumn?: number;
  /** Column of the label; an empty cell is no label. Default: there are no labels. */
  readonly labelColumn?: number;
  /** Keeps only the first of equal pairs. Default false. */
  readonly dedupe?: boolean;
  /** Fewest characters (code points) of either side. Default 1. */
  readonly minLength?: number;
  /** Most characters (code points) of either side. Default: any number. */
  readonly maxLength?: number;
}

/** A line that gave no pair. */
export interface PairProblem {
  /** From 1. */
  readonly line: number;
  /** Whether the line is damaged, or a whole pair that was not wanted. */
  readonly kind: "damaged" | "duplicate" | "length";
  /** What is wrong with it, for people. */
  readonly what: string;
}

/** Pairs of a text, and the lines that gave none. */
export interface PairText {
  readonly pairs: readonly Pair[];
  readonly problems: readonly PairProblem[];
}

const keys: readonly (keyof PairTextOptions)[] = [
  ...cleanKeys,
  "sourceColumn",
  "targetColumn",
  "labelColumn",
  "dedupe",
  "minLength",
  "maxLength",
];

/** Half a character, a control character, and what a decoder puts for bytes that are no character. */
const DAMAGE = /(?!\t)[\p{Surrogate}\p{Control}\ufffd]/u;

/**
 * Pairs of tab-separated text, in order. Columns that are not asked for, white space around a side, blank
 * lines, a byte order mark and the kind of line end do not matter. Every other line that gives no pair is
 * reported; to have lines of broken UTF-8 reported too, decode them with a `TextDecoder` that is not fatal.
 *
 * ```ts
 * const { pairs, problems } = readPairs("Hi.\t嗨。\nno tab\n");
 * // pairs: [{ source: "Hi.", target: "嗨。" }], problems: line 2 has 1 column, …
 * ```
 *
 * @throws InvalidInputError for an option that cannot be used, or what is no text
 */
export function readPairs(text: string, options: PairTextOptions = {}): PairText {
  if (typeof text !== "string") {
    throw new InvalidInputError(`the pairs must be a text, got ${describe(text)}`);
  }
  const read = pairReader(options);
  const pairs: Pair[] = [];
  const problems: PairProblem[] = [];
  for (const [i, line] of linesOf(text.replace(/^\ufeff/, "")).entries()) {
    if (line.trim() === "" && !line.includes("\t")) continue;
    const found = read(line, i + 1);
    if ("what" in found) problems.push(found);
    else pairs.push(found);
  }
  return { pairs, problems };
}

function pairReader(
  options: PairTextOptions,
): (line: string, number: number) => Pair | PairProblem {
  checkKeys("readPairs", options, keys);
  const column = (name: string, value: number) =>
    checkNumber(name, value, { integer: true, min: 0, max: 1e6 });
  const sourceColumn = column("sourceColumn", options.sourceColumn ?? 0);
  const targetColumn = column("targetColumn", options.targetColumn ?? 1);
  const { labelColumn = -1 } = options;
  if (options.labelColumn !== undefined) column("labelColumn", labelColumn);
  const columns = 1 + Math.max(sourceColumn, targetColumn, labelColumn);
  const dedupe = checkFlag("dedupe", options.dedupe ?? false);
  const least = column("minLength", options.minLength ?? 1);
  const most = checkMost(options.maxLength, least);
  const cleanSource = cleaner(options, "source");
  const cleanTarget = cleaner(options, "target");
  const seen = new Map<string, number>();

  return (text, line) => {
    const problem = (kind: PairProblem["kind"], what: string) => ({ line, kind, what });
    const damage = DAMAGE.exec(text);
    if (damage) {
      const found = codePoint(damage[0].codePointAt(0)!);
      return problem("damaged", `${found} at index ${damage.index}: the text is damaged there`);
    }
    const cells = text.split("\t");
    if (cells.length < columns) {
      const got = cells.length === 1 ? "no tab" : `${cells.length} columns`;
      return problem("damaged", `expected ${columns} columns between tabs, got ${got}`);
    }
    const source = cleanSource(cells[sourceColumn]).trim();
    const target = cleanTarget(cells[targetColumn]).trim();
    for (const [side, value] of Object.entries({ source, target })) {
      if (value === "") return problem("damaged", `the ${side} is empty`);
      const length = Array.from(value).length;
      if (length >= least && length <= most) continue;
      const wanted = length < least ? `at least ${least}` : `at most ${most}`;
      return problem("length", `the ${side} has ${length} characters, expected ${wanted}`);
    }
    const label = labelColumn < 0 ? "" : cells[labelColumn].trim();
    const pair = label === "" ? { source, target } : { source, target, label };
    if (!dedupe) return pair;
    const same = [source, target, label].join("\t");
    const first = seen.get(same);
    if (first !== undefined) return problem("duplicate", `the same pair as in line ${first}`);
    seen.set(same, line);
    return pair;
  };
}

function checkMost(value: number | undefined, least: number): number {
  if (value === undefined || value === Infinity) return Infinity;
  return checkNumber("maxLength", value, { integer: true, min: Math.max(1, least) });
}
