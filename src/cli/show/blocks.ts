// Pictures in a terminal: two pixels in each character, one above the other, by colours of 24 bits.

import type { ImageSet } from "../../entries/node.js";

/** Whether a stream shows such colours. NO_COLOR and FORCE_COLOR are obeyed, as Node does. */
export function showsColours(output: NodeJS.WriteStream | undefined): boolean {
  return output?.isTTY === true && output.getColorDepth() >= 24;
}

/** The first pictures of a set in one row, as many as there are columns for; undefined where not one fits. */
export function blocks(given: ImageSet, columns: number): string | undefined {
  // Of clips their frames.
  const set = given.stills();
  const { width, height, length } = set;
  const count = Math.min(length, Math.floor((columns + GAP) / (width + GAP)));
  if (count < 1 || height > MOST_ROWS) return undefined;
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    let line = "";
    for (let n = 0; n < count; n++) {
      if (n > 0) line += " ".repeat(GAP);
      for (let x = 0; x < width; x++) {
        line += `\x1b[38;2;${colour(set, n, x, y)}m`;
        line += y + 1 < height ? `\x1b[48;2;${colour(set, n, x, y + 1)}m▀` : "\x1b[49m▀";
      }
      line += "\x1b[0m";
    }
    lines.push(line);
  }
  return lines.join("\n");
}

const GAP = 1;
/** Pixels of a picture's height, or it fills the terminal. */
const MOST_ROWS = 96;

/** "r;g;b", transparent pixels on white. */
function colour(set: ImageSet, n: number, x: number, y: number): string {
  const { pixels, width, height, channels } = set;
  const at = ((n * height + y) * width + x) * channels;
  const [r, g = r, b = r, alpha = 255] = pixels.subarray(at, at + channels);
  const shown = [r, g, b].map((value) => Math.round((value * alpha + 255 * (255 - alpha)) / 255));
  return shown.join(";");
}
