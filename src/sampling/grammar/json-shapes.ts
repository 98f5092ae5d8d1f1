// What a JSON Schema asks of each type of value. A schema is a list of shapes, of which a value has one: alternatives
// multiply, what holds together is merged, and only what stands at other places of a value stays a schema.

import { Automaton, type State } from "./automaton.js";
import { ANY, type Expression, NONE, repeat } from "./expression.js";
import {
  checkKeywords,
  isNames,
  own,
  schemaOf,
  schemasOf,
  tableOf,
  unevaluated,
} from "./json-keywords.js";
import { isSchema, type References, type Schema } from "./json-references.js";
import {
  ANYTHING,
  type Count,
  listedIn,
  type Properties,
  product,
  refuse,
  type Shape,
  TYPES,
  type Type,
  typeOf,
} from "./json-shape.js";
import { content, numbers } from "./json-text.js";
import { joined, oneOf } from "./machine.js";
import { compile, hasText } from "./program.js";

/** How deep it is looked for what cannot be both. */
const LOOKED = 4;

export class Shapes {
  readonly #references: References;
  readonly #known = new Map<object, readonly Shape[]>();
  readonly #open = new Set<object>();

  constructor(references: References) {
    this.#references = references;
  }

  /** The shapes of which a value has one where all of the schemas hold. */
  all(schemas: readonly Schema[]): readonly Shape[] {
    return schemas.reduce<readonly Shape[]>(
      (shapes, one) => product(shapes, this.of(one)),
      [ANYTHING],
    );
  }

  of(schema: Schema): readonly Shape[] {
    if (schema === true) return [ANYTHING];
    if (schema === false) return [];
    const known = this.#known.get(schema);
    if (known) return known;
    if (this.#open.has(schema)) refuse("a $ref leads back to itself without going into a value");
    this.#open.add(schema);
    const shapes = this.#read(schema);
    this.#open.delete(schema);
    this.#known.set(schema, shapes);
    return shapes;
  }

  #read(schema: Readonly<Record<string, unknown>>): readonly Shape[] {
    checkKeywords(schema);
    let shapes: readonly Shape[] = [own(schema)];
    const and = (more: readonly Shape[]) => {
      shapes = product(shapes, more);
    };
    if (schema.$ref !== undefined) and(this.of(this.#references.find(schema.$ref, schema)));
    for (const one of schemasOf(schema, "allOf")) and(this.of(one));
    if (schema.anyOf !== undefined) and(schemasOf(schema, "anyOf").flatMap((one) => this.of(one)));
    if (schema.oneOf !== undefined) and(this.#exactlyOne(schemasOf(schema, "oneOf"), shapes));
    if (schema.not !== undefined) and(this.#none(this.of(schemaOf(schema, "not"))));
    if (schema.if !== undefined && (schema.then !== undefined || schema.else !== undefined)) {
      const condition = this.of(schemaOf(schema, "if"));
      const then = schema.then === undefined ? [ANYTHING] : this.of(schemaOf(schema, "then"));
      const other = schema.else === undefined ? [ANYTHING] : this.of(schemaOf(schema, "else"));
      and([...product(condition, then), ...product(this.#none(condition), other)]);
    }
    for (const [name, needed] of tableOf(schema, "dependentRequired")) {
      if (!isNames(needed)) refuse("dependentRequired must hold lists of names");
      and(depending(name, [{ ...ANYTHING, required: needed }]));
    }
    for (const [name, needed] of tableOf(schema, "dependentSchemas")) {
      if (!isSchema(needed)) refuse("dependentSchemas must hold schemas");
      and(depending(name, this.of(needed)));
    }
    return shapes.map((shape) => unevaluated(schema, shape));
  }

  /** Shapes of values of exactly one of the schemas. */
  #exactlyOne(schemas: readonly Schema[], base: readonly Shape[]): readonly Shape[] {
    const each = schemas.map((one) => this.of(one));
    const clash = (a: readonly Shape[], b: readonly Shape[]) =>
      product(product(base, a), b).some((shape) => this.possible(shape, LOOKED));
    return each.flatMap((shapes, i) =>
      each.reduce<readonly Shape[]>(
        (rest, others, j) =>
          i !== j && clash(shapes, others) ? product(rest, this.#none(others)) : rest,
        shapes,
      ),
    );
  }

  /** Shapes of values that have none of these. */
  #none(shapes: readonly Shape[]): readonly Shape[] {
    const scalars: Shape = { ...ANYTHING, types: new Set(TYPES.slice(0, 4)), not: shapes };
    const structured = (["array", "object"] as const).flatMap((type) => {
      const start: readonly Shape[] = [{ ...ANYTHING, types: new Set([type]) }];
      const having = shapes.filter(
        ({ types, values }) =>
          types.has(type) && (values?.some((one) => typeOf(one) === type) ?? true),
      );
      return having.reduce((rest, shape) => product(rest, opposite(shape, type)), start);
    });
    return [scalars, ...structured];
  }

  /** Whether there may be a value of a shape; true where that is not looked at closely enough. */
  possible(shape: Shape, depth: number): boolean {
    const { types, values, itemCount, required, properties } = shape;
    if (values) return this.listed(shape).length > 0;
    if (["null", "boolean"].some((type) => types.has(type as Type))) return true;
    if (types.has("number") && isPossible(this.numbers(shape))) return true;
    if (types.has("string") && isPossible(this.strings(shape))) return true;
    const may = (schemas: readonly Schema[]) =>
      depth === 0 || this.all(schemas).some((one) => this.possible(one, depth - 1));
    if (types.has("array")) {
      const { min, max = Infinity } = itemCount;
      const needed = Array.from({ length: Math.min(min, 20) }, (_, i) => itemsAt(shape, i));
      if (min <= max && needed.every(may)) return true;
    }
    if (!types.has("object")) return false;
    if (required.length > (shape.propertyCount.max ?? Infinity)) return false;
    return required.every((name) => may(propertyAt(properties, name)));
  }

  /** The numbers of a shape. */
  numbers(shape: Shape): Expression {
    const others = shape.not.filter(({ types }) => types.has("number"));
    if (shape.values) {
      return oneOf(this.listed(shape, "number").map((one) => JSON.stringify(one)));
    }
    const all = numbers(shape, others.length > 0);
    if (others.length === 0) return all;
    const excluded = others.map((other) =>
      numbersApart(other) ? this.numbers(other) : numbers({ ...other }, true),
    );
    return joined([all, ...excluded], ([one, ...rest]) => one && !rest.includes(true));
  }

  /** The characters of the strings of a shape. */
  strings(shape: Shape): Expression {
    const { values, length } = shape;
    if (values) return oneOf(this.listed(shape, "string") as string[]);
    const limited = length.min > 0 || length.max !== undefined;
    const others = shape.not.filter(({ types }) => types.has("string"));
    return content(
      [...shape.strings, ...(limited ? [repeat(ANY, length.min, length.max)] : [])],
      others.map((other) => this.strings(other)),
    );
  }

  /** Of the only values of a shape, those that have the rest of it, too. */
  listed(shape: Shape, type?: Type): readonly unknown[] {
    const rest = { ...shape, values: undefined };
    return (shape.values ?? []).filter(
      (one) => (type === undefined || typeOf(one) === type) && this.fits(rest, one),
    );
  }

  /** Whether a value has a shape. */
  fits(shape: Shape, value: unknown): boolean {
    const type = typeOf(value);
    if (!shape.types.has(type)) return false;
    if (shape.values && !listedIn(shape.values)(value)) return false;
    const scalar = type !== "array" && type !== "object";
    if (scalar && shape.not.some((other) => this.fits(other, value))) return false;
    const holds = (schemas: readonly Schema[], inner: unknown) =>
      schemas.every((one) => this.of(one).some((each) => this.fits(each, inner)));
    if (typeof value === "number") return numberFits(shape, value);
    if (typeof value === "string") {
      return (
        within(Array.from(value).length, shape.length) &&
        shape.strings.every((one) => isOf(value, one))
      );
    }
    if (Array.isArray(value)) {
      return (
        within(value.length, shape.itemCount) &&
        value.every((one, i) => holds(itemsAt(shape, i), one)) &&
        shape.contains.every(
          ({ schema, min }) => value.filter((one) => holds([schema], one)).length >= min,
        )
      );
    }
    if (type !== "object") return true;
    const entries = Object.entries(value as object);
    return (
      within(entries.length, shape.propertyCount) &&
      shape.required.every((name) => Object.hasOwn(value as object, name)) &&
      entries.every(
        ([name, one]) => holds(shape.names, name) && holds(propertyAt(shape.properties, name), one),
      )
    );
  }
}

/** Whether numbers excluded have exclusions or a list of their own. */
function numbersApart({ not, values }: Shape): boolean {
  return not.length > 0 || values !== undefined;
}

function isPossible(of: Expression): boolean {
  return of !== NONE && hasText(compile(new Map([["", of]]), ""));
}

/** What the schemas of a list say of one item. */
export function itemsAt({ items }: Shape, i: number): readonly Schema[] {
  return items.flatMap(({ first, rest = true }): readonly Schema[] => [
    i < first.length ? first[i] : rest,
  ]);
}

/** What the schemas of an object say of one property. */
export function propertyAt(properties: readonly Properties[], name: string): readonly Schema[] {
  return properties.flatMap(({ named, patterns, rest }) => {
    const found = patterns.flatMap(([{ strings }, one]) => (isOf(name, strings) ? [one] : []));
    const own = named.get(name);
    if (own !== undefined) found.push(own);
    return found.length > 0 || rest === undefined ? found : [rest];
  });
}

/** Whether a text is one of an expression without rules. */
export function isOf(text: string, of: Expression): boolean {
  const automaton = automata.get(of) ?? new Automaton(compile(new Map([["", of]]), ""));
  automata.set(of, automaton);
  let state: State | null = automaton.start;
  for (const character of text) {
    state = automaton.step(state, automaton.classOf(character.codePointAt(0)!));
    if (!state) return false;
  }
  return state.final;
}

const automata = /* @__PURE__ */ new WeakMap<Expression, Automaton>();

function within(n: number, { min, max }: Count): boolean {
  return n >= min && n <= (max ?? Infinity);
}

function numberFits({ whole, low, high, multipleOf }: Shape, value: number): boolean {
  return (
    (!whole || Number.isInteger(value)) &&
    (!low || value > low.value || (value === low.value && !low.open)) &&
    (!high || value < high.value || (value === high.value && !high.open)) &&
    (!multipleOf || value % multipleOf === 0)
  );
}

/** Values without a property, or with it and something else. */
function depending(name: string, shapes: readonly Shape[]): readonly Shape[] {
  const others = new Set(TYPES.filter((type) => type !== "object"));
  const objects: Shape = { ...ANYTHING, types: new Set(["object"]) };
  return [
    { ...ANYTHING, types: others },
    { ...objects, properties: [lacking(name)] },
    ...product([{ ...objects, required: [name] }], shapes),
  ];
}

function lacking(name: string): Properties {
  return { named: new Map([[name, false]]), patterns: [], rest: undefined, counts: false };
}

/** Lists or objects that have not a shape. @throws InvalidInputError where that is no list of shapes */
function opposite(shape: Shape, type: "array" | "object"): readonly Shape[] {
  const only = { ...ANYTHING, types: new Set([type]) };
  const { values, items, itemCount, contains, properties, propertyCount, required, names } = shape;
  const counts = (name: "itemCount" | "propertyCount", { min, max }: Count): Shape[] => [
    ...(min > 0 ? [{ ...only, [name]: { min: 0, max: min - 1 } }] : []),
    ...(max === undefined ? [] : [{ ...only, [name]: { min: max + 1, max: undefined } }]),
  ];
  const vague = () =>
    refuse(`not, oneOf or if of this kind of ${type} has no opposite that a grammar can have`);
  if (values) return vague();
  if (type === "array") {
    if (contains.length > 0 || items.length > 0) return vague();
    return counts("itemCount", itemCount);
  }
  if (names.length > 0) return vague();
  const wrong = properties.flatMap(({ named, patterns, rest }) => {
    if (patterns.length > 0 || rest !== undefined) return vague();
    return [...named].map(([name, schema]): Shape => {
      const other: Schema = typeof schema === "boolean" ? !schema : opposites(schema);
      const own: Properties = { ...lacking(name), named: new Map([[name, other]]), counts: false };
      return { ...only, required: [name], properties: [own] };
    });
  });
  const missing = required.map((name): Shape => ({ ...only, properties: [lacking(name)] }));
  return [...missing, ...wrong, ...counts("propertyCount", propertyCount)];
}

const negations = /* @__PURE__ */ new WeakMap<object, Schema>();

/** The schema of what is not of one. */
function opposites(schema: Exclude<Schema, boolean>): Schema {
  const own = negations.get(schema) ?? { not: schema };
  negations.set(schema, own);
  return own;
}
