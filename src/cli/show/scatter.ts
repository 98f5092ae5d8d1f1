// Real and generated points in one picture, in a box with axes.

import { scaleLinear } from "d3-scale";
import { Canvas, type Colour, INK, PALE, widthOf } from "./canvas.js";

/** Points of one colour. */
export interface Points {
  readonly name: string;
  /** The first two numbers of each are its place. */
  readonly rows: readonly Float32Array[];
  /** 0: that of real points, 1: that of generated ones. */
  readonly colour: 0 | 1;
}

/** Pixels of the box, and around it: for numbers on the left and below, and a legend above. */
const [SIDE, LEFT, TOP, RIGHT, BELOW] = [480, 56, 28, 16, 28];
/** Blue for what is real, orange for what is generated. */
const COLOURS: readonly Colour[] = [
  [31, 101, 166],
  [222, 102, 17],
];
/** Points that are drawn of each: of more, the first. */
const MOST = 5000;

/** @param sets the first says how far the axes reach; points outside are not drawn */
export function scatter(sets: readonly Points[]): Promise<Uint8Array> {
  const canvas = new Canvas(LEFT + SIDE + RIGHT, TOP + SIDE + BELOW);
  const domains = reach(sets[0].rows);
  const across = scaleLinear(domains[0], [LEFT, LEFT + SIDE]);
  const down = scaleLinear(domains[1], [TOP + SIDE, TOP]);
  const format = across.tickFormat(6);
  for (const tick of across.ticks(6)) {
    const x = Math.round(across(tick));
    canvas.fill(x, TOP + SIDE, 1, 5, INK);
    const text = format(tick);
    canvas.text(x - Math.round(widthOf(text, 1) / 2), TOP + SIDE + 9, text, 1);
  }
  for (const tick of down.ticks(6)) {
    const y = Math.round(down(tick));
    canvas.fill(LEFT - 5, y, 5, 1, INK);
    const text = down.tickFormat(6)(tick);
    canvas.text(LEFT - 9 - widthOf(text, 1), y - 3, text, 1);
  }
  for (const { rows, colour } of sets) {
    for (const [x, y] of rows.slice(0, MOST)) {
      const [i, j] = [Math.round(across(x)), Math.round(down(y))];
      if (i <= LEFT || i >= LEFT + SIDE || j <= TOP || j >= TOP + SIDE) continue;
      canvas.fill(i - 1, j - 1, 3, 3, COLOURS[colour], 0.5);
    }
  }
  for (const [x, y, width, height] of [
    ...[[LEFT, TOP, SIDE, 1] as const, [LEFT, TOP + SIDE, SIDE + 1, 1] as const],
    ...[[LEFT, TOP, 1, SIDE] as const, [LEFT + SIDE, TOP, 1, SIDE] as const],
  ]) {
    canvas.fill(x, y, width, height, PALE);
  }
  let x = LEFT;
  for (const { name, rows, colour } of sets) {
    const text = `${rows.length} ${name}`;
    canvas.fill(x, 9, 10, 10, COLOURS[colour]);
    canvas.text(x + 14, 7, text, 2);
    x += 14 + widthOf(text, 2) + 24;
  }
  return canvas.png();
}

/** From and to of both axes, as long as each other, with a tenth around the points. */
function reach(rows: readonly Float32Array[]): [number, number][] {
  const ends = [0, 1].map((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (const row of rows) {
      low = Math.min(low, row[axis]);
      high = Math.max(high, row[axis]);
    }
    return [low, high];
  });
  const half = 0.6 * Math.max(1e-6, ...ends.map(([low, high]) => high - low));
  return ends.map(([low, high]) => [(low + high) / 2 - half, (low + high) / 2 + half]);
}
