// Tells one corpus from another, for refusing to resume on other data.

/** Two 32-bit hashes and the lengths: enough to notice another corpus, which is all it is for. */
export function hashTokens(parts: readonly Int32Array[]): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  let length = 0;
  for (const tokens of parts) {
    length += tokens.length;
    a = Math.imul(a ^ tokens.length, 0x01000193);
    for (let i = 0; i < tokens.length; i++) {
      a = Math.imul(a ^ tokens[i], 0x01000193);
      b = Math.imul(b ^ a, 0x85ebca6b) ^ (b >>> 13);
    }
  }
  return `${parts.length}-${length}-${hex(a)}${hex(b)}`;
}

/** Two 32-bit hashes of bytes, in hexadecimal. */
export function hashBytes(bytes: Uint8Array): string {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i], 0x01000193);
    b = Math.imul(b ^ a, 0x85ebca6b) ^ (b >>> 13);
  }
  return hex(a) + hex(b);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
