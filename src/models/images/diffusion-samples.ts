// What a diffusion makes: the ways of rows from noise to examples, as its network predicts them.

import type { Key } from "../../host/key.js";
import { Tape } from "../../nn/tape.js";
import type { Phrases } from "./caption-encoder.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import {
  type DiffusionSampler,
  type Field,
  type Moment,
  type Walk,
  weighted,
} from "./diffusion-samplers.js";
import { type AllTold, toldRows } from "./diffusion-told.js";
import { ROWS } from "./made.js";
import { numbersOf, type Shape } from "./shape.js";

/** Where a way begins, and how it goes; the number of classes is the place of a label where nothing is asked. */
export interface Path extends AllTold {
  readonly rows: number;
  /** What takes the place of empty captions in guidance. */
  readonly negative?: Phrases | undefined;
  readonly guidance: number;
  readonly sampler: DiffusionSampler;
  readonly steps: number;
  /** Time at which it begins. Default 1. */
  readonly start?: number;
  /** Pictures fit to themselves at their edges. */
  readonly tile: boolean;
  /** Of what is drawn. */
  readonly key: Key;
}

/** Keys of a path. */
const [DRAW, ROLL] = [10, 11];

/** Standard normal numbers (rows, numbers): each row has a key of its own, whatever the others. */
export function normalRows(key: Key, rows: number, numbers: number, deviation = 1): Float32Array {
  const all = new Float32Array(rows * numbers);
  for (let i = 0; i < rows; i++) all.set(key.fold(i).normal(numbers), i * numbers);
  if (deviation !== 1) for (let i = 0; i < all.length; i++) all[i] *= deviation;
  return all;
}

export function wayOf(network: DiffusionNetwork, path: Path): Walk {
  const { shape } = network.config;
  const numbers = numbersOf(shape);
  const plain = fieldOf(network, path);
  return {
    process: network.process,
    field: path.tile ? rolling(plain, shape, path.key.fold(ROLL)) : plain,
    sampler: path.sampler,
    times: network.process.times(path.steps, path.start),
    draw: (step) => normalRows(path.key.fold(DRAW).fold(step), path.rows, numbers),
    bounded: network.pictures,
  };
}

/**
 * What the network predicts; with guidance g of what it is told y + (g - 1) (y - y told nothing) (Ho and Salimans,
 * "Classifier-Free Diffusion Guidance", 2022).
 */
function fieldOf(network: DiffusionNetwork, path: Path): Field {
  const { places, words, negative, guidance } = path;
  const { shape, classes } = network.config;
  const numbers = numbersOf(shape);
  const predicted = (x: Float32Array, t: number, told: AllTold): Float32Array => {
    const rows = x.length / numbers;
    const y = new Float32Array(x.length);
    for (let from = 0; from < rows; from += ROWS) {
      const to = Math.min(from + ROWS, rows);
      network.machine.scoped(() => {
        const tape = new Tape(network.machine);
        const some = tape.tensor(x.subarray(from * numbers, to * numbers), [to - from, numbers]);
        const times = new Float32Array(to - from).fill(t);
        const own = toldRows(tape, told, classes.length, from, to);
        y.set(network.predict(tape, some, times, own).data, from * numbers);
      });
    }
    return y;
  };
  const told = { places, words };
  const asked =
    places.some((place, i) => place !== classes[i % classes.length]) || words?.empty === false;
  if (guidance === 1 || !(asked || negative?.empty === false))
    return (x, t) => predicted(x, t, told);
  const rows = classes.length > 0 ? places.length / classes.length : 0;
  const nothing = { places: network.unlabelled(rows), words: negative };
  return (x, t) => {
    const without = predicted(x, t, nothing);
    if (guidance === 0) return without;
    return weighted([guidance, 1 - guidance], predicted(x, t, told), without);
  };
}

/** The same of pictures that are moved round their edges, by other pixels each time: what is learned of edges is forgotten. */
function rolling(field: Field, shape: Shape, key: Key): Field {
  const [height, width] = shape;
  let calls = 0;
  return (x, t) => {
    const own = key.fold(calls++);
    const [down] = own.integers(1, height);
    const [right] = own.integers(1, width, 1);
    return rolled(field(rolled(x, shape, down, right), t), shape, height - down, width - right);
  };
}

/** Pictures moved round their edges. */
function rolled(x: Float32Array, [H, W, C]: Shape, down: number, right: number): Float32Array {
  const moved = new Float32Array(x.length);
  for (let row = 0; row < x.length / (W * C); row++) {
    const [picture, y] = [Math.floor(row / H), row % H];
    const to = (picture * H + ((y + down) % H)) * W * C;
    const by = (right % W) * C;
    const line = x.subarray(row * W * C, (row + 1) * W * C);
    moved.set(line.subarray(0, W * C - by), to + by);
    moved.set(line.subarray(W * C - by), to);
  }
  return moved;
}

/** Rows as users have them: of pictures from 0 to 1. */
export function madeRows(network: DiffusionNetwork, x: Float32Array): Float32Array[] {
  const numbers = numbersOf(network.config.shape);
  return Array.from({ length: x.length / numbers }, (_, i) => {
    const row = x.slice(i * numbers, (i + 1) * numbers);
    if (!network.pictures) return row;
    return row.map((value) => Math.max(0, Math.min(1, (value + 1) / 2)));
  });
}

/** The opposite: (rows, numbers) as the network has them. */
export function seenRows(network: DiffusionNetwork, rows: Float32Array): Float32Array {
  return network.pictures ? rows.map((value) => 2 * value - 1) : rows;
}

/** The rows at the end of a way. */
export function atTheEnd(moments: Generator<Moment, Float32Array, void>): Float32Array {
  for (;;) {
    const { done, value } = moments.next();
    if (done) return value;
  }
}

/** Rows, one after the other. */
export function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) all.set(row, i * row.length);
  return all;
}
