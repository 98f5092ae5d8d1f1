// Faces that move: clips of a few frames that begin anew without a jump.

import { ImageSet } from "simdream";
import { faces } from "simdream/corpus";

/** Places of a face in the frames of a clip, in pixels to the right and down. */
const ways = {
  hops: [0, -1, -3, -4, -4, -3, -1, 0].map((y) => [0, y]),
  sways: [0, 1, 2, 1, 0, -1, -2, -1].map((x) => [x, 0]),
  nods: [0, 1, 2, 2, 1, 1, 0, 0].map((y) => [0, y]),
};
const FPS = 8;

/** So many clips, each labelled with its way. */
export function movingFaces(count) {
  const still = faces({ count, seed: 1 });
  const { height, width, channels, pixels } = still;
  const names = Object.keys(ways);
  const frames = ways[names[0]].length;
  const size = height * width * channels;
  const within = (place, side) => Math.min(side - 1, Math.max(0, place));
  const moved = new Uint8Array(count * frames * size);
  for (let i = 0; i < count; i++) {
    for (const [t, [right, down]] of ways[names[i % names.length]].entries()) {
      for (let p = 0; p < height * width; p++) {
        const y = within(Math.floor(p / width) - down, height);
        const x = within((p % width) - right, width);
        const from = i * size + (y * width + x) * channels;
        moved.set(pixels.subarray(from, from + channels), (i * frames + t) * size + p * channels);
      }
    }
  }
  const set = new ImageSet({ pixels: moved, frames, fps: FPS, height, width, channels });
  return set.withLabels(
    Array.from({ length: count }, (_, i) => ({ way: names[i % names.length] })),
  );
}
