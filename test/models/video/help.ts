// Small clips that small models learn soon: a bar of 8×8 that moves one way, two pixels a frame, and comes in again.

import { ImageSet } from "../../../src/entries/index.js";

export const SIDE = 8;

/** @param channels 1, or 3 where what moves down has a colour of its own */
export function movingBars(count: number, frames: number, channels: 1 | 3 = 1): ImageSet {
  const size = SIDE * SIDE * channels;
  const pixels = new Uint8Array(count * frames * size);
  for (let i = 0; i < count; i++) {
    for (let t = 0; t < frames; t++) {
      const place = (5 * i + 2 * t) % SIDE;
      const down = i % 2 === 1;
      for (let k = 0; k < SIDE; k++) {
        for (const thick of [0, 1]) {
          const [y, x] = down ? [(place + thick) % SIDE, k] : [k, (place + thick) % SIDE];
          const at = (i * frames + t) * size + (y * SIDE + x) * channels;
          if (channels === 1) pixels[at] = 255 - (i % 7) * 8;
          else pixels.set(down ? [255, 120, 40] : [30, 90, 220], at);
        }
      }
    }
  }
  return new ImageSet({ pixels, frames, height: SIDE, width: SIDE, channels });
}
