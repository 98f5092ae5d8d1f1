// Plain data as bytes, with typed arrays as they are in memory: tasks and their results. A head of JSON says where each
// array is; everything that it says is checked against the bytes there are before anything is made of it. Nothing but
// data comes out: no class, no function, no prototype.
//
//   "SDC1"   u32 length of the head   head: { "value": …, "arrays": [[type, length], …] }   zeros up to a multiple of 8
//   the arrays' bytes, one after the other, each from a multiple of 8, little-endian
//
// What JSON has no word for is an object with one name: {"$array": 0}, {"$number": "-0"}, {"$undefined": true}.

import { parseObject } from "../formats/json.js";
import { describe, InvalidInputError, ModelFileError } from "../host/errors.js";
import { tagOf } from "../host/kinds.js";

/** Arrays that travel. */
type Numbers = ArrayBufferView<ArrayBuffer> & { readonly length: number };

const types: Readonly<
  Record<string, new (buffer: ArrayBuffer, offset: number, length: number) => Numbers>
> = {
  Float32Array,
  Float64Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
};

const [MAGIC, ALIGNED, HEAD] = ["SDC1", 8, 8];
/** Of the head, in bytes and names: batches of texts are in it. */
const [LONGEST_HEAD, MOST_NAMES] = [64 * 2 ** 20, 1_000_000];

/** @throws InvalidInputError for what is not plain data */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Numbers[] = [];
  const tree = plain(value, arrays);
  const kinds = arrays.map((array) => [tagOf(array), array.length]);
  const head = new TextEncoder().encode(JSON.stringify({ value: tree, arrays: kinds }));
  let size = aligned(HEAD + head.length);
  for (const array of arrays) size = aligned(size + array.byteLength);
  const bytes = new Uint8Array(size);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(4, head.length, true);
  bytes.set(head, HEAD);
  let at = aligned(HEAD + head.length);
  for (const { buffer, byteOffset, byteLength } of arrays) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at = aligned(at + byteLength);
  }
  return bytes;
}

/**
 * The opposite of `encode`. Arrays are copies, each with a buffer of its own.
 * @param what it is, for errors
 * @throws ModelFileError for bytes that `encode` did not make
 */
export function decode(given: Uint8Array, what: string): unknown {
  // Not a Buffer, whose slices are views.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const fail = (why: string): never => {
    throw new ModelFileError(`${what} cannot be read: ${why}`);
  };
  if (bytes.length < HEAD || new TextDecoder().decode(bytes.subarray(0, 4)) !== MAGIC) {
    return fail(`it does not begin with ${MAGIC}`);
  }
  const view = new DataView(given.buffer, given.byteOffset, given.byteLength);
  const length = view.getUint32(4, true);
  if (length > Math.min(LONGEST_HEAD, bytes.length - HEAD)) {
    return fail(`its head has ${length} of ${bytes.length} bytes`);
  }
  const text = new TextDecoder().decode(bytes.subarray(HEAD, HEAD + length));
  const { value, arrays: kinds } = parseObject(text, `the head of ${what}`, MOST_NAMES);
  if (!Array.isArray(kinds)) return fail("its head lists no arrays");
  let at = aligned(HEAD + length);
  const places = kinds.map((kind: unknown) => {
    const [type, count] = Array.isArray(kind) ? kind : [];
    if (!Object.hasOwn(types, String(type)) || !Number.isSafeInteger(count) || count < 0) {
      return fail(`an array of type ${describe(type)} and length ${describe(count)}`);
    }
    const place = { type: String(type), at, count: count as number };
    at = aligned(at + widthOf(place.type) * place.count);
    return at <= bytes.length ? place : fail("its arrays are longer than it is");
  });
  if (at !== bytes.length) return fail(`it has ${bytes.length} bytes, its head describes ${at}`);
  return revived(value, (index) => {
    const place = typeof index === "number" ? places[index] : undefined;
    if (!place) return fail(`there is no array ${describe(index)}`);
    const end = place.at + widthOf(place.type) * place.count;
    return new types[place.type](bytes.slice(place.at, end).buffer, 0, place.count);
  });
}

/** Whether all numbers in it are finite, those of arrays too. */
export function allFinite(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (value instanceof Float32Array || value instanceof Float64Array) {
    for (let i = 0; i < value.length; i++) if (!Number.isFinite(value[i])) return false;
    return true;
  }
  return ArrayBuffer.isView(value) || Object.values(value).every(allFinite);
}

function aligned(size: number): number {
  return ALIGNED * Math.ceil(size / ALIGNED);
}

function widthOf(type: string): number {
  return Number(/\d+/.exec(type)) / 8;
}

function plain(value: unknown, arrays: Numbers[]): unknown {
  if (value === undefined) return { $undefined: true };
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { $number: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return Array.from(value, (one) => plain(one, arrays));
  const tag = tagOf(value);
  if (Object.hasOwn(types, tag)) return { $array: arrays.push(value as Numbers) - 1 };
  if (typeof value !== "object" || tag !== "Object") {
    throw new InvalidInputError(`this cannot be sent to a cluster: ${describe(value)}`);
  }
  const entries = Object.entries(value);
  const odd = entries.find(([name]) => name.startsWith("$") || name === "__proto__");
  if (odd) throw new InvalidInputError(`a name sent to a cluster cannot be ${odd[0]}`);
  return Object.fromEntries(entries.map(([name, one]) => [name, plain(one, arrays)]));
}

function revived(value: unknown, arrayOf: (index: unknown) => Numbers): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => revived(one, arrayOf));
  if ("$undefined" in value) return undefined;
  if ("$number" in value) return Number(value.$number);
  if ("$array" in value) return arrayOf(value.$array);
  // By definition, not by assignment: "__proto__" is a name like others.
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, revived(one, arrayOf)]),
  );
}
