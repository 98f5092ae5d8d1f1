// Checks of a request's fields. Each takes what came and gives what is meant, or says what was expected.

import { type ApiError, invalid } from "./errors.js";

/** Reads a field. @throws ApiError 400 */
export type Field<T> = (value: unknown, name: string) => T;

/** A field that may be left out, or be null. */
export function optional<T, D>(field: Field<T>, absent: D): Field<T | D> {
  return (value, name) => (value === undefined || value === null ? absent : field(value, name));
}

export function number(
  min: number,
  max: number,
  kind: "a number" | "an integer" = "a number",
): Field<number> {
  return (value, name) => {
    if (typeof value !== "number") throw wrongType(name, kind, value);
    if (kind === "an integer" && !Number.isSafeInteger(value)) {
      throw invalid(name, `${name} must be a whole number, got ${value}`);
    }
    if (value >= min && value <= max) return value;
    throw invalid(name, `${name} must be at least ${min} and at most ${max}, got ${value}`);
  };
}

export const flag: Field<boolean> = (value, name) => {
  if (typeof value === "boolean") return value;
  throw wrongType(name, "true or false", value);
};

export const text: Field<string> = (value, name) => {
  if (typeof value === "string") return value;
  throw wrongType(name, "a string", value);
};

/** One string, or a list of them. */
export const texts: Field<readonly string[]> = (value, name) => {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.map((item, i) => text(item, `${name}[${i}]`));
  throw wrongType(name, "a string or a list of strings", value);
};

/** An object whose fields are the caller's business. */
export const object: Field<Readonly<Record<string, unknown>>> = (value, name) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw wrongType(name, "an object", value);
};

/** What comes is not looked at. */
export const anything: Field<unknown> = (value) => value;

/** The same for several fields: each may be left out, or be null. */
export function each<T>(
  names: readonly string[],
  field: Field<T>,
): Readonly<Record<string, Field<T | undefined>>> {
  return Object.fromEntries(names.map((name) => [name, optional(field, undefined)]));
}

/** Fields by name. */
type Fields = Readonly<Record<string, Field<unknown>>>;
/** What a table of fields gives. */
type Read<F extends Fields> = { readonly [K in keyof F]: ReturnType<F[K]> };

/** Reads an object's fields in the order of the table. @throws ApiError 400 for the first at fault */
export function read<F extends Fields>(body: object, fields: F, within = ""): Read<F> {
  onlyKnown(body, Object.keys(fields), within);
  const given = body as Record<string, unknown>;
  const entries = Object.entries(fields).map(([name, field]) => {
    return [name, field(given[name], within + name)];
  });
  return Object.fromEntries(entries);
}

/** Refuses fields that are not among those known. */
function onlyKnown(value: object, known: readonly string[], within = ""): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const shown = within + unknown.slice(0, 100);
  throw invalid(shown, `Unrecognized request argument supplied: ${shown}`, "unknown_parameter");
}

export function wrongType(name: string, expected: string, value: unknown): ApiError {
  return invalid(name, `${name} must be ${expected}, got ${typeOf(value)}`, "invalid_type");
}

function typeOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
