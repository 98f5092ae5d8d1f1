// When a run has diverged, and how that is said.

import type { PhaseReport, RunProgress } from "./progress.js";

/** A finite loss this many times the first one, this many steps in a row, has diverged too. */
const RISE_FACTOR = 10;
const RISE_STEPS = 20;

/** Steps in a row, this one included, whose loss is far above the first. */
export function risingSteps(
  loss: number,
  { firstLoss, rising }: Pick<RunProgress, "firstLoss" | "rising">,
): number {
  const risen = firstLoss !== null && loss > RISE_FACTOR * Math.max(firstLoss, 1);
  return risen ? rising + 1 : 0;
}

/**
 * What is wrong with a step before it is taken; undefined: nothing.
 * @param clip largest norm of the gradient; 0: any
 */
export function trouble(
  { loss, gradNorm }: Pick<PhaseReport, "loss" | "gradNorm">,
  clip: number,
  { firstLoss, rising }: Pick<RunProgress, "firstLoss" | "rising"> = { firstLoss: null, rising: 0 },
  whose = "",
): string | undefined {
  if (!Number.isFinite(loss)) return `the loss${whose} is ${loss}`;
  // Optimizers square the gradient, in f32.
  const applied = clip > 0 ? Math.min(clip, gradNorm) : gradNorm;
  if (!Number.isFinite(gradNorm) || !Number.isFinite(Math.fround(applied * applied))) {
    return `the gradient${whose} is not finite (loss ${loss.toPrecision(3)})`;
  }
  if (rising < RISE_STEPS) return undefined;
  const first = firstLoss?.toPrecision(3);
  return (
    `the loss${whose} has stayed above ${RISE_FACTOR} times its first value ` +
    `(${loss.toPrecision(3)}, it began at ${first})`
  );
}
