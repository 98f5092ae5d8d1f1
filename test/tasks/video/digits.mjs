// Two digits that move in a square and bounce off its sides, as Srivastava et al. 2015 have them, at half their size: digits of
// 14×14 pixels (means of 2×2) in 32×32, each with a place, a direction and one speed for all; where they overlap, the lighter
// pixel is seen. Drawn by a seed, the same everywhere.

import { ImageSet } from "../../../dist/node.js";
import { uniform } from "../pictures/data.mjs";

export const [SIDE, DIGIT, SPEED] = [32, 14, 1.8];

/**
 * @param digits pictures of 28×28, which are drawn from
 * @returns (count, frames, 32, 32, 1) bytes
 */
export function movingDigits(digits, count, frames, seed) {
  const small = halved(digits);
  const next = uniform(seed);
  const room = SIDE - DIGIT;
  const size = SIDE * SIDE;
  const pixels = new Uint8Array(count * frames * size);
  for (let clip = 0; clip < count; clip++) {
    for (let two = 0; two < 2; two++) {
      const digit = Math.floor(digits.length * next());
      let [x, y] = [room * next(), room * next()];
      let [dx, dy] = direction(next).map((one) => SPEED * one);
      for (let t = 0; t < frames; t++) {
        const at = (clip * frames + t) * size;
        draw(pixels.subarray(at, at + size), small, digit, Math.round(x), Math.round(y));
        [x, dx] = moved(x, dx, room);
        [y, dy] = moved(y, dy, room);
      }
    }
  }
  return pixels;
}

/** The same as clips. */
export function movingClips(digits, count, frames, seed) {
  const pixels = movingDigits(digits, count, frames, seed);
  return new ImageSet({ pixels, frames, height: SIDE, width: SIDE, channels: 1 });
}

/** Even around the circle, by no cosine: those differ between engines. */
function direction(next) {
  for (;;) {
    const [x, y] = [2 * next() - 1, 2 * next() - 1];
    const length = Math.sqrt(x * x + y * y);
    if (length > 0.1 && length < 1) return [x / length, y / length];
  }
}

function moved(place, by, room) {
  const to = place + by;
  if (to < 0) return [-to, -by];
  return to > room ? [2 * room - to, -by] : [to, by];
}

/** Means of 2×2 pixels. */
function halved({ pixels, length }) {
  const small = new Uint8Array(length * DIGIT * DIGIT);
  for (let i = 0; i < small.length; i++) {
    const [x, row] = [i % DIGIT, Math.floor(i / DIGIT)];
    const at = row * 2 * 2 * DIGIT + 2 * x;
    const sum = pixels[at] + pixels[at + 1] + pixels[at + 2 * DIGIT] + pixels[at + 2 * DIGIT + 1];
    small[i] = (sum + 2) >> 2;
  }
  return small;
}

function draw(frame, small, digit, x, y) {
  for (let i = 0; i < DIGIT * DIGIT; i++) {
    const to = (y + Math.floor(i / DIGIT)) * SIDE + x + (i % DIGIT);
    frame[to] = Math.max(frame[to], small[digit * DIGIT * DIGIT + i]);
  }
}

/** Squared errors a frame of what needs no model: of the last frame that is read, of black, and of the mean of all frames. */
export function baselines(pixels, frames, input) {
  const size = SIDE * SIDE;
  const count = pixels.length / (frames * size);
  const output = frames - input;
  const mean = new Float64Array(size);
  const each = (f) => {
    for (let clip = 0; clip < count; clip++) {
      const last = (clip * frames + input - 1) * size;
      for (let j = 0; j < output * size; j++) f(pixels[last + size + j], last, j % size);
    }
  };
  each((value, _, k) => {
    mean[k] += value / (count * output);
  });
  const sums = { copying: 0, black: 0, mean: 0 };
  each((value, last, k) => {
    sums.copying += (value - pixels[last + k]) ** 2;
    sums.black += value ** 2;
    sums.mean += (value - mean[k]) ** 2;
  });
  const scaled = Object.entries(sums).map(([name, sum]) => [
    name,
    sum / (count * output) / 255 ** 2,
  ]);
  return Object.fromEntries(scaled);
}
