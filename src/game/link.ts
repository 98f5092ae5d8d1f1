// A level as a few letters: which model, which seed, which options. Whoever has the model makes the same level of them.
//
// Bytes: version 1; 6 bytes of the model file's SHA-256; the seed; the options, by name in order; 2 bytes that tell a slip. Whole
// numbers are LEB128; a value is one byte that says what comes, and small whole numbers are that byte itself. There is one
// way to write a link, and no other is read.

import { isObject } from "../host/as-given.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { fnv1a } from "../host/fnv.js";
import { bytesOfHex } from "../host/hex.js";
import { isKind } from "../host/kinds.js";
import { lightSha256 } from "../host/light-sha256.js";
import { plainText } from "./level.js";

const VERSION = 1;
/** Bytes of the model's hash. */
const HASH = 6;
/** Letters of a link, and lists in lists. */
const [LONGEST, DEEPEST] = [2000, 8];

/** Names that take a byte. What links were written with stays: further ones come at the end. */
const NAMES = [
  ...["width", "height", "temperature", "topP", "topK", "minP", "labels", "given", "free", "rules"],
  ...[
    "samples",
    "tries",
    "repairs",
    "refused",
    "check",
    "sample",
    "difficulty",
    "density",
    "theme",
  ],
  ...[
    "counts",
    "equal",
    "border",
    "adjacent",
    "areas",
    "symbols",
    "rows",
    "columns",
    "of",
    "right",
  ],
  ...["left", "above", "below", "day"],
];

/** What a value begins with; from `SMALL` on it is a whole number, less `SMALL`. */
const [NO, YES, WHOLE, NEGATIVE, DECIMAL, NEGATIVE_DECIMAL, FLOAT, TEXT, LIST, OBJECT] = [
  ...Array(10).keys(),
];
const SMALL = 16;

/** What options of a link may be. */
export type LinkValue =
  | boolean
  | number
  | string
  | readonly LinkValue[]
  | { readonly [name: string]: LinkValue };

/** What a link says. */
export interface LinkedLevel {
  /** The first 12 hexadecimal digits of the SHA-256 of the model's file: `modelMark`. */
  readonly model: string;
  readonly seed: number;
  /** Options of `generate`, such as width, height, temperature, labels. */
  readonly options: { readonly [name: string]: LinkValue };
}

/** What a link is made of. */
export interface LinkParts {
  /** The model's file, or its SHA-256 in hexadecimal, of which the first 12 digits suffice. */
  readonly model: Uint8Array | ArrayBuffer | string;
  /** A whole number from 0 to 2⁵³ - 1. */
  readonly seed: number;
  /** Options of `generate` other than the seed: data, as JSON has them. Default none. */
  readonly options?: object;
}

/** The first 12 hexadecimal digits of the SHA-256 of a model's file, by which links name the model. @throws InvalidInputError */
export function modelMark(file: Uint8Array | ArrayBuffer): string {
  if (!isKind(file, "Uint8Array", "ArrayBuffer")) {
    throw new InvalidInputError(`a model's file must be bytes, got ${describe(file)}`);
  }
  return lightSha256(new Uint8Array(file as Uint8Array)).slice(0, 2 * HASH);
}

/**
 * A link to a level: letters, digits, `-` and `_`, 15 and a few for each option. The same parts give the same link everywhere, in whatever order options are.
 *
 * ```ts
 * const link = levelLink({ model: file, seed: 7, options: { width: 10, height: 10, temperature: 0.9 } });
 * ```
 * @throws InvalidInputError for options that are no data, or too many
 */
export function levelLink(parts: LinkParts): string {
  checkKeys("levelLink", parts, ["model", "seed", "options"]);
  const { model, seed, options = {} } = parts;
  checkNumber("seed", seed, { integer: true, min: 0 });
  if (!isObject(options)) {
    throw new InvalidInputError(`options must be an object, got ${describe(options)}`);
  }
  const mark = typeof model === "string" ? model.toLowerCase() : modelMark(model);
  if (!/^[0-9a-f]{12,64}$/.test(mark)) {
    throw new InvalidInputError(
      `model must be a model's file or 12 to 64 hexadecimal digits of its SHA-256, got ${describe(model)}`,
    );
  }
  const out = [VERSION, ...bytesOfHex(mark.slice(0, 2 * HASH))];
  writeWhole(seed, out);
  writeFields(options, "options", 0, out);
  const link = toLetters([...out, ...slip(out)]);
  if (link.length <= LONGEST) return link;
  throw new InvalidInputError(
    `options are too much for a link: ${link.length} letters, at most ${LONGEST}`,
  );
}

/**
 * What a link says.
 * @throws InvalidInputError where it is no link: cut short, changed, of a later version, or not as `levelLink` writes it
 */
export function readLink(link: string): LinkedLevel {
  if (typeof link !== "string") {
    throw new InvalidInputError(`a link must be a text, got ${describe(link)}`);
  }
  if (link.length > LONGEST) throw wrong(link, `it has ${link.length} letters, at most ${LONGEST}`);
  if (!/^[\w-]+$/.test(link)) throw wrong(link, "it has other signs than letters, digits, - and _");
  const bytes = fromLetters(link);
  if (bytes.length > 0 && bytes[0] !== VERSION) {
    throw wrong(link, `it is of version ${bytes[0]}, this reads version ${VERSION}`);
  }
  const body = bytes.slice(0, -2);
  if (toLetters([...body, ...slip(body)]) !== link)
    throw wrong(link, "it was cut short or changed");
  const reader = new Reader(link, body);
  const model = lettersOfHex(reader.take(1 + HASH).slice(1));
  const seed = reader.whole();
  const options = reader.fields(0);
  // One way to write it: what is left, or was written otherwise, comes out here.
  if (levelLink({ model, seed, options }) !== link)
    throw wrong(link, "it is not written as links are");
  return { model, seed, options };
}

/**
 * Whether a level is what a link says, made again: for a server that is told a level, or a score on it.
 * @param generate makes the level of a link, or refuses: it has to check the link's model and that sizes are what it will make
 * @throws InvalidInputError where the link is none, and whatever `generate` throws
 */
export async function verify(
  link: string,
  level: string,
  generate: (linked: LinkedLevel) => string | Promise<string>,
): Promise<boolean> {
  if (typeof level !== "string") {
    throw new InvalidInputError(`a level must be a text, got ${describe(level)}`);
  }
  const made = await generate(readLink(link));
  if (typeof made === "string") return plainText(made) === plainText(level);
  throw new InvalidInputError(`generate must give the level as text, got ${describe(made)}`);
}

function wrong(link: string, why: string): InvalidInputError {
  return new InvalidInputError(`${describe(link)} is no link to a level: ${why}`);
}

/** Two bytes that tell a slip of the pen. */
function slip(bytes: readonly number[]): number[] {
  const hash = fnv1a(String.fromCharCode(...bytes));
  return [(hash ^ (hash >>> 16)) & 255, ((hash >>> 8) ^ (hash >>> 24)) & 255];
}

function writeWhole(value: number, out: number[]): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push(128 + (rest % 128));
  out.push(rest);
}

function writeFields(object: object, name: string, depth: number, out: number[]): void {
  const fields = Object.entries(object)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  writeWhole(fields.length, out);
  for (const [key, value] of fields) {
    const known = NAMES.indexOf(key);
    writeWhole(known + 1, out);
    if (known < 0) writeText(key, out);
    writeValue(value, `${name}.${key}`, depth + 1, out);
  }
}

function writeText(text: string, out: number[]): void {
  const bytes = new TextEncoder().encode(text);
  writeWhole(bytes.length, out);
  if (bytes.length > LONGEST) {
    throw new InvalidInputError(`options are too much for a link: a text of ${bytes.length} bytes`);
  }
  out.push(...bytes);
}

function writeValue(value: unknown, name: string, depth: number, out: number[]): void {
  if (depth > DEEPEST) {
    throw new InvalidInputError(`${name} is too deep for a link: ${DEEPEST} levels at most`);
  }
  if (typeof value === "boolean") out.push(value ? YES : NO);
  else if (typeof value === "number" && Number.isFinite(value)) writeNumber(value, out);
  else if (typeof value === "string") {
    out.push(TEXT);
    writeText(value, out);
  } else if (Array.isArray(value)) {
    out.push(LIST);
    writeWhole(value.length, out);
    if (value.length > LONGEST) {
      throw new InvalidInputError(`${name} is too much for a link: a list of ${value.length}`);
    }
    for (const [i, one] of value.entries()) writeValue(one, `${name}[${i}]`, depth + 1, out);
  } else if (isObject(value)) {
    out.push(OBJECT);
    writeFields(value, name, depth, out);
  } else {
    throw new InvalidInputError(
      `${name} must be a finite number, true or false, a text, a list or an object of such, got ${describe(value)}`,
    );
  }
}

/** Whole, or with at most nine digits after the point where that is the very number, or all its bits. */
function writeNumber(value: number, out: number[]): void {
  const size = Math.abs(value);
  if (Number.isSafeInteger(value)) {
    if (value >= 0 && value < 256 - SMALL) out.push(SMALL + value);
    else {
      out.push(value < 0 ? NEGATIVE : WHOLE);
      writeWhole(size, out);
    }
    return;
  }
  for (let digits = 1, power = 10; digits <= 9; digits++, power *= 10) {
    const shifted = Math.round(size * power);
    if (!Number.isSafeInteger(shifted) || shifted / power !== size) continue;
    out.push(value < 0 ? NEGATIVE_DECIMAL : DECIMAL, digits);
    writeWhole(shifted, out);
    return;
  }
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  out.push(FLOAT, ...new Uint8Array(bits.buffer));
}

/** Reads what was written. Lengths are checked before anything is made. */
class Reader {
  readonly #link: string;
  readonly #bytes: readonly number[];
  #at = 0;

  constructor(link: string, bytes: readonly number[]) {
    this.#link = link;
    this.#bytes = bytes;
  }

  take(count: number): readonly number[] {
    if (count > this.#bytes.length - this.#at) throw wrong(this.#link, "it ends too early");
    this.#at += count;
    return this.#bytes.slice(this.#at - count, this.#at);
  }

  whole(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const [byte] = this.take(1);
      value += scale * (byte % 128);
      if (value > Number.MAX_SAFE_INTEGER) throw wrong(this.#link, "a number in it is too large");
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  fields(depth: number): Record<string, LinkValue> {
    const fields: [string, LinkValue][] = [];
    for (let left = this.whole(); left > 0; left--) {
      const known = this.whole();
      if (known > NAMES.length) throw wrong(this.#link, `there is no name ${known}`);
      fields.push([known === 0 ? this.#text() : NAMES[known - 1], this.#value(depth + 1)]);
    }
    return Object.fromEntries(fields);
  }

  #text(): string {
    const bytes = Uint8Array.from(this.take(this.whole()));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw wrong(this.#link, "a text in it is not UTF-8");
    }
  }

  #value(depth: number): LinkValue {
    if (depth > DEEPEST) throw wrong(this.#link, "it is too deep");
    const [kind] = this.take(1);
    if (kind >= SMALL) return kind - SMALL;
    if (kind === NO || kind === YES) return kind === YES;
    if (kind === WHOLE) return this.whole();
    if (kind === NEGATIVE) return -this.whole();
    if (kind === DECIMAL) return this.#decimal();
    if (kind === NEGATIVE_DECIMAL) return -this.#decimal();
    if (kind === FLOAT) return new DataView(Uint8Array.from(this.take(8)).buffer).getFloat64(0);
    if (kind === TEXT) return this.#text();
    if (kind === OBJECT) return this.fields(depth);
    if (kind !== LIST) throw wrong(this.#link, `there is no value of kind ${kind}`);
    const list: LinkValue[] = [];
    for (let left = this.whole(); left > 0; left--) list.push(this.#value(depth + 1));
    return list;
  }

  #decimal(): number {
    let power = 1;
    for (let [digits] = this.take(1); digits > 0; digits--) power *= 10;
    return this.whole() / power;
  }
}

/** Base64 for addresses (RFC 4648, section 5), without what fills up the end. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function toLetters(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b = 0, c = 0] = bytes.slice(i, i + 3);
    const bits = (a << 16) | (b << 8) | c;
    for (let j = 0; j < Math.min(4, bytes.length - i + 1); j++) {
      text += LETTERS[(bits >> (18 - 6 * j)) & 63];
    }
  }
  return text;
}

function fromLetters(text: string): number[] {
  const bytes: number[] = [];
  let [bits, have] = [0, 0];
  for (const letter of text) {
    bits = ((bits << 6) | LETTERS.indexOf(letter)) & 0xffff;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    bytes.push((bits >> have) & 255);
  }
  return bytes;
}

function lettersOfHex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
