// Draws the tiles of a level, in pieces of some columns that are kept.

import { canvas, INK } from "./art.js";
import { chanceAt } from "./themes.js";
import { TILE } from "./tiles.js";

/** Columns of a piece. */
const PIECE = 16;
/** Rows that are drawn beyond the level, above and below. */
const MORE = 40;

/** The ground goes on below the level, and in caves the rock above it. */
const rowOf = (world, row) => Math.max(0, Math.min(world.height - 1, row));

/** @returns `draw(context, x, y, wide)`: the level's tiles from pixel x on, its first row at y */
export function tilePieces(world, theme, roofed) {
  const pieces = new Map();
  const sign = (column, row) => {
    if (row < 0 && !roofed) return "-";
    const inside = Math.max(0, Math.min(world.width - 1, column));
    const found = world.rows[rowOf(world, row)][inside];
    return (row < 0 || row >= world.height) && found !== "X" ? "-" : found;
  };
  const earth = (column, row) => sign(column, row) === "X";

  const make = (piece) => {
    const [element, context] = canvas(PIECE * TILE, (world.height + 2 * MORE) * TILE);
    for (let column = piece * PIECE; column < (piece + 1) * PIECE; column++) {
      for (let row = -MORE; row < world.height + MORE; row++) {
        const [x, y] = [(column - piece * PIECE) * TILE, (row + MORE) * TILE];
        const found = sign(column, row);
        if (found === "X") ground(context, x, y, column, row);
        else if (found === "B") brick(context, x, y, theme);
        else if (found === "=")
          platform(
            context,
            x,
            y,
            theme,
            sign(column - 1, row) === "=",
            sign(column + 1, row) === "=",
          );
        else if (found === "^") thorns(context, x, y, theme);
        else if (found === "-" && earth(column, row + 1)) plants(context, x, y, column, row);
      }
    }
    return element;
  };

  const rect = (context, colour, x, y, wide, high) => {
    context.fillStyle = colour;
    context.fillRect(x, y, wide, high);
  };

  function ground(context, x, y, column, row) {
    const free = {
      up: !earth(column, row - 1),
      down: !earth(column, row + 1),
      left: !earth(column - 1, row),
      right: !earth(column + 1, row),
    };
    const deep = row >= world.height ? Math.min(1, (row - world.height) / 14) : 0;
    rect(context, theme.earth, x, y, TILE, TILE);
    for (let i = 0; i < 3; i++) {
      const chance = chanceAt(column * 3 + i, row);
      const [px, py] = [Math.floor(chance * 13), Math.floor(chanceAt(row * 5 + i, column) * 13)];
      rect(
        context,
        chance > 0.45 ? theme.dark : theme.light,
        x + px,
        y + py,
        chance > 0.8 ? 3 : 2,
        2,
      );
    }
    if (free.left) rect(context, theme.dark, x, y, 2, TILE);
    if (free.right) rect(context, theme.dark, x + TILE - 2, y, 2, TILE);
    if (free.down) rect(context, theme.dark, x, y + TILE - 3, TILE, 3);
    if (free.left) rect(context, INK, x, y, 1, TILE);
    if (free.right) rect(context, INK, x + TILE - 1, y, 1, TILE);
    if (free.down) rect(context, INK, x, y + TILE - 1, TILE, 1);
    if (free.up) {
      rect(context, theme.top, x, y, TILE, 5);
      rect(context, theme.shine, x, y + 1, TILE, 2);
      rect(context, INK, x, y, TILE, 1);
      for (let i = 0; i < 4; i++) {
        const long = 1 + Math.floor(3 * chanceAt(column * 4 + i, row + 50));
        rect(context, theme.top, x + 4 * i + 1, y + 5, 2, long);
      }
      if (free.left) rect(context, INK, x, y, 1, 6);
      if (free.right) rect(context, INK, x + TILE - 1, y, 1, 6);
    }
    if (deep > 0) {
      context.globalAlpha = 0.75 * deep;
      rect(context, INK, x, y, TILE, TILE);
      context.globalAlpha = 1;
    }
  }

  function plants(context, x, y, column, row) {
    const chance = chanceAt(column, row + 300);
    if (chance < 0.3) {
      for (let i = 0; i < 3; i++)
        rect(context, theme.top, x + 3 + 4 * i, y + 12 - (i % 2), 1, 4 + (i % 2));
      rect(context, theme.shine, x + 7, y + 11, 1, 3);
    } else if (chance < 0.42) {
      rect(context, theme.top, x + 7, y + 10, 1, 6);
      const colour = ["#ff8b94", "#ffd84d", "#ffffff"][Math.floor(chance * 100) % 3];
      rect(context, colour, x + 6, y + 7, 3, 3);
      rect(context, "#e8a02c", x + 7, y + 8, 1, 1);
    }
  }

  return {
    draw(context, left, top, wide) {
      const last = Math.floor((left + wide) / (PIECE * TILE));
      for (let piece = Math.floor(left / (PIECE * TILE)); piece <= last; piece++) {
        if (!pieces.has(piece)) pieces.set(piece, make(piece));
        context.drawImage(pieces.get(piece), piece * PIECE * TILE - left, top - MORE * TILE);
      }
    },
  };
}

const box = (context, x, y, [main, dark, light]) => {
  context.fillStyle = INK;
  context.fillRect(x, y, TILE, TILE);
  context.fillStyle = dark;
  context.fillRect(x + 1, y + 1, TILE - 2, TILE - 2);
  context.fillStyle = main;
  context.fillRect(x + 1, y + 1, TILE - 3, TILE - 3);
  context.fillStyle = light;
  context.fillRect(x + 1, y + 1, TILE - 3, 1);
  context.fillRect(x + 1, y + 1, 1, TILE - 3);
};

function brick(context, x, y, { platform: colours }) {
  box(context, x, y, colours);
  context.fillStyle = colours[1];
  for (const [px, py, wide, high] of [
    [1, 7, 14, 1],
    [7, 1, 1, 6],
    [4, 8, 1, 7],
    [11, 8, 1, 7],
  ]) {
    context.fillRect(x + px, y + py, wide, high);
  }
}

/** A block with a coin in it, or without. `up` pixels higher than it is. */
export function block(context, x, y, full, tick) {
  box(context, x, y, full ? ["#ffc93c", "#d98e1f", "#fff0a8"] : ["#8d7f98", "#6a5c78", "#a99bb3"]);
  context.fillStyle = full ? "#8a4b12" : "#4d4159";
  for (const [px, py] of [
    [2, 2],
    [12, 2],
    [2, 12],
    [12, 12],
  ]) {
    context.fillRect(x + px, y + py, 2, 2);
  }
  if (!full) return;
  context.fillStyle = Math.floor(tick / 20) % 3 === 0 ? "#fff8d0" : "#8a4b12";
  for (const [px, py, wide, high] of [
    [6, 3, 4, 2],
    [5, 4, 2, 2],
    [9, 4, 2, 3],
    [7, 7, 3, 2],
    [7, 8, 2, 2],
    [7, 11, 2, 2],
  ]) {
    context.fillRect(x + px, y + py, wide, high);
  }
}

function platform(context, x, y, { platform: [main, dark, light] }, joinsLeft, joinsRight) {
  const rect = (colour, px, py, wide, high) => {
    context.fillStyle = colour;
    context.fillRect(x + px, y + py, wide, high);
  };
  rect(INK, 0, 0, TILE, 8);
  rect(main, 0, 1, TILE, 6);
  rect(light, 0, 1, TILE, 2);
  rect(dark, 0, 5, TILE, 2);
  rect(dark, 7, 3, 1, 3);
  if (!joinsLeft) rect(INK, 0, 0, 1, 8);
  if (!joinsRight) rect(INK, TILE - 1, 0, 1, 8);
}

function thorns(context, x, y, { thorns: [light, dark] }) {
  for (let i = 0; i < 2; i++) {
    for (let row = 0; row < 11; row++) {
      const half = Math.floor((row * 4) / 10);
      const [px, py] = [x + 4 + 8 * i, y + 5 + row];
      context.fillStyle = INK;
      context.fillRect(px - half - 1, py, 2 * half + 2, 1);
      if (half < 1) continue;
      context.fillStyle = light;
      context.fillRect(px - half, py, half, 1);
      context.fillStyle = dark;
      context.fillRect(px, py, half, 1);
    }
  }
}
