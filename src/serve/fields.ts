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

/** Refuses fields that are not among those known. */
export function onlyKnown(value: object, known: readonly string[], within = ""): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw invalid(
    within + unknown,
    `Unrecognized request argument supplied: ${within}${unknown}`,
    "unknown_parameter",
  );
}

function wrongType(name: string, expected: string, value: unknown): ApiError {
  return invalid(name, `${name} must be ${expected}, got ${typeOf(value)}`, "invalid_type");
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
