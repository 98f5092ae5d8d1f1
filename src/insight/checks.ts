// What is checked of arguments in several places.

import { describe, InvalidInputError } from "../host/errors.js";

/** @throws InvalidInputError */
export function checkName(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw new InvalidInputError(`a name of an activation is a string, got ${describe(name)}`);
}

/** @throws InvalidInputError where nothing has the name */
export function missing(what: string, name: string, known: Iterable<string>): InvalidInputError {
  const all = Array.from(known);
  const some = all.slice(0, 12).join(", ");
  const more = all.length > 12 ? `, … (${all.length} in all; trace gives them)` : "";
  return new InvalidInputError(
    `${what}: nothing that the model computed is called ${describe(name)}; there is ${some || "nothing"}${more}`,
  );
}
