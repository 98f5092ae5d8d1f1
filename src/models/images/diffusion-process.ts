// How examples become noise, and what a network predicts of it: the scheduler. It knows no network.
//
// Time goes from 0, an example x, to 1, standard normal noise e. What a network sees at t is s x + n e, and what it
// predicts is a x + b e; so x and e are each a sum of what it saw and what it predicted.

/** A sum of two things, by their weights. */
type Weights = readonly [number, number];

export interface Process {
  /** The time of a number drawn uniformly from [0, 1). */
  timeOf(uniform: number): number;
  /** Weights of the example and the noise in what a network sees at t. */
  seen(t: number): Weights;
  /** Weights of the example and the noise in what is predicted. */
  target(t: number): Weights;
  /**
   * Where a network gives examples: what is predicted is (seen - example) times this, t above 0. Else what it gives is
   * predicted.
   */
  readonly fromExample?: (t: number) => number;
  /** Weights of what it saw and what it predicted in the example. */
  example(t: number): Weights;
  /** The same in the noise. */
  noise(t: number): Weights;
  /** `steps` + 1 falling times, from `start` to 0. */
  times(steps: number, start?: number): number[];
}

/** What is made small. */
export type DiffusionObjective = "flow" | "noise";
/** How the noise of the objective `noise` grows. */
export type NoiseSchedule = "cosine" | "linear";
/** What is predicted: the `example` with the objective `flow`, the `noise` with `noise`, the `velocity` with either. */
export type DiffusionPrediction = "noise" | "velocity" | "example";

/** What a process is made of. */
export type ProcessConfig =
  | { readonly objective: "flow"; readonly prediction?: Extract<DiffusionPrediction, "example"> }
  | {
      readonly objective: "noise";
      readonly noiseSchedule: NoiseSchedule;
      readonly prediction: Exclude<DiffusionPrediction, "example">;
    };

export function processOf(config: ProcessConfig): Process {
  if (config.objective === "flow") return config.prediction ? exampleFlow : flow;
  return new NoiseProcess(config.noiseSchedule, config.prediction);
}

/**
 * Rectified flow: (1 - t) x + t e, of which the velocity e - x is predicted (Liu et al., "Flow Straight and Fast", 2023;
 * Lipman et al., "Flow Matching for Generative Modeling", 2023; noise at t = 1 as in Esser et al. 2024).
 */
const flow: Process = {
  timeOf: (uniform) => uniform,
  seen: (t) => [1 - t, t],
  target: () => [-1, 1],
  example: (t) => [1, -t],
  noise: (t) => [1, 1 - t],
  times: (steps, start = 1) =>
    Array.from({ length: steps + 1 }, (_, i) => (start * (steps - i)) / steps),
};

/** Examples are predicted from this time on: before it, what is seen is nearly one. */
const LEAST_TIME = 0.05;

/**
 * The same of a network that gives the example, from which the velocity follows: (seen - example) / t (Li and He, "Back to
 * Basics: Let Denoising Generative Models Denoise", 2025). A wrong example makes a velocity that is wrong 1 / t times as much;
 * so that little noise is not most of what is learned, more noise is drawn more often: times have the density 2 t.
 */
const exampleFlow: Process = {
  ...flow,
  timeOf: (uniform) => Math.max(LEAST_TIME, Math.sqrt(uniform)),
  fromExample: (t) => 1 / t,
};

/** Steps of noise, as in the papers: times are multiples of 1 / 1000. */
const NOISE_STEPS = 1000;
/** Samples begin at the last time at which at least so much of an example is seen: after it, predictions of it are noise. */
const LEAST_SIGNAL = 0.01;

/**
 * Denoising diffusion: √ā x + √(1 - ā) e (Ho et al., "Denoising Diffusion Probabilistic Models", 2020), with their linear
 * schedule, or ā = cos² (Nichol and Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021). Predicted is the
 * noise e, or the velocity √ā e - √(1 - ā) x (Salimans and Ho, "Progressive Distillation", 2022).
 */
class NoiseProcess implements Process {
  /** √ā of 0 to 1000 steps. */
  readonly #signals: Float64Array;
  readonly #velocity: boolean;

  constructor(schedule: NoiseSchedule, prediction: DiffusionPrediction) {
    this.#signals = signals(schedule);
    this.#velocity = prediction === "velocity";
  }

  timeOf(uniform: number): number {
    return (Math.floor(uniform * NOISE_STEPS) + 1) / NOISE_STEPS;
  }

  seen(t: number): Weights {
    const signal = this.#signals[Math.round(t * NOISE_STEPS)];
    return [signal, Math.sqrt(1 - signal * signal)];
  }

  target(t: number): Weights {
    if (!this.#velocity) return [0, 1];
    const [signal, noise] = this.seen(t);
    return [-noise, signal];
  }

  example(t: number): Weights {
    const [signal, noise] = this.seen(t);
    return this.#velocity ? [signal, -noise] : [1 / signal, -noise / signal];
  }

  noise(t: number): Weights {
    if (!this.#velocity) return [0, 1];
    const [signal, noise] = this.seen(t);
    return [noise, signal];
  }

  times(steps: number, start = 1): number[] {
    let first = Math.round(start * NOISE_STEPS);
    while (first > 1 && this.#signals[first] < LEAST_SIGNAL) first--;
    const count = Math.min(steps, first);
    return Array.from(
      { length: count + 1 },
      (_, i) => Math.round((first * (count - i)) / count) / NOISE_STEPS,
    );
  }
}

/** √ā after 0 to 1000 steps, ā the product of 1 - β. */
function signals(schedule: NoiseSchedule): Float64Array {
  const all = new Float64Array(NOISE_STEPS + 1).fill(1);
  for (let i = 1, product = 1; i <= NOISE_STEPS; i++) {
    product *= 1 - (schedule === "cosine" ? cosineBeta(i) : linearBeta(i));
    all[i] = Math.sqrt(product);
  }
  return all;
}

function linearBeta(i: number): number {
  return 1e-4 + ((0.02 - 1e-4) * (i - 1)) / (NOISE_STEPS - 1);
}

/** 1 - cos²(angle i) / cos²(angle i - 1), at most 0.999. */
function cosineBeta(i: number): number {
  const [before, after] = [i - 1, i].map((step) => {
    return cosine((((step / NOISE_STEPS + 0.008) / 1.008) * Math.PI) / 2);
  });
  return Math.min(0.999, 1 - (after * after) / (before * before));
}

/** cos x, x from 0 to π / 2, by its series: engines' own differ. */
function cosine(x: number): number {
  let sum = 0;
  for (let k = 24; k > 0; k -= 2) sum = ((1 + sum) * -x * x) / (k * (k - 1));
  return 1 + sum;
}
