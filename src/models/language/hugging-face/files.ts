// The files of a folder as they are given: whole, or as streams that are read once, from their beginning to their end.

import { describe, InvalidInputError, ModelFileError } from "../../../host/errors.js";
import { isKind } from "../../../host/kinds.js";
import { decodeUtf8 } from "../../../text/utf8.js";

/** What a file may be given as. A stream and a response are read once. */
export type FileSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | Response
  | ReadableStream<Uint8Array>;

/** Files by their names, such as `config.json`; promises of them, too, such as `fetch` gives. */
export type PretrainedFiles =
  | ReadonlyMap<string, FileSource | PromiseLike<FileSource>>
  | Readonly<Record<string, FileSource | PromiseLike<FileSource>>>;

/** Reads a file from its beginning to its end. */
export interface FileReader {
  /**
   * So many bytes, or as many as there are left.
   * @param exact whether there should be so many: then there is room for them from the beginning
   */
  read(bytes: number, exact?: boolean): Promise<Uint8Array>;
  skip(bytes: number): Promise<void>;
  /** Bytes of all of it; Infinity where that is not known. */
  readonly size: number;
}

/** Files by name. */
export class PretrainedFolder {
  readonly #files: ReadonlyMap<string, unknown>;
  readonly #streams: ReadableStreamDefaultReader<Uint8Array>[] = [];

  /** @throws InvalidInputError */
  constructor(files: PretrainedFiles) {
    if (typeof files !== "object" || files === null || isBytes(files)) {
      throw new InvalidInputError(
        `fromPretrained needs files by their names, such as { "config.json": … }, got ${describe(files)}`,
      );
    }
    this.#files = isKind(files, "Map")
      ? new Map(files as ReadonlyMap<string, unknown>)
      : new Map(Object.entries(files));
  }

  get names(): string[] {
    return [...this.#files.keys()];
  }

  has(name: string): boolean {
    return this.#files.get(name) !== undefined;
  }

  /** @throws InvalidInputError where it is nothing that can be read */
  async reader(name: string): Promise<FileReader> {
    const file = await this.#files.get(name);
    if (typeof file === "string") return reading(new TextEncoder().encode(file));
    if (isKind(file, "Uint8Array")) return reading(file as Uint8Array);
    if (isKind(file, "ArrayBuffer")) return reading(new Uint8Array(file as ArrayBuffer));
    if (isBlob(file)) return readingBlob(file);
    if (isResponse(file)) {
      if (!file.ok) {
        throw new InvalidInputError(`${name}: the server answered ${file.status}, not with a file`);
      }
      if (!file.body) throw new InvalidInputError(`${name}: the server's answer has no body`);
      return this.#stream(name, file.body);
    }
    if (isStream(file)) return this.#stream(name, file);
    throw new InvalidInputError(
      `${name} must be a string, a Uint8Array, an ArrayBuffer, a Blob, a Response or a ReadableStream, got ${describe(file)}`,
    );
  }

  /** Ends the streams that were begun. */
  close(): void {
    for (const stream of this.#streams) stream.cancel().catch(() => {});
  }

  #stream(name: string, stream: ReadableStream<Uint8Array>): FileReader {
    const reader = stream.getReader();
    this.#streams.push(reader);
    return readingStream(name, reader);
  }

  /** The whole of a file, if it is there. @throws ModelFileError where it is larger than `most` bytes */
  async bytes(name: string, most: number): Promise<Uint8Array | undefined> {
    if (!this.has(name)) return undefined;
    const reader = await this.reader(name);
    const bytes = await reader.read(most + 1);
    if (bytes.length <= most) return bytes;
    throw new ModelFileError(`${name} must be at most ${most} bytes, it has more`);
  }

  /** The same as text. @throws ModelFileError */
  async text(name: string, most: number): Promise<string | undefined> {
    const bytes = await this.bytes(name, most);
    return bytes && decodeUtf8(bytes, name);
  }
}

function isBytes(value: unknown): boolean {
  return isKind(value, "Uint8Array") || isKind(value, "ArrayBuffer");
}

function isBlob(value: unknown): value is Blob {
  const { slice, arrayBuffer, size } = Object(value) as Partial<Blob>;
  return (
    typeof slice === "function" && typeof arrayBuffer === "function" && typeof size === "number"
  );
}

function isResponse(value: unknown): value is Response {
  const { status, arrayBuffer } = Object(value) as Partial<Response>;
  return typeof status === "number" && typeof arrayBuffer === "function";
}

function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (Object(value) as Partial<ReadableStream>).getReader === "function";
}

/** Of what is there: bytes are views. */
function readingParts(
  size: number,
  part: (begin: number, end: number) => Uint8Array | Promise<Uint8Array>,
): FileReader {
  let at = 0;
  return {
    size,
    async read(length) {
      const begin = at;
      at = Math.min(size, at + length);
      return part(begin, at);
    },
    async skip(length) {
      at += length;
    },
  };
}

function reading(bytes: Uint8Array): FileReader {
  // Not bytes.subarray: a Node Buffer would give Buffers.
  return readingParts(
    bytes.length,
    (begin, end) => new Uint8Array(bytes.buffer, bytes.byteOffset + begin, end - begin),
  );
}

function readingBlob(blob: Blob): FileReader {
  return readingParts(
    blob.size,
    async (begin, end) => new Uint8Array(await blob.slice(begin, end).arrayBuffer()),
  );
}

/** Bytes that there is room for before it is known how many come. */
const FIRST = 65536;

/** Of a stream, whose pieces are kept no longer than they are needed. */
function readingStream(name: string, reader: ReadableStreamDefaultReader<Uint8Array>): FileReader {
  let piece = new Uint8Array(0);
  let ended = false;
  /** Whether there is something in `piece`. */
  const more = async () => {
    while (piece.length === 0 && !ended) {
      const { done, value } = await reader.read();
      ended = done;
      if (value === undefined) continue;
      if (!isKind(value, "Uint8Array")) {
        throw new InvalidInputError(`${name}: expected a stream of bytes, got ${describe(value)}`);
      }
      piece = value as Uint8Array<ArrayBuffer>;
    }
    return piece.length > 0;
  };
  const take = (most: number) => {
    const some = piece.subarray(0, most);
    piece = piece.subarray(some.length);
    return some;
  };
  return {
    size: Number.POSITIVE_INFINITY,
    async read(length, exact = false) {
      let all = new Uint8Array(exact ? length : Math.min(length, FIRST));
      let had = 0;
      while (had < length && (await more())) {
        const some = take(length - had);
        if (had + some.length > all.length) {
          const larger = new Uint8Array(Math.min(length, 2 * (had + some.length)));
          larger.set(all);
          all = larger;
        }
        all.set(some, had);
        had += some.length;
      }
      return had === all.length ? all : all.slice(0, had);
    },
    async skip(length) {
      let left = length;
      while (left > 0 && (await more())) left -= take(left).length;
    },
  };
}
