// Objects with methods, which no message can carry, travel as plain data: tokenizers, grammars, pictures, grids, and what
// models of pictures make. What is packed is an argument, a result or a property of a model, or stands in one, so only plain
// objects are searched, and not deep.

import type { GridSet, ImageSet, Made } from "../api.js";
import type { GrammarJSON } from "../sampling/grammar/grammar.js";
import type { TextGrammar } from "../sampling/rules.js";
import type { Tokenizer, TokenizerJSON } from "../text/tokenizer.js";

const DEPTH = 3;

/** What makes the objects again; each side has its own copies of the classes. */
export interface Makers {
  tokenizer(json: unknown): Tokenizer;
  grammar(json: GrammarJSON): TextGrammar;
  images(parts: ConstructorParameters<typeof ImageSet>[0]): ImageSet;
  grids(parts: ConstructorParameters<typeof GridSet>[0]): GridSet;
  made(parts: Pick<Made, "shape" | "rows" | "labels" | "captions" | "fps">): Made;
}

/** How each kind of object travels. */
const travellers: {
  readonly [Kind in keyof Makers]: (found: object) => Parameters<Makers[Kind]>[0] | undefined;
} = {
  tokenizer: (found) => {
    const { toJSON, encode } = found as Partial<Tokenizer>;
    const is = typeof toJSON === "function" && typeof encode === "function";
    return is ? (found as Tokenizer).toJSON() : undefined;
  },
  grammar: (found) => {
    const { toJSON, start } = found as Partial<TextGrammar>;
    const is = typeof toJSON === "function" && typeof start === "function";
    return is ? ((found as TextGrammar).toJSON() as GrammarJSON) : undefined;
  },
  images: (found) => {
    const set = found as ImageSet;
    const is = set.pixels instanceof Uint8Array && typeof set.grid === "function";
    const { pixels, frames, fps, height, width, channels, labels, captions, names, groups } = set;
    return is
      ? { pixels, frames, fps, height, width, channels, labels, captions, names, groups }
      : undefined;
  },
  grids: (found) => {
    const set = found as GridSet;
    const is = Array.isArray(set.grids) && typeof set.withSymbols === "function";
    const { symbols, grids, labels, names, groups } = set;
    return is ? { symbols, grids, labels, names, groups } : undefined;
  },
  made: (found) => {
    const { shape, rows, labels, captions, fps } = found as Made;
    const is = !isPlain(found) && Array.isArray(rows) && Array.isArray(shape);
    return is ? { shape, rows, labels, captions, fps } : undefined;
  },
};

const kinds = Object.keys(travellers) as (keyof Makers)[];
const NAME = "simdream: ";

/** The same with such objects as plain data; one that is there twice is so afterwards, too. */
export function pack(value: unknown): unknown {
  const packed = new Map<object, object>();
  return mapped(value, (found) => {
    const known = packed.get(found);
    if (known) return known;
    for (const kind of kinds) {
      const parts = travellers[kind](found);
      if (parts === undefined) continue;
      const own = { [NAME + kind]: parts };
      packed.set(found, own);
      return own;
    }
    return undefined;
  });
}

/** The opposite. @throws what a maker does for parts that were no real ones */
export function unpack(value: unknown, makers: Partial<Makers>): unknown {
  const unpacked = new Map<object, object>();
  return mapped(value, (found) => {
    const kind = kinds.find((one) => Object.hasOwn(found, NAME + one));
    if (kind === undefined) return undefined;
    const parts = (found as Record<string, TokenizerJSON>)[NAME + kind];
    const known = unpacked.get(found) ?? makers[kind]!(parts as never);
    unpacked.set(found, known);
    return known;
  });
}

/** The same with packed tokenizers as tokenizers, some of which can only be made by and by. */
export async function withTokenizers(
  value: unknown,
  read: (json: unknown) => Promise<Tokenizer>,
): Promise<unknown> {
  const made = new Map<object, Promise<Tokenizer>>();
  const name = `${NAME}tokenizer`;
  const jsonOf = (found: object) => (found as Record<string, unknown>)[name];
  mapped(value, (found) => {
    if (Object.hasOwn(found, name) && !made.has(found)) made.set(found, read(jsonOf(found)));
    return undefined;
  });
  const tokenizers = new Map<object, Tokenizer>();
  for (const [found, tokenizer] of made) tokenizers.set(found, await tokenizer);
  return mapped(value, (found) => tokenizers.get(found));
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
