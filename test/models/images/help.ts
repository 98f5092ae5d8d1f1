// Small pictures that small models learn soon: a square or a cross of 12×12, at one of some places.

import { type ImageLabel, ImageSet, load, type Runtime } from "../../../src/entries/index.js";

export const runtime: Runtime = await load();

const SIDE = 12;

/** @param channels 1, or 3 where each shape has a colour of its own */
export function drawings(count: number, channels: 1 | 3 = 1): ImageSet {
  const pixels = new Uint8Array(count * SIDE * SIDE * channels);
  const kinds = new Int32Array(count);
  const sides = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const cross = i % 2;
    const left = 1 + ((7 * i) % 5);
    const top = 1 + ((3 * i) % 4);
    kinds[i] = cross;
    sides[i] = left < 3 ? 0 : 1;
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 6; x++) {
        const inked = cross ? x === 2 || x === 3 || y === 2 || y === 3 : x % 5 === 0 || y % 5 === 0;
        if (!inked) continue;
        const at = ((i * SIDE + top + y) * SIDE + left + x) * channels;
        if (channels === 1) pixels[at] = 255 - (i % 7) * 8;
        else pixels.set(cross ? [255, 120, 40] : [30, 90, 220], at);
      }
    }
  }
  const labels: ImageLabel[] = [
    { name: "shape", classes: ["square", "cross"], indices: kinds },
    { name: "side", classes: ["left", "right"], indices: sides },
  ];
  return new ImageSet({ pixels, height: SIDE, width: SIDE, channels, labels });
}

/** The same with what is to be seen, in English and in Chinese. */
export function spoken(set: ImageSet): ImageSet {
  const [shape, side] = ["shape", "side"].map((name) => set.label(name));
  return set.withCaptions(
    Array.from({ length: set.length }, (_, i) => {
      const [what, where] = [shape, side].map(({ classes, indices }) => classes[indices[i]]);
      return [
        `a ${what} on the ${where}`,
        `${where === "left" ? "左" : "右"}边的${what === "cross" ? "十字" : "方块"}`,
      ];
    }),
  );
}

/** Points on two circles in the plane. */
export const points: readonly Float32Array[] = Array.from({ length: 60 }, (_, i) => {
  const [x, y] = [(i % 8) / 4 - 1, (Math.floor(i / 8) % 8) / 4 - 1];
  return Float32Array.of(x, y, x * y, x - y);
});
