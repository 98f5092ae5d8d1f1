// From noise to examples, step by step, whatever predicts: a field says of all numbers at a time what a network would.

import type { Process } from "./diffusion-process.js";

/** What is predicted at time t of x, all rows; as many numbers. */
export type Field = (x: Float32Array, t: number) => Float32Array;

/** What is known of the examples at the end of a way. */
export interface Known {
  /** As many numbers as rows have. */
  readonly values: Float32Array;
  /** Which of them are known: 1 or 0. */
  readonly kept: Uint8Array;
}

/** How a step is taken. */
export type DiffusionSampler = "euler" | "heun" | "ddim" | "ancestral";

/** The way of some rows. */
export interface Walk {
  readonly process: Process;
  readonly field: Field;
  readonly sampler: DiffusionSampler;
  /** Falling, the last one is 0. */
  readonly times: readonly number[];
  /** Standard normal numbers for a step, as many as there are numbers; for what draws. */
  draw(step: number): Float32Array;
  /** Predicted examples are kept from -1 to 1: those of pictures. */
  readonly bounded: boolean;
  /** Changes what a step gave: what is known stays known. */
  keep?(x: Float32Array, t: number, draw: () => Float32Array): void;
  /** How often each step is taken, with noise added again between: see `inpaint`. Default 1. */
  readonly repeats?: number;
}

/** A step that was taken. */
export interface Moment {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Time after it: 0 at the end. */
  readonly t: number;
  /** The rows at that time. */
  readonly x: Float32Array;
  /** What the step thought the examples are. */
  readonly predicted: Float32Array;
}

/** Walks from x at the first of the times to the last. */
export function* walk(start: Float32Array, way: Walk): Generator<Moment, Float32Array, void> {
  const { times, repeats = 1 } = way;
  const steps = times.length - 1;
  let x = start;
  let draws = 0;
  const draw = () => way.draw(draws++);
  for (let i = 0; i < steps; i++) {
    const [t, next] = [times[i], times[i + 1]];
    let taken = step(way, x, t, next, draw);
    way.keep?.(taken.x, next, draw);
    // At the end there is nothing to do again: the rows have no noise any more.
    for (let again = 1; again < repeats && next > 0; again++) {
      const back = noisier(way.process, taken.x, next, t, draw());
      taken = step(way, back, t, next, draw);
      way.keep?.(taken.x, next, draw);
    }
    x = taken.x;
    yield { step: i + 1, steps, t: next, ...taken };
  }
  return x;
}

/** One step from t to `next`. */
function step(
  { process, field, sampler, bounded }: Walk,
  x: Float32Array,
  t: number,
  next: number,
  draw: () => Float32Array,
): Pick<Moment, "x" | "predicted"> {
  const y = field(x, t);
  const predicted = weighted(process.example(t), x, y);
  // At the end nothing follows from an example but itself.
  const last = next === 0 && process.fromExample !== undefined;
  if (sampler === "euler" || (sampler === "heun" && last)) {
    return { x: weighted([1, next - t], x, y), predicted };
  }
  if (sampler === "heun") {
    const there = field(weighted([1, next - t], x, y), next);
    const mean = weighted([0.5, 0.5], y, there);
    return { x: weighted([1, next - t], x, mean), predicted };
  }
  const [signal, noise] = process.seen(t);
  const [nextSignal, nextNoise] = process.seen(next);
  let rest = weighted(process.noise(t), x, y);
  if (bounded) {
    // What was cut off of the examples belongs to the noise.
    clamp(predicted);
    rest = weighted([1 / noise, -signal / noise], x, predicted);
  }
  if (sampler === "ddim")
    return { x: weighted([nextSignal, nextNoise], predicted, rest), predicted };
  // The deviation of x at `next` given both x and the example.
  const kept = (signal / nextSignal) * (nextNoise / noise);
  const sigma = nextNoise * Math.sqrt(Math.max(0, 1 - kept * kept));
  const made = weighted([nextSignal, nextNoise * kept], predicted, rest);
  return { x: sigma > 0 ? weighted([1, sigma], made, draw()) : made, predicted };
}

/** From an earlier time of the process back to a later one. */
function noisier(
  process: Process,
  x: Float32Array,
  from: number,
  to: number,
  noise: Float32Array,
): Float32Array {
  const [signal, deviation] = process.seen(from);
  const [toSignal, toDeviation] = process.seen(to);
  const scale = toSignal / signal;
  const added = toDeviation * toDeviation - scale * scale * deviation * deviation;
  return weighted([scale, Math.sqrt(Math.max(0, added))], x, noise);
}

/** u a + v b */
export function weighted(
  [u, v]: readonly [number, number],
  a: Float32Array,
  b: Float32Array,
): Float32Array {
  const sum = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) sum[i] = u * a[i] + v * b[i];
  return sum;
}

function clamp(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = Math.max(-1, Math.min(1, x[i]));
}
