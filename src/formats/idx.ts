// IDX files, in which MNIST and its like come, plain or gzipped: two zero bytes, the type, the number of
// dimensions, the dimensions (32 bits, big endian), the data. http://yann.lecun.com/exdb/mnist

import { InvalidInputError } from "../host/errors.js";
import { damaged, gunzip, isGzip } from "./deflate.js";

/** Bytes of a shape. */
export interface IDXArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Unsigned bytes, the one type that pictures and labels have. */
const BYTES = 8;
const MOST_DIMENSIONS = 8;

/**
 * @param what the file is called, for errors
 * @throws InvalidInputError where it is no IDX file of bytes, or damaged
 */
export function readIDX(what: string, file: Uint8Array): IDXArray {
  const bytes = isGzip(file) ? gunzip(what, file) : file;
  const [zero, none, type, rank] = bytes;
  if (bytes.length < 4 || zero !== 0 || none !== 0 || rank === 0 || rank > MOST_DIMENSIONS) {
    throw new InvalidInputError(`${what} is not an IDX file (such as MNIST's, plain or gzipped)`);
  }
  if (type !== BYTES) {
    throw new InvalidInputError(
      `${what} is an IDX file of type 0x${type.toString(16)}; expected unsigned bytes (0x8)`,
    );
  }
  const head = 4 + 4 * rank;
  if (bytes.length < head) throw damaged(what, `it ends at byte ${bytes.length}, in its header`);
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => words.getUint32(4 + 4 * i));
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== head + size) {
    throw damaged(
      what,
      `expected ${shape.join(" × ")} bytes after its header, got ${bytes.length - head}`,
    );
  }
  return { shape, data: bytes.subarray(head) };
}
