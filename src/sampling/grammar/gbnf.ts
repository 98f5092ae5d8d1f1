// Grammars in the notation of llama.cpp (grammars/README.md there): rules `name ::= …`, of which `root` is the text.

import { InvalidInputError } from "../../host/errors.js";
import { ANY, choice, type Expression, repeat, rule, sequence, set } from "./expression.js";
import type { GrammarJSON } from "./grammar.js";
import { CHARACTERS, HIGHEST, intersection, type Ranges, union, without } from "./ranges.js";

/** Groups within groups. */
const DEEPEST = 200;
const ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n" };

/** @throws InvalidInputError saying where the text is no grammar */
export function readGbnf(text: string): GrammarJSON {
  if (typeof text !== "string") {
    throw new InvalidInputError(
      `gbnf needs the text of a grammar, got a value of type ${typeof text}`,
    );
  }
  const rules = new Reader(text).rules();
  if (rules.has("root")) return { rules: [...rules], root: "root" };
  throw new InvalidInputError('the grammar has no rule "root", which is what a text is');
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #fail(expected: string): never {
    const before = this.#text.slice(0, this.#at).split("\n");
    const rest = this.#text.slice(this.#at).split("\n", 1)[0];
    const found = rest === "" ? "the end of the line" : JSON.stringify(rest.slice(0, 20));
    throw new InvalidInputError(
      `the grammar needs ${expected} in line ${before.length}, column ${before[before.length - 1].length + 1}, got ${found}`,
    );
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text);
    if (!found) return undefined;
    this.#at += found[0].length;
    return found;
  }

  /** Goes over blanks and comments, and over line ends where a rule may go on in the next line. */
  #blanks(lines: boolean): void {
    this.#match(lines ? /(?:[ \t\r\n]|#[^\n]*)*/y : /(?:[ \t]|#[^\r\n]*)*/y);
  }

  rules(): Map<string, Expression> {
    const rules = new Map<string, Expression>();
    for (this.#blanks(true); this.#at < this.#text.length; this.#blanks(true)) {
      const [name] = this.#match(/[\w-]+/y) ?? this.#fail("the name of a rule");
      this.#blanks(false);
      if (!this.#match(/::=/y)) this.#fail("::=");
      if (rules.has(name)) {
        throw new InvalidInputError(
          `the grammar has two rules ${JSON.stringify(name.slice(0, 60))}`,
        );
      }
      this.#blanks(true);
      rules.set(name, this.#alternatives(0));
      if (this.#at < this.#text.length && !this.#match(/\r?\n/y)) this.#fail("the end of the rule");
    }
    return rules;
  }

  #alternatives(depth: number): Expression {
    if (depth > DEEPEST) this.#fail(`at most ${DEEPEST} groups within each other`);
    const all = [this.#sequence(depth)];
    for (;;) {
      // An alternative may begin the next line, as one may after its bar.
      const here = this.#at;
      this.#blanks(true);
      if (!this.#match(/\|/y)) {
        if (depth === 0) this.#at = here;
        return choice(...all);
      }
      this.#blanks(true);
      all.push(this.#sequence(depth));
    }
  }

  #sequence(depth: number): Expression {
    const parts: Expression[] = [];
    for (;;) {
      const part = this.#item(depth);
      if (!part) return sequence(...parts);
      this.#blanks(depth > 0);
      const times = this.#match(/([*+?])|\{[ \t]*(\d+)[ \t]*(?:(,)[ \t]*(\d*)[ \t]*)?\}/y);
      parts.push(times ? this.#repeated(part, times) : part);
      this.#blanks(depth > 0);
    }
  }

  #repeated(part: Expression, [, sign, from, comma, to]: RegExpExecArray): Expression {
    if (sign) return repeat(part, sign === "+" ? 1 : 0, sign === "?" ? 1 : undefined);
    const min = Number(from);
    const max = comma ? (to === "" ? undefined : Number(to)) : min;
    if (max !== undefined && max < min) this.#fail(`at least ${min} in {${min},…}`);
    return repeat(part, min, max);
  }

  #item(depth: number): Expression | undefined {
    if (this.#match(/\(/y)) {
      this.#blanks(true);
      const inner = this.#alternatives(depth + 1);
      if (!this.#match(/\)/y)) this.#fail('")"');
      return inner;
    }
    if (this.#match(/"/y)) {
      const parts: Expression[] = [];
      while (!this.#match(/"/y)) {
        const code = this.#character();
        parts.push(set([code, code]));
      }
      return sequence(...parts);
    }
    if (this.#match(/\[/y)) return this.#class();
    if (this.#match(/\./y)) return ANY;
    if (this.#match(/[!]?</y)) this.#fail("text: tokens in <…> cannot be used;");
    const name = this.#match(/[\w-]+/y)?.[0];
    return name === undefined ? undefined : rule(name);
  }

  #class(): Expression {
    const negated = this.#match(/\^/y);
    let found: Ranges = [];
    while (!this.#match(/\]/y)) {
      const from = this.#character();
      const to = this.#match(/-(?!\])/y) ? this.#character() : from;
      if (to < from) this.#fail("ranges whose last character is not before the first");
      found = union(found, [from, to]);
    }
    const all = negated ? without([0, HIGHEST], found) : found;
    return set(intersection(all, CHARACTERS));
  }

  /** A character, or an escape that stands for one. */
  #character(): number {
    const escaped = this.#match(
      /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([trn\\"[\]]))/iy,
    );
    if (escaped) {
      const [, x, u, U, letter] = escaped;
      if (letter) return (ESCAPES[letter] ?? letter).charCodeAt(0);
      const code = Number.parseInt(x ?? u ?? U, 16);
      if (code <= HIGHEST && !(code >= 0xd800 && code <= 0xdfff)) return code;
      this.#fail("a character's number in an escape");
    }
    const code = this.#text.codePointAt(this.#at);
    if (
      code === undefined ||
      code === 0x5c ||
      code === 0x0a ||
      (code >= 0xd800 && code <= 0xdfff)
    ) {
      this.#fail(
        'a character, one of the escapes \\x \\u \\U \\t \\r \\n \\\\ \\" \\[ \\], or the end of the text',
      );
    }
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }
}
