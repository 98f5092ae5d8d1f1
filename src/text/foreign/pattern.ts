// The regular expressions that tokenizers of others split texts with, in Oniguruma's notation. An engine's own
// RegExp would need its own tables of Unicode, and one from a hostile file could keep it busy for ever; so what such
// patterns use is matched here, and everything else is refused. Matching backtracks as usual, within a budget of
// steps that grows with the text.

import { describe, InvalidInputError } from "../../host/errors.js";
import { Category, categoryOf, isSpace } from "./unicode.js";

/** A set of code points: those of categories, spaces and ranges, or all others. */
interface CharacterSet {
  /** Bit i: category i. */
  readonly categories: number;
  readonly space: boolean;
  /** \S, \P and the like inside of a class. */
  readonly others: readonly CharacterSet[];
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

type Term =
  | { readonly set: CharacterSet; min: number; max: number; possessive: boolean }
  | { readonly choices: readonly (readonly Term[])[]; optional: boolean }
  | { readonly ahead: readonly (readonly Term[])[]; readonly negative: boolean };

/** Where a match that goes on from `at` ends; -1: nowhere. */
type Matcher = (at: number) => number;

const LONGEST_PATTERN = 4096;
/** Sets of one pattern; each is a bit of what is remembered of a character. */
const MOST_SETS = 30;
const DEEPEST = 8;
/** Characters looked at for each of the text: known patterns need about ten. */
const STEPS = 500;

const letters = ["Lu", "Ll", "Lt", "Lm", "Lo"] as const;
const properties: Readonly<Record<string, number>> = {
  L: mask(...letters),
  Letter: mask(...letters),
  N: mask("Nd", "Nl", "No"),
  Number: mask("Nd", "Nl", "No"),
  ...Object.fromEntries(
    (["Lu", "Ll", "Lt", "Lm", "Lo", "M", "Nd", "Nl", "No", "P", "S"] as const).map((name) => [
      name,
      mask(name),
    ]),
  ),
};

function mask(...names: (keyof typeof Category)[]): number {
  return names.reduce((bits, name) => bits | (1 << Category[name]), 0);
}

/** Finds the matches of a pattern from left to right. */
export class Pattern {
  readonly #sets: CharacterSet[] = [];
  readonly #start: Matcher;
  /** What sets a code unit is in, and KNOWN, once asked. */
  readonly #bits = new Uint32Array(0x10000);
  #text = "";
  #steps = 0;

  /** @throws InvalidInputError naming what of the pattern is not understood */
  constructor(source: string) {
    const terms = new PatternReader(source).read();
    if (shortest(terms) === 0) refuse(source, "it matches the empty text");
    this.#start = this.#choices(terms, (at) => at);
  }

  /**
   * Start and end of each match; between them is what does not match.
   * @throws InvalidInputError where matching would take too long
   */
  *matches(text: string): Generator<[number, number], void, void> {
    let at = 0;
    let left = STEPS * (text.length + 100);
    while (at < text.length) {
      this.#text = text;
      this.#steps = left;
      const end = this.#start(at);
      left = this.#steps;
      if (end > at) {
        yield [at, end];
        at = end;
      } else {
        at += text.codePointAt(at)! > 0xffff ? 2 : 1;
      }
    }
  }

  #choices(choices: readonly (readonly Term[])[], next: Matcher): Matcher {
    const matchers = choices.map((terms) =>
      terms.reduceRight((after, term) => this.#term(term, after), next),
    );
    if (matchers.length === 1) return matchers[0];
    return (at) => {
      for (const matcher of matchers) {
        const end = matcher(at);
        if (end >= 0) return end;
      }
      return -1;
    };
  }

  #term(term: Term, next: Matcher): Matcher {
    if ("set" in term) return this.#repeat(term, next);
    if ("choices" in term) {
      const inside = this.#choices(term.choices, next);
      if (!term.optional) return inside;
      return (at) => {
        const end = inside(at);
        return end >= 0 ? end : next(at);
      };
    }
    const inside = this.#choices(term.ahead, (at) => at);
    return (at) => (inside(at) >= 0 === term.negative ? -1 : next(at));
  }

  /** As many characters as there are, then fewer until what follows matches. */
  #repeat({ set, min, max, possessive }: Extract<Term, { set: unknown }>, next: Matcher): Matcher {
    const bit = 1 << this.#indexOf(set);
    return (at) => {
      let count = 0;
      while (count < max && at < this.#text.length) {
        const point = this.#text.codePointAt(at)!;
        if ((this.#of(point) & bit) === 0) break;
        at += point > 0xffff ? 2 : 1;
        count++;
      }
      this.#spend(count + 1);
      for (; count >= min; count--) {
        const end = next(at);
        if (end >= 0 || possessive || count === 0) return end;
        this.#spend(1);
        at -= isLow(this.#text.charCodeAt(at - 1)) ? 2 : 1;
      }
      return -1;
    };
  }

  #spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) {
      throw new InvalidInputError(
        "the tokenizer's pattern takes too long on this text: it goes back too often",
      );
    }
  }

  #indexOf(set: CharacterSet): number {
    const own = JSON.stringify(set);
    const known = this.#sets.findIndex((one) => JSON.stringify(one) === own);
    if (known >= 0) return known;
    if (this.#sets.length === MOST_SETS) {
      throw new InvalidInputError(
        `the tokenizer's pattern may have at most ${MOST_SETS} different sets of characters`,
      );
    }
    return this.#sets.push(set) - 1;
  }

  /** Bit i: whether it is in set i. */
  #of(point: number): number {
    if (point > 0xffff) return this.#find(point);
    const known = this.#bits[point];
    if (known !== 0) return known;
    this.#bits[point] = this.#find(point) | KNOWN;
    return this.#bits[point];
  }

  #find(point: number): number {
    let bits = 0;
    for (let i = 0; i < this.#sets.length; i++) if (has(this.#sets[i], point)) bits |= 1 << i;
    return bits;
  }
}

const KNOWN = 1 << MOST_SETS;

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function has(set: CharacterSet, point: number): boolean {
  const is =
    ((set.categories >> categoryOf(point)) & 1) === 1 ||
    (set.space && isSpace(point)) ||
    set.ranges.some(([first, last]) => point >= first && point <= last) ||
    set.others.some((other) => has(other, point));
  return is !== set.negated;
}

/** The fewest characters that one of the choices matches. */
function shortest(choices: readonly (readonly Term[])[]): number {
  const lengths = choices.map((terms) =>
    terms.reduce((sum, term) => {
      if ("set" in term) return sum + term.min;
      return "choices" in term && !term.optional ? sum + shortest(term.choices) : sum;
    }, 0),
  );
  return Math.min(...lengths);
}

function refuse(source: string, why: string): never {
  throw new InvalidInputError(
    `the tokenizer's pattern ${describe(source)} is not one that can be used: ${why}`,
  );
}

const NOTHING: CharacterSet = {
  categories: 0,
  space: false,
  others: [],
  ranges: [],
  negated: false,
};

/** Characters that are something else than themselves where they are not escaped. */
const MEANING = new Set("\\^$.|?*+()[]{}");
const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12 };
/** What a letter is folded with besides its other case. */
const folds: Readonly<Record<string, number>> = { s: 0x17f, k: 0x212a };

/** Letters that begin what one character is folded to: ss, ff, fi, fl, st and others. */
const STARTS_FOLD = "sfhtwyaijn";

class PatternReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    if (source.length > LONGEST_PATTERN) {
      refuse(source, `it has ${source.length} characters, of at most ${LONGEST_PATTERN}`);
    }
    this.#source = source;
  }

  read(): Term[][] {
    const choices = this.#choices(false, 0);
    if (this.#at < this.#source.length) this.#refuse("a ) without its (");
    return choices;
  }

  #choices(folded: boolean, depth: number): Term[][] {
    if (depth > DEEPEST) this.#refuse(`groups are nested deeper than ${DEEPEST}`);
    const choices: Term[][] = [[]];
    while (this.#at < this.#source.length && this.#peek() !== ")") {
      if (this.#take("|")) choices.push([]);
      else choices[choices.length - 1].push(this.#term(folded, depth));
    }
    if (folded) for (const terms of choices) this.#checkFolds(terms);
    return choices;
  }

  #term(folded: boolean, depth: number): Term {
    if (this.#take("(?!")) return { ahead: this.#group(folded, depth), negative: true };
    if (this.#take("(?=")) return { ahead: this.#group(folded, depth), negative: false };
    for (const [open, ignoresCase] of [
      ["(?i:", true],
      ["(?:", folded],
      ["(", folded],
    ] as const) {
      if (open === "(" && this.#source.startsWith("(?", this.#at)) continue;
      if (!this.#take(open)) continue;
      const choices = this.#group(ignoresCase, depth);
      const { min, max, possessive } = this.#times();
      if (max !== 1 || possessive) this.#refuse("a group that is repeated");
      return { choices, optional: min === 0 };
    }
    const set = this.#set(folded);
    return { set, ...this.#times() };
  }

  #group(folded: boolean, depth: number): Term[][] {
    const choices = this.#choices(folded, depth + 1);
    if (!this.#take(")")) this.#refuse("a ( without its )");
    return choices;
  }

  #times(): { min: number; max: number; possessive: boolean } {
    const found = /^(?:[?*+]|\{(\d{1,4})(,?)(\d{0,4})\})/.exec(
      this.#source.slice(this.#at, this.#at + 12),
    );
    if (!found) return { min: 1, max: 1, possessive: false };
    const [whole, low, comma, high] = found;
    this.#at += whole.length;
    if (this.#peek() === "?") this.#refuse(`${whole}?`);
    if (low === undefined) {
      const possessive = this.#take("+");
      return { min: whole === "+" ? 1 : 0, max: whole === "?" ? 1 : Infinity, possessive };
    }
    if (this.#peek() === "+") this.#refuse(`${whole}+`);
    const min = Number(low);
    const max = high ? Number(high) : comma ? Infinity : min;
    if (max < min || max === 0) this.#refuse(whole);
    return { min, max, possessive: false };
  }

  #set(folded: boolean): CharacterSet {
    if (this.#take("[")) return this.#class(folded);
    if (this.#peek() === "\\") return this.#escape(folded);
    const character = this.#character();
    if (MEANING.has(character)) this.#refuse(character);
    return literal(character, folded);
  }

  #class(folded: boolean): CharacterSet {
    const negated = this.#take("^");
    let { categories, space, others, ranges } = NOTHING;
    for (let first = true; first || !this.#take("]"); first = false) {
      if (this.#at >= this.#source.length) this.#refuse("a [ without its ]");
      const next = this.#peek();
      if (next === "[" || this.#source.startsWith("&&", this.#at) || (first && next === "]")) {
        this.#refuse(`${next} inside of [ ]`);
      }
      const part = next === "\\" ? this.#escape(folded) : literal(this.#character(), folded);
      const [low] = part.ranges[0] ?? [];
      const isRange = this.#peek() === "-" && this.#source[this.#at + 1] !== "]";
      if (isRange && low !== undefined && !part.negated) {
        this.#at++;
        const end = this.#peek() === "\\" ? this.#escape(false) : literal(this.#character(), false);
        const [high] = end.ranges[0] ?? [];
        if (high === undefined || high < low || folded) this.#refuse("this range inside of [ ]");
        ranges = [...ranges, [low, high]];
      } else if (part.negated) {
        others = [...others, part];
      } else {
        categories |= part.categories;
        space ||= part.space;
        ranges = [...ranges, ...part.ranges];
      }
    }
    return { categories, space, others, ranges, negated };
  }

  /** What a backslash begins: \p{L}, \s, \d, \n or a character that stands for itself. */
  #escape(folded: boolean): CharacterSet {
    this.#at++;
    const name = this.#character();
    const negated = name === "P" || name === "S" || name === "D";
    if (name === "s" || name === "S") return { ...NOTHING, space: true, negated };
    if (name === "d" || name === "D") return { ...NOTHING, categories: properties.Nd, negated };
    if (name === "p" || name === "P") {
      const [whole, property] =
        /^\{(\w+)\}/.exec(this.#source.slice(this.#at, this.#at + 20)) ?? [];
      if (property === undefined || !Object.hasOwn(properties, property)) {
        this.#refuse(`\\${name}${whole ?? ""}`);
      }
      this.#at += whole!.length;
      return { ...NOTHING, categories: properties[property], negated };
    }
    const point = escapes[name];
    if (point !== undefined) return { ...NOTHING, ranges: [[point, point]] };
    if (/[0-9A-Za-z]/.test(name)) this.#refuse(`\\${name}`);
    return literal(name, folded);
  }

  /** Pairs of letters that one other character is folded to, as ß is to ss, would need tables of their own. */
  #checkFolds(terms: readonly Term[]): void {
    for (let i = 1; i < terms.length; i++) {
      const [first, second] = [terms[i - 1], terms[i]];
      if (!("set" in first && "set" in second)) continue;
      const starts = first.set.ranges.some(([from]) =>
        STARTS_FOLD.includes(String.fromCodePoint(from)),
      );
      const goes = second.set.ranges.some(([from]) => isLetter(from));
      if (starts && goes) this.#refuse("these letters after each other in (?i: )");
    }
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #character(): string {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) this.#refuse("its end");
    const character = String.fromCodePoint(point!);
    this.#at += character.length;
    return character;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #refuse(what: string): never {
    return refuse(this.#source, `${what}, at character ${this.#at}, is not understood`);
  }
}

function isLetter(point: number): boolean {
  return (point | 0x20) >= 0x61 && (point | 0x20) <= 0x7a;
}

function literal(character: string, folded: boolean): CharacterSet {
  const point = character.codePointAt(0)!;
  if (!folded) return { ...NOTHING, ranges: [[point, point]] };
  if (point >= 0x80) {
    throw new InvalidInputError(
      `the tokenizer's pattern ignores the case of ${describe(character)}, which is done for ASCII only`,
    );
  }
  const lower = character.toLowerCase();
  const points = [lower.codePointAt(0)!, character.toUpperCase().codePointAt(0)!];
  const folding = folds[lower] === undefined ? [] : [folds[lower]];
  const all = [...new Set([...points, ...folding])];
  return { ...NOTHING, ranges: all.map((one) => [one, one] as const) };
}
