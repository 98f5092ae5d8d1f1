// The tiles of a level, as the player and the enemies meet them.

/** Pixels of a tile. */
export const TILE = 16;

/** Kinds of tiles. */
export const [AIR, SOLID, THROUGH, THORNS, COIN, BLOCK] = [0, 1, 2, 3, 4, 5];

const codes = { X: SOLID, B: SOLID, "?": BLOCK, "=": THROUGH, "^": THORNS, o: COIN };

/** @param rows of text */
export const cellsOf = (rows) => Uint8Array.from(rows.join(""), (sign) => codes[sign] ?? AIR);

/** The column or row of a pixel. */
export const tile = (pixel) => Math.floor(pixel / TILE);

/** What is in a cell. The level is closed at its sides, and open above and below. */
export function codeAt({ cells, width, height }, column, row) {
  if (column < 0 || column >= width) return SOLID;
  if (row < 0 || row >= height) return AIR;
  return cells[row * width + column];
}

/** Whether a cell stops everybody who moves into it. */
export function isWall(world, column, row) {
  const code = codeAt(world, column, row);
  return code === SOLID || code === BLOCK;
}

/** Whether one stands on a cell: a platform stops only those who come from above. */
export function isFloor(world, column, row) {
  return isWall(world, column, row) || codeAt(world, column, row) === THROUGH;
}
