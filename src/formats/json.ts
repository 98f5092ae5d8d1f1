// JSON out of a file. What JSON.parse makes of a text can be a hundred times its size, and brackets in
// brackets cost more with every level: so they are counted before it is asked.

import { describe, ModelFileError } from "../host/errors.js";

export type Json = Readonly<Record<string, unknown>>;

/** More than any model of ours needs: two vocabularies of 262,144 byte pairs, a thousand runs. */
const [MAX_DEPTH, MAX_VALUES, MAX_MEMBERS] = [32, 2_000_000, 100_000];

/**
 * @param most names that it may hold
 * @throws ModelFileError for what is no JSON object, or one of a size that no model has
 */
export function parseObject(text: string, what: string, most: number = MAX_MEMBERS): Json {
  checkSize(text, what, most);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ModelFileError(`${what} is not JSON`, { cause });
  }
  return checkObject(what, json);
}

/** @throws ModelFileError */
export function checkObject(what: string, json: unknown): Json {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
  throw new ModelFileError(`${what} must be an object, got ${describe(json)}`);
}

/** @throws ModelFileError */
export function checkString(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new ModelFileError(`${name} must be a string, got ${describe(value)}`);
}

function checkSize(text: string, what: string, most: number): void {
  let depth = 0;
  let values = 0;
  let members = 0;
  for (let i = 0; i < text.length; i++) {
    const mark = text[i];
    if (mark === '"') i = endOfString(text, i);
    else if (mark === ",") values++;
    else if (mark === ":") members++;
    else if (mark === "]" || mark === "}") depth--;
    else if (mark === "[" || mark === "{") {
      depth++;
      values++;
    }
    if (depth <= MAX_DEPTH && values <= MAX_VALUES && members <= most) continue;
    throw new ModelFileError(
      `${what} must be at most ${MAX_DEPTH} levels deep, of ${MAX_VALUES} values and ${most} names; it has more`,
    );
  }
}

/** Where the string that begins with the quote at `start` has its other one; the text's length where it has none. */
export function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}
