// What a caller hands over is taken as it is at the call: it is theirs to change while a model waits for its
// kernels, or for whoever asks for the first step.

/** The list as it is now, with its objects; whatever else is given stays, to be refused where it is used. */
export function listAsGiven<T>(list: T): T {
  if (!Array.isArray(list)) return list;
  return list.map(copied) as T;
}

/** Bytes as they are now. */
export function bytesAsGiven(bytes: Uint8Array | ArrayBuffer): Uint8Array | ArrayBuffer {
  if (bytes instanceof Uint8Array) return Uint8Array.from(bytes);
  return bytes instanceof ArrayBuffer ? bytes.slice(0) : bytes;
}

/** An object with the objects in it. */
function copied(value: unknown): unknown {
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, copied(one)]));
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
