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
  const names = belonging(belonging(grids.map(shapeHash), groups), by);
  if (alike >= 1) return names;
  const bySize = new Map<string, number[]>();
  for (const [i, { width, height }] of grids.entries()) put(bySize, `${width}x${height}`, i);
  const near: string[] = [];
  for (const [size, same] of bySize) {
    const cells = same.map((i) => grids[i].cells);
    const first = nearlyEqual(cells, Math.floor((1 - alike) * cells[0].length + 1e-9));
    for (const [n, i] of same.entries()) near[i] = `${size}:${first[n]}`;
  }
  return belonging(names, near);
}

function put(all: Map<string, number[]>, key: string, i: number): void {
  const own = all.get(key);
  if (own) own.push(i);
  else all.set(key, [i]);
}

/**
 * For each of some grids of one size the number of the first of those to which it belongs through grids that differ in at most so
 * many cells. Cells are dealt out to one part more than may differ: two such grids have one part that is equal.
 */
function nearlyEqual(grids: readonly Uint16Array[], most: number): number[] {
  const first = Int32Array.from(grids.keys());
  const root = (i: number): number => {
    while (first[i] !== i) {
      first[i] = first[first[i]];
      i = first[i];
    }
    return i;
  };
  const step = most + 1;
  for (let part = 0; part < Math.min(step, grids[0].length); part++) {
    const equal = new Map<string, number[]>();
    for (const [i, cells] of grids.entries()) {
      let key = "";
      for (let at = part; at < cells.length; at += step) key += String.fromCharCode(cells[at]);
      put(equal, key, i);
    }
    for (const some of equal.values()) {
      for (const [n, i] of some.entries()) {
        for (let m = 0; m < n; m++) {
          const [a, b] = [root(i), root(some[m])];
          if (a !== b && differ(grids[i], grids[some[m]]) <= most) {
            first[Math.max(a, b)] = Math.min(a, b);
          }
        }
      }
    }
  }
  return Array.from(first.keys(), root);
}

function differ(a: Uint16Array, b: Uint16Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) count++;
  return count;
}
