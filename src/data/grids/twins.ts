// Which grids must be on one side of a split: equal ones, also turned or mirrored, and nearly equal ones.

import { hashBytes } from "../fingerprint.js";
import { belonging } from "../images/together.js";
import type { Grid, GridParts } from "./parts.js";

/** The eight symmetries of a rectangle: turned by 0, 90, 180 and 270 degrees, and the same mirrored. */
export const SYMMETRIES = 8;

/**
 * A grid under a symmetry: 0 is the grid itself, 1 mirrored left to right, 2 upside down, 3 both; 4 to 7 the same with rows and
 * columns exchanged before.
 */
export function underSymmetry({ width, height, cells }: Grid, symmetry: number): Grid {
  const turned = symmetry >= 4;
  const [w, h] = turned ? [height, width] : [width, height];
  const out = new Uint16Array(cells.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const fromX = symmetry & 1 ? w - 1 - x : x;
      const fromY = symmetry & 2 ? h - 1 - y : y;
      out[y * w + x] = turned ? cells[fromX * width + fromY] : cells[fromY * width + fromX];
    }
  }
  return { width: w, height: h, cells: out };
}

/** The same text for grids that are equal under a symmetry. */
function shapeHash(grid: Grid): string {
  const hashes = Array.from({ length: SYMMETRIES }, (_, s) => {
    const { width, cells } = underSymmetry(grid, s);
    const bytes = new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
    return `${width}-${hashBytes(bytes)}`;
  });
  return hashes.sort()[0];
}

/**
 * For each grid a text that those share which belong together: of one group, equal under a symmetry, or with at least a fraction
 * `alike` of their cells equal.
 */
export function groupsOfTwins(
  { grids, groups }: Pick<GridParts, "grids" | "groups">,
  alike: number,
  by: readonly string[] | undefined,
): readonly string[] {
  let names = belonging(belonging(grids.map(shapeHash), groups), by);
  if (alike >= 1) return names;
  const bySize = new Map<string, number[]>();
  for (const [i, { width, height }] of grids.entries()) {
    const size = `${width}x${height}`;
    const same = bySize.get(size);
    if (same) same.push(i);
    else bySize.set(size, [i]);
  }
  const parents = Array.from(grids.keys());
  const root = (i: number): number => {
    while (parents[i] !== i) i = parents[i];
    return i;
  };
  for (const same of bySize.values()) {
    for (const [n, i] of same.entries()) {
      for (let m = 0; m < n; m++) {
        const j = same[m];
        if (root(i) !== root(j) && nearlyEqual(grids[i].cells, grids[j].cells, alike)) {
          const [a, b] = [root(i), root(j)];
          parents[Math.max(a, b)] = Math.min(a, b);
        }
      }
    }
  }
  names = belonging(
    names,
    parents.map((_, i) => String(root(i))),
  );
  return names;
}

function nearlyEqual(a: Uint16Array, b: Uint16Array, alike: number): boolean {
  const most = Math.floor((1 - alike) * a.length + 1e-9);
  let differ = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && ++differ > most) return false;
  }
  return true;
}
