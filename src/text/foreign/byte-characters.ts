// GPT-2's way to write bytes as characters that can be seen: a byte that is a visible character of Latin-1 is that
// character, the others are U+0100 and those after it, in their order.

/** The byte that a character stands for; -1: none. */
export function byteOf(character: string): number {
  const code = character.charCodeAt(0);
  if (character.length > 1 || code >= 0x100 + HIDDEN) return -1;
  if (code < 0x100) return isVisible(code) ? code : -1;
  const hidden = code - 0x100;
  return hidden <= 0x20 ? hidden : hidden < HIDDEN - 1 ? hidden - 0x21 + 0x7f : 0xad;
}

/** The character that stands for a byte. */
export function characterOf(byte: number): string {
  if (isVisible(byte)) return String.fromCharCode(byte);
  const hidden = byte <= 0x20 ? byte : byte === 0xad ? HIDDEN - 1 : byte - 0x7f + 0x21;
  return String.fromCharCode(0x100 + hidden);
}

/** 0 … 32, 127 … 160 and 173. */
const HIDDEN = 33 + 34 + 1;

function isVisible(byte: number): boolean {
  return byte > 0x20 && (byte < 0x7f || byte > 0xa0) && byte !== 0xad;
}
