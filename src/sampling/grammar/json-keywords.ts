// What a JSON Schema says itself, keyword by keyword, without what other schemas in it say of the same value.

import type { Expression } from "./expression.js";
import { formatOf, formats } from "./json-formats.js";
import { isSchema, isTable, type Schema } from "./json-references.js";
import {
  ANYTHING,
  type Count,
  LARGEST_MULTIPLE,
  listedIn,
  type Pattern,
  type Properties,
  refuse,
  type Shape,
  TYPES,
  type Type,
  tighter,
} from "./json-shape.js";
import type { Bound } from "./json-text.js";
import { readRegex } from "./regex.js";

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

/** The shape with what a schema says of all that it has not spoken of. */
export function unevaluated(schema: Readonly<Record<string, unknown>>, shape: Shape): Shape {
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

export function checkKeywords(schema: Readonly<Record<string, unknown>>): void {
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
export function own(schema: Readonly<Record<string, unknown>>): Shape {
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

export function schemaOf(schema: Readonly<Record<string, unknown>>, keyword: string): Schema {
  const found = schema[keyword];
  return isSchema(found) ? found : refuse(`${keyword} must be a schema: an object, true or false`);
}

export function schemasOf(
  schema: Readonly<Record<string, unknown>>,
  keyword: string,
): readonly Schema[] {
  const found = schema[keyword] ?? [];
  return Array.isArray(found) && found.every(isSchema)
    ? found
    : refuse(`${keyword} must be a list of schemas`);
}

export function tableOf(
  schema: Readonly<Record<string, unknown>>,
  keyword: string,
): [string, unknown][] {
  const found = schema[keyword] ?? {};
  return isTable(found) ? Object.entries(found) : refuse(`${keyword} must be an object`);
}

function namesOf(schema: Readonly<Record<string, unknown>>, keyword: string): readonly string[] {
  const found = schema[keyword];
  return isNames(found) ? found : refuse(`${keyword} must be a list of names`);
}

export function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
