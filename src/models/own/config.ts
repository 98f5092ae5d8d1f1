// The settings of somebody's own model: checked against their defaults.

import { isObject } from "../../host/as-given.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import type { Settings } from "./recipe.js";

/** Options of `create`, and names in files, that are no settings. */
const RESERVED = ["seed", "runtime", "kind"];

/** @throws InvalidInputError for defaults that are no plain values */
export function checkDefaults(defaults: Settings): void {
  if (!isObject(defaults)) {
    throw new InvalidInputError(
      `defineModel: defaults must be an object of settings such as { hidden: 32 }, got ${describe(defaults)}`,
    );
  }
  for (const [name, value] of Object.entries(defaults)) {
    if (RESERVED.includes(name)) {
      throw new InvalidInputError(`defineModel: a setting cannot be called ${name}`);
    }
    if (kindsOf(value).length > 0) continue;
    throw new InvalidInputError(
      `defineModel: defaults.${name} must be a number, true or false, a text, or a list of numbers or texts, got ${describe(value)}`,
    );
  }
}

/**
 * Settings, complete: copies.
 * @param what the settings are called, for errors
 * @throws InvalidInputError for one that is not known, or is not what its default is
 */
export function settled<Defaults extends Settings>(
  what: string,
  defaults: Defaults,
  given: object,
): Defaults {
  checkKeys(what, given, Object.keys(defaults));
  const values = given as Readonly<Record<string, unknown>>;
  const settings = Object.entries(defaults).map(([name, usual]) => {
    const value = values[name] ?? usual;
    const [wanted, got] = [kindsOf(usual), kindsOf(value)];
    if (!got.some((kind) => wanted.includes(kind))) {
      throw new InvalidInputError(`${what}: ${name} must be ${wanted[0]}, got ${describe(value)}`);
    }
    return [name, Array.isArray(value) ? value.slice() : value];
  });
  return Object.fromEntries(settings) as Defaults;
}

/** What a value may pass for: an empty list for one of numbers and one of texts. */
function kindsOf(value: unknown): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? ["a number"] : [];
  if (typeof value === "boolean") return ["true or false"];
  if (typeof value === "string") return ["a text"];
  if (!Array.isArray(value)) return [];
  const kinds: string[] = [];
  if (value.every(Number.isFinite)) kinds.push("a list of numbers");
  if (value.every((one) => typeof one === "string")) kinds.push("a list of texts");
  return kinds;
}
