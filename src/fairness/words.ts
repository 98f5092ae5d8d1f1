// Words by which a text speaks of a group, and the same text about another one.

import { checkKeys, describe, InvalidInputError } from "../host/errors.js";

/**
 * Words of each group, in one order: those at one place are each other's counterparts, such as
 * `{ female: ["she", "her", "woman"], male: ["he", "his", "man"] }`. Letters may be capital or small; of a word that stands several
 * times in a list, the first counterpart counts.
 */
export type GroupWords = Readonly<Record<string, readonly string[]>>;

/** A text that speaks of another group than the one it was made from. */
export interface Counterfactual {
  readonly group: string;
  readonly text: string;
}

/** @throws InvalidInputError for fewer than two groups, lists of several lengths, and words that are none */
export function checkWords(name: string, words: GroupWords): GroupWords {
  const groups = Object.entries(Object(words) as object);
  const plain = typeof words === "object" && !Array.isArray(words);
  if (!plain || groups.length < 2) {
    const example = '{ "female": ["she"], "male": ["he"] }';
    throw new InvalidInputError(
      `${name} must have the words of at least two groups, such as ${example}, got ${describe(words)}`,
    );
  }
  const [first, { length }] = groups[0];
  for (const [group, list] of groups) {
    if (!Array.isArray(list) || list.length === 0) {
      throw new InvalidInputError(
        `${name}.${group} must be a list of at least one word, got ${describe(list)}`,
      );
    }
    const at = list.findIndex((word) => typeof word !== "string" || word.trim() === "");
    if (at >= 0) {
      throw new InvalidInputError(
        `${name}.${group}[${at}] must be a word, got ${describe(list[at])}`,
      );
    }
    if (list.length === length) continue;
    throw new InvalidInputError(
      `${name}: words at one place are counterparts, so lists are equally long: ${first} has ${length}, ${group} ${list.length}`,
    );
  }
  return words;
}

/**
 * The group of which a text has the most words, the first found of equal ones; undefined where it has none.
 * A word ends where no letter that has a capital and no digit is beside it: words of Chinese are found anywhere.
 */
export function groupOfText(
  text: string,
  words: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  let best: string | undefined;
  let most = 0;
  let earliest = Infinity;
  for (const [group, list] of Object.entries(words)) {
    const found = occurrences(text, list);
    const first = found[0]?.at ?? Infinity;
    if (found.length < most || (found.length === most && first >= earliest)) continue;
    [best, most, earliest] = [group, found.length, first];
  }
  return best;
}

/**
 * A text about one group as one about another: each of its words as its counterpart, in capitals where it was. Words of other groups stay.
 *
 * ```ts
 * substituteWords("She knows her way.", ["she", "her"], ["he", "his"]); // "He knows his way."
 * ```
 */
export function substituteWords(
  text: string,
  from: readonly string[],
  to: readonly string[],
): string {
  let done = "";
  let at = 0;
  for (const one of occurrences(text, from)) {
    done += text.slice(at, one.at) + inCase(text.slice(one.at, one.end), to[one.place]);
    at = one.end;
  }
  return done + text.slice(at);
}

/** A text as of each other group; none where it speaks of no group, or of several. */
export function counterfactuals(
  text: string,
  words: GroupWords,
): { readonly group: string | undefined; readonly others: readonly Counterfactual[] } {
  const there = Object.keys(words).filter((group) => occurrences(text, words[group]).length > 0);
  // A word that two groups share says nothing.
  if (there.length !== 1) return { group: undefined, others: [] };
  const [group] = there;
  const others = Object.keys(words)
    .filter((other) => other !== group)
    .map((other) => ({ group: other, text: substituteWords(text, words[group], words[other]) }));
  return { group, others };
}

/** A text, or a document with labels. */
type Document = string | { readonly text: string };

/** Texts, and each as it would be of the other groups. */
export interface Augmented<D> {
  /** Those that were given first, then the new ones, which keep their labels. */
  readonly documents: readonly D[];
  /** How many are new. */
  readonly added: number;
  /** For each document, the place of the one that it was made from. */
  readonly from: readonly number[];
}

/**
 * Counterfactual augmentation: texts and the same about each other group, so that what else a text says goes with all of them (Lu et al.
 * 2018). Texts that speak of several groups are turned round where there are two (`both`), else left as they are.
 * @throws InvalidInputError
 */
export function augmentCounterfactually<D extends Document>(
  documents: readonly D[],
  words: GroupWords,
): Augmented<D> {
  checkWords("words", words);
  if (!Array.isArray(documents)) {
    throw new InvalidInputError(
      `documents must be a list of texts, or of { text, labels }, got ${describe(documents)}`,
    );
  }
  const all: D[] = [...documents];
  const from = documents.map((_, i) => i);
  for (const [i, document] of documents.entries()) {
    const text: unknown = typeof document === "string" ? document : Object(document).text;
    if (typeof text !== "string") {
      throw new InvalidInputError(
        `documents[${i}] must be a text or { text }, got ${describe(document)}`,
      );
    }
    for (const other of turned(text, words)) {
      all.push((typeof document === "string" ? other : { ...document, text: other }) as D);
      from.push(i);
    }
  }
  return { documents: all, added: all.length - documents.length, from };
}

/** The text as of other groups; of two groups that are both there, each as the other. */
function turned(text: string, words: GroupWords): string[] {
  const { group, others } = counterfactuals(text, words);
  if (group !== undefined) return others.map((one) => one.text);
  const groups = Object.values(words);
  if (groups.length !== 2) return [];
  const [a, b] = groups;
  const swapped = substituteWords(text, [...a, ...b], [...b, ...a]);
  return swapped === text ? [] : [swapped];
}

/** What reads a value off a text. */
export type TextReader =
  | { readonly words: Readonly<Record<string, readonly string[]>> }
  | { readonly patterns: Readonly<Record<string, string>> }
  | { readonly lists: Readonly<Record<string, readonly string[]>> };

/** The value of a text in which nothing of it is found. */
const NOTHING = "none";

/**
 * Reads a value off texts. `words`: the group of which a text has the most words. `patterns`: the first regular expression that matches
 * (`u`, capitals or not). `lists`: the list that the whole text stands in, the first of several. Where nothing is found: "none".
 *
 * ```ts
 * const tone = textReader({ words: { glad: ["happy", "laughed"], sad: ["cried"] } });
 * tone("She laughed."); // "glad"
 * ```
 *
 * @throws InvalidInputError
 */
export function textReader(reader: TextReader): (text: string) => string {
  checkKeys("textReader", reader, ["words", "patterns", "lists"]);
  const [kind, ...more] = Object.keys(reader);
  if (kind === undefined || more.length > 0) {
    throw new InvalidInputError(
      `a reader has one of words, patterns and lists, got ${describe(kind)} ${more.map(describe).join(" ")}`.trimEnd(),
    );
  }
  const values = Object(Object.values(reader)[0]) as object;
  if (Object.keys(values).length === 0) {
    throw new InvalidInputError(`${kind} must have at least one value, such as { yes: … }`);
  }
  if ("patterns" in reader) {
    const all = Object.entries(reader.patterns).map(([value, pattern]) => ({
      value,
      pattern: compiled(value, pattern),
    }));
    return (text) => all.find(({ pattern }) => pattern.test(text))?.value ?? NOTHING;
  }
  for (const [value, list] of Object.entries(values)) checkList(`${kind}.${value}`, list);
  if ("words" in reader) return (text) => groupOfText(text, reader.words) ?? NOTHING;
  const places = new Map<string, string>();
  for (const [value, list] of Object.entries(reader.lists)) {
    for (const one of list) {
      const key = one.trim().toLowerCase();
      if (!places.has(key)) places.set(key, value);
    }
  }
  return (text) => places.get(text.trim().toLowerCase()) ?? NOTHING;
}

function checkList(name: string, list: unknown): void {
  if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === "string"))
    return;
  throw new InvalidInputError(`${name} must be a list of at least one text, got ${describe(list)}`);
}

function compiled(value: string, pattern: unknown): RegExp {
  try {
    if (typeof pattern === "string") return new RegExp(pattern, "iu");
  } catch {
    // Engines say it in words of their own.
  }
  throw new InvalidInputError(
    `patterns.${value} must be a regular expression, got ${describe(pattern)}`,
  );
}

interface Occurrence {
  readonly at: number;
  readonly end: number;
  /** Which word of the list. */
  readonly place: number;
}

/** Where words of a list stand, in order; of those that begin at one place the longest. */
function occurrences(text: string, list: readonly string[]): Occurrence[] {
  const small = folded(text);
  const all: Occurrence[] = [];
  for (const [place, word] of list.entries()) {
    const own = folded(word.trim());
    if (own === "") continue;
    for (let at = small.indexOf(own); at >= 0; at = small.indexOf(own, at + 1)) {
      if (isWhole(text, at, at + own.length)) all.push({ at, end: at + own.length, place });
    }
  }
  all.sort((a, b) => a.at - b.at || b.end - a.end || a.place - b.place);
  let end = 0;
  return all.filter((one) => {
    if (one.at < end) return false;
    end = one.end;
    return true;
  });
}

/** Small letters, character by character, where that changes no length. */
function folded(text: string): string {
  const small = text.toLowerCase();
  if (small.length === text.length) return small;
  return Array.from(text, (one) => {
    const own = one.toLowerCase();
    return own.length === one.length ? own : one;
  }).join("");
}

function isWhole(text: string, at: number, end: number): boolean {
  const starts = !(joins(text, at) && joins(text, at - 1));
  return starts && !(joins(text, end) && joins(text, end - 1));
}

/** Whether a word goes on there: a letter of an alphabet with capitals, or a digit. */
function joins(text: string, at: number): boolean {
  const one = text.charAt(at);
  return (one >= "0" && one <= "9") || one.toLowerCase() !== one.toUpperCase();
}

/** A word in the manner of another: SHE → HE, She → He. */
function inCase(model: string, word: string): string {
  if (model.length > 1 && model === model.toUpperCase() && model !== model.toLowerCase()) {
    return word.toUpperCase();
  }
  const [first = "", ...rest] = Array.from(word);
  return isCapital(model) ? first.toUpperCase() + rest.join("") : word;
}

function isCapital(word: string): boolean {
  const first = Array.from(word)[0] ?? "";
  return first === first.toUpperCase() && first !== first.toLowerCase();
}
