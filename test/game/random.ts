// Random levels for tests.

import { LightKey } from "../../src/host/light-key.js";

/** A level whose cells are drawn from `symbols`, each as often as it stands there; the frame is `border`, if given. */
export function randomLevel(
  seed: number,
  width: number,
  height: number,
  symbols: string,
  border?: string,
): string {
  const drawn = LightKey.fromSeed(seed).integers(width * height, symbols.length);
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const edge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      return edge && border ? border : symbols[drawn[y * width + x]];
    }).join(""),
  ).join("\n");
}

/** The level with symbols at places drawn from `seed`, within the frame: one each. */
export function strewn(seed: number, level: string, symbols: string): string {
  const rows = level.split("\n").map((row) => Array.from(row));
  const [height, width] = [rows.length, rows[0].length];
  const inner = (width - 2) * (height - 2);
  const order = LightKey.fromSeed(seed).fold(1).permutation(inner);
  for (const [i, symbol] of Array.from(symbols).entries()) {
    const at = order[i];
    rows[1 + Math.floor(at / (width - 2))][1 + (at % (width - 2))] = symbol;
  }
  return rows.map((row) => row.join("")).join("\n");
}
