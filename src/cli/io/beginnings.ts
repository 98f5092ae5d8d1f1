// Files of other programs, by the bytes that they begin with.

/** What can be done with a file. */
export const OWN = "models that can be used here are those that simdream trained itself";
export const TEXT = "save its text as a file of its own";
export const UNPACK = "unpack it first";

export const UTF16 = { looks: "looks like a text in UTF-16", advice: "save it as UTF-8" };

/** A kind of file: what stands where, what people call it, and what they can do with it. */
export interface Beginning {
  /** Bytes, a character each. */
  readonly start: string;
  /** Where they stand. Default 0. */
  readonly at?: number;
  /** "looks like a picture (PNG)" */
  readonly looks: string;
  readonly advice?: string;
}

const picture = (kind: string) => `looks like a picture (${kind})`;
const MEDIA = "looks like sound or film";
const PROGRAM = "looks like a program";
const TABLE = "looks like a table";

export const beginnings: readonly Beginning[] = [
  { start: "GGUF", looks: "looks like a GGUF model of llama.cpp", advice: OWN },
  { start: "lmgg", looks: "looks like a GGML model of llama.cpp", advice: OWN },
  { start: "fmgg", looks: "looks like a GGML model of llama.cpp", advice: OWN },
  { start: "tjgg", looks: "looks like a GGML model of llama.cpp", advice: OWN },
  { start: "\x89HDF\r\n", looks: "looks like an HDF5 file, of Keras for example", advice: OWN },
  { start: "TFL3", at: 4, looks: "looks like a model of TensorFlow Lite", advice: OWN },
  { start: "\x93NUMPY", looks: "looks like an array of NumPy", advice: OWN },
  { start: "\x89PNG", looks: picture("PNG") },
  { start: "\xff\xd8\xff", looks: picture("JPEG") },
  { start: "GIF8", looks: picture("GIF") },
  { start: "WEBP", at: 8, looks: picture("WebP") },
  { start: "II*\0", looks: picture("TIFF") },
  { start: "MM\0*", looks: picture("TIFF") },
  { start: "\0\0\x01\0", looks: picture("icon") },
  { start: "RIFF", looks: MEDIA },
  { start: "ID3", looks: MEDIA },
  { start: "OggS", looks: MEDIA },
  { start: "fLaC", looks: MEDIA },
  { start: "ftyp", at: 4, looks: MEDIA },
  { start: "%PDF", looks: "looks like a PDF document", advice: TEXT },
  { start: "{\\rtf", looks: "looks like an RTF document", advice: TEXT },
  { start: "\xd0\xcf\x11\xe0", looks: "looks like a document of an office program", advice: TEXT },
  { start: "\x1f\x8b", looks: "is compressed by gzip", advice: `${UNPACK}: gunzip` },
  { start: "\x1f\x9d", looks: "is compressed by compress", advice: `${UNPACK}: uncompress` },
  { start: "BZh", looks: "is compressed by bzip2", advice: `${UNPACK}: bunzip2` },
  { start: "\xfd7zXZ", looks: "is compressed by xz", advice: `${UNPACK}: unxz` },
  { start: "\x28\xb5\x2f\xfd", looks: "is compressed by zstd", advice: `${UNPACK}: unzstd` },
  { start: "7z\xbc\xaf", looks: "looks like a 7z archive", advice: UNPACK },
  { start: "Rar!\x1a", looks: "looks like a RAR archive", advice: UNPACK },
  { start: "PK\x05\x06", looks: "looks like an empty zip archive" },
  { start: "ustar", at: 257, looks: "looks like a tar archive", advice: UNPACK },
  { start: "SQLite format 3", looks: "looks like a database of SQLite", advice: TEXT },
  { start: "PAR1", looks: `${TABLE} (Parquet)`, advice: TEXT },
  { start: "ARROW1", looks: `${TABLE} (Arrow)`, advice: TEXT },
  { start: "FEA1", looks: `${TABLE} (Feather)`, advice: TEXT },
  { start: "Obj\x01", looks: `${TABLE} (Avro)`, advice: TEXT },
  { start: "\0asm", looks: "looks like a WebAssembly module" },
  { start: "\x7fELF", looks: PROGRAM },
  { start: "MZ\x90\0", looks: PROGRAM },
  { start: "\xcf\xfa\xed\xfe", looks: PROGRAM },
  { start: "\xca\xfe\xba\xbe", looks: PROGRAM },
  {
    start: "version https://git-lfs",
    looks: "is a pointer of Git LFS",
    advice: "the file itself comes with: git lfs pull",
  },
  { start: "\xff\xfe\0\0", looks: "looks like a text in UTF-32", advice: "save it as UTF-8" },
  { start: "\xff\xfe", ...UTF16 },
  { start: "\xfe\xff", ...UTF16 },
];
