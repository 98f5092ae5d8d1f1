// JSON Schemas as rules: one for each set of schemas that hold of one value.

import { InvalidInputError } from "../../host/errors.js";
import {
  ANY,
  choice,
  EMPTY,
  type Expression,
  literal,
  NONE,
  repeat,
  rule,
  sequence,
} from "./expression.js";
import type { GrammarJSON } from "./grammar.js";
import { isSchema, References, type Schema } from "./json-references.js";
import { refuse, type Shape } from "./json-shape.js";
import { isOf, itemsAt, propertyAt, Shapes } from "./json-shapes.js";
import { CHARACTER, escaped, quoted } from "./json-text.js";
import { joined, oneOf, within } from "./machine.js";
import { CHARACTERS } from "./ranges.js";

const MOST_RULES = 20_000;
/** States of all machines of a schema. */
const MOST_STATES = 100_000;
const MOST_PATTERNS = 6;
/** Required properties that may come in any order, because no schema lists them. */
const MOST_FREE = 6;

/** @throws InvalidInputError naming what is not supported */
export function readJsonSchema(schema: unknown): GrammarJSON {
  if (!isSchema(schema)) {
    throw new InvalidInputError("jsonSchema needs a JSON Schema: an object, or true or false");
  }
  return within(MOST_STATES, () => new Writer(schema).grammar());
}

class Writer {
  readonly #root: Schema;
  readonly #shapes: Shapes;
  readonly #rules = new Map<string, Expression>();
  /** Schemas of the rules that are still to be written. */
  readonly #waiting: [string, readonly Schema[]][] = [];
  readonly #numbers = new Map<Schema, number>();

  constructor(root: Schema) {
    this.#root = root;
    this.#shapes = new Shapes(new References(root));
  }

  grammar(): GrammarJSON {
    this.#rules.set(CHARACTER, escaped(CHARACTERS));
    const root = this.#nameOf([this.#root]);
    for (let next = this.#waiting.pop(); next; next = this.#waiting.pop()) {
      const [name, schemas] = next;
      const shapes = this.#shapes.all(schemas);
      this.#set(name, choice(...shapes.map((shape, i) => this.#value(shape, `${name}/${i}`))));
    }
    return { rules: [...this.#rules], root };
  }

  #set(name: string, of: Expression): void {
    if (this.#rules.size >= MOST_RULES)
      refuse(`the schema needs more than ${MOST_RULES} rules; make it smaller`);
    this.#rules.set(name, of);
  }

  /** The rule of values of which all schemas hold. */
  #nameOf(schemas: readonly Schema[]): string {
    const ids = new Set(
      schemas.flatMap((one) => {
        if (one === true) return [];
        const id = this.#numbers.get(one) ?? this.#numbers.size;
        this.#numbers.set(one, id);
        return [id];
      }),
    );
    const name = [...ids].sort((a, b) => a - b).join("+") || "any";
    if (!this.#rules.has(name)) {
      this.#set(name, NONE);
      this.#waiting.push([name, schemas]);
    }
    return name;
  }

  #valueOf(schemas: readonly Schema[]): Expression {
    return rule(this.#nameOf(schemas));
  }

  #value(shape: Shape, name: string): Expression {
    const { types, values } = shape;
    if (values) return oneOf(this.#shapes.listed(shape).map((one) => JSON.stringify(one)));
    const plain = [null, true, false].filter((one) => this.#shapes.fits(shape, one));
    const parts = plain.map((one) => literal(String(one)));
    if (types.has("number")) parts.push(this.#shapes.numbers(shape));
    if (types.has("string")) parts.push(this.#string(shape));
    if (types.has("array")) parts.push(this.#array(shape, `${name}[`));
    if (types.has("object")) parts.push(this.#object(shape, `${name}{`));
    return choice(...parts);
  }

  #string(shape: Shape): Expression {
    const content = this.#shapes.strings(shape);
    return content === NONE ? NONE : quoted(content);
  }

  /** A list: a rule for each number of items so far and of those of them that are contained as asked for. */
  #array(shape: Shape, name: string): Expression {
    const { min, max } = shape.itemCount;
    const [contained, more] = shape.contains;
    if (more) refuse("contains in several schemas of one value is not supported");
    const least = contained?.min ?? 0;
    const longest = Math.max(1, min, ...shape.items.map(({ first }) => first.length));
    const most = max ?? longest;
    const after = (n: number, k: number) =>
      rule(`${name}${Math.min(n, most)},${Math.min(k, least)}`);
    for (let n = 0; n <= most; n++) {
      for (let k = 0; k <= least; k++) {
        const parts: Expression[] = [];
        if (n >= min && k >= least) parts.push(literal("]"));
        if (n < (max ?? Infinity)) {
          const schemas = itemsAt(shape, n);
          const comma = n > 0 ? literal(",") : EMPTY;
          parts.push(sequence(comma, this.#valueOf(schemas), after(n + 1, k)));
          if (contained && k < least) {
            const both = [...schemas, contained.schema];
            parts.push(sequence(comma, this.#valueOf(both), after(n + 1, k + 1)));
          }
        }
        this.#set(`${name}${n},${k}`, choice(...parts));
      }
    }
    return sequence(literal("["), rule(`${name}0,0`));
  }

  /**
   * An object: its named properties in their order, then others and those that are only required, in any order. A rule
   * for each property that may be next, the number of those before it and of others, and which of the required have
   * come. Of others only the first counts for a minimum, as the next may have the same name.
   */
  #object(shape: Shape, name: string): Expression {
    const { propertyCount, properties, required } = shape;
    const { min, max } = propertyCount;
    const named = [...new Set(properties.flatMap((one) => [...one.named.keys()]))];
    const free = required.filter((key) => !named.includes(key)).slice(0, MOST_FREE);
    const names = [...new Set([...named, ...required.filter((key) => !free.includes(key))])];
    const allowed = this.#namesOf(shape);
    const other = this.#others(shape, [...names, ...free], allowed);
    if (other !== NONE) this.#set(`${name}*`, other);
    const others = other === NONE ? NONE : rule(`${name}*`);
    const entry = (key: string): Expression => {
      if (allowed && !isOf(key, allowed)) return NONE;
      const value = this.#valueOf(propertyAt(properties, key));
      return sequence(literal(`${JSON.stringify(key)}:`), value);
    };
    const entries = new Map([...names, ...free].map((key) => [key, entry(key)]));
    const most = max ?? Math.max(1, min);
    const at = (i: number, known: number, other: number, come: number) => {
      const capped =
        max === undefined ? [Math.min(known, most), Math.min(other, 1)] : [known, other];
      return `${name}${i},${capped},${come}`;
    };
    const part = (count: number, of: Expression, next: string): Expression[] =>
      count === max ? [] : [sequence(count > 0 ? literal(",") : EMPTY, of, rule(next))];
    for (const [i, key] of names.entries()) {
      for (let known = 0; known <= Math.min(i, most); known++) {
        const parts = part(known, entries.get(key)!, at(i + 1, known + 1, 0, 0));
        if (!required.includes(key)) parts.push(rule(at(i + 1, known, 0, 0)));
        this.#set(at(i, known, 0, 0), choice(...parts));
      }
    }
    const n = names.length;
    const all = 2 ** free.length - 1;
    for (let come = 0; come <= all; come++) {
      const came = free.filter((_, j) => (come >> j) & 1).length;
      for (let known = Math.min(came, most); known <= Math.min(n + came, most); known++) {
        const last = others === NONE ? 0 : max === undefined ? 1 : max - known;
        for (let other = 0; other <= last; other++) {
          const count = known + other;
          const parts = part(count, others, at(n, known, other + 1, come));
          for (const [j, key] of free.entries()) {
            if ((come >> j) & 1) continue;
            parts.push(...part(count, entries.get(key)!, at(n, known + 1, other, come | (1 << j))));
          }
          if (come === all && known + Math.min(other, 1) >= min) parts.push(literal("}"));
          this.#set(at(n, known, other, come), choice(...parts));
        }
      }
    }
    return sequence(literal("{"), rule(at(0, 0, 0, 0)));
  }

  /** Characters that names may have; undefined: any. */
  #namesOf({ names }: Shape): Expression | undefined {
    if (names.length === 0) return undefined;
    const shapes = this.#shapes.all(names).filter(({ types }) => types.has("string"));
    return choice(...shapes.map((one) => this.#shapes.strings(one)));
  }

  /** Entries of names that no schema knows, by which of the patterns they match. */
  #others(
    { properties }: Shape,
    known: readonly string[],
    allowed: Expression | undefined,
  ): Expression {
    const patterns = new Map(
      properties.flatMap((one) =>
        one.patterns.map(([pattern]) => [pattern.source, pattern] as const),
      ),
    );
    const sources = [...patterns.keys()];
    if (sources.length > MOST_PATTERNS) {
      refuse(
        `patternProperties may have ${MOST_PATTERNS} patterns for one value, got ${sources.length}`,
      );
    }
    const entries = Array.from({ length: 2 ** sources.length }, (_, chosen) => {
      const matched = new Set(sources.filter((_, i) => ((chosen >> i) & 1) === 1));
      const schemas = properties.flatMap((one) => {
        const found = one.patterns.flatMap(([{ source }, schema]) =>
          matched.has(source) ? [schema] : [],
        );
        return found.length > 0 || one.rest === undefined ? found : [one.rest];
      });
      if (schemas.includes(false)) return NONE;
      const strings = [
        allowed ?? repeat(ANY, 0),
        oneOf(known),
        ...[...patterns.values()].map((one) => one.strings),
      ];
      const plain = !allowed && known.length === 0 && sources.length === 0;
      const content = plain
        ? strings[0]
        : joined(
            strings,
            ([may, taken, ...found]) =>
              may && !taken && found.every((one, i) => one === matched.has(sources[i])),
          );
      if (content === NONE) return NONE;
      return sequence(quoted(content), literal(":"), this.#valueOf(schemas));
    });
    return choice(...entries);
  }
}
