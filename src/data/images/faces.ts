// Small faces that are drawn, not stored: 16 × 16 pixels in RGB with everything that was drawn as labels. Whole
// numbers and a key alone decide each of them, so they are the same everywhere. Our own, free for any use.

import { checkNumber } from "../../host/errors.js";
import { LightKey } from "../../host/light-key.js";
import type { ImageParts } from "./parts.js";

export interface FaceOptions {
  /** How many; 2,000 by default. */
  readonly count?: number;
  /** A face is a function of seed and place; 0 by default. */
  readonly seed?: number;
}

const SIDE = 16;
type Colour = number;

/** Attributes in the order of the labels: values, and how often of the sum each is. */
const tables = {
  skin: { porcelain: 2, peach: 3, olive: 2, tan: 2, brown: 3, ebony: 2 },
  hair: { short: 3, long: 3, bob: 3, curly: 3, spiky: 2, bun: 2, parted: 3, bald: 1 },
  colour: { black: 3, brown: 3, blond: 3, red: 2, grey: 2, pink: 1, blue: 1 },
  eyes: { dots: 3, wide: 4, happy: 2, sleepy: 1 },
  mouth: { smile: 4, laugh: 2, flat: 2, frown: 1, lips: 2 },
  glasses: { none: 7, round: 3, shades: 2 },
  beard: { none: 8, moustache: 1, full: 2 },
  hat: { none: 8, cap: 2, beanie: 2, crown: 1, party: 1 },
  shirt: { red: 1, green: 1, blue: 1, violet: 1, white: 1 },
  background: { sky: 1, mint: 1, sand: 1, rose: 1, lilac: 1, night: 1 },
} as const;

/** Light and shade of each. */
const skins: readonly [Colour, Colour][] = [
  ...([
    [0xffe3d0, 0xf2c4ac],
    [0xfbc9a0, 0xe6a67c],
    [0xdeb37f, 0xc29663],
  ] as const),
  ...([
    [0xcb9059, 0xad7342],
    [0x96603c, 0x7a4a2c],
    [0x6a4029, 0x52301e],
  ] as const),
].map(([light, shade]) => [light, shade]);
const hairs: readonly [Colour, Colour][] = [
  ...([
    [0x2b2530, 0x4a4352],
    [0x6b4226, 0x8a5a38],
    [0xe3b448, 0xf6d67c],
  ] as const),
  ...([
    [0xb8472a, 0xdb6b45],
    [0xa9adb5, 0xcdd1d8],
    [0xe0709f, 0xf59dc0],
  ] as const),
  [0x3a6ea5, 0x62a0d8] as const,
].map(([light, shade]) => [light, shade]);
const shirts = [0xd1495b, 0x4f9d69, 0x3d6fb4, 0x7b4fa3, 0xf0eee6];
const backgrounds = [0xa9d6f5, 0xb8e6cb, 0xf3dfb4, 0xf7c6c7, 0xd5c6ee, 0x34405e];
const [INK, WHITE, RED, DARK_RED, GOLD] = [0x2a2233, 0xffffff, 0xd9435f, 0x8c2b3d, 0xf5c542];
const BLUE = 0x4a90d9;

/** The faces as bytes and labels. @throws InvalidInputError */
export function drawFaces({ count = 2000, seed = 0 }: FaceOptions = {}): ImageParts {
  checkNumber("count", count, { integer: true, min: 1, max: 1_000_000 });
  const key = LightKey.fromSeed(seed);
  const names = Object.keys(tables) as (keyof typeof tables)[];
  const labels = names.map((name) => ({
    ...{ name, classes: Object.keys(tables[name]), indices: new Int32Array(count) },
  }));
  const pixels = new Uint8Array(count * SIDE * SIDE * 3);
  for (let i = 0; i < count; i++) {
    const drawn = key.fold(i).integers(names.length + JITTERS, 2 ** 16);
    const face = Object.fromEntries(
      names.map((name, n) => [name, chosen(tables[name], drawn[n])]),
    ) as Face;
    for (const { name, indices } of labels) indices[i] = face[name];
    draw(face, drawn.slice(names.length), pixels.subarray(i * SIDE * SIDE * 3));
  }
  return { pixels, height: SIDE, width: SIDE, channels: 3, labels };
}

type Face = Record<keyof typeof tables, number>;

/** Numbers for what no label says: brightness, where the head is, what colour a hat has. */
const JITTERS = 4;

function chosen(table: Readonly<Record<string, number>>, drawn: number): number {
  const weights = Object.values(table);
  let left = (drawn * weights.reduce((sum, weight) => sum + weight)) >> 16;
  return weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
}

function draw(face: Face, [light, across, down, hatColour]: number[], out: Uint8Array): void {
  const is = <N extends keyof typeof tables>(name: N, value: keyof (typeof tables)[N]) =>
    Object.keys(tables[name])[face[name]] === value;
  const right = ((across * 3) >> 16) - 1;
  const low = down >> 15;
  const canvas = new Canvas(out, right, low);
  const behind = shaded(backgrounds[face.background], (light >> 11) - 16);
  for (let y = 0; y < SIDE; y++) canvas.all(y, shaded(behind, 8 - y));
  const [skin, shade] = skins[face.skin];
  const [hair, shine] = hairs[face.colour];
  const bald = is("hair", "bald");
  const bare = is("hat", "none");
  const covered = is("hat", "cap") || is("hat", "beanie");

  // Behind the head.
  if (is("hair", "long")) canvas.rows(4, 13, 6, hair);
  if (is("hair", "bob")) canvas.rows(4, 10, 6, hair);
  if (is("hair", "curly")) {
    canvas.rows(3, 9, 6, hair);
    for (let y = 3; y < 10; y += 2) canvas.pair(7, y, hair);
  }
  if (is("hair", "bun") && bare) canvas.rows(0, 1, 2, hair);

  // Shoulders, neck, head, ears.
  const shirt = shirts[face.shirt];
  canvas.rows(14, 17, 6, shirt);
  canvas.rows(14, 14, 4, shirt);
  canvas.pair(6, 14, behind);
  canvas.rows(12, 13, 2, shade);
  canvas.rows(14, 14, 2, skin);
  canvas.rows(4, 10, 5, skin);
  canvas.rows(11, 11, 4, skin);
  canvas.rows(12, 12, 3, skin);
  if (!is("hair", "long") && !is("hair", "bob") && !is("hair", "curly"))
    canvas.pairs(8, 9, 6, shade);
  for (let y = 6; y < 11; y++) canvas.put(12, y, shade);
  canvas.put(11, 11, shade);

  // Cheeks and nose.
  canvas.pair(4, 10, blend(skin, RED, 72));
  canvas.put(8, 9, shade);

  if (is("beard", "full")) {
    canvas.rows(11, 11, 4, hair);
    canvas.rows(12, 12, 3, hair);
    canvas.pairs(9, 10, 5, hair);
    canvas.rows(10, 10, 3, hair);
  } else if (is("beard", "moustache")) canvas.rows(10, 10, 2, hair);

  // Mouth.
  const lips = face.skin > 3 ? blend(RED, skin, 90) : blend(DARK_RED, skin, 40);
  if (is("mouth", "smile")) {
    canvas.pair(3, 10, lips);
    canvas.rows(11, 11, 2, lips);
  } else if (is("mouth", "laugh")) {
    canvas.rows(10, 10, 2, WHITE);
    canvas.rows(11, 11, 2, DARK_RED);
    canvas.rows(11, 11, 1, RED);
  } else if (is("mouth", "flat")) canvas.rows(11, 11, 2, lips);
  else if (is("mouth", "frown")) {
    canvas.rows(11, 11, 1, lips);
    canvas.pair(2, 12, lips);
  } else canvas.rows(11, 11, 1, RED);

  // Eyes and brows.
  if (!covered) canvas.pairs(6, 6, 4, blend(hair, skin, 60), 3);
  if (is("eyes", "wide")) {
    canvas.pairs(7, 8, 4, WHITE, 3);
    canvas.pair(3, 8, INK);
    canvas.pair(3, 7, blend(INK, BLUE, 150));
  } else if (is("eyes", "dots")) canvas.pairs(7, 8, 3, INK);
  else if (is("eyes", "happy")) {
    canvas.pairs(7, 7, 3, INK);
    canvas.pair(4, 8, INK);
    canvas.pair(2, 8, INK);
  } else canvas.pairs(8, 8, 4, blend(INK, skin, 40), 3);

  // Hair on the head.
  if (!bald) {
    canvas.rows(2, 2, 4, hair);
    canvas.rows(3, 4, 5, hair);
    canvas.pairs(5, 5, 5, hair);
    canvas.rows(3, 3, 3, shine);
    if (is("hair", "short")) canvas.pairs(5, 7, 5, hair);
    if (is("hair", "spiky") && bare) {
      for (const x of [3, 5, 7, 9, 11]) canvas.column(x, x % 4 === 1 ? 0 : 1, 2, hair);
    }
    if (is("hair", "curly") && bare) for (const x of [4, 6, 9, 11]) canvas.column(x, 1, 2, hair);
    if (is("hair", "parted")) for (let x = 3; x < 10; x++) canvas.column(x, 4, 6 - (x >> 2), hair);
    if (is("hair", "long") || is("hair", "bob")) canvas.pairs(5, 9, 6, hair);
    if (is("hair", "long")) canvas.pairs(6, 12, 6, shine, 6);
  } else {
    canvas.rows(3, 3, 4, skin);
    canvas.rows(2, 2, 3, skin);
    canvas.put(6, 3, blend(skin, WHITE, 140));
  }

  // Glasses.
  if (is("glasses", "round")) {
    canvas.pairs(7, 8, 5, INK);
    canvas.pairs(6, 6, 4, INK, 2);
    canvas.pairs(9, 9, 4, INK, 2);
    canvas.rows(7, 7, 1, INK);
  } else if (is("glasses", "shades")) {
    canvas.rows(7, 7, 6, INK);
    canvas.pairs(8, 8, 4, INK, 2);
    canvas.pairs(7, 7, 4, 0x5c6b8a, 4);
  }

  // Hats.
  const cloth = [0xe4572e, 0x2e86ab, 0x3bb273, 0xf2c14e, 0x7768ae, 0xef6f9c][(hatColour * 6) >> 16];
  if (is("hat", "cap")) {
    canvas.rows(1, 1, 4, cloth);
    canvas.rows(2, 4, 5, cloth);
    for (let x = 2; x < 15; x++) canvas.put(x, 5, shaded(cloth, -50));
    canvas.rows(2, 2, 1, WHITE);
  } else if (is("hat", "beanie")) {
    canvas.rows(0, 0, 1, WHITE);
    canvas.rows(1, 1, 4, cloth);
    canvas.rows(2, 3, 5, cloth);
    canvas.rows(4, 5, 6, shaded(cloth, -45));
    for (let x = 3; x < 13; x += 2) canvas.column(x, 4, 5, cloth);
  } else if (is("hat", "crown")) {
    canvas.rows(2, 3, 5, GOLD);
    for (const x of [3, 6, 9, 12]) canvas.column(x, 0, 1, GOLD);
    canvas.rows(3, 3, 1, RED);
    canvas.pair(4, 3, BLUE);
  } else if (is("hat", "party")) {
    canvas.rows(0, 0, 1, cloth);
    canvas.rows(1, 1, 2, WHITE);
    canvas.rows(2, 2, 3, cloth);
    canvas.rows(3, 3, 4, WHITE);
  }
}

/** 16 × 16 pixels, drawn from the middle between columns 7 and 8 to both sides; the whole can be moved. */
class Canvas {
  readonly #out: Uint8Array;
  readonly #right: number;
  readonly #down: number;

  constructor(out: Uint8Array, right: number, down: number) {
    this.#out = out;
    this.#right = right;
    this.#down = down;
  }

  put(x: number, y: number, colour: Colour): void {
    this.#set(x + this.#right, y + this.#down, colour);
  }

  /** A row of the whole picture, which does not move. */
  all(y: number, colour: Colour): void {
    for (let x = 0; x < SIDE; x++) this.#set(x, y, colour);
  }

  #set(x: number, y: number, colour: Colour): void {
    if (x < 0 || x >= SIDE || y < 0 || y >= SIDE) return;
    this.#out.set([colour >> 16, (colour >> 8) & 255, colour & 255], 3 * (SIDE * y + x));
  }

  /** Rows `from` to `to`, `half` pixels to each side of the middle. */
  rows(from: number, to: number, half: number, colour: Colour): void {
    for (let y = from; y <= to; y++) {
      for (let x = 8 - half; x < 8 + half; x++) this.put(x, y, colour);
    }
  }

  /** The pixel `out` places from the middle, on both sides; 1 is next to it. */
  pair(out: number, y: number, colour: Colour): void {
    this.put(8 - out, y, colour);
    this.put(7 + out, y, colour);
  }

  /** The same in rows, and in all places from `inner` to `out`. */
  pairs(from: number, to: number, out: number, colour: Colour, inner: number = out): void {
    for (let y = from; y <= to; y++) {
      for (let place = inner; place <= out; place++) this.pair(place, y, colour);
    }
  }

  column(x: number, from: number, to: number, colour: Colour): void {
    for (let y = from; y <= to; y++) this.put(x, y, colour);
  }
}

/** A colour with `by` added to each of its three numbers. */
function shaded(colour: Colour, by: number): Colour {
  return mapped(colour, colour, (x) => x + by);
}

/** `weight` of 256 of the other. */
function blend(colour: Colour, other: Colour, weight: number): Colour {
  return mapped(colour, other, (x, y) => (x * (256 - weight) + y * weight) >> 8);
}

function mapped(a: Colour, b: Colour, by: (x: number, y: number) => number): Colour {
  const one = (shift: number) =>
    Math.max(0, Math.min(255, by((a >> shift) & 255, (b >> shift) & 255))) << shift;
  return one(16) | one(8) | one(0);
}
