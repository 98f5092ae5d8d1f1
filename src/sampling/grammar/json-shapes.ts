// What a JSON Schema asks of each type of value. A schema is a list of shapes, of which a value has one: alternatives
// multiply, what holds together is merged, and only what stands at other places of a value stays a schema.

import { InvalidInputError } from "../../host/errors.js";
import { Automaton, type State } from "./automaton.js";
import { ANY, type Expression, NONE, repeat } from "./expression.js";
import { formatOf, formats } from "./json-formats.js";
import { isSchema, isTable, type References, type Schema } from "./json-references.js";
import { type Bound, content, numbers } from "./json-text.js";
import { joined, oneOf } from "./machine.js";
import { compile, hasText } from "./program.js";
import { readRegex } from "./regex.js";

const TYPES = ["null", "boolean", "number", "string", "array", "object"] as const;
type Type = (typeof TYPES)[number];

/** What an object's properties are, as one schema says it. */
export interface Properties {
  readonly named: ReadonlyMap<string, Schema>;
  readonly patterns: readonly (readonly [Pattern, Schema])[];
  /** Of all others; undefined: anything. */
  readonly rest: Schema | undefined;
  /** Whether what it names counts as evaluated. */
  readonly counts: boolean;
}

/** What the items of a list are, as one schema says it. */
interface Items {
  readonly first: readonly Schema[];
  /** Of all others; undefined: anything. */
  readonly rest: Schema | undefined;
}

interface Pattern {
  readonly source: string;
  /** Strings in which it is found. */
  readonly strings: Expression;
}

interface Count {
  readonly min: number;
  readonly max: number | undefined;
}

export interface Shape {
  readonly types: ReadonlySet<Type>;
  /** The only values; undefined: all. */
  readonly values: readonly unknown[] | undefined;
  /** Of numbers. */
  readonly whole: boolean;
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
  readonly multipleOf: number | undefined;
  /** Of strings. */
  readonly strings: readonly Expression[];
  readonly length: Count;
  readonly items: readonly Items[];
  readonly itemCount: Count;
  readonly contains: readonly { readonly schema: Schema; readonly min: number }[];
  readonly properties: readonly Properties[];
  readonly propertyCount: Count;
  readonly required: readonly string[];
  readonly names: readonly Schema[];
  /** Shapes that a null, boolean, number or string has not. */
  readonly not: readonly Shape[];
}

const NO_LIMIT: Count = { min: 0, max: undefined };

const ANYTHING: Shape = {
  types: new Set(TYPES),
  values: undefined,
  whole: false,
  low: undefined,
  high: undefined,
  multipleOf: undefined,
  strings: [],
  length: NO_LIMIT,
  items: [],
  itemCount: NO_LIMIT,
  contains: [],
  properties: [],
  propertyCount: NO_LIMIT,
  required: [],
  names: [],
  not: [],
};

const MOST_SHAPES = 500;
const LARGEST_MULTIPLE = 1000;
/** How deep it is looked for what cannot be both. */
const LOOKED = 4;

/** They say nothing of what a value is. */
const annotations = [
  ...["$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "$defs", "definitions", "title"],
  ...["description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
  ...["contentEncoding", "contentMediaType", "contentSchema"],
];

const keywords = [
  ...["type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  ...["multipleOf", "minLength", "maxLength", "pattern", "format", "prefixItems", "items"],
  ...["minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"],
  ...["unevaluatedItems", "properties", "patternProperties", "additionalProperties", "required"],
  ...["minProperties", "maxProperties", "propertyNames", "dependentRequired", "dependentSchemas"],
  ...["unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "$ref"],
];

export function refuse(what: string): never {
  throw new InvalidInputError(`JSON Schema: ${what}`);
}

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

function typeOf(value: unknown): Type {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  if (type === "boolean" || type === "number" || type === "string" || type === "object")
    return type;
  return refuse(`a value must be JSON, got a ${type}`);
}

/** The same text for values of JSON that are the same: the order of keys says nothing. */
function keyOf(value: unknown): string {
  if (typeOf(value) === "array") return `[${(value as unknown[]).map(keyOf).join()}]`;
  if (typeOf(value) !== "object") return JSON.stringify(value);
  const entries = Object.entries(value as object).map(
    ([name, one]) => `${JSON.stringify(name)}:${keyOf(one)}`,
  );
  return `{${entries.sort().join()}}`;
}

function listedIn(values: readonly unknown[]): (value: unknown) => boolean {
  const keys = new Set(values.map(keyOf));
  return (value) => keys.has(keyOf(value));
}

/** Merged pairs of two lists of alternatives. @throws InvalidInputError where there are too many */
function product(a: readonly Shape[], b: readonly Shape[]): readonly Shape[] {
  if (a.length * b.length > MOST_SHAPES) {
    refuse(`alternatives that hold together make more than ${MOST_SHAPES} cases`);
  }
  if (a.length === 1 && a[0] === ANYTHING) return b;
  if (b.length === 1 && b[0] === ANYTHING) return a;
  return a
    .flatMap((one) => b.map((other) => merged(one, other)))
    .filter(({ types }) => types.size > 0);
}

function merged(a: Shape, b: Shape): Shape {
  return {
    types: new Set([...a.types].filter((type) => b.types.has(type))),
    values: a.values && b.values ? a.values.filter(listedIn(b.values)) : (a.values ?? b.values),
    whole: a.whole || b.whole,
    low: tighter(a.low, b.low, 1),
    high: tighter(a.high, b.high, -1),
    multipleOf: multipleOfBoth(a.multipleOf, b.multipleOf),
    strings: [...a.strings, ...b.strings],
    length: bothCounts(a.length, b.length),
    items: [...a.items, ...b.items],
    itemCount: bothCounts(a.itemCount, b.itemCount),
    contains: [...a.contains, ...b.contains],
    properties: [...a.properties, ...b.properties],
    propertyCount: bothCounts(a.propertyCount, b.propertyCount),
    required: [...new Set([...a.required, ...b.required])],
    names: [...a.names, ...b.names],
    not: [...a.not, ...b.not],
  };
}

function bothCounts(a: Count, b: Count): Count {
  const max = Math.min(a.max ?? Infinity, b.max ?? Infinity);
  return { min: Math.max(a.min, b.min), max: max === Infinity ? undefined : max };
}

function tighter(a: Bound | undefined, b: Bound | undefined, side: 1 | -1): Bound | undefined {
  if (!a || !b) return a ?? b;
  if (a.value === b.value) return a.open ? a : b;
  return a.value * side > b.value * side ? a : b;
}

function multipleOfBoth(a: number | undefined, b: number | undefined): number | undefined {
  if (!a || !b) return a ?? b;
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  const least = (a / x) * b;
  if (least > LARGEST_MULTIPLE)
    refuse(`multipleOf must be at most ${LARGEST_MULTIPLE}, ${a} and ${b} give ${least}`);
  return least;
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

/** The shape with what a schema says of all that it has not spoken of. */
function unevaluated(schema: Readonly<Record<string, unknown>>, shape: Shape): Shape {
  let { items, properties } = shape;
  if (schema.unevaluatedItems !== undefined && !items.some(({ rest }) => rest !== undefined)) {
    const most = Math.max(0, ...items.map(({ first }) => first.length));
    const first = Array.from({ length: most }, () => true);
    items = [...items, { first, rest: schemaOf(schema, "unevaluatedItems") }];
  }
  const some = properties.filter(({ counts }) => counts);
  if (schema.unevaluatedProperties !== undefined && !some.some(({ rest }) => rest !== undefined)) {
    const named = new Map(
      some.flatMap((one) => Array.from(one.named.keys(), (name) => [name, true])),
    );
    const patterns = some.flatMap((one) =>
      one.patterns.map(([pattern]) => [pattern, true] as const),
    );
    const rest = schemaOf(schema, "unevaluatedProperties");
    properties = [...properties, { named, patterns, rest, counts: true }];
  }
  return { ...shape, items, properties };
}

function checkKeywords(schema: Readonly<Record<string, unknown>>): void {
  const { $schema } = schema;
  if ($schema !== undefined && !/^https?:\/\/json-schema\.org\//.test(String($schema))) {
    refuse(
      `$schema must be one of json-schema.org's, got ${JSON.stringify($schema)?.slice(0, 80)}`,
    );
  }
  for (const name of Object.keys(schema)) {
    if (annotations.includes(name) || keywords.includes(name)) continue;
    refuse(`the keyword ${JSON.stringify(name.slice(0, 60))} is not supported`);
  }
}

/** What a schema says itself, without what other schemas in it say of the same value. */
function own(schema: Readonly<Record<string, unknown>>): Shape {
  const { items, prefixItems, contains, properties, patternProperties, additionalProperties } =
    schema;
  const listed = prefixItems === undefined ? [] : schemasOf(schema, "prefixItems");
  const about = [properties, patternProperties, additionalProperties].some(
    (one) => one !== undefined,
  );
  return {
    ...ANYTHING,
    ...typesOf(schema),
    values: valuesOf(schema),
    ...boundsOf(schema),
    strings: stringsOf(schema),
    length: countOf(schema, "minLength", "maxLength"),
    items:
      items === undefined && listed.length === 0
        ? []
        : [{ first: listed, rest: items === undefined ? undefined : schemaOf(schema, "items") }],
    itemCount: itemCountOf(schema),
    contains: contains === undefined ? [] : containsOf(schema),
    properties: about ? [propertiesOf(schema)] : [],
    propertyCount: countOf(schema, "minProperties", "maxProperties"),
    required: schema.required === undefined ? [] : namesOf(schema, "required"),
    names: schema.propertyNames === undefined ? [] : [schemaOf(schema, "propertyNames")],
  };
}

function typesOf({ type }: Readonly<Record<string, unknown>>): Pick<Shape, "types" | "whole"> {
  if (type === undefined) return { types: ANYTHING.types, whole: false };
  const given: unknown[] = Array.isArray(type) ? type : [type];
  for (const one of given) {
    if (one === "integer" || TYPES.includes(one as Type)) continue;
    refuse(`type must be one of ${TYPES.join(", ")}, integer or a list of them`);
  }
  const types = given.map((one) => (one === "integer" ? "number" : one) as Type);
  return { types: new Set(types), whole: given.includes("integer") && !given.includes("number") };
}

function valuesOf(schema: Readonly<Record<string, unknown>>): readonly unknown[] | undefined {
  const { enum: some } = schema;
  if (some !== undefined && !Array.isArray(some)) return refuse("enum must be a list");
  if (!Object.hasOwn(schema, "const")) return some;
  return some && !listedIn(some)(schema.const) ? [] : [schema.const];
}

function boundsOf(
  schema: Readonly<Record<string, unknown>>,
): Pick<Shape, "low" | "high" | "multipleOf"> {
  const bound = (name: string, open: boolean): Bound | undefined => {
    const value = schema[name];
    if (value === undefined) return undefined;
    return typeof value === "number" && Number.isFinite(value)
      ? { value, open }
      : refuse(`${name} must be a number`);
  };
  const { multipleOf } = schema;
  if (multipleOf !== undefined) {
    const fits =
      Number.isSafeInteger(multipleOf) &&
      Number(multipleOf) >= 1 &&
      Number(multipleOf) <= LARGEST_MULTIPLE;
    if (!fits) refuse(`multipleOf must be a whole number of 1 to ${LARGEST_MULTIPLE}`);
  }
  return {
    low: tighter(bound("minimum", false), bound("exclusiveMinimum", true), 1),
    high: tighter(bound("maximum", false), bound("exclusiveMaximum", true), -1),
    multipleOf: multipleOf as number | undefined,
  };
}

function stringsOf({ pattern, format }: Readonly<Record<string, unknown>>): Expression[] {
  const found: Expression[] = [];
  if (pattern !== undefined) found.push(patternOf(pattern).strings);
  if (format === undefined) return found;
  if (!formats.includes(format as string)) {
    refuse(
      `format must be one of ${formats.join(", ")}, got ${JSON.stringify(format)?.slice(0, 60)}`,
    );
  }
  return [...found, formatOf(format as string)];
}

function patternOf(pattern: unknown): Pattern {
  if (typeof pattern !== "string") return refuse("a pattern must be a string");
  return { source: pattern, strings: readRegex(pattern, "u", true) };
}

function countOf(schema: Readonly<Record<string, unknown>>, least: string, most: string): Count {
  const count = (name: string): number | undefined => {
    const value = schema[name];
    if (value === undefined) return undefined;
    return Number.isSafeInteger(value) && Number(value) >= 0
      ? (value as number)
      : refuse(`${name} must be a whole number of at least 0`);
  };
  return { min: count(least) ?? 0, max: count(most) };
}

function itemCountOf(schema: Readonly<Record<string, unknown>>): Count {
  const { uniqueItems } = schema;
  const { min, max } = countOf(schema, "minItems", "maxItems");
  if (uniqueItems === undefined || uniqueItems === false || (max !== undefined && max < 2))
    return { min, max };
  return refuse("uniqueItems: true is not supported: a grammar does not remember all items");
}

function containsOf(schema: Readonly<Record<string, unknown>>): Shape["contains"] {
  const { min: given, max } = countOf(schema, "minContains", "maxContains");
  if (max !== undefined) refuse('the keyword "maxContains" is not supported');
  const min = schema.minContains === undefined ? 1 : given;
  return min === 0 ? [] : [{ schema: schemaOf(schema, "contains"), min }];
}

function propertiesOf(schema: Readonly<Record<string, unknown>>): Properties {
  const inner = (keyword: string) =>
    tableOf(schema, keyword).map(([name, one]) =>
      isSchema(one) ? ([name, one] as const) : refuse(`${keyword} must hold schemas`),
    );
  const { additionalProperties } = schema;
  return {
    named: new Map(inner("properties")),
    patterns: inner("patternProperties").map(
      ([pattern, one]) => [patternOf(pattern), one] as const,
    ),
    rest: additionalProperties === undefined ? undefined : schemaOf(schema, "additionalProperties"),
    counts: true,
  };
}

function schemaOf(schema: Readonly<Record<string, unknown>>, keyword: string): Schema {
  const found = schema[keyword];
  return isSchema(found) ? found : refuse(`${keyword} must be a schema: an object, true or false`);
}

function schemasOf(schema: Readonly<Record<string, unknown>>, keyword: string): readonly Schema[] {
  const found = schema[keyword] ?? [];
  return Array.isArray(found) && found.every(isSchema)
    ? found
    : refuse(`${keyword} must be a list of schemas`);
}

function tableOf(schema: Readonly<Record<string, unknown>>, keyword: string): [string, unknown][] {
  const found = schema[keyword] ?? {};
  return isTable(found) ? Object.entries(found) : refuse(`${keyword} must be an object`);
}

function namesOf(schema: Readonly<Record<string, unknown>>, keyword: string): readonly string[] {
  const found = schema[keyword];
  return isNames(found) ? found : refuse(`${keyword} must be a list of names`);
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
