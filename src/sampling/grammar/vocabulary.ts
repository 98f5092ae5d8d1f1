// What a tokenizer's tokens spell, as a tree of bytes: which of all tokens may follow is one walk over the parts of it
// that a grammar lets through.

import type { Tokenizer } from "../../text/tokenizer.js";
import { type Ranges, union } from "./ranges.js";

/** A tree as lists: branches in the order of a walk, each followed by those within it. */
interface Tree {
  /** The byte of each branch. */
  readonly bytes: Uint8Array;
  /** How many bytes come before it. */
  readonly depths: Uint16Array;
  /** The branch after all that are within it. */
  readonly ends: Int32Array;
  /** The first of the tokens that end with it; those of the next branch follow. */
  readonly firsts: Int32Array;
  /** Tokens in the order of the branches. */
  readonly tokens: Int32Array;
  readonly deepest: number;
}

export interface Vocabulary {
  readonly size: number;
  /** Of each token; none for those that write nothing. */
  readonly bytes: readonly Uint8Array[];
  readonly tree: Tree;
  /** Tokens that write nothing where they are, but are some of the text's. */
  readonly silent: readonly number[];
}

/** What a tokenizer's tokens write: after others, and where a text begins with one. */
export interface Vocabularies {
  readonly later: Vocabulary;
  readonly first: Vocabulary;
  /** The characters that can be written wherever they come; undefined where all can. */
  readonly characters: Ranges | undefined;
}

const known = /* @__PURE__ */ new WeakMap<Tokenizer, Vocabularies>();

export function vocabulariesOf(tokenizer: Tokenizer): Vocabularies {
  const own = known.get(tokenizer) ?? read(tokenizer);
  known.set(tokenizer, own);
  return own;
}

function read(tokenizer: Tokenizer): Vocabularies {
  const { size } = tokenizer;
  const bytes = Array.from({ length: size }, (_, token) => tokenizer.bytes(token));
  const single = new Set<number>();
  const codes: number[] = [];
  for (const [token, own] of bytes.entries()) {
    if (own.length === 1) single.add(own[0]);
    const text = own.length > 0 && own.length <= 4 ? tokenizer.whole(token) : undefined;
    const code = text?.codePointAt(0);
    if (code !== undefined && String.fromCodePoint(code) === text) codes.push(code, code);
  }
  // Of UTF-8, bytes from 0xf5 on and two others are never used.
  let all = true;
  for (let byte = 0; byte < 0xf5; byte++)
    all &&= single.has(byte) || byte === 0xc0 || byte === 0xc1;
  const later = { size, bytes, tree: treeOf(bytes), silent: [] };
  return { later, first: firstOf(tokenizer, later), characters: all ? undefined : union(codes) };
}

/** The same where a tokenizer takes something off the beginning of a text. */
function firstOf(tokenizer: Tokenizer, later: Vocabulary): Vocabulary {
  const { strip } = tokenizer;
  if (!strip) return later;
  const silent: number[] = [];
  const encoder = new TextEncoder();
  const bytes = later.bytes.map((own, token) => {
    const text = own.length > 0 && tokenizer.whole(token);
    if (!text) return own;
    const stripped = strip.call(tokenizer, text);
    if (stripped === text) return own;
    if (stripped === "") silent.push(token);
    return encoder.encode(stripped);
  });
  const same = bytes.every((own, token) => own === later.bytes[token]);
  return same ? later : { ...later, bytes, tree: treeOf(bytes), silent };
}

function treeOf(spelled: readonly Uint8Array[]): Tree {
  const names = spelled.map((own) => String.fromCharCode(...own));
  const order = names.flatMap((name, token) => (name === "" ? [] : [token]));
  order.sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b));
  const [bytes, depths, ends, firsts]: number[][] = [[], [], [], []];
  /** Branches that lead to where the walk is. */
  const path: number[] = [];
  const leave = (depth: number) => {
    while (path.length > depth) ends[path.pop()!] = bytes.length;
  };
  let deepest = 0;
  let before = new Uint8Array();
  for (const [n, token] of order.entries()) {
    const own = spelled[token];
    let shared = 0;
    while (shared < before.length && before[shared] === own[shared]) shared++;
    leave(shared);
    for (let depth = shared; depth < own.length; depth++) {
      // A branch in which no token ends has the tokens of the next one, and so none.
      path.push(bytes.length);
      bytes.push(own[depth]);
      depths.push(depth);
      firsts.push(n);
    }
    deepest = Math.max(deepest, own.length);
    before = own as typeof before;
  }
  leave(0);
  firsts.push(order.length);
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    ends: Int32Array.from(ends),
    firsts: Int32Array.from(firsts),
    tokens: Int32Array.from(order),
    deepest,
  };
}
