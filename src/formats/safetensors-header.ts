// The parser of a safetensors header. It is not JSON.parse, because JSON.parse keeps the
// last of two equal keys, reorders names that look like numbers, takes 1e0 and -0 for whole numbers
// and recurses as deep as the file says. The format needs three levels, so nothing here recurses and
// a deeper value is a wrong value. Names become keys of a Map, never of an object.

import { describe, ModelFileError } from "../host/errors.js";
import { endOfString } from "./json.js";

/** PyTorch's and NumPy's own limit. */
export const MAX_RANK = 64;
/** Names in one object, tensors above all: more than any model has. */
const MAX_NAMES = 100_000;

/** A place in a file; put into words only where something is wrong with it. */
export type Place = string | (() => string);

/** Says what a file should have had, and where. */
export function refuse(where: Place, expected: string, got: string): never {
  const place = typeof where === "string" ? where : where();
  throw new ModelFileError(`safetensors file, ${place}: expected ${expected}, got ${got}`);
}

/** Walks the header by its grammar, in loops: recursion and a regular expression's star can exhaust
 *  a stack. */
export class HeaderParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** `{"key": value, …}`; `member` reads the value of its key, and says whether it needs no more. */
  object(where: Place, member: (key: string) => boolean): void {
    const seen = new Names();
    this.#expect("{", where, "an object");
    if (this.#take("}")) return;
    do {
      const key = this.string(where, "a key");
      if (!seen.add(key)) refuse(where, "every key once", `${describe(key)} twice`);
      if (seen.size > MAX_NAMES) refuse(where, `at most ${MAX_NAMES} names`, "more");
      this.#expect(":", where, `a colon after ${describe(key)}`);
      if (member(key)) return;
    } while (this.#take(","));
    this.#expect("}", where, "a comma or }");
  }

  /** `[0, 1, …]`, whole numbers that JavaScript can count exactly. */
  integers(where: Place): number[] {
    const values: number[] = [];
    this.#expect("[", where, "an array");
    if (this.#take("]")) return values;
    do {
      if (values.length === MAX_RANK) refuse(where, `at most ${MAX_RANK} numbers`, "more");
      values.push(this.#integer(where));
    } while (this.#take(","));
    this.#expect("]", where, "a comma or ]");
    return values;
  }

  string(where: Place, expected: string): string {
    this.#skip();
    const text = this.#text;
    if (text[this.#at] !== '"') this.#unexpected(where, expected);
    const end = endOfString(text, this.#at);
    const inside = text.slice(this.#at + 1, end);
    // Nearly all names are plain; a hundred thousand calls of JSON.parse take half a second.
    const plain = end < text.length && !inside.includes("\\");
    const value = plain ? withoutControls(inside) : parseString(text.slice(this.#at, end + 1));
    if (value === undefined) this.#unexpected(where, `${expected}, a well-formed string`);
    this.#at = end + 1;
    return value;
  }

  end(): void {
    this.#skip();
    if (this.#at < this.#text.length) this.#unexpected("header", "spaces after the last }");
  }

  #integer(where: Place): number {
    this.#skip();
    const text = this.#text;
    let end = this.#at;
    let value = 0;
    for (; text[end] >= "0" && text[end] <= "9"; end++) value = value * 10 + Number(text[end]);
    const digits = end - this.#at;
    const ends = end < text.length && ",] \n\r\t".includes(text[end]);
    const canonical = digits === 1 || (digits > 1 && text[this.#at] !== "0");
    if (!ends || !canonical || !Number.isSafeInteger(value)) {
      this.#unexpected(where, "a whole number from 0 to 2^53 - 1");
    }
    this.#at = end;
    return value;
  }

  #skip(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #take(mark: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string, where: Place, expected: string): void {
    if (!this.#take(mark)) this.#unexpected(where, expected);
  }

  #unexpected(where: Place, expected: string): never {
    const rest = this.#text.slice(this.#at, this.#at + 24).replace(/\p{Control}/gu, "�");
    const got = rest.charAt(0) + rest.slice(1).split(/[\s,:[\]{}]/)[0];
    refuse(where, expected, `${got || "the end"} (character ${this.#at} of the header)`);
  }
}

/** Names, each once: a list of a few, of which a file has a hundred thousand, or a set of many. */
class Names {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#few.length;
  }

  /** Returns false for a name that is there already. */
  add(name: string): boolean {
    if (this.#many?.has(name) ?? this.#few.includes(name)) return false;
    if (this.#many) this.#many.add(name);
    else if (this.#few.push(name) > 8) this.#many = new Set(this.#few);
    return true;
  }
}

/** A space, a line feed, a carriage return or a tab. */
function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function withoutControls(text: string): string | undefined {
  return /[^ -\uffff]/.test(text) ? undefined : text;
}

/** undefined where `raw` is no JSON string, or holds half a surrogate pair, which UTF-8 lacks. */
function parseString(raw: string): string | undefined {
  try {
    const value: string = JSON.parse(raw);
    return isUnicode(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a string has no half of a surrogate pair. */
export function isUnicode(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}
