// What a diffusion makes: the ways of rows from noise to examples, as its network predicts them.

import type { Key } from "../../host/key.js";
import { add, mul, scale } from "../../nn/ops/elementwise.js";
import { sum } from "../../nn/ops/reduce.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Phrases } from "./caption-encoder.js";
import { keeping } from "./diffusion-inpaint.js";
import { type Moved, type MovedField, rolling, STILL } from "./diffusion-moves.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import { type DiffusionSampler, type Known, type Walk, weighted } from "./diffusion-samplers.js";
import { type AllTold, toldRows } from "./diffusion-told.js";
import { ROWS, rowsAtOnce, rowsOfArray } from "./made.js";
import { frameOf, numbersOf } from "./shape.js";

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
  /** The end of clips goes over into their beginning. Default false. */
  readonly loop?: boolean;
  /** Of what is drawn. */
  readonly key: Key;
  /** What is predicted is moved to what is known of the rows, so far; 1 as the mathematics has it. */
  readonly known?: Known & { readonly guidance: number };
}

/** Keys of a path. */
const [DRAW, ROLL, LOOP] = [10, 11, 12];

/** Rows at a time where gradients are kept: each needs as much memory as a row of a training step. */
const KNOWING_ROWS = 32;
/** Near pure noise networks are wrong about what little they see of examples; it counts no more than this. */
const LEAST_SIGNAL = 0.05;

/** Standard normal numbers (rows, numbers): each row has a key of its own, whatever the others. */
export function normalRows(key: Key, rows: number, numbers: number, deviation = 1): Float32Array {
  const all = new Float32Array(rows * numbers);
  for (let i = 0; i < rows; i++) all.set(key.fold(i).normal(numbers), i * numbers);
  if (deviation !== 1) for (let i = 0; i < all.length; i++) all[i] *= deviation;
  return all;
}

export function wayOf(network: DiffusionNetwork, path: Path): Walk {
  const { process } = network;
  const { shape } = network.config;
  const { key, first } = path;
  let field = path.known ? knowingField(network, path, path.known) : fieldOf(network, path);
  const { clips } = network;
  if (path.loop && clips) field = clips.looping(field, shape, key.fold(LOOP), first !== undefined);
  if (path.tile) field = rolling(field, frameOf(shape), key.fold(ROLL));
  return {
    process,
    field,
    sampler: path.sampler,
    times: process.times(path.steps, path.start),
    draw: (step) => normalRows(key.fold(DRAW).fold(step), path.rows, numbersOf(shape)),
    bounded: network.pictures,
    // Where frames go round the network is not told of the first one in every step.
    ...(path.loop && clips && first && { keep: keeping(process, clips.knownFirst(first, shape)) }),
  };
}

/** What is told of moved rows. */
function toldMoved(told: AllTold, { move, first }: Moved): AllTold {
  const { first: own } = told;
  return { ...told, first: own && first ? { ...own, values: move(own.values) } : undefined };
}

/** What the network predicts of x. */
function fieldOf(network: DiffusionNetwork, path: Path): MovedField {
  const parts = partsOf(network, path);
  return (x, t, moved = STILL) => {
    const all = parts.map((part) => {
      const told = toldMoved(part.told, moved);
      const y = new Float32Array(x.length);
      inRowsOf(network, x, ROWS, false, (tape, some, rows) => {
        y.set(predict(network, tape, some, t, told, rows).data, rows.from * rows.width);
      });
      return y;
    });
    const [{ weight }, second] = parts;
    return second ? weighted([weight, second.weight], all[0], all[1]) : all[0];
  };
}

/**
 * What is predicted, moved to what is known: where the example x̂ that the network sees in x differs from it by d, x̂ becomes
 * x̂ + (s² + n²) / s · (∂x̂/∂x)ᵀ d, s and n the weights of example and noise at this time (Pokle et al., "Training-free
 * Linear Image Inverses via Flows", 2024; Song et al., "Pseudoinverse-Guided Diffusion Models", 2023).
 */
function knowingField(
  network: DiffusionNetwork,
  path: Path,
  known: NonNullable<Path["known"]>,
): MovedField {
  const parts = partsOf(network, path);
  return (x, t, moved = STILL) => {
    const [values, kept] = [moved.move(known.values), moved.move(known.kept)];
    const [signal, noise] = network.process.seen(t);
    const [a, b] = network.process.example(t);
    const strength =
      (known.guidance * (signal * signal + noise * noise)) / Math.max(signal, LEAST_SIGNAL);
    const y = new Float32Array(x.length);
    inRowsOf(network, x, KNOWING_ROWS, true, (tape, some, rows) => {
      const predicted = parts
        .map(({ weight, told: own }) => {
          const told = toldMoved(own, moved);
          return scale(tape, predict(network, tape, some, t, told, rows), weight);
        })
        .reduce((one, other) => add(tape, one, other));
      const d = tape.tensor(new Float32Array(some.size), some.shape);
      const first = rows.from * rows.width;
      for (let i = 0; i < d.size; i++) {
        if (kept[first + i])
          d.data[i] = values[first + i] - (a * x[first + i] + b * predicted.data[i]);
      }
      tape.backward(sum(tape, mul(tape, predicted, d)));
      const through = some.grad!;
      for (let i = 0; i < d.size; i++) {
        y[first + i] = predicted.data[i] + strength * ((a / b) * d.data[i] + through[i]);
      }
    });
    return y;
  };
}

/**
 * What is predicted of what rows are told, and how much it weighs; with guidance g it is y + (g - 1) (y - y told nothing) (Ho
 * and Salimans, "Classifier-Free Diffusion Guidance", 2022).
 */
function partsOf(
  network: DiffusionNetwork,
  { places, words, negative, guidance, first }: Path,
): { told: AllTold; weight: number }[] {
  const { classes } = network.config;
  const told = { places, words, first };
  const asked =
    places.some((place, i) => place !== classes[i % classes.length]) || words?.empty === false;
  if (guidance === 1 || !(asked || negative?.empty === false)) return [{ told, weight: 1 }];
  const rows = classes.length > 0 ? places.length / classes.length : 0;
  const nothing = { places: network.unlabelled(rows), words: negative, first };
  const without = { told: nothing, weight: 1 - guidance };
  return guidance === 0 ? [without] : [{ told, weight: guidance }, without];
}

/** Some of the rows. */
interface SomeRows {
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** Gives x to `work`, so many rows at a time. */
function inRowsOf(
  { machine, config }: DiffusionNetwork,
  x: Float32Array,
  most: number,
  record: boolean,
  work: (tape: Tape, some: Tensor, rows: SomeRows) => void,
): void {
  const width = numbersOf(config.shape);
  const count = x.length / width;
  const size = rowsAtOnce(config.shape, most);
  for (let from = 0; from < count; from += size) {
    const to = Math.min(from + size, count);
    machine.scoped(() => {
      const tape = new Tape(machine, { record });
      const some = tape.tensor(x.subarray(from * width, to * width), [to - from, width], true);
      work(tape, some, { from, to, width });
    });
  }
}

function predict(
  network: DiffusionNetwork,
  tape: Tape,
  x: Tensor,
  t: number,
  told: AllTold,
  { from, to }: SomeRows,
): Tensor {
  const times = new Float32Array(to - from).fill(t);
  const own = toldRows(tape, told, network.config.classes.length, from, to);
  return network.predict(tape, x, times, own);
}

/** Rows as users have them: of pictures from 0 to 1. */
export function madeRows(network: DiffusionNetwork, x: Float32Array): Float32Array[] {
  const rows = rowsOfArray(x, numbersOf(network.config.shape));
  if (!network.pictures) return rows;
  return rows.map((row) => row.map((value) => Math.max(0, Math.min(1, (value + 1) / 2))));
}

/** The opposite: (rows, numbers) as the network has them. */
export function seenRows(network: DiffusionNetwork, rows: Float32Array): Float32Array {
  return network.pictures ? rows.map((value) => 2 * value - 1) : rows;
}
