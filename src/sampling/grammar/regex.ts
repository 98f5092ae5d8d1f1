// Regular expressions in JavaScript's syntax, as expressions over characters: the same texts as RegExp's
// `^(?:pattern)$` with these flags. The engine checks the syntax, so what is read here is well-formed; what no finite
// automaton or no frozen table can do is refused by name.

import { InvalidInputError } from "../../host/errors.js";
import { ANY, choice, EMPTY, type Expression, repeat, sequence, set } from "./expression.js";
import { HIGHEST, type Ranges, union, without } from "./ranges.js";

const DIGITS: Ranges = [0x30, 0x39];
const WORD: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
const LINE_ENDS: Ranges = [0x0a, 0x0a, 0x0d, 0x0d, 0x2028, 0x2029];
/** White space and line ends as ECMAScript has them. */
const SPACES: Ranges = union(
  [0x09, 0x0d, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029],
  [0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff],
);
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/** What is read: an expression, or a sign of where the text begins or ends. */
type Part =
  | { readonly kind: "plain"; readonly of: Expression }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "group"; readonly of: readonly (readonly Part[])[] };

/**
 * The texts that are a pattern's from beginning to end.
 * @param search whether the pattern may be found anywhere in the text instead
 * @throws InvalidInputError
 */
export function readRegex(pattern: string, flags: string, search = false): Expression {
  check(pattern, flags);
  const reader = new Reader(pattern, flags);
  const alternatives = reader.alternatives();
  return placed(alternatives, { left: true, right: true, around: search ? repeat(ANY, 0) : EMPTY });
}

function refuse(what: string): never {
  throw new InvalidInputError(`regular expression: ${what} cannot be used in a grammar`);
}

function check(pattern: string, flags: string): void {
  if (typeof pattern !== "string" || typeof flags !== "string") {
    throw new InvalidInputError("regex needs a pattern and flags as strings, or a RegExp");
  }
  try {
    new RegExp(pattern, flags);
  } catch (cause) {
    throw new InvalidInputError(`regular expression: ${(cause as Error).message}`, { cause });
  }
  const flag = /[^dgisu]/.exec(flags)?.[0];
  if (flag) refuse(`the flag ${flag}`);
}

interface Sides {
  /** Whether nothing comes before, and after. */
  readonly left: boolean;
  readonly right: boolean;
  /** What may be around a pattern that says nothing of where it begins or ends. */
  readonly around: Expression;
}

const INSIDE: Sides = { left: false, right: false, around: EMPTY };

/** Alternatives where they stand; ^ and $ are for the text's own beginning and end. */
function placed(alternatives: readonly (readonly Part[])[], sides: Sides): Expression {
  return choice(...alternatives.map((parts) => placedOne(parts, sides)));
}

function placedOne(parts: readonly Part[], { left, right, around }: Sides): Expression {
  const rest = [...parts];
  let [begun, ended] = [false, false];
  while (left && rest[0]?.kind === "start") {
    rest.shift();
    begun = true;
  }
  while (right && rest[rest.length - 1]?.kind === "end") {
    rest.pop();
    ended = true;
  }
  const made = rest.map((part, i): Expression => {
    const [first, last] = [i === 0, i === rest.length - 1];
    if (part.kind === "plain") {
      return sequence(
        ...(first && left && !begun ? [around] : []),
        part.of,
        ...(last && right && !ended ? [around] : []),
      );
    }
    if (part.kind !== "group")
      return refuse(`${part.kind === "start" ? "^" : "$"} inside a pattern`);
    return placed(part.of, {
      left: left && first && !begun,
      right: right && last && !ended,
      around,
    });
  });
  if (made.length > 0) return sequence(...made);
  // Nothing, somewhere.
  return sequence(...(left && !begun ? [around] : []), ...(right && !ended ? [around] : []));
}

class Reader {
  readonly #pattern: string;
  readonly #unicode: boolean;
  readonly #ignoreCase: boolean;
  readonly #dot: Expression;
  #at = 0;

  constructor(pattern: string, flags: string) {
    this.#pattern = pattern;
    this.#unicode = flags.includes("u");
    this.#ignoreCase = flags.includes("i");
    this.#dot = this.#characters(
      flags.includes("s") ? [0, HIGHEST] : without([0, HIGHEST], LINE_ENDS),
    );
  }

  /** Characters that a set can match: without the flag u one is half a pair, too. */
  #characters(ranges: Ranges): Expression {
    return set(without(ranges, this.#unicode ? [0xd800, 0xdfff] : [0x10000, HIGHEST]));
  }

  #peek(text: string): boolean {
    return this.#pattern.startsWith(text, this.#at);
  }

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#pattern);
    if (!found) return undefined;
    this.#at += found[0].length;
    return found;
  }

  alternatives(): Part[][] {
    const all: Part[][] = [[]];
    while (this.#at < this.#pattern.length && !this.#peek(")")) {
      if (this.#take("|")) all.push([]);
      else all[all.length - 1].push(this.#term());
    }
    return all;
  }

  #term(): Part {
    if (this.#take("^")) return { kind: "start" };
    if (this.#take("$")) return { kind: "end" };
    const part: Part = this.#take("(") ? this.#group() : { kind: "plain", of: this.#one() };
    const times = this.#match(/([*+?])|\{(\d+)(?:(,)(\d*))?\}/y);
    if (!times) return part;
    this.#take("?");
    const [, sign, from, comma, to] = times;
    const min = sign ? Number(sign === "+") : Number(from);
    const most = sign || comma ? to : from;
    const max = sign === "?" ? 1 : most ? Number(most) : undefined;
    return { kind: "plain", of: repeat(placedOne([part], INSIDE), min, max) };
  }

  #group(): Part {
    if (!this.#take("?:") && !this.#match(/\?<(?![=!])[^>]*>/y) && this.#peek("?")) {
      refuse(/^\?<?[=!]/.test(this.#pattern.slice(this.#at)) ? "looking ahead or behind" : "(?…)");
    }
    const of = this.alternatives();
    this.#take(")");
    return { kind: "group", of };
  }

  /** One character, or a set of them. */
  #one(): Expression {
    if (this.#take(".")) return this.#dot;
    if (this.#take("[")) return this.#class();
    if (this.#take("\\")) {
      const escaped = this.#escape(false);
      return typeof escaped === "number" ? this.#single(escaped) : this.#characters(escaped);
    }
    return this.#single(this.#next());
  }

  #single(code: number): Expression {
    return this.#characters(this.#folded([code, code]));
  }

  #next(): number {
    const code = this.#unicode
      ? this.#pattern.codePointAt(this.#at)!
      : this.#pattern.charCodeAt(this.#at);
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #class(): Expression {
    const negated = this.#take("^");
    let found: Ranges = [];
    while (!this.#take("]")) {
      const from = this.#member();
      if (typeof from !== "number" || !this.#peek("-") || this.#peek("-]")) {
        found = union(found, typeof from === "number" ? this.#folded([from, from]) : from);
        continue;
      }
      this.#take("-");
      const to = this.#member();
      // Without the flag u, [a-\d] is three members.
      found =
        typeof to === "number"
          ? union(found, this.#folded([from, to]))
          : union(found, this.#folded([from, from]), [0x2d, 0x2d], to);
    }
    return this.#characters(negated ? without([0, HIGHEST], found) : found);
  }

  #member(): number | Ranges {
    return this.#take("\\") ? this.#escape(true) : this.#next();
  }

  /** What comes after a backslash: a character, or a set of them. */
  #escape(inClass: boolean): number | Ranges {
    const letter = this.#match(/[dDwWsS]/y)?.[0];
    if (letter) {
      const sets: Readonly<Record<string, Ranges>> = {
        d: DIGITS,
        w: this.#folded(WORD),
        s: SPACES,
      };
      const of = sets[letter.toLowerCase()];
      return letter in sets ? of : without([0, HIGHEST], of);
    }
    const control = this.#match(/[tnvfr]/y)?.[0];
    if (control) return CONTROLS[control];
    if (inClass && this.#take("b")) return 8;
    if (this.#match(/0(?!\d)/y)) return 0;
    const pair = this.#unicode && this.#match(/u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/iy);
    if (pair) {
      return String.fromCharCode(
        Number.parseInt(pair[1], 16),
        Number.parseInt(pair[2], 16),
      ).codePointAt(0)!;
    }
    const long = this.#unicode && this.#match(/u\{([0-9a-f]+)\}/iy);
    const hex = long || this.#match(/x([0-9a-f]{2})/iy) || this.#match(/u([0-9a-f]{4})/iy);
    if (hex) return Number.parseInt(hex[1], 16);
    const named = this.#match(/c([a-z])/iy);
    if (named) return named[1].charCodeAt(0) % 32;
    const other = this.#match(/[bBpPkxuc\d]/y)?.[0];
    if (other) refuse(`\\${other}`);
    return this.#next();
  }

  /** With the letters of the other case, where case is ignored. */
  #folded(ranges: Ranges): Ranges {
    if (!this.#ignoreCase) return ranges;
    const more: number[] = [];
    for (let i = 0; i < ranges.length; i += 2) {
      const [low, high] = [ranges[i], ranges[i + 1]];
      if (high > 0x7f && high !== HIGHEST) {
        refuse("a character beyond ASCII with the flag i");
      }
      for (let code = low; code <= Math.min(high, 0x7a); code++) {
        const letter = String.fromCharCode(code);
        if (!/[a-zA-Z]/.test(letter)) continue;
        more.push(code ^ 0x20, code ^ 0x20);
        // What Unicode folds to k and s besides.
        if (this.#unicode && /k/i.test(letter)) more.push(0x212a, 0x212a);
        if (this.#unicode && /s/i.test(letter)) more.push(0x17f, 0x17f);
      }
    }
    return union(ranges, more);
  }
}
