// How many times as large small pictures are shown.

/** Times that a picture of this size is enlarged to be about `side` pixels wide: from 1 to 4. */
export function scaleFor(
  { width, height }: { readonly width: number; readonly height: number },
  side: number = 96,
): number {
  return Math.min(4, Math.max(1, Math.floor(side / Math.max(width, height))));
}
