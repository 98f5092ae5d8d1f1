// Bytes as text, for the kernels in the package's JavaScript. In base64 equal bytes would become different letters, and gzip
// would find nothing; hexadecimal digits take two for each byte. Here each of the 90 most common bytes, 96 % of a module,
// is one letter: after gzip 3 % more than the module itself.

import { bytesOfHex } from "./hex.js";

/** Letters for common bytes: from # on, without the backslash. The text begins with the bytes, in hexadecimal digits. */
const LETTERS = 90;
const FIRST = 35;
const BACKSLASH = 92;
/** Before two hexadecimal digits. */
const ESCAPE = 126;

/** The bytes of what scripts/byte-text.mjs wrote. */
export function bytesOfText(text: string): Uint8Array<ArrayBuffer> {
  const common = bytesOfHex(text.slice(0, 2 * LETTERS));
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 2 * LETTERS; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === ESCAPE) {
      bytes[length++] = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    } else {
      bytes[length++] = common[code - FIRST - Number(code > BACKSLASH)];
    }
  }
  return bytes.slice(0, length);
}
