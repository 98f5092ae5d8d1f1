// A safetensors file read from its beginning to its end, a tensor at a time: no more of it is in memory at once.

import { headerLength, readHeader, type Span, type TensorEntry } from "./safetensors.js";
import { refuse } from "./safetensors-header.js";

/** What reads a file's bytes in order. */
export interface BytesInOrder {
  /**
   * So many bytes, or as many as there are left.
   * @param exact whether there should be so many
   */
  read(bytes: number, exact?: boolean): Promise<Uint8Array>;
  skip(bytes: number): Promise<void>;
  /** Bytes of all of it; Infinity where that is not known. */
  readonly size: number;
}

/** A file whose header has been read. */
export interface StreamedSafetensors {
  /** The tensors, in the order of their data. */
  readonly spans: readonly Span[];
  /**
   * The tensors of these names, each with bytes of its own, in that order. To be called once.
   * @throws ModelFileError where the file ends before them
   */
  tensors(wanted: (name: string) => boolean): AsyncGenerator<TensorEntry, void, void>;
}

/** @throws ModelFileError for a header that is not exactly what the format demands */
export async function streamSafetensors(file: BytesInOrder): Promise<StreamedSafetensors> {
  const start = await file.read(8);
  const length = headerLength(start, file.size);
  const text = await file.read(length);
  if (text.length < length) cutOff("header", length, text.length);
  const { spans } = readHeader(text, file.size - 8 - length);
  return { spans, tensors: (wanted) => tensorsOf(file, spans, wanted) };
}

async function* tensorsOf(
  file: BytesInOrder,
  spans: readonly Span[],
  wanted: (name: string) => boolean,
): AsyncGenerator<TensorEntry, void, void> {
  for (const { name, dtype, shape, begin, end } of spans) {
    if (!wanted(name)) {
      await file.skip(end - begin);
      continue;
    }
    const data = await file.read(end - begin, true);
    if (data.length < end - begin) cutOff(`tensor ${name}`, end - begin, data.length);
    yield { name, dtype, shape, data };
  }
}

function cutOff(where: string, expected: number, got: number): never {
  refuse(where, `${expected} bytes`, `${got} (the file is cut off)`);
}
