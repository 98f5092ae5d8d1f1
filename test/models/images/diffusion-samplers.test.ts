// Samplers against the same in float64, written as the papers have them, with the exact field of a mixture of Gaussians: what
// a network would predict that has learned everything.

import { describe, expect, test } from "vitest";
import { Key } from "../../../src/host/key.js";
import { type ProcessConfig, processOf } from "../../../src/models/images/diffusion-process.js";
import {
  type DiffusionSampler,
  type Field,
  type Walk,
  walk,
} from "../../../src/models/images/diffusion-samplers.js";
import { runtime } from "./help.js";

const MIXTURE = [
  { weight: 0.5, mean: [-0.6, 0.2], deviation: 0.15 },
  { weight: 0.3, mean: [0.7, 0.5], deviation: 0.1 },
  { weight: 0.2, mean: [0.1, -0.8], deviation: 0.25 },
];

/** E[x0 | x] of a point where a x0 + b e is seen. */
function exampleOf(x: readonly number[], a: number, b: number): number[] {
  const parts = MIXTURE.map(({ weight, mean, deviation }) => {
    const variance = a * a * deviation * deviation + b * b;
    const square = x.reduce((sum, value, d) => sum + (value - a * mean[d]) ** 2, 0);
    const log = Math.log(weight) - square / (2 * variance) - Math.log(variance);
    const gain = (a * deviation * deviation) / variance;
    return { log, example: x.map((value, d) => mean[d] + gain * (value - a * mean[d])) };
  });
  const most = Math.max(...parts.map(({ log }) => log));
  const weights = parts.map(({ log }) => Math.exp(log - most));
  const total = weights.reduce((sum, one) => sum + one, 0);
  return x.map(
    (_, d) => parts.reduce((sum, { example }, k) => sum + weights[k] * example[d], 0) / total,
  );
}

const flow = { objective: "flow" } as const;
const examples = { objective: "flow", prediction: "example" } as const;
const noises = (["cosine", "linear"] as const).flatMap((noiseSchedule) =>
  (["noise", "velocity"] as const).map(
    (prediction) => ({ objective: "noise", noiseSchedule, prediction }) as const,
  ),
);

/** √ā of 0 to 1000 steps, with this machine's cosine. */
function signalsOf(schedule: "cosine" | "linear"): number[] {
  const bar = (i: number) => Math.cos((((i / 1000 + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const all = [1];
  let product = 1;
  for (let i = 1; i <= 1000; i++) {
    const linear = 1e-4 + ((0.02 - 1e-4) * (i - 1)) / 999;
    product *= 1 - (schedule === "linear" ? linear : Math.min(0.999, 1 - bar(i) / bar(i - 1)));
    all.push(Math.sqrt(product));
  }
  return all;
}

/** What is seen at t, as the papers say. */
function seenAt(config: ProcessConfig): (t: number) => readonly [number, number] {
  if (config.objective === "flow") return (t) => [1 - t, t];
  const signals = signalsOf(config.noiseSchedule);
  return (t) => {
    const signal = signals[Math.round(1000 * t)];
    return [signal, Math.sqrt(1 - signal * signal)];
  };
}

/** The field of the mixture as a network would give it. */
function fieldOf(config: ProcessConfig): Field {
  const seen = seenAt(config);
  return (x, t) => {
    const [a, b] = seen(t);
    const y = new Float32Array(x.length);
    for (let i = 0; i < x.length; i += 2) {
      const point = [x[i], x[i + 1]];
      const example = exampleOf(point, a, b);
      for (const d of [0, 1]) {
        const noise = b === 0 ? 0 : (point[d] - a * example[d]) / b;
        if (config.objective === "flow") y[i + d] = noise - example[d];
        else if (config.prediction === "noise") y[i + d] = noise;
        else y[i + d] = a * noise - b * example[d];
      }
    }
    return y;
  };
}

const machine = runtime.machine();
const POINTS = 300;
const start = Key.fromSeed(machine, 3).normal(2 * POINTS);
const draw = (step: number) =>
  Key.fromSeed(machine, 4)
    .fold(step)
    .normal(2 * POINTS);

function made(
  config: ProcessConfig,
  sampler: DiffusionSampler,
  steps: number,
  more: Partial<Walk> = {},
) {
  const process = processOf(config);
  const way = { process, field: fieldOf(config), sampler, times: process.times(steps), draw };
  const moments = walk(start, { ...way, bounded: false, ...more });
  for (;;) {
    const { done, value } = moments.next();
    if (done) return { x: value, times: way.times };
  }
}

/** One point the whole way in float64. */
function reference(
  config: ProcessConfig,
  sampler: DiffusionSampler,
  times: readonly number[],
  index: number,
): number[] {
  const seen = seenAt(config);
  const velocity = (x: number[], t: number) => {
    const example = exampleOf(x, ...seen(t));
    // dx/dt of (1 - t) x0 + t e; at 0 there is no noise left to be seen.
    return x.map((value, d) => (t === 0 ? 0 : (value - example[d]) / t));
  };
  let x = [start[2 * index], start[2 * index + 1]];
  for (let i = 0; i + 1 < times.length; i++) {
    const [t, next] = [times[i], times[i + 1]];
    const [a, b] = seen(t);
    const [nextA, nextB] = seen(next);
    const example = exampleOf(x, a, b);
    const noise = x.map((value, d) => (value - a * example[d]) / b);
    // No velocity follows from an example that is there.
    const last = next === 0 && config.objective === "flow" && config.prediction === "example";
    if (sampler === "euler" || last)
      x = x.map((value, d) => value + (next - t) * velocity(x, t)[d]);
    else if (sampler === "ddim") x = x.map((_, d) => nextA * example[d] + nextB * noise[d]);
    else if (sampler === "heun") {
      const first = velocity(x, t);
      const guess = x.map((value, d) => value + (next - t) * first[d]);
      const there = exampleOf(guess, ...seen(next));
      const second = next > 0 ? velocity(guess, next) : guess.map((_, d) => -there[d]);
      x = x.map((value, d) => value + ((next - t) * (first[d] + second[d])) / 2);
    } else {
      // q(x at next | x, example), by Bayes: a Gaussian.
      const scale = a / nextA;
      const added = b * b - scale * scale * nextB * nextB;
      const z = draw(i);
      x = x.map((value, d) => {
        const mean = (scale * nextB * nextB * value + added * nextA * example[d]) / (b * b);
        const deviation = Math.sqrt((added * nextB * nextB) / (b * b));
        return mean + deviation * z[2 * index + d];
      });
    }
  }
  return x;
}

const rows: readonly (readonly [ProcessConfig, DiffusionSampler, number])[] = [
  ...(["euler", "heun", "ancestral"] as const).flatMap((sampler) =>
    [1, 2, 7, 30].map((steps) => [flow, sampler, steps] as const),
  ),
  ...[1, 2, 7, 30].map((steps) => [examples, "heun", steps] as const),
  ...noises.flatMap((config) =>
    (["ddim", "ancestral"] as const).flatMap((sampler) =>
      [1, 2, 7, 50].map((steps) => [config, sampler, steps] as const),
    ),
  ),
];

describe("as in float64", () => {
  test.each(rows)("%o by %s in %i steps", (config, sampler, steps) => {
    const { x, times } = made(config, sampler, steps);
    expect(times).toHaveLength(steps + 1);
    expect(times[steps]).toBe(0);
    for (let i = 0; i < 40; i++) {
      const want = reference(config, sampler, times, i);
      for (const d of [0, 1]) expect(Math.abs(x[2 * i + d] - want[d])).toBeLessThan(2e-4);
    }
  });
});

/** Share of the points within three deviations of each of the mixture's parts. */
function shares(x: Float32Array): number[] {
  return MIXTURE.map(({ mean, deviation }) => {
    let near = 0;
    for (let i = 0; i < x.length; i += 2) {
      const far = Math.hypot(x[i] - mean[0], x[i + 1] - mean[1]);
      if (far < 3 * deviation) near++;
    }
    return near / (x.length / 2);
  });
}

test.each([
  [flow, "heun", 60],
  [examples, "heun", 60],
  [flow, "ancestral", 200],
  [noises[0], "ddim", 200],
  [noises[3], "ancestral", 400],
] as const)("%o by %s in %i steps makes the mixture", (config, sampler, steps) => {
  const got = shares(made(config, sampler, steps).x);
  for (const [k, { weight }] of MIXTURE.entries()) {
    expect(Math.abs(got[k] - weight)).toBeLessThan(0.08);
  }
  expect(got.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(0.97);
});

test("Heun's steps are better than Euler's of the same number of predictions", () => {
  const exact = made(flow, "heun", 400).x;
  const error = (sampler: DiffusionSampler, steps: number) =>
    Math.sqrt(
      made(flow, sampler, steps).x.reduce((sum, value, i) => sum + (value - exact[i]) ** 2, 0) /
        exact.length,
    );
  expect(error("heun", 20)).toBeLessThan(error("euler", 40) / 2);
});

test("predicted examples of pictures stay from -1 to 1", () => {
  const outside: Field = (x) => x.map(() => 3);
  const { x } = made(noises[0], "ddim", 10, { field: outside, bounded: true });
  expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(1);
});

test("what is kept is as the process has it, and at the end exact", () => {
  const seen: number[] = [];
  const keep = (x: Float32Array, t: number) => {
    seen.push(t);
    x[0] = t === 0 ? 0.25 : x[0];
  };
  const { x } = made(flow, "euler", 4, { keep, repeats: 3 });
  expect(x[0]).toBe(0.25);
  expect(seen).toEqual([0.75, 0.75, 0.75, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0]);
});
