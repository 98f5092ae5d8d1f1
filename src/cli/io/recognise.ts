// What a text file is, from its text alone: one text, a document a line, or a pair a line. People bring lists
// of names and tables of pairs, and should not need to know an option to have them read as such.

import { linesOf } from "../../text/lines.js";

/** What a file looks like. */
export type Reading = "text" | "lines" | "pairs";

/** Lines that are looked at: enough to know, few enough to cost nothing. */
const LOOKED_AT = 5000;
/** Fewer lines are no list. */
const FEW = 8;
/** Characters of a line of a list, all but the longest twentieth; and of a sentence a line. */
const SHORT = 40;
const SENTENCE = 160;
/** Lines that may be unlike the others. */
const MOST = 0.9;
const RARELY = 0.02;
/** Lines of a list that may end as the middle of a sentence does: verses do so more often. */
const SOMETIMES = 0.1;

const GOES_ON = /[,;:،，；：、\-–—]$/u;
const ENDS = /[.!?…。！？．」』”’"')）\]]$/u;
const BEGINS_SMALL = /^\p{Ll}/u;

/**
 * Lines with one or two tabs are pairs. Lines are documents where they are short and do not continue in the next,
 * or where each is a whole sentence. Everything else is one text: prose and verses, with blank lines or without.
 */
export function recognise(text: string): Reading {
  const all = linesOf(text.slice(0, 200 * LOOKED_AT)).slice(0, LOOKED_AT);
  const lines = all.map((line) => line.trimEnd()).filter((line) => line.trim() !== "");
  if (lines.length >= 2 && share(lines, isPair) >= MOST) return "pairs";
  if (lines.length < FEW) return "text";
  // Blank lines part something: paragraphs, stanzas, speeches.
  if (all.length - lines.length > RARELY * all.length + 1) return "text";
  if (share(lines, (line) => GOES_ON.test(line)) > SOMETIMES) return "text";
  const lengths = lines.map((line) => Array.from(line).length).sort((a, b) => a - b);
  const long = lengths[Math.floor(0.95 * (lengths.length - 1))];
  const whole = share(lines, (line) => ENDS.test(line)) >= MOST;
  if (whole) {
    const begun = share(lines, (line) => !BEGINS_SMALL.test(line)) >= MOST;
    return begun && long <= SENTENCE ? "lines" : "text";
  }
  const middle = lengths[Math.floor(lengths.length / 2)];
  return long <= SHORT && !wrapped(lines, middle, long) ? "lines" : "text";
}

/** Whether a line is two or three columns, the first two not empty. */
function isPair(line: string): boolean {
  const cells = line.split("\t");
  return (
    (cells.length === 2 || cells.length === 3) &&
    cells.slice(0, 2).every((cell) => cell.trim() !== "")
  );
}

/** Sentences that are cut into lines: of several words, and some end with a line or all are about as long. */
function wrapped(lines: readonly string[], middle: number, long: number): boolean {
  const words = (line: string) => line.match(/\p{L}{2,}/gu) ?? [];
  const several = share(lines, (line) => words(line).length > 3) > 0.5;
  return several && (share(lines, (line) => ENDS.test(line)) > SOMETIMES || middle > 0.8 * long);
}

function share(lines: readonly string[], is: (line: string) => boolean): number {
  return lines.filter(is).length / Math.max(1, lines.length);
}
