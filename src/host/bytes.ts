// Bytes as callers give them, in an array or by themselves.

import { describe, InvalidInputError } from "./errors.js";
import { isKind } from "./kinds.js";

/**
 * The bytes of what is given, in the same memory.
 * @param what they are, for errors
 * @throws InvalidInputError for anything else
 */
export function bytesOf(what: string, given: Uint8Array | ArrayBuffer): Uint8Array {
  if (isKind(given, "Uint8Array")) return given;
  if (isKind(given, "ArrayBuffer")) return new Uint8Array(given);
  const hint = typeof given === "string" ? "; read the file first" : "";
  throw new InvalidInputError(
    `${what} must be a Uint8Array or an ArrayBuffer, got ${describe(given)}${hint}`,
  );
}
