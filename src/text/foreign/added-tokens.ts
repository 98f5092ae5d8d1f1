// Tokens that are found in a text before it is split: special ones, which users' texts never yield, and others.

import { checkNumber, InvalidInputError } from "../../host/errors.js";
import { checkBoolean, checkList, checkSection, checkString } from "./sections.js";
import { Category, categoryOf, isSpace } from "./unicode.js";

/** One of a tokenizer.json's `added_tokens`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Never part of a user's text. */
  readonly special: boolean;
  /** Looked for in the normalized text. */
  readonly normalized: boolean;
  /** Only where no letter, digit or mark is beside it. */
  readonly single_word: boolean;
  /** Takes the spaces before and after it. */
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

const MOST = 65536;
/** Characters of one: bounds the work at each place of a text. */
const LONGEST = 256;

/** The section "added_tokens". @throws InvalidInputError */
export function addedTokensOf(list: unknown, mostTokens: number): AddedToken[] {
  const contents = new Set<string>();
  return checkList("added_tokens", list ?? [], MOST).map((entry, i) => {
    const name = `added_tokens[${i}]`;
    const one = checkSection(name, entry);
    const rule = { integer: true, min: 0, max: mostTokens - 1 };
    const content = checkString(`${name}.content`, one.content);
    if (content === "" || content.length > LONGEST) {
      const expected = `1 to ${LONGEST} characters`;
      throw new InvalidInputError(`${name}.content must have ${expected}, got ${content.length}`);
    }
    if (contents.has(content)) {
      throw new InvalidInputError(`${name} repeats ${JSON.stringify(content)}`);
    }
    contents.add(content);
    const special = checkBoolean(`${name}.special`, one.special, false);
    const flag = (key: string, absent = false) => checkBoolean(`${name}.${key}`, one[key], absent);
    return {
      id: checkNumber(`${name}.id`, one.id, rule),
      content,
      special,
      normalized: flag("normalized", !special),
      single_word: flag("single_word"),
      lstrip: flag("lstrip"),
      rstrip: flag("rstrip"),
    };
  });
}

/** Letters of tokens, as a tree. */
interface Node {
  readonly next: Map<string, Node>;
  token?: AddedToken;
}

/** Finds tokens in a text: the leftmost first, of those that start there the longest. */
export class AddedTokens {
  readonly #root: Node = { next: new Map() };

  /** @param form what each looks like in the texts that are searched */
  constructor(tokens: readonly AddedToken[], form: (content: string) => string = (same) => same) {
    for (const token of tokens) {
      let node = this.#root;
      for (const unit of form(token.content).split("")) {
        let next = node.next.get(unit);
        if (next === undefined) {
          next = { next: new Map() };
          node.next.set(unit, next);
        }
        node = next;
      }
      if (node !== this.#root) node.token = token;
    }
  }

  /** The text cut at tokens: what is between them, and ids. */
  split(text: string): (string | number)[] {
    if (this.#root.next.size === 0) return text === "" ? [] : [text];
    const parts: (string | number)[] = [];
    // A token is found where it stands, even in spaces that the one before has taken, as Hugging Face's does.
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const found = this.#longestAt(text, at);
      const before = at;
      at = found ? found.end : at + 1;
      if (!found || (found.token.single_word && !standsAlone(text, before, at))) continue;
      const { id, lstrip, rstrip } = found.token;
      const from = lstrip ? Math.max(start, spacesBefore(text, before, start)) : before;
      if (from > start) parts.push(text.slice(start, from));
      start = rstrip ? spacesAfter(text, at) : at;
      if (from < start) parts.push(id);
    }
    if (start < text.length) parts.push(text.slice(start));
    return parts;
  }

  #longestAt(text: string, at: number): { token: AddedToken; end: number } | undefined {
    let node = this.#root.next.get(text[at]);
    let found: { token: AddedToken; end: number } | undefined;
    for (let end = at + 1; node; node = node.next.get(text[end++])) {
      if (node.token) found = { token: node.token, end };
    }
    return found;
  }
}

function standsAlone(text: string, start: number, end: number): boolean {
  const before = isLowSurrogate(text, start - 1) ? start - 2 : start - 1;
  return !isWord(text.codePointAt(before)) && !isWord(text.codePointAt(end));
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** \w: letters, marks, decimal digits, letter numbers, and a few more. */
function isWord(point: number | undefined): boolean {
  if (point === undefined) return false;
  const category = categoryOf(point);
  return (
    (category >= Category.Lu && category <= Category.Nl) ||
    further.some(([first, last]) => point >= first && point <= last)
  );
}

/** Connectors such as "_", joiners, and letters in circles and squares. */
const further = [
  [0x5f, 0x5f],
  [0x200c, 0x200d],
  [0x203f, 0x2040],
  [0x2054, 0x2054],
  [0x24b6, 0x24e9],
  [0xfe33, 0xfe34],
  [0xfe4d, 0xfe4f],
  [0xff3f, 0xff3f],
  [0x1f130, 0x1f149],
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189],
] as const;

function spacesBefore(text: string, at: number, least: number): number {
  while (at > least && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

function spacesAfter(text: string, at: number): number {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}
