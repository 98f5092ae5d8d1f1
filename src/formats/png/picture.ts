// What PNG files are made from and read to.

/** A picture's samples, row by row, channels together. */
export interface PNGPicture {
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, RGBA. Alpha is not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4;
  /** (height · width · channels): bytes, or words where the samples have 16 bits. */
  readonly data: Uint8Array | Uint16Array;
}

/** Pixels that a picture may have: 8,192 × 8,192. */
export const MAX_PIXELS: number = 2 ** 26;

/** The eight bytes that begin every PNG. */
export const SIGNATURE: readonly number[] = [137, 80, 78, 71, 13, 10, 26, 10];

/** 16 bits to 8: round(x · 255 / 65535). */
export function narrowed(words: Uint16Array): Uint8Array {
  return Uint8Array.from(words, (x) => (x * 255 + 32895) >>> 16);
}

/** Whether bytes begin as a PNG does. */
export function isPNG(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}
