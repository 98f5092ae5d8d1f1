// Bytes as base64 text, without what only some runtimes have.

/** Bytes that fit on the stack as arguments. */
const PART = 8192;

export function base64(bytes: Uint8Array): string {
  let binary = "";
  for (let from = 0; from < bytes.length; from += PART) {
    binary += String.fromCharCode(...bytes.subarray(from, from + PART));
  }
  return btoa(binary);
}
