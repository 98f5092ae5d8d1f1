// Bytes as text: the opposite of src/host/byte-text.ts, which says why.

const LETTERS = 90;
const hex = (byte) => byte.toString(16).padStart(2, "0");

/** The most common bytes, and the bytes as letters. */
export function byteText(bytes) {
  const counts = new Array(256).fill(0);
  for (const byte of bytes) counts[byte]++;
  const common = counts.map((_, byte) => byte).sort((a, b) => counts[b] - counts[a] || a - b);
  const letters = Array.from({ length: 256 }, (_, byte) => `~${hex(byte)}`);
  common.slice(0, LETTERS).forEach((byte, i) => {
    // Without the backslash, which a string would double.
    letters[byte] = String.fromCharCode(35 + i + (35 + i >= 92 ? 1 : 0));
  });
  const head = common.slice(0, LETTERS).map(hex).join("");
  return head + Array.from(bytes, (byte) => letters[byte]).join("");
}
