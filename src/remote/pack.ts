// Tokenizers are objects with methods, which no message can carry: they travel as JSON. What is packed
// stands in options or is a property of a model, so only plain objects are searched, and not deep.

import type { Tokenizer, TokenizerJSON } from "../text/tokenizer.js";

const TOKENIZER = "simdream: tokenizer";
const DEPTH = 3;

/** The same with tokenizers as JSON; one that is there twice is so afterwards, too. */
export function pack(value: unknown): unknown {
  const packed = new Map<Tokenizer, object>();
  return mapped(value, (found) => {
    if (!isTokenizer(found)) return undefined;
    const known = packed.get(found) ?? { [TOKENIZER]: found.toJSON() };
    packed.set(found, known);
    return known;
  });
}

/** Makes a tokenizer; each side has its own copy of the function. */
type FromJSON = (json: unknown) => Tokenizer;

/** The opposite. @throws what `fromJSON` does for a tokenizer that was no real one */
export function unpack(value: unknown, fromJSON: FromJSON): unknown {
  const unpacked = new Map<object, Tokenizer>();
  return mapped(value, (found) => {
    if (!Object.hasOwn(found, TOKENIZER)) return undefined;
    const { [TOKENIZER]: json } = found as { [TOKENIZER]: TokenizerJSON };
    const known = unpacked.get(found) ?? fromJSON(json);
    unpacked.set(found, known);
    return known;
  });
}

/** Whether these are options or another plain object, and no list, buffer or instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  // The root of another realm has no prototype either.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a message can carry the value as it is, once it is packed. */
export function isData(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return value.every(isData);
  return isPlain(value) && Object.values(value).every(isData);
}

function isTokenizer(value: object): value is Tokenizer {
  const { toJSON, encode } = value as Partial<Tokenizer>;
  return typeof toJSON === "function" && typeof encode === "function";
}

/** A copy of plain objects in which whatever `change` gives stands for what it was given. */
function mapped(
  value: unknown,
  change: (found: object) => unknown,
  depth: number = DEPTH,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (depth === 0 || !isPlain(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, mapped(inner, change, depth - 1)]),
  );
}
