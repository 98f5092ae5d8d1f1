// Where a tile is cut out of the plane that it covers. Wherever that is, the plane is the same.

import type { Colours } from "./picture.js";

/**
 * The same tile, begun where neighbours across its border differ as neighbours inside do on average: along a mortar line or
 * the rim of a stone a border would be seen.
 */
export function wellCut({ width, height, data }: Colours): Colours {
  const left = usualEdge(data, width, height, 3, 3 * width);
  const top = usualEdge(data, height, width, 3 * width, 3);
  const rolled = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) {
    const from = 3 * width * ((row + top) % height);
    const [middle, end] = [from + 3 * left, from + 3 * width];
    rolled.set(data.subarray(middle, end), 3 * width * row);
    rolled.set(data.subarray(from, middle), 3 * (width * (row + 1) - left));
  }
  return { width, height, data: rolled };
}

/** The first of `count` lines whose difference from the line before is nearest to the mean of all such differences. */
function usualEdge(
  data: Uint8Array,
  count: number,
  length: number,
  across: number,
  along: number,
): number {
  const sums = Array.from({ length: count }, (_, line) => {
    const before = (line + count - 1) % count;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      for (let c = 0; c < 3; c++) {
        sum += Math.abs(
          data[line * across + i * along + c] - data[before * across + i * along + c],
        );
      }
    }
    return sum;
  });
  const mean = sums.reduce((all, one) => all + one, 0) / count;
  const far = sums.map((sum) => Math.abs(sum - mean));
  return far.indexOf(far.reduce((least, one) => Math.min(least, one)));
}
