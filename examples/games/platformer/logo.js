// The name of the game in letters of five by seven, each of which bobs.

import { INK } from "./art.js";

const letters = {
  S: ["01111", "11000", "11000", "01110", "00011", "00011", "11110"],
  P: ["11110", "11011", "11011", "11110", "11000", "11000", "11000"],
  R: ["11110", "11011", "11011", "11110", "11110", "11011", "11011"],
  O: ["01110", "11011", "11011", "11011", "11011", "11011", "01110"],
  U: ["11011", "11011", "11011", "11011", "11011", "11011", "01110"],
  T: ["11111", "11111", "00100", "01110", "01110", "01110", "01110"],
};
const word = "SPROUT";

/** @param top where the level begins on the screen */
export function drawLogo(context, width, top, tick, still) {
  const size = width > 330 ? 6 : 4;
  const apart = 6 * size;
  const left = Math.round((width - word.length * apart + size) / 2);
  const y = Math.max(26, top + (width > 330 ? 16 : 2));
  for (const [i, letter] of Array.from(word).entries()) {
    const bob = still ? 0 : Math.round(Math.sin(tick / 16 + i * 0.8) * 2);
    const cells = letters[letter].flatMap((row, r) =>
      Array.from(row).flatMap((bit, c) => (bit === "1" ? [[left + i * apart + c * size, y + r * size + bob, r]] : [])),
    );
    context.fillStyle = INK;
    for (const [x, at] of cells) context.fillRect(x - 2, at - 2, size + 4, size + 6);
    for (const [x, at, row] of cells) {
      context.fillStyle = ["#fff4dc", "#ffe29a", "#ffd05c", "#ffb05c", "#ffb05c", "#f08a43", "#e07b3c"][row];
      context.fillRect(x, at, size, size);
    }
  }
  // Two leaves grow out of the O.
  const [x, at] = [left + 3 * apart + 2 * size, y - 2 + (still ? 0 : Math.round(Math.sin(tick / 16 + 2.4) * 2))];
  for (const [colour, px, py, wide, high] of [
    [INK, 0, -size, size, size + 2],
    ["#3f9a4b", 1, -size, size - 2, size + 1],
    [INK, -2 * size - 1, -2 * size - 1, 2 * size + 2, size + 2],
    ["#7fd858", -2 * size, -2 * size, 2 * size, size],
    [INK, size - 1, -2.5 * size - 1, 2 * size + 2, size + 2],
    ["#7fd858", size, -2.5 * size, 2 * size, size],
  ]) {
    context.fillStyle = colour;
    context.fillRect(Math.round(x + px), Math.round(at + py), Math.round(wide), Math.round(high));
  }
}
