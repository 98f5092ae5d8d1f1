// What characters are, from a frozen table: an engine's own `\p{L}` follows its version of Unicode, and with it
// would the tokens of a text. The table is that of Unicode 16.0, as in the regular expressions of Hugging Face's
// tokenizers 0.23.

import { RUNS } from "./unicode-table.js";

/** General categories that patterns tell apart, in the order of the table. */
export const Category = {
  unassigned: 0,
  Lu: 1,
  Ll: 2,
  Lt: 3,
  Lm: 4,
  Lo: 5,
  M: 6,
  Nd: 7,
  Nl: 8,
  No: 9,
  P: 10,
  S: 11,
  other: 12,
} as const;

/** Classes from this one on are those of characters that Unicode 9.0 lacked. */
const LATE = 13;
/** Below this the class of a code point is looked up; above are few runs, which are searched. */
const FLAT = 0x20000;

interface Table {
  readonly flat: Uint8Array;
  /** Where the runs above FLAT start, and their classes. */
  readonly starts: readonly number[];
  readonly classes: readonly number[];
}

let table: Table | undefined;

/** The general category of a code point, one of `Category`. */
export function categoryOf(point: number): number {
  const found = classOf(point);
  return found < LATE ? found : found - LATE;
}

/** Whether Unicode 9.0 had the character; no later version has changed its normal forms. */
export function inUnicode9(point: number): boolean {
  const found = classOf(point);
  return found > Category.unassigned && found < LATE;
}

/** White_Space, which is not JavaScript's `\s`: U+0085 is in it, U+FEFF is not. */
export function isSpace(point: number): boolean {
  if (point < 0x80) return point === 0x20 || (point >= 9 && point <= 13);
  return (
    point === 0x85 ||
    point === 0xa0 ||
    point === 0x1680 ||
    (point >= 0x2000 && point <= 0x200a) ||
    point === 0x2028 ||
    point === 0x2029 ||
    point === 0x202f ||
    point === 0x205f ||
    point === 0x3000
  );
}

function classOf(point: number): number {
  table ??= unpacked();
  if (point < FLAT) return table.flat[point];
  let [low, high] = [0, table.starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table.starts[middle] <= point) low = middle;
    else high = middle;
  }
  return table.classes[low];
}

function unpacked(): Table {
  const flat = new Uint8Array(FLAT);
  const starts: number[] = [];
  const classes: number[] = [];
  let at = 0;
  for (const [, name, length] of RUNS.matchAll(/([A-Z])([0-9a-z]*)/g)) {
    const found = name.charCodeAt(0) - 65;
    const end = at + (length === "" ? 1 : Number.parseInt(length, 36));
    if (at < FLAT) flat.fill(found, at, Math.min(end, FLAT));
    if (end > FLAT) {
      starts.push(at);
      classes.push(found);
    }
    at = end;
  }
  return { flat, starts, classes };
}
