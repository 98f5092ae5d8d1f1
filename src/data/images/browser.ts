// Files that a person chose in a browser.

import { isPNG } from "../../formats/png/picture.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import type { PictureOptions } from "./assemble.js";
import type { ImageParts } from "./parts.js";
import { fromPNG, type PictureFile, type Pixels } from "./read.js";

/** @throws InvalidInputError naming the files that cannot be used */
export function fromFiles(files: Iterable<Blob>, options?: PictureOptions): Promise<ImageParts> {
  const named = Array.from(files, (file, i): PictureFile => {
    if (typeof Object(file).arrayBuffer !== "function") {
      throw new InvalidInputError(
        `files[${i}] must be a File or a Blob, got ${describe(file)}; fromPNG takes { name, bytes }`,
      );
    }
    const name = "name" in file ? String(file.name) : `file ${i}`;
    return { name, bytes: () => contents(name, file) };
  });
  return fromPNG(named, options);
}

async function contents(name: string, file: Blob): Promise<Uint8Array | Pixels> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isPNG(bytes)) return bytes;
  if (typeof createImageBitmap !== "function" || typeof OffscreenCanvas !== "function") {
    throw new InvalidInputError(
      `${name} is not a PNG file, and this runtime has nothing else to read it`,
    );
  }
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" } as const;
  const bitmap = await createImageBitmap(file, options).catch((cause) => {
    throw new InvalidInputError(`${name} is not a picture that this browser can read`, { cause });
  });
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height).getContext("2d")!;
  canvas.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas.getImageData(0, 0, width, height);
}
