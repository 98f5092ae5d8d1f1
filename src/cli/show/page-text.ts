// A report as plain text, for a terminal and for .txt files.

import { columns } from "./format.js";
import {
  type BarsPart,
  type LinesPart,
  type Page,
  type Part,
  short,
  type TablePart,
} from "./page.js";

const WIDTH = 88;
/** Characters of the longest bar. */
const BAR = 30;

export function pageText({ title, subtitle, sections }: Page): string {
  const parts = sections.flatMap((section) => [
    `\n${section.title}\n${"-".repeat(wide(section.title))}\n`,
    ...section.parts.map(partOf),
  ]);
  const head = `${title}\n${"=".repeat(wide(title))}\n${subtitle === undefined ? "" : `${subtitle}\n`}`;
  return `${head}${parts.join("")}`;
}

function partOf(part: Part): string {
  if ("text" in part) return `${wrapped(part.text)}\n`;
  if ("code" in part) return `${part.code.replace(/^/gm, "  | ")}\n`;
  if ("table" in part) return tableOf(part);
  if ("bars" in part) return barsOf(part);
  if ("lines" in part) return linesOf(part);
  if ("tokens" in part) return tokensOf(part.tokens);
  return `[${part.caption ?? part.alt}]\n`;
}

/** Columns that a text takes. */
function wide(text: string): number {
  return Array.from(text).reduce((sum, one) => sum + columns(one), 0);
}

function padded(text: string, width: number, right = false): string {
  const space = " ".repeat(Math.max(0, width - wide(text)));
  return right ? space + text : text + space;
}

/** A paragraph in lines: broken at spaces, and between wide characters. */
function wrapped(text: string): string {
  let [line, used] = ["", 0];
  const lines: string[] = [];
  for (const word of text.match(/[⺀-￯]|[^\s⺀-￯]+|\s+/gu) ?? []) {
    const width = wide(word);
    if (used + width > WIDTH && line !== "") {
      lines.push(line.trimEnd());
      [line, used] = ["", 0];
      if (word.trim() === "") continue;
    }
    line += word;
    used += width;
  }
  return [...lines, line.trimEnd()].join("\n");
}

function tableOf({ head, table, numbers = [] }: TablePart): string {
  const rows = head ? [head, ...table] : table;
  const widths = rows.reduce<number[]>((most, row) => {
    return row.map((cell, i) => Math.max(most[i] ?? 0, wide(cell)));
  }, []);
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => padded(cell, widths[i], numbers.includes(i)))
      .join("  ")
      .trimEnd();
  return `${rows.map(line).join("\n")}\n`;
}

function barsOf({ bars, most }: BarsPart): string {
  const end = most ?? Math.max(...bars.map(({ value }) => Math.abs(value)));
  return tableOf({
    table: bars.map(({ name, value, words = short(value), interval }) => [
      name,
      "#".repeat(Math.round((BAR * Math.min(Math.abs(value), end)) / (end || 1))),
      interval ? `${words} (${interval.map(short).join(" … ")})` : words,
    ]),
  });
}

/** Points of a curve that a terminal shows. */
const POINTS = 12;

function linesOf({ lines, x, y }: LinesPart): string {
  const places = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))];
  const all = places.sort((a, b) => a - b);
  const every = Math.max(1, (all.length - 1) / (POINTS - 1));
  const chosen = Array.from(
    { length: Math.min(POINTS, all.length) },
    (_, i) => all[Math.round(i * every)],
  );
  const cell = (points: readonly (readonly [number, number])[], at: number) => {
    const found = points.find(([x]) => x === at);
    return found ? short(found[1]) : "";
  };
  return tableOf({
    head: [x, ...lines.map(({ name }) => `${y}, ${name}`)],
    table: chosen.map((at) => [String(at), ...lines.map(({ points }) => cell(points, at))]),
    numbers: [0, ...lines.map((_, i) => i + 1)],
  });
}

/** Marked pieces: those of half the greatest weight and more. */
function tokensOf(tokens: readonly { readonly text: string; readonly weight: number }[]): string {
  const marked = tokens.map(({ text, weight }) => (Math.abs(weight) >= 0.5 ? `[${text}]` : text));
  return `${wrapped(marked.join(""))}\n`;
}
