// The two checksums of PNG and gzip, which tell a damaged file from a whole one.

/** CRC-32 (ISO 3309) of each byte: the polynomial 0xedb88320, bits reversed. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let word = byte;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? 0xedb88320 ^ (word >>> 1) : word >>> 1;
  return word;
});

/** CRC-32 of bytes, as PNG and gzip have it. */
export function crc32(bytes: Uint8Array): number {
  let word = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) word = TABLE[(word ^ bytes[i]) & 255] ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}

/** Adler-32 of bytes, as zlib has it (RFC 1950). */
export function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let from = 0; from < bytes.length; from += SAFE) {
    const end = Math.min(from + SAFE, bytes.length);
    for (let i = from; i < end; i++) {
      a += bytes[i];
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return ((b << 16) | a) >>> 0;
}

/** Bytes that can be added before a sum must be reduced. */
const SAFE = 5552;
