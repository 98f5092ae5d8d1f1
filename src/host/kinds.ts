// What kind of thing a value is, whatever realm made it. Frames, contexts of node:vm and test runners have classes of
// their own beside the engine's, so `instanceof` calls a good array a wrong one there.

interface Kinds {
  readonly ArrayBuffer: ArrayBuffer;
  readonly Float32Array: Float32Array;
  readonly Float64Array: Float64Array;
  readonly Int32Array: Int32Array;
  readonly Map: ReadonlyMap<unknown, unknown>;
  readonly Object: object;
  readonly Uint8Array: Uint8Array;
  readonly Uint8ClampedArray: Uint8ClampedArray;
  readonly Uint16Array: Uint16Array;
  readonly "WebAssembly.Module": WebAssembly.Module;
}

/** "Uint8Array", also of a Buffer; "Object" of what has no name of its own. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Whether a value is of one of these kinds. */
export function isKind<K extends keyof Kinds>(
  value: unknown,
  ...kinds: readonly K[]
): value is Kinds[K] {
  return (kinds as readonly string[]).includes(tagOf(value));
}
