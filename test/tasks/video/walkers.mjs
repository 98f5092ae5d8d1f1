// Walking characters of the Liberated Pixel Cup (CC BY-SA 3.0 / GPL 3.0), as clips: 128 characters in 4 directions, 8 frames of
// a walk each, 32×32 pixels in colour on light grey, with labels and captions of what they look like.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ImageSet } from "../../../dist/node.js";
import { uniform } from "../pictures/data.mjs";

const directions = ["up", "left", "down", "right"];

/** Colours of hair that are hard to tell from each other have one name. */
const hairs = {
  blond: /blonde|gold/,
  red: /red/,
  brown: /brown|brunette/,
  black: /black|raven/,
  grey: /gray|^white/,
  blue: /blue/,
  green: /green/,
  pink: /pink|purple/,
};

export const attributes = ["direction", "hair", "clothes", "trousers"];

/** What is said of a character. */
function said({ hairColour, torso, legs }) {
  const hair = Object.keys(hairs).find((name) => hairs[name].test(hairColour ?? "")) ?? "none";
  const clothes = torso.match(/(brown|maroon|white|teal)/)[1];
  return { hair, clothes, trousers: legs.split("_")[0] };
}

/** A caption in English. */
export function spoken({ direction, hair, clothes, trousers }, of) {
  const head = hair === "none" ? of(["bald", "without hair"]) : `${hair} hair`;
  const parts = [head, of([`a ${clothes} shirt`, `${clothes} clothes`]), `${trousers} trousers`];
  const order = of([
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ]);
  const begin = of(["walks", "walking", "goes", "someone who walks"]);
  return `${begin} ${direction}, ${order.map((i) => parts[i]).join(", ")}`;
}

/**
 * @returns clips, a character's four directions after each other
 * @param captions of each clip
 * @param cut whether they are cut to the 20×28 pixels in which characters are
 */
export async function walkers(folder, { captions = 0, cut = false } = {}) {
  const { characters } = JSON.parse(readFileSync(join(folder, "lpc-walk.json"), "utf8"));
  const sheets = readdirSync(folder).filter((name) => name.endsWith(".png"));
  const files = sheets.sort().map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
  const rows = characters.flatMap((one) =>
    directions.map((direction) => ({ direction, ...said(one) })),
  );
  const whole = await ImageSet.fromSheet(files, {
    // Column 0 is standing.
    ...{ tile: 64, columns: [1, 2, 3, 4, 5, 6, 7, 8], size: 32 },
    ...{ mode: "rgb", background: "#e8e8e8", labels: rows },
  });
  const set = cut ? window(whole, { left: 6, top: 4, width: 20, height: 28 }) : whole;
  if (captions === 0) return set;
  const next = uniform(7);
  const of = (list) => list[Math.floor(next() * list.length)];
  return set.withCaptions(
    rows.map((row) => Array.from({ length: captions }, () => spoken(row, of))),
  );
}

/** A part of each frame. */
function window(set, { left, top, width, height }) {
  const { channels, frames, fps, labels } = set;
  const rows = set.length * frames * height;
  const pixels = new Uint8Array(rows * width * channels);
  for (let row = 0; row < rows; row++) {
    const [frame, y] = [Math.floor(row / height), (row % height) + top];
    const from = ((frame * set.height + y) * set.width + left) * channels;
    pixels.set(set.pixels.subarray(from, from + width * channels), row * width * channels);
  }
  return new ImageSet({ width, height, channels, frames, fps, labels, pixels });
}

/** Places of the clips of `held` characters drawn by a seed, and of the others. */
export function heldCharacters(clips, held, seed) {
  const next = uniform(seed);
  const count = clips.length / directions.length;
  const order = Array.from({ length: count }, (_, i) => ({ i, at: next() }));
  order.sort((a, b) => a.at - b.at);
  const places = (some) =>
    some
      .map(({ i }) => i)
      .sort((a, b) => a - b)
      .flatMap((i) => directions.map((_, k) => i * directions.length + k));
  return { held: places(order.slice(0, held)), others: places(order.slice(held)) };
}

/** Mean change between neighbouring frames, and from the last to the first, of 1; clips with the pixels of a set. */
export function changes({ pixels, frames, height, width, channels }) {
  const size = height * width * channels;
  const clips = pixels.length / (frames * size);
  let [between, round] = [0, 0];
  for (let clip = 0; clip < clips; clip++) {
    for (let frame = 0; frame < frames; frame++) {
      const [from, to] = [frame, (frame + 1) % frames].map((one) => (clip * frames + one) * size);
      let sum = 0;
      for (let i = 0; i < size; i++) sum += Math.abs(pixels[to + i] - pixels[from + i]) / 255;
      if (frame === frames - 1) round += sum / size;
      else between += sum / size / (frames - 1);
    }
  }
  return { between: between / clips, round: round / clips };
}

/** Mean squared error of clips, and of copies of their first frames. */
export function errors(made, real) {
  const { frames, height, width, channels } = real;
  const size = height * width * channels;
  let [own, copies] = [0, 0];
  for (let i = 0; i < real.pixels.length; i++) {
    const clip = Math.floor(i / (frames * size));
    const first = real.pixels[clip * frames * size + (i % size)];
    own += ((made.pixels[i] - real.pixels[i]) / 255) ** 2;
    copies += ((first - real.pixels[i]) / 255) ** 2;
  }
  return { own: own / real.pixels.length, copies: copies / real.pixels.length };
}
