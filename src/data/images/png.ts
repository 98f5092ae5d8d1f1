// PNG files by themselves; what reads and writes them is loaded when it is first asked for.

import type { PNGPicture } from "../../formats/png/picture.js";
import { bytesOf } from "../../host/bytes.js";

/**
 * Samples of a PNG file: 8 or 16 bits, palettes as colours. Of an animation, its first picture.
 * @throws InvalidInputError where it is no PNG, damaged, or of more than 2²⁶ pixels
 */
export async function decodePNG(bytes: Uint8Array | ArrayBuffer): Promise<PNGPicture> {
  const { decode } = await import("../../formats/png/decode.js");
  const { width, height, channels, data } = decode("the picture", bytesOf("the picture", bytes));
  return { width, height, channels, data };
}

/**
 * A PNG file of 8 bits (Uint8Array) or 16 (Uint16Array), the same bytes in every runtime.
 * @throws InvalidInputError where the size does not fit the data
 */
export async function encodePNG(picture: PNGPicture): Promise<Uint8Array<ArrayBuffer>> {
  return (await import("../../formats/png/encode.js")).encode(Object(picture));
}
