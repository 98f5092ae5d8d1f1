// Sets of points in the plane, from -SIDE to SIDE each way. No Math.sin and no Math.random: the same points, and so the same
// training, in every browser. (Letters are the browser's own.)

/** Half the side of the plane that is shown. */
export const SIDE = 5;

const RING = { radius: 3.4, noise: 0.12 };
const MOONS = { radius: 2.4, noise: 0.15 };
const GRID = { across: 5, apart: 2, noise: 0.05 };
const SPIRAL = { turns: 2.25, radius: 4.2, noise: 0.08 };

/** Each makes so many points. */
export const presets = {
  ring: (count) => noisy(count, RING.noise, (random) => scaled(direction(random), RING.radius)),
  moons: (count) =>
    noisy(count, MOONS.noise, (random, i) => {
      const [x, y] = scaled(direction(random), MOONS.radius);
      const half = MOONS.radius / 2;
      return i % 2 === 0 ? [x - half, Math.abs(y) - half / 2] : [x + half, half / 2 - Math.abs(y)];
    }),
  gaussians: (count) =>
    noisy(count, GRID.noise, (_, i) => {
      const place = (at) => GRID.apart * (at - (GRID.across - 1) / 2);
      return [place(i % GRID.across), place(Math.floor(i / GRID.across) % GRID.across)];
    }),
  spiral: (count) => {
    const way = turning(SPIRAL.turns);
    return noisy(count, SPIRAL.noise, (random) => {
      // The root spreads points evenly along the way.
      const along = Math.sqrt(random());
      const at = way[Math.floor(along * (way.length - 1))];
      return scaled(at, along * SPIRAL.radius);
    });
  },
};

/** Points on the strokes of a text, in the browser's letters. */
export function letters(text, count) {
  const [width, height] = [240, 240];
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const size = Math.min(0.9 * height, (1.3 * width) / Math.max(1, text.length));
  context.font = `bold ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, width / 2, height / 2, 0.94 * width);
  const { data } = context.getImageData(0, 0, width, height);
  const inked = Array.from({ length: width * height }, (_, i) => i).filter(
    (i) => data[4 * i + 3] > 128,
  );
  if (inked.length === 0) return [];
  return noisy(count, 0, (random) => {
    const at = inked[Math.floor(random() * inked.length)];
    const plane = (place, side) => (2 * (place + random())) / side - 1;
    return [SIDE * plane(at % width, width), -SIDE * plane(Math.floor(at / width), height)];
  });
}

/** Points that a brush of this radius leaves at a place. */
export function sprayed([x, y], radius, count, seed) {
  return noisy(count, radius / 2, () => [x, y], seed);
}

function noisy(count, noise, pointOf, seed = 1) {
  const random = numbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = pointOf(random, i);
    return Float32Array.of(x + noise * normal(random), y + noise * normal(random));
  });
}

const scaled = ([x, y], by) => [x * by, y * by];

/** A point on the unit circle. */
function direction(random) {
  for (;;) {
    const [x, y] = [2 * random() - 1, 2 * random() - 1];
    const length = Math.sqrt(x * x + y * y);
    if (length > 0.1 && length <= 1) return [x / length, y / length];
  }
}

/** Directions of so many turns, a small step at a time: (1 - t², 2t) / (1 + t²) is a step of 2 atan(t). */
function turning(turns) {
  const t = 0.005;
  const [cos, sin] = [(1 - t * t) / (1 + t * t), (2 * t) / (1 + t * t)];
  const way = [[1, 0]];
  for (let i = Math.round((turns * Math.PI) / t); i > 0; i--) {
    const [x, y] = way.at(-1);
    way.push([x * cos - y * sin, x * sin + y * cos]);
  }
  return way;
}

/** About N(0, 1): the sum of twelve. */
function normal(random) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** Numbers from 0 to 1 (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
