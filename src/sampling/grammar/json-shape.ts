// What a schema asks of a value, type by type; two that hold together are one.

import { InvalidInputError } from "../../host/errors.js";
import type { Expression } from "./expression.js";
import type { Schema } from "./json-references.js";
import type { Bound } from "./json-text.js";

export const TYPES = ["null", "boolean", "number", "string", "array", "object"] as const;
export type Type = (typeof TYPES)[number];

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

export interface Pattern {
  readonly source: string;
  /** Strings in which it is found. */
  readonly strings: Expression;
}

export interface Count {
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

export const ANYTHING: Shape = {
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

/** Of `multipleOf`. */
export const LARGEST_MULTIPLE = 1000;

export function refuse(what: string): never {
  throw new InvalidInputError(`JSON Schema: ${what}`);
}

export function typeOf(value: unknown): Type {
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

export function listedIn(values: readonly unknown[]): (value: unknown) => boolean {
  const keys = new Set(values.map(keyOf));
  return (value) => keys.has(keyOf(value));
}

/** Merged pairs of two lists of alternatives. @throws InvalidInputError where there are too many */
export function product(a: readonly Shape[], b: readonly Shape[]): readonly Shape[] {
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

export function tighter(
  a: Bound | undefined,
  b: Bound | undefined,
  side: 1 | -1,
): Bound | undefined {
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
