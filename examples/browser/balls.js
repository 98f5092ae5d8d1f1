// Balls that bounce: clips drawn by the page, of which it knows how they go on.

import { ImageSet } from "simdream";

/** Pixels a side, and frames a second. */
const [SIDE, FPS] = [24, 10];
/** Radii of balls, and how far they move in a frame, in pixels. */
const [RADII, PACE] = [
  [2.5, 4],
  [0.8, 2],
];
const GROUND = [24, 28, 42];
/** Two are told apart soon. */
const COLOURS = [
  [255, 168, 84],
  [96, 170, 255],
];

/** Numbers from 0 to 1 that look random (Numerical Recipes). */
function uniform(seed) {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A place on a way that turns round at both ends. */
function bounced(place, length) {
  const round = ((place % (2 * length)) + 2 * length) % (2 * length);
  return Math.min(round, 2 * length - round);
}

/** A ball: its first place is within the walls, and it moves so many pixels a frame. */
function ball(colour, radius, [x, y], [dx, dy]) {
  const room = SIDE - 2 * radius;
  const along = (from, by, t) => bounced(from - radius + t * by, room) + radius;
  return { radius, colour: COLOURS[colour], at: (t) => [along(x, dx, t), along(y, dy, t)] };
}

/** So many balls. The same seed gives the same ones. */
export function randomBalls(count, seed) {
  const next = uniform(seed);
  const between = ([least, most]) => least + (most - least) * next();
  return Array.from({ length: count }, () => {
    const radius = between(RADII);
    const place = [0, 1].map(() => between([radius, SIDE - radius]));
    // A direction without sines: a point in the unit circle, not near its middle.
    let [dx, dy, far] = [0, 0, 0];
    while (far < 0.1 || far > 1) {
      [dx, dy] = [2 * next() - 1, 2 * next() - 1];
      far = dx * dx + dy * dy;
    }
    const pace = between(PACE) / Math.sqrt(far);
    return ball(Math.floor(next() * COLOURS.length), radius, place, [pace * dx, pace * dy]);
  });
}

/**
 * A ball that is thrown, no faster than those that are learned.
 * @param colour the number of a colour
 * @param from its place, and `to` where it is after `frames` frames, as fractions of the sides
 */
export function thrownBall(colour, from, to, frames) {
  const radius = (RADII[0] + RADII[1]) / 2;
  const start = from.map((part) => Math.min(SIDE - radius, Math.max(radius, part * SIDE)));
  const way = [0, 1].map((axis) => (to[axis] - from[axis]) * SIDE);
  const far = Math.sqrt(way[0] * way[0] + way[1] * way[1]);
  const share = Math.min(1 / (frames - 1), PACE[1] / Math.max(far, 1e-6));
  return ball(
    ...[colour % COLOURS.length, radius, start],
    way.map((by) => by * share),
  );
}

/** Clips of so many frames, each of some balls. */
export function clipsOf(all, frames) {
  const size = SIDE * SIDE * 3;
  const pixels = new Uint8Array(all.length * frames * size);
  for (const [i, balls] of all.entries()) {
    for (let t = 0; t < frames; t++) {
      const at = (i * frames + t) * size;
      const frame = pixels.subarray(at, at + size);
      for (let p = 0; p < SIDE * SIDE; p++) frame.set(GROUND, 3 * p);
      for (const one of balls) draw(frame, one, one.at(t));
    }
  }
  return new ImageSet({ pixels, frames, fps: FPS, height: SIDE, width: SIDE, channels: 3 });
}

/** Edges are soft: how much of a pixel is the ball's is about how near its middle is to the edge. */
function draw(frame, { radius, colour }, [x, y]) {
  for (let p = 0; p < SIDE * SIDE; p++) {
    const [right, down] = [(p % SIDE) + 0.5 - x, Math.floor(p / SIDE) + 0.5 - y];
    const covered = radius + 0.5 - Math.sqrt(right * right + down * down);
    const share = Math.min(1, Math.max(0, covered));
    for (let c = 0; c < 3; c++) {
      frame[3 * p + c] = Math.round(frame[3 * p + c] * (1 - share) + colour[c] * share);
    }
  }
}
