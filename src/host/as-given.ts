// What a caller hands over is taken as it is at the call: it is theirs to change while a model waits for its
// kernels, or for whoever asks for the first step.

import { isKind } from "./kinds.js";

/**
 * The list as it is now, with its objects and what these hold, and lists in it in the same way; whatever else is given stays, to be refused where it
 * is used.
 */
export function listAsGiven<T>(list: T): T {
  if (!Array.isArray(list)) return list;
  const inner = (value: unknown) => (isObject(value) ? { ...value } : listAsGiven(value));
  const copy = (one: object) => {
    const entries = Object.entries(one).map(([name, value]) => [name, inner(value)]);
    return ofClass(one, Object.fromEntries(entries));
  };
  return list.map((one) => (isObject(one) ? copy(one) : listAsGiven(one))) as T;
}

/** Options as they are now, with their lists; whatever else is given stays, to be refused where it is used. */
export function optionsAsGiven<T>(options: T): T {
  if (!isObject(options)) return options;
  const copy = ofClass(options, { ...options }) as Record<string, unknown>;
  for (const [name, value] of Object.entries(copy)) {
    if (Array.isArray(value)) copy[name] = value.slice();
  }
  return copy as T;
}

/** The copy with the class of what it was made from, by which an error names what was meant for another place. */
function ofClass(from: object, copy: object): object {
  return Object.setPrototypeOf(copy, Object.getPrototypeOf(from));
}

/** Bytes as they are now; whatever else is given stays, to be refused where it is used. */
export function bytesAsGiven(bytes: Uint8Array | ArrayBuffer): Uint8Array | ArrayBuffer {
  if (isKind(bytes, "Uint8Array")) return Uint8Array.from(bytes);
  return isKind(bytes, "ArrayBuffer") ? bytes.slice(0) : bytes;
}

/** What a literal makes, and no list, map or date. */
export function isObject(value: unknown): value is object {
  return isKind(value, "Object");
}
