// Tokens that no text contains: names whose ids follow all others.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { checkText } from "./utf8.js";

/** The special tokens of a tokenizer: names whose ids follow all others. Never part of a text. */
export class Specials {
  readonly names: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * @param first id of the first name
   * @throws InvalidInputError for names that are not a short list of short, distinct strings
   */
  constructor(names: unknown, first: number) {
    if (!Array.isArray(names) || names.length > MAX_SPECIALS) {
      const expected = `an array of at most ${MAX_SPECIALS} strings`;
      throw new InvalidInputError(`specials must be ${expected}, got ${describe(names)}`);
    }
    const ids = new Map<string, number>();
    for (let i = 0; i < names.length; i++) {
      const name = checkText(`specials[${i}]`, names[i]);
      if (name.length === 0 || name.length > MAX_SPECIAL_LENGTH) {
        const expected = `1 to ${MAX_SPECIAL_LENGTH} characters long`;
        throw new InvalidInputError(`specials[${i}] must be ${expected}, got ${describe(name)}`);
      }
      if (ids.has(name)) {
        throw new InvalidInputError(`specials[${i}] repeats ${describe(name)}; names are distinct`);
      }
      ids.set(name, first + i);
    }
    this.#ids = ids;
    this.names = [...ids.keys()];
  }

  id(name: string): number | undefined {
    return this.#ids.get(name);
  }
}

/** Returns the tokens if they are a list of some kind. @throws InvalidInputError */
export function checkTokens(tokens: Iterable<number>): Iterable<number> {
  if (typeof tokens === "object" && typeof tokens?.[Symbol.iterator] === "function") return tokens;
  throw new InvalidInputError(`tokens must be a list of numbers, got ${describe(tokens)}`);
}

/** Returns `token` if it is one of 0 … size - 1. @throws InvalidInputError */
export function checkToken(token: number, size: number): number {
  if (Number.isInteger(token) && token >= 0 && token < size) return token;
  return checkNumber("token", token, { integer: true, min: 0, max: size - 1 });
}

/** Enough for any model of ours, each value of a label among them; a file that asks for more is not one. */
const MAX_SPECIALS = 65536;
const MAX_SPECIAL_LENGTH = 64;
