// JSON Schemas: what is accepted is valid for another validator, and what is valid is accepted.

import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { jsonSchema } from "../../../src/entries/grammar.js";
import { InvalidInputError } from "../../../src/entries/index.js";
import cases from "./cases.json" with { type: "json" };

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

const values = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    7,
    9,
    14,
    50,
    230,
    231,
    1000,
    1001,
    -17,
    -18,
    0.5,
    0.51,
    12.25,
    12.251,
  ],
  ...[123456.5, "", "a", "ab", "Abc", "ABC", "red", "twelve chars", "thirteen chars"],
  ...['"', "\\", "\n\u0001\u2028é今😀", "2024-02-29", "2023-02-29", "192.168.0.1", "192.168.0.256"],
  ...[[], [1], [1, "a"], [0, 9, 3], [10], ["a", true], ["a", true, 1], ["abcdef", true], [[1]]],
  ...[{}, { name: "x", age: 3 }, { name: "x" }, { name: "x", age: 121 }, { age: 3 }],
  { id: "01234567-89ab-cdef-0123-456789abcdef", on: "2024-12-31", at: "1999-01-01T00:00:00Z" },
  { id: "01234567-89ab-cdef-0123-456789abcde" },
  ...[
    { kind: "circle", radius: 2 },
    { kind: "square", side: 2 },
    { kind: "square", radius: 2 },
  ],
  ...[
    { value: 1 },
    { value: 1, children: [{ value: 2, children: [] }] },
    { value: 1, children: [1] },
  ],
  ...[{ a: 1 }, { a: 10 }, { a: 1, b: "x" }, { a: 1, b: "xxxxx" }, { a: 1, c: 2 }, { x_a: 1 }],
  ...[{ x_a: 1, x_b: 2, x_c: 3 }, { x_a: 1, x_b: 2, x_c: 3, x_d: 4 }, { x_: 1 }, { ab: true }],
  ...[
    { a: true },
    { a: true, c: false },
    { b: true },
    { abc: true },
    { a: true, b: true, c: true },
  ],
  ...[
    { country: "US", code: "12345" },
    { country: "US", code: "AB1" },
    { country: "DE", code: "AB1" },
  ],
];

/** Further schemas; of those with `narrow` some valid values are not accepted, as the docs say. */
const more: readonly (readonly [schema: object | boolean, narrow?: "narrow"])[] = [
  [true],
  [{}],
  [{ type: ["integer", "string"] }],
  [{ minimum: 3 }],
  [{ type: "number", minimum: -3.5, exclusiveMaximum: 7 }],
  [{ maximum: -1 }],
  [{ not: { type: ["string", "array"] } }],
  [{ not: { const: 7 } }],
  [{ not: { type: "object", required: ["a"] } }],
  [{ type: "string", not: { pattern: "b" } }],
  [
    {
      oneOf: [
        { type: "number", minimum: 5 },
        { type: "integer", maximum: 9 },
      ],
    },
  ],
  [{ oneOf: [{ required: ["a"] }, { required: ["b"] }] }],
  [{ anyOf: [{ required: ["a"] }, { minProperties: 2 }], maxProperties: 2 }, "narrow"],
  [{ contains: { type: "boolean" } }],
  [{ contains: { type: "number" }, minContains: 2, maxItems: 3 }],
  [{ prefixItems: [{ type: "integer" }] }],
  [{ items: { type: "integer", multipleOf: 3 } }],
  [{ properties: { a: { type: "integer" }, b: false }, required: ["a"] }],
  [{ required: ["b", "a"] }],
  [{ patternProperties: { "^x": { type: "string" }, a: { maximum: 1 } } }],
  [{ dependentSchemas: { a: { properties: { a: { type: "integer" } } } } }],
  [{ propertyNames: { maxLength: 3 } }],
  [
    {
      $ref: "#/$defs/n",
      $defs: {
        n: { $anchor: "m", anyOf: [{ $ref: "#m2" }, { type: "null" }] },
        o: { $anchor: "m2", type: "array", items: { $ref: "#m" } },
      },
    },
  ],
  [{ enum: [{ value: 1 }, 0.51, "red"], type: ["object", "number"] }],
  [{ type: "string", format: "ipv4" }],
  [{ type: "array", items: { type: "string", format: "date" } }],
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword
  [{ if: { type: "integer" }, then: { minimum: 5 }, else: { type: ["array", "null"] } }],
  [{ uniqueItems: false, minItems: 1 }],
  [{ minProperties: 2 }, "narrow"],
];

const all: readonly (readonly [object | boolean, "narrow"?])[] = [
  ...cases.schemas.map((schema) => [schema] as const),
  ...more,
];

describe("jsonSchema", () => {
  test.each(all.map(([schema, narrow]) => [JSON.stringify(schema), schema, narrow] as const))(
    "%s",
    (_, schema, narrow) => {
      const grammar = jsonSchema(schema);
      const validate = ajv.compile(schema);
      let accepted = 0;
      for (const value of values) {
        const text = JSON.stringify(value);
        const valid = validate(value);
        const taken = grammar.accepts(text);
        if (taken || !narrow) expect(taken, text).toBe(valid);
        if (taken) accepted++;
      }
      expect(accepted).toBeGreaterThan(0);
    },
  );

  test("one spelling of each value, without spaces, keys in the schema's order", () => {
    const grammar = jsonSchema({
      properties: { b: { type: "integer" }, a: { type: "string" } },
      type: "object",
    });
    expect(grammar.accepts('{"b":1,"a":"x"}')).toBe(true);
    expect(grammar.accepts('{"b":1,"a":"x","c":[null]}')).toBe(true);
    for (const text of [
      ...['{"a":"x","b":1}', '{"b": 1}', '{"b":1,"b":1}', '{"b":1.0}', '{"b":01}', '{"b":-0}'],
      ...[
        '{"a":"\\u0041"}',
        '{"a":"\\/"}',
        '{"a":"\n"}',
        '{"b":1,}',
        '{"b":1,"c":2,"a":"x"}',
        "{}{}",
      ],
    ]) {
      expect(grammar.accepts(text), text).toBe(false);
    }
  });

  test("numbers within bounds, each of them", () => {
    const bounds = [-1000, -101, -100, -99, -10, -1, 0, 1, 9, 10, 11, 99, 100, 105, 110, 1000];
    for (const low of bounds) {
      for (const high of bounds) {
        if (low > high) continue;
        const grammar = jsonSchema({ type: "integer", minimum: low, exclusiveMaximum: high + 1 });
        for (let n = -1100; n <= 1100; n += 1 + (Math.abs(n) % 3)) {
          expect(grammar.accepts(String(n))).toBe(n >= low && n <= high);
        }
      }
    }
    for (const [low, high] of [
      [-2.25, -0.5],
      [-0.125, 0.3],
      [0.05, 10.5],
      [1.5, 1.75],
      [9.99, 100],
    ]) {
      for (const open of [false, true]) {
        const grammar = jsonSchema(
          open
            ? { type: "number", exclusiveMinimum: low, exclusiveMaximum: high }
            : { type: "number", minimum: low, maximum: high },
        );
        for (let n = -300; n <= 11_000; n++) {
          const value = n / 100;
          const fits = open ? value > low && value < high : value >= low && value <= high;
          expect(grammar.accepts(JSON.stringify(value)), `${value} in ${low} ${high}`).toBe(fits);
        }
      }
    }
  });

  test.each([
    [{ uniqueItems: true }, "uniqueItems: true is not supported"],
    [{ type: "string", format: "uri" }, "format must be one of date, time"],
    [{ maxContains: 1, contains: {} }, '"maxContains" is not supported'],
    [{ $dynamicRef: "#a" }, '"$dynamicRef" is not supported'],
    [{ foo: 1 }, 'the keyword "foo" is not supported'],
    [{ $ref: "other.json" }, "is to another document"],
    [{ $ref: "#/$defs/a" }, "is to no schema"],
    [{ $ref: "#" }, "leads back to itself"],
    [{ multipleOf: 0.01 }, "multipleOf must be a whole number"],
    [{ type: "text" }, "type must be one of null"],
    [{ items: [{}] }, "items must be a schema"],
    [{ minLength: -1 }, "minLength must be a whole number"],
    [{ pattern: "(?=a)" }, "looking ahead"],
    [{ not: { items: { type: "string" } } }, "has no opposite"],
    [{ $schema: "https://example.com/mine" }, "$schema must be one of json-schema.org's"],
    [false, "no text at all"],
    [{ type: "integer", minimum: 5, maximum: 4 }, "no text at all"],
    ["{}", "needs a JSON Schema"],
  ])("%j is refused", (schema, message) => {
    expect(() => jsonSchema(schema as object)).toThrow(InvalidInputError);
    expect(() => jsonSchema(schema as object)).toThrow(message);
  });

  test("schemas that are made to cost are refused in time", () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { items: nested(depth - 1) });
    const letters = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i));
    const hostile: readonly object[] = [
      nested(5000),
      { type: "string", pattern: "(a|b)*a(a|b){16}$", maxLength: 3000 },
      { type: "string", maxLength: 1_000_000 },
      { type: "array", maxItems: 1_000_000 },
      { allOf: letters.map((a) => ({ anyOf: [{ required: [a] }, { required: [`${a}${a}`] }] })) },
      { required: letters, minProperties: 5000, maxProperties: 9000 },
      { patternProperties: Object.fromEntries(letters.map((a) => [a, {}])) },
      {
        properties: Object.fromEntries(
          Array.from({ length: 1000 }, (_, i) => [
            `p${i}`,
            { pattern: `${i}.*a.{8}b`, maxLength: 200 },
          ]),
        ),
      },
    ];
    for (const schema of hostile) {
      const begun = performance.now();
      expect(() => jsonSchema(schema)).toThrow(InvalidInputError);
      expect(performance.now() - begun, Object.keys(schema).join()).toBeLessThan(6000);
    }
  });
});
