// Names that are allowed, checked when they are given: one that no client ever sends would shut out, without a
// word, whom it should let in.

import { InvalidInputError } from "../api.js";
import { plain } from "./hosts.js";

/** Whether all are: "*", alone or among others. */
export function allowsAll(value: unknown): boolean {
  return [value].flat().includes("*");
}

/** @throws InvalidInputError for what is no origin as browsers send it */
export function origin(given: string): string {
  if (given === "null" || /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@A-Z]+$/.test(given)) return given;
  throw refused("cors must be origins", "https://example.com", given);
}

/** @returns the name as it is compared @throws InvalidInputError for an address, or a name with a port */
export function hostName(given: string): string {
  const name = plain(given);
  if (/^[\w.-]+$/.test(name) || /^[\da-f.]*:[\da-f.]*:[\da-f.:]*$/.test(name)) return name;
  throw refused("hosts must be names without ports", "example.com", given);
}

function refused(what: string, example: string, given: string): InvalidInputError {
  return new InvalidInputError(
    `${what} such as "${example}", got ${JSON.stringify(given.slice(0, 100))}`,
  );
}
