// Samples of several models in one picture, one below the other, each with a title.

import type { ImageSet } from "../../entries/node.js";
import { Canvas, widthOf } from "./canvas.js";
import { scaleFor } from "./scale.js";

/** Pictures under a title. */
export interface Block {
  readonly title: string;
  readonly set: ImageSet;
}

/** Pictures across, and rows of each; pixels around, between pictures, and of a title with what is below it. */
const [ACROSS, ROWS, MARGIN, GAP, TITLE] = [16, 2, 16, 2, 22];
/** What a picture is enlarged to, about; the smallest width, for titles. */
const [SIDE, NARROW] = [64, 640];

/** All are of one size; of each set pictures from its beginning to its end are shown. */
export function comparison(blocks: readonly Block[]): Promise<Uint8Array> {
  const [{ set }] = blocks;
  const scale = scaleFor(set, SIDE);
  const [width, height] = [set.width * scale + GAP, set.height * scale + GAP];
  const inner = Math.max(NARROW, ACROSS * width - GAP);
  const each = TITLE + ROWS * height - GAP + MARGIN;
  const canvas = new Canvas(inner + 2 * MARGIN, blocks.length * each + MARGIN);
  for (const [n, { title, set }] of blocks.entries()) {
    const top = MARGIN + n * each;
    canvas.text(MARGIN, top, fitting(title, inner), 2);
    const shown = Math.min(ACROSS * ROWS, set.length);
    for (let i = 0; i < shown; i++) {
      const [x, y] = [i % ACROSS, Math.floor(i / ACROSS)];
      const picture = Math.floor((i * set.length) / shown);
      canvas.picture(MARGIN + x * width, top + TITLE + y * height, set, picture, scale);
    }
  }
  return canvas.png();
}

/** A title that is too wide ends with …; figures that follow two spaces are left out first. */
function fitting(title: string, width: number): string {
  let parts = title.split("  ");
  while (parts.length > 1 && widthOf(parts.join("  "), 2) > width) parts = parts.slice(0, -1);
  const text = Array.from(parts.join("  "));
  while (text.length > 1 && widthOf(`${text.join("")}…`, 2) > width) text.pop();
  return widthOf(parts.join("  "), 2) > width ? `${text.join("")}…` : parts.join("  ");
}
