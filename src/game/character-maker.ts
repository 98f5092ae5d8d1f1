// Makes characters: what `characterMaker` asks for when it is called.

import type { ImageSet } from "../data/images/image-set.js";
import type { Labels } from "../data/labels.js";
import { isObject } from "../host/as-given.js";
import {
  checkKeys,
  checkNumber,
  checkSignal,
  describe,
  InvalidInputError,
  listed,
  SimdreamError,
} from "../host/errors.js";
import { LightKey } from "../host/light-key.js";
import { nearName } from "../host/near-names.js";
import type { LabelColumn } from "../models/images/conditions.js";
import type { Grammar } from "../sampling/grammar/grammar.js";
import type { Character, CharacterMaker, CharacterParts } from "./character.js";

/** What a seed is for: each part has draws of its own. */
const purposes = { text: 0, picture: 1 } as const;

/** Grammars that are kept, of what was given last. */
const MOST_GRAMMARS = 16;

/** @throws InvalidInputError for a schema that describes no object, or values that the picture model does not know */
export async function newCharacterMaker<Sheet extends object>(
  parts: CharacterParts<Sheet>,
): Promise<CharacterMaker<Sheet>> {
  checkKeys("characterMaker", parts, [
    ...["text", "picture", "schema", "writing", "drawing", "accept", "tries"],
  ]);
  const { text: writer, picture, schema, accept } = parts;
  const { writing = {}, drawing = {}, tries = 10 } = parts;
  checkParts({ text: writer, picture, schema, writing, drawing, accept, tries });
  const properties = propertiesOf(schema);
  if (typeof drawing !== "function") checkLooks(picture.labels, properties);
  const { jsonSchema } = await import("../sampling/grammar/make.js");
  const grammars = new Map<string, Grammar>([["{}", jsonSchema(schema)]]);

  /** The schema's grammar, where some properties are decided. */
  const grammarOf = (given: Readonly<Record<string, unknown>>): Grammar => {
    const key = JSON.stringify(given);
    const known = grammars.get(key);
    if (known) return known;
    checkGiven(given, properties);
    const made = withReason(given, () => jsonSchema(decided(schema, given)));
    const second = [...grammars.keys()][1];
    if (grammars.size > MOST_GRAMMARS) grammars.delete(second);
    grammars.set(key, made);
    return made;
  };

  const write = async (seed: number, given: Readonly<Record<string, unknown>>): Promise<Sheet> => {
    const grammar = grammarOf(given);
    const told = { ...writing.labels, ...labelsOf(given, writer.labels) };
    const labels = Object.keys(told).length > 0 ? { labels: told } : {};
    for (let attempt = 0; attempt < (accept ? tries : 1); attempt++) {
      const own = { seed: seedOf(seed, purposes.text, attempt), samples: 1, grammar };
      const { text } = await writer.generate({ ...writing, ...labels, ...own });
      const sheet = JSON.parse(text) as Sheet;
      if (!accept || accept(sheet)) return sheet;
    }
    throw new SimdreamError(
      `none of ${tries} sheets of seed ${seed} was accepted; give more tries, or accept more`,
    );
  };

  const draw = async (seed: number, sheet: Sheet): Promise<ImageSet> => {
    const further = typeof drawing === "function" ? drawing(sheet) : drawing;
    if (!isObject(further)) {
      throw new InvalidInputError(`drawing must give an object, got ${describe(further)}`);
    }
    checkFree("drawing", further, ["seed", "samples"]);
    const said = "labels" in further || "prompt" in further || picture.labels.length === 0;
    const labels = said ? {} : { labels: labelsOf(sheet, picture.labels) };
    const own = { seed: seedOf(seed, purposes.picture, 0), samples: 1 };
    return (await picture.generate({ ...labels, ...further, ...own })).images;
  };

  const one = async (seed: number, given: object): Promise<Character<Sheet>> => {
    const sheet = await write(seed, given as Record<string, unknown>);
    return { seed, sheet, sprite: await draw(seed, sheet) };
  };

  return {
    async create(options = {}) {
      checkKeys("create", options, ["seed", "given"]);
      const { seed, given } = checkOptions(options);
      return one(seed, given);
    },
    async *stream(options = {}) {
      checkKeys("stream", options, ["seed", "given", "samples", "signal"]);
      const { samples = 1 } = options;
      checkNumber("samples", samples, { integer: true, min: 1 });
      const { seed, given } = checkOptions(options);
      const signal = checkSignal(options.signal);
      for (let i = 0; i < samples; i++) {
        signal?.throwIfAborted();
        yield await one(seed + i, given);
      }
    },
  };
}

/** @throws InvalidInputError */
function checkParts(parts: { readonly [Name in keyof CharacterParts]-?: unknown }): void {
  for (const [name, kind] of [
    ["text", "a LanguageModel"],
    ["picture", "a Diffusion, VAE or GAN"],
  ] as const) {
    if (typeof Object(parts[name]).generate === "function") continue;
    throw new InvalidInputError(`${name} must be ${kind}, got ${describe(parts[name])}`);
  }
  const { writing, drawing, accept, tries } = parts;
  if (!isObject(writing)) {
    throw new InvalidInputError(`writing must be options of generate, got ${describe(writing)}`);
  }
  checkFree("writing", writing, ["seed", "samples", "grammar", "signal"]);
  if (typeof drawing !== "function") {
    if (!isObject(drawing)) {
      throw new InvalidInputError(
        `drawing must be options of generate or a function that gives them, got ${describe(drawing)}`,
      );
    }
    checkFree("drawing", drawing, ["seed", "samples"]);
  }
  if (accept !== undefined && typeof accept !== "function") {
    throw new InvalidInputError(`accept must be a function, got ${describe(accept)}`);
  }
  checkNumber("tries", tries, { integer: true, min: 1, max: 1e6 });
}

/** @throws InvalidInputError for what the maker itself decides */
function checkFree(what: string, options: object, own: readonly string[]): void {
  const name = own.find((key) => key in options);
  if (name === undefined) return;
  throw new InvalidInputError(
    `${what} cannot have ${name}: the maker gives it to the model itself`,
  );
}

/** @throws InvalidInputError */
function propertiesOf(schema: unknown): Readonly<Record<string, unknown>> {
  const { properties } = Object(schema) as Record<string, unknown>;
  if (isObject(schema) && isObject(properties)) return properties as Record<string, unknown>;
  throw new InvalidInputError(
    `schema must describe an object with properties, got ${describe(schema)}`,
  );
}

/** The picture model draws what a sheet may say. @throws InvalidInputError */
function checkLooks(
  columns: readonly LabelColumn[],
  properties: Readonly<Record<string, unknown>>,
): void {
  const shown = columns.filter(({ name }) => Object.hasOwn(properties, name));
  if (shown.length === 0) {
    const known = listed(columns.map(({ name }) => name)) || "none";
    throw new InvalidInputError(
      `the sprite would not follow the sheet: the picture model's labels are ${known}, the schema's properties ` +
        `${listed(Object.keys(properties)) || "none"}; or give drawing as a function of the sheet`,
    );
  }
  for (const { name, classes } of shown) {
    const values = Object(properties[name]).enum as unknown;
    if (!Array.isArray(values)) continue;
    const strange = values.find((value) => !classes.includes(String(value)));
    if (strange === undefined) continue;
    throw new InvalidInputError(
      `the schema lets ${name} be ${describe(strange)}; the picture model knows ${listed(classes)}`,
    );
  }
}

/** @throws InvalidInputError */
function checkOptions({ seed = 0, given = {} }: { seed?: number; given?: unknown }): {
  seed: number;
  given: object;
} {
  checkNumber("seed", seed, { integer: true, min: 0 });
  if (!isObject(given)) {
    throw new InvalidInputError(
      `given must be an object such as { class: "wizard" }, got ${describe(given)}`,
    );
  }
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  return { seed, given: Object.fromEntries(said) };
}

/** @throws InvalidInputError */
function checkGiven(
  given: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, unknown>>,
): void {
  const names = Object.keys(properties);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(properties, name)) {
      const near = nearName(name.slice(0, 40), names, []);
      const hint = near ? `did you mean ${describe(near)}?` : `it has ${listed(names)}`;
      throw new InvalidInputError(`given: the schema has no property ${describe(name)}; ${hint}`);
    }
    const values = Object(properties[name]).enum as unknown;
    if (!Array.isArray(values) || values.includes(value)) continue;
    throw new InvalidInputError(
      `given.${name} must be one of ${listed(values.map(String))}, got ${describe(value)}`,
    );
  }
}

/** The schema, where some properties are decided. */
function decided(schema: object, given: Readonly<Record<string, unknown>>): object {
  const { properties, required = [] } = schema as {
    properties: Record<string, unknown>;
    required?: readonly string[];
  };
  const own = Object.entries(given).map(([name, value]) => [
    name,
    { allOf: [properties[name], { const: value }] },
  ]);
  return {
    ...schema,
    properties: { ...properties, ...Object.fromEntries(own) },
    required: [...new Set([...required, ...Object.keys(given)])],
  };
}

/** @throws InvalidInputError that says of what is given that no sheet has it */
function withReason<T>(given: object, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new InvalidInputError(
      `given: no sheet of the schema has ${JSON.stringify(given)} (${error.message})`,
      { cause: error },
    );
  }
}

/** What a model may be told of a sheet: the values of its labels, but for those that a category does not know. */
function labelsOf(
  sheet: object,
  fields: readonly { name: string; values?: readonly string[]; classes?: readonly string[] }[],
): Labels {
  const labels: Record<string, string> = {};
  for (const { name, values } of fields) {
    if (!Object.hasOwn(sheet, name)) continue;
    const value = String((sheet as Record<string, unknown>)[name]);
    if (value !== "" && (!values || values.includes(value))) labels[name] = value;
  }
  return labels;
}

/** The seed of a part: a whole number below 2⁵³ that follows from the character's. */
function seedOf(seed: number, purpose: number, attempt: number): number {
  const { k0, k1 } = LightKey.fromSeed(seed).fold(purpose).fold(attempt);
  return k0 + (k1 & 0x1fffff) * 2 ** 32;
}
