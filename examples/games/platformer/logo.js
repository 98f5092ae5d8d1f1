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
      Array.from(row).flatMap((bit, c) =>
        bit === "1" ? [[left + i * apart + c * size, y + r * size + bob, r]] : [],
      ),
    );
    context.fillStyle = INK;
    for (const [x, at] of cells) context.fillRect(x - 2, at - 2, size + 4, size + 6);
    for (const [x, at, row] of cells) {
      context.fillStyle = [
        "#fff4dc",
        "#ffe29a",
        "#ffd05c",
        "#ffb05c",
        "#ffb05c",
        "#f08a43",
        "#e07b3c",
      ][row];
      context.fillRect(x, at, size, size);
    }
  }
  // Two leaves grow out of the O.
  const [x, at] = [
    left + 3 * apart + 2 * size,
    y - 2 + (still ? 0 : Math.round(Math.sin(tick / 16 + 2.4) * 2)),
  ];
  const leaf = [".kkkk....", "kggggkk..", "kgggggGk.", ".kggGGGk.", "..kkkkGGk", "......kGk"];
  const pixel = size / 2;
  for (const side of [-1, 1]) {
    for (const [row, line] of leaf.entries()) {
      for (const [column, sign] of Array.from(line).entries()) {
        if (sign === ".") continue;
        context.fillStyle = { k: INK, g: "#7fd858", G: "#3f9a4b" }[sign];
        const px = side < 0 ? column - 9 : 8 - column;
        const high = side < 0 ? row - 7 : row - 6;
        context.fillRect(x + size / 2 + px * pixel, at + high * pixel, pixel, pixel);
      }
    }
  }
}
