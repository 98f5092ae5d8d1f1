// The schemas within a schema, by where they are, by their anchors and by their own addresses.

import { InvalidInputError } from "../../host/errors.js";

/** A schema: true and false are the ones that everything and nothing satisfies. */
export type Schema = boolean | Readonly<Record<string, unknown>>;

/** What a schema is in whose address is not said. */
const HERE = "https://simdream.invalid/schema";
/** Schemas within schemas. */
const DEEPEST = 256;

const single = [
  ...["items", "additionalProperties", "unevaluatedItems", "unevaluatedProperties", "not", "if"],
  ...["then", "else", "contains", "propertyNames"],
];
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const tables = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];

export function isSchema(value: unknown): value is Schema {
  return typeof value === "boolean" || isTable(value);
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export class References {
  /** The address that a schema's references begin from. */
  readonly #bases = new Map<object, string>();
  readonly #documents = new Map<string, Schema>();
  readonly #anchors = new Map<string, Schema>();

  constructor(root: Schema) {
    this.#documents.set(HERE, root);
    this.#read(root, HERE, 0);
  }

  #read(schema: unknown, base: string, depth: number): void {
    if (!isTable(schema) || this.#bases.has(schema)) return;
    if (depth > DEEPEST) {
      throw new InvalidInputError(
        `JSON Schema: schemas may be within each other ${DEEPEST} deep, not more`,
      );
    }
    const { $id } = schema;
    const own = $id === undefined ? base : address(String($id), base).replace(/#$/, "");
    this.#bases.set(schema, own);
    if ($id !== undefined) this.#documents.set(own, schema);
    for (const name of ["$anchor", "$dynamicAnchor"]) {
      if (typeof schema[name] === "string") this.#anchors.set(`${own}#${schema[name]}`, schema);
    }
    const go = (inner: unknown) => this.#read(inner, own, depth + 1);
    for (const name of single) go(schema[name]);
    for (const name of lists) if (Array.isArray(schema[name])) schema[name].forEach(go);
    for (const name of tables) if (isTable(schema[name])) Object.values(schema[name]).forEach(go);
  }

  /** The schema that a reference is to. @throws InvalidInputError */
  find(reference: unknown, from: object): Schema {
    if (typeof reference !== "string") {
      throw new InvalidInputError("JSON Schema: $ref must be a string");
    }
    const shown = JSON.stringify(reference.slice(0, 80));
    const whole = address(reference, this.#bases.get(from) ?? HERE);
    const at = whole.indexOf("#");
    const [document, fragment] =
      at < 0 ? [whole, ""] : [whole.slice(0, at), decoded(whole.slice(at + 1))];
    const root = this.#documents.get(document);
    if (root === undefined) {
      throw new InvalidInputError(
        `JSON Schema: $ref ${shown} is to another document; a grammar needs all of it in one`,
      );
    }
    const found = fragment === "" ? root : this.#within(root, document, fragment);
    if (typeof found === "boolean" || (isTable(found) && this.#bases.has(found))) return found;
    throw new InvalidInputError(`JSON Schema: $ref ${shown} is to no schema`);
  }

  #within(root: Schema, document: string, fragment: string): unknown {
    if (!fragment.startsWith("/")) return this.#anchors.get(`${document}#${fragment}`);
    let at: unknown = root;
    for (const part of fragment.slice(1).split("/")) {
      const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
      at =
        typeof at === "object" && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined;
    }
    return at;
  }
}

function address(reference: string, base: string): string {
  try {
    return new URL(reference, base).href;
  } catch (cause) {
    const shown = JSON.stringify(reference.slice(0, 80));
    throw new InvalidInputError(`JSON Schema: ${shown} is no address`, { cause });
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
