// Symbols and their extra channels. A cell's symbol with a channel, such as whether a player's path leads through it,
// is one symbol for a model: "X" and, where the channel says 1, "X\tpath"; where it says 2, "X\tpath=2". Levels of text
// cannot have tabs, so that symbol and channels are always told apart.

import { describe, InvalidInputError } from "../../host/errors.js";

/** A symbol without its channels. */
export function plainSymbol(symbol: string): string {
  const tab = symbol.indexOf("\t");
  return tab < 0 ? symbol : symbol.slice(0, tab);
}

/** What a channel says of a symbol; 0 where it says nothing. */
export function channelOf(symbol: string, name: string): number {
  const part = partsOf(symbol).find((one) => nameOf(one) === name);
  return part === undefined ? 0 : saidBy(part);
}

/** A symbol with what a channel says instead of what it said. */
export function withValue(symbol: string, name: string, value: number): string {
  const others = partsOf(symbol).filter((one) => nameOf(one) !== name);
  const own = value === 0 ? [] : [value === 1 ? name : `${name}=${value}`];
  return [plainSymbol(symbol), ...others, ...own].join("\t");
}

/** @throws InvalidInputError for a name that would not be told from a value */
export function checkChannelName(name: string): string {
  if (typeof name === "string" && /^[^\s=]{1,40}$/.test(name)) return name;
  throw new InvalidInputError(
    `the name of a channel must have 1 to 40 characters without spaces and =, got ${describe(name)}`,
  );
}

function partsOf(symbol: string): string[] {
  return symbol.split("\t").slice(1);
}

function nameOf(part: string): string {
  return part.split("=")[0];
}

function saidBy(part: string): number {
  return part.includes("=") ? Number(part.split("=")[1]) : 1;
}

/** Whether a symbol is one character, as levels of text have them. */
export function isCharacter(symbol: string): boolean {
  return symbol.length === (symbol.codePointAt(0)! > 0xffff ? 2 : 1);
}

/** Each symbol once, in the order of their code points; and where each of the old ones is now. */
export function sorted(symbols: Iterable<string>): string[] {
  return [...new Set(symbols)].sort(byCodePoint);
}

/** Strings compare by units of UTF-16; characters beyond U+FFFF come after all others here. */
function byCodePoint(a: string, b: string): number {
  const [one, other] = [Array.from(a), Array.from(b)];
  for (let i = 0; i < one.length && i < other.length; i++) {
    if (one[i] !== other[i]) return one[i].codePointAt(0)! - other[i].codePointAt(0)!;
  }
  return one.length - other.length;
}
