// Reads and writes safetensors files (https://github.com/huggingface/safetensors, section "Format"):
//
//   8 bytes, length N of the header, little-endian | N bytes, the header in JSON | the tensors' data
//
// A file from outside is hostile: everything is checked before anything is allocated.
//
// Limits: the file is in memory as a whole, and so is what is written; no dtypes below 16 bits but
// BOOL, U8 and I8; the machine is little-endian, as the kernels' shared memory demands anyway.

import { bytesOf } from "../host/bytes.js";
import { describe, InvalidInputError } from "../host/errors.js";
import { HeaderParser, isUnicode, MAX_RANK, refuse } from "./safetensors-header.js";

/** The element types that are known. */
export type Dtype =
  | ("BOOL" | "U8" | "I8" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64")
  | ("F16" | "BF16" | "F32" | "F64");

export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  /** `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Raw little-endian bytes; where the tensor was read, a view into the file. */
  readonly data: Uint8Array;
}

export interface SafetensorsFile {
  /** By name, in the order of their data. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

const elementBytes: ReadonlyMap<string, number> = new Map<Dtype, number>([
  ...(["BOOL", "U8", "I8"] as const).map((dtype) => [dtype, 1] as const),
  ...(["I16", "U16", "F16", "BF16"] as const).map((dtype) => [dtype, 2] as const),
  ...(["I32", "U32", "F32"] as const).map((dtype) => [dtype, 4] as const),
  ...(["I64", "U64", "F64"] as const).map((dtype) => [dtype, 8] as const),
]);
const dtypes = `one of ${[...elementBytes.keys()].join(", ")}`;

const METADATA = "__metadata__";
/** Bytes of a header: what JavaScript reads in a moment. The reference implementation's cap is 100 MB. */
const MAX_HEADER = 16_000_000;

/** Bytes of a tensor; NaN where the shape is none, or where the bytes cannot be counted exactly. */
function byteLength(dtype: Dtype, shape: readonly number[]): number {
  let bytes = elementBytes.get(dtype) ?? Number.NaN;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return Number.NaN;
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) return Number.NaN;
  }
  return shape.length > MAX_RANK ? Number.NaN : bytes;
}

/**
 * The tensors and metadata of a safetensors file, as views into the file.
 * @throws ModelFileError where the file is not exactly what the format demands
 */
export function readSafetensors(file: Uint8Array | ArrayBuffer): SafetensorsFile {
  const bytes = bytesOf("the file", file);
  // Not bytes.subarray: a Node Buffer would give Buffers.
  const view = (begin: number, end: number) =>
    new Uint8Array(bytes.buffer, bytes.byteOffset + begin, end - begin);
  const { spans, metadata, start } = headerOf(bytes);
  const tensors = new Map<string, TensorEntry>();
  for (const { name, dtype, shape, begin, end } of spans) {
    tensors.set(name, { name, dtype, shape, data: view(start + begin, start + end) });
  }
  return { tensors, metadata };
}

/** The metadata alone. What comes after them is not looked at. @throws ModelFileError */
export function readMetadata(file: Uint8Array | ArrayBuffer): ReadonlyMap<string, string> {
  return headerOf(bytesOf("the file", file), true).metadata;
}

/** What a header says. */
interface Header {
  /** The tensors, in the order of their data. */
  readonly spans: readonly Span[];
  readonly metadata: ReadonlyMap<string, string>;
}

/** @param only whether nothing but the metadata is wanted */
function headerOf(bytes: Uint8Array, only = false): Header & { readonly start: number } {
  const start = 8 + headerLength(bytes, bytes.length);
  const text = new Uint8Array(bytes.buffer, bytes.byteOffset + 8, start - 8);
  return { ...readHeader(text, bytes.length - start, only), start };
}

/**
 * @param available bytes of data after the header; Infinity where that is not known
 * @throws ModelFileError
 */
export function readHeader(text: Uint8Array, available: number, only = false): Header {
  const header = new HeaderParser(decodeHeader(text));
  const metadata = new Map<string, string>();
  const spans: Span[] = [];
  header.object("header", (name) => {
    if (name === METADATA) readEntries(header, metadata);
    else spans.push(readSpan(header, name, available));
    return only && name === METADATA;
  });
  if (only) return { spans, metadata };
  header.end();
  checkCover(spans, available);
  return { spans, metadata };
}

/**
 * Bytes of the header after the first 8.
 * @param bytes the first 8, at least
 * @param size bytes of the file; Infinity where that is not known
 * @throws ModelFileError
 */
export function headerLength(bytes: Uint8Array, size: number): number {
  if (bytes.length < 8) refuse("start", "at least 8 bytes", String(bytes.length));
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  // Whatever is no such file begins with other bytes than a length.
  if (length > 2 ** 40) {
    const start = describe(String.fromCharCode(...bytes.subarray(0, 8)));
    refuse("start", "the length of a header: this is no safetensors file", start);
  }
  if (length > MAX_HEADER) refuse("header length", `at most ${MAX_HEADER} bytes`, String(length));
  if (Number(length) > size - 8) {
    const expected = `at most the ${size - 8} bytes that follow`;
    refuse("header length", `${expected} (the file is cut off, or none)`, String(length));
  }
  return Number(length);
}

function decodeHeader(bytes: Uint8Array): string {
  if (bytes[0] !== 0x7b) {
    refuse("header", "{ as its first byte", bytes.length > 0 ? `byte ${bytes[0]}` : "no header");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    refuse("header", "valid UTF-8", "bytes that are not");
  }
}

function readEntries(header: HeaderParser, metadata: Map<string, string>): void {
  header.object("metadata", (key) => {
    metadata.set(key, header.string(`metadata ${describe(key)}`, "a string"));
    return false;
  });
}

/** A tensor's entry in the header; offsets count from the start of the data. */
export interface Span {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readSpan(header: HeaderParser, name: string, available: number): Span {
  const where = () => `tensor ${describe(name)}`;
  const part = (key: string) => () => `${where()}, ${key}`;
  const entry: { dtype?: string; shape?: number[]; data_offsets?: number[] } = {};
  header.object(where, (key) => {
    if (key === "dtype") entry.dtype = header.string(part(key), dtypes);
    else if (key === "shape") entry.shape = header.integers(part(key));
    else if (key === "data_offsets") entry.data_offsets = header.integers(part(key));
    else refuse(where, "no keys but dtype, shape and data_offsets", describe(key));
    return false;
  });
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype === undefined) refuse(where, "a dtype", "none");
  if (!elementBytes.has(dtype)) refuse(part("dtype"), dtypes, describe(dtype));
  if (shape === undefined) refuse(where, "a shape", "none");
  if (offsets === undefined) refuse(where, "data_offsets", "none");
  const got = () => `[${offsets.join(", ")}]`;
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin > end) {
    refuse(part("data_offsets"), "[begin, end] with begin at most end", got());
  }
  if (end > available) {
    const within = `an end within the ${available} bytes of data`;
    refuse(part("data_offsets"), `${within} (the file is cut off)`, got());
  }
  const kind = () => `${dtype} [${shape.join(", ")}]`;
  const bytes = byteLength(dtype as Dtype, shape);
  if (Number.isNaN(bytes)) refuse(part("shape"), "fewer than 2^53 bytes", kind());
  if (end - begin !== bytes) {
    const expected = `${bytes} bytes for ${kind()}`;
    refuse(part("data_offsets"), expected, `${end - begin} bytes, ${got()}`);
  }
  return { name, dtype: dtype as Dtype, shape, begin, end };
}

/** Sorts the spans by their data and checks that they cover all of it exactly once. */
function checkCover(spans: Span[], available: number): void {
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of spans) {
    if (begin !== covered) {
      const flaw = begin < covered ? "an overlap" : "a hole";
      const where = `tensor ${describe(name)}, data_offsets`;
      refuse(where, `a begin at ${covered}, where the one before ends`, `${begin}, ${flaw}`);
    }
    covered = end;
  }
  if (covered !== available && available !== Infinity) {
    refuse("end", `${covered} bytes of data, as the tensors say`, `${available}`);
  }
}

/**
 * A safetensors file of the tensors in the order given; same input, same bytes.
 * @throws InvalidInputError where a name comes twice or is no Unicode text, where a shape and its
 *   data differ in size, or where metadata is not text
 */
export function writeSafetensors(
  tensors: Iterable<TensorEntry>,
  metadata: ReadonlyMap<string, string> | Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = [...tensors];
  const names = new Set([METADATA]);
  const members: string[] = [];
  const texts = metadata instanceof Map ? [...metadata] : Object.entries(metadata);
  if (texts.length > 0) members.push(`"${METADATA}":{${texts.map(metadataMember).join(",")}}`);
  let offset = 0;
  for (const { name, dtype, shape, data } of entries) {
    checkText("a tensor's name", name);
    if (names.has(name)) {
      const flaw = name === METADATA ? "is the metadata's" : "was given twice";
      throw new InvalidInputError(`tensor names must differ, but ${describe(name)} ${flaw}`);
    }
    names.add(name);
    checkSize(name, dtype, shape, data);
    const begin = offset;
    offset += data.length;
    const entry = { dtype, shape, data_offsets: [begin, offset] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  }
  const text = new TextEncoder().encode(`{${members.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MAX_HEADER) {
    throw new InvalidInputError(`the header must fit in ${MAX_HEADER} bytes, got ${length}`);
  }
  const file = new Uint8Array(8 + length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  file.fill(0x20, 8 + text.length, 8 + length);
  let at = 8 + length;
  for (const { data } of entries) {
    file.set(data, at);
    at += data.length;
  }
  return file;
}

function metadataMember([key, value]: [string, string]): string {
  checkText("a metadata key", key);
  checkText(`metadata ${describe(key)}`, value);
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function checkText(what: string, value: unknown): void {
  if (typeof value === "string" && isUnicode(value)) return;
  throw new InvalidInputError(`${what} must be well-formed text, got ${describe(value)}`);
}

function checkSize(name: string, dtype: Dtype, shape: readonly number[], data: Uint8Array): void {
  const bytes = byteLength(dtype, shape);
  if (data instanceof Uint8Array && data.length === bytes) return;
  const what = `tensor ${describe(name)} of dtype ${dtype} and shape [${shape.join(", ")}]`;
  const expected = Number.isNaN(bytes)
    ? `must have whole sizes and a dtype that is ${dtypes}`
    : `needs ${bytes} bytes in a Uint8Array, got ${data?.byteLength}`;
  throw new InvalidInputError(`${what} ${expected}`);
}

/**
 * An F32 tensor over `data` itself, not a copy: write the file before the data changes.
 * @throws InvalidInputError where shape and data differ in size
 */
export function f32Entry(name: string, shape: readonly number[], data: Float32Array): TensorEntry {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  checkSize(name, "F32", shape, bytes);
  return { name, dtype: "F32", shape: [...shape], data: bytes };
}

/**
 * The values of an F32, F16, BF16 or F64 tensor, copied; F64 is rounded to the nearest float.
 * @throws ModelFileError for other dtypes, and for F64 values that a float cannot hold
 */
export function f32Data({ name, dtype, shape, data }: TensorEntry): Float32Array<ArrayBuffer> {
  const where = `tensor ${describe(name)}`;
  if (data.length !== byteLength(dtype, shape)) {
    refuse(where, `data for ${dtype} [${shape.join(", ")}]`, `${data.length} bytes`);
  }
  if (!["F32", "F16", "BF16", "F64"].includes(dtype)) {
    refuse(where, "dtype F32, F16, BF16 or F64", dtype);
  }
  if (dtype === "F32") return new Float32Array(new Uint8Array(data).buffer);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const out = new Float32Array(data.length / elementBytes.get(dtype)!);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    if (dtype === "F64") out[i] = narrow(view.getFloat64(8 * i, true), where);
    else if (dtype === "BF16") bits[i] = view.getUint16(2 * i, true) << 16;
    else bits[i] = widen(view.getUint16(2 * i, true));
  }
  return out;
}

function narrow(value: number, where: string): number {
  const float = Math.fround(value);
  if (Number.isFinite(float) || !Number.isFinite(value)) return float;
  refuse(where, "numbers that a float can hold", String(value));
}

/** The bits of a float equal to the half `h`: 1 sign, 5 exponent, 10 fraction. */
function widen(h: number): number {
  const sign = (h & 0x8000) << 16;
  let exponent = (h >> 10) & 31;
  let fraction = h & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent === 0) {
    if (fraction === 0) return sign;
    // A subnormal half is a normal float: shift until the leading one is implied.
    for (exponent = 1; fraction < 0x400; exponent--) fraction <<= 1;
  }
  return sign | ((exponent + 112) << 23) | ((fraction & 0x3ff) << 13);
}
