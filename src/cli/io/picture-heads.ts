// Which files hold pictures, from the bytes that they begin with.

import { headOf } from "./files.js";
import { isJPEG } from "./jpeg.js";
import { hasPicture, isFolder } from "./picture-folders.js";

/** As many bytes as tell. */
export function pictureHead(path: string): Uint8Array {
  return headOf(path, 16);
}

/** Whether a file begins as pictures do, or is compressed. */
export function isPictureFile(path: string): boolean {
  const head = pictureHead(path);
  return isPicture(head) || isGzip(head);
}

/** Whether these paths hold pictures: a folder with one in it, or a file that begins as one does. */
export function holdPictures(paths: readonly string[]): boolean {
  return (
    paths.length > 0 &&
    paths.every((path) => {
      if (isFolder(path)) return hasPicture(path);
      const head = pictureHead(path);
      return isPicture(head) || (isGzip(head) && /idx\d?|ubyte/i.test(path));
    })
  );
}

function isPicture(head: Uint8Array): boolean {
  const isPNG = head[0] === 0x89 && head[1] === 0x50 && head[2] === 0x4e && head[3] === 0x47;
  return isPNG || isJPEG(head) || isIDX(head);
}

/** Compressed, whatever is in it. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** Two zeros, unsigned bytes, and at least one dimension. */
export function isIDX(head: Uint8Array): boolean {
  return (
    head.length >= 8 &&
    head[0] === 0 &&
    head[1] === 0 &&
    head[2] === 8 &&
    head[3] > 0 &&
    head[3] < 5
  );
}

export function isIDXFile(path: string): boolean {
  const head = pictureHead(path);
  return isGzip(head) || isIDX(head);
}
