// Notices at validations that a run has begun to learn its examples by heart, and does what it was asked to do then. What it
// knows is in the run's progress, and it follows from the steps alone: a resumed run is guarded to the bit as one that was not
// interrupted.

import { InvalidInputError } from "../host/errors.js";
import type { Guard, Guarded, GuardState } from "./guard-options.js";
import type { ResolvedTraining } from "./options.js";
import type { RunProgress, TrainingWarning } from "./progress.js";
import type { NetworkDescription } from "./trainable.js";

const unguarded: GuardState = {
  ...{ losses: 0, steps: 0, at: 0, best: null, gap: 0, copying: null, acted: 0 },
};

/** Steps after the best validation, as a multiple of its own, before which nothing is said. */
const LATER = 1.2;
/** The same, after which a gap that has doubled is enough. */
const LATE = 1.4;
/** What the gap has grown by when it counts: a fraction of the best validation loss. */
const GROWN = 0.05;
/** What copying has to have become, in multiples; of less than this many tokens as of this many. */
const [COPIED, FEW] = [2, 0.25];
/** What is done each time. */
const [RATE, KEPT] = [0.5, 0.8];
/** @throws InvalidInputError where what it shall do means nothing for the network */
export function checkGuardOn({ guard }: ResolvedTraining, description: NetworkDescription): void {
  // Networks that have dropout have it as a size.
  if (guard?.action !== "more-dropout" || /"dropout":/.test(JSON.stringify(description))) return;
  throw new InvalidInputError(
    'guard: { action: "more-dropout" } is for networks with dropout, and this one has none; use "stop" or "lower-rate"',
  );
}

/** What the learning rate of a step is multiplied with. */
export function guardedRate({ guard }: ResolvedTraining, { guard: state }: RunProgress): number {
  let rate = 1;
  if (guard?.action === "lower-rate") for (let i = 0; i < (state?.acted ?? 0); i++) rate *= RATE;
  return rate;
}

/** What dropout drops besides, of what it keeps. */
export function guardedDropout({ guard }: ResolvedTraining, { guard: state }: RunProgress): number {
  let kept = 1;
  if (guard?.action === "more-dropout") for (let i = 0; i < (state?.acted ?? 0); i++) kept *= KEPT;
  return 1 - kept;
}

/** The state after a step. */
export function withLoss(state: GuardState = unguarded, loss: number): GuardState {
  return { ...state, losses: state.losses + loss, steps: state.steps + 1 };
}

/** What comes of a validation. */
interface Verdict {
  readonly state: GuardState;
  readonly guarded?: Guarded;
  /** Whether the run ends. */
  readonly ends: boolean;
  readonly warning?: TrainingWarning;
}

/**
 * After a validation: acts where it is no longer the best one, the gap has grown and copying has doubled; or where it has not been
 * the best one for long and the gap has doubled.
 * @param comparable whether the training loss is of the same kind as that of the validation; else the gap is not looked at
 */
export function afterValidation(
  guard: Guard,
  before: GuardState = unguarded,
  step: number,
  validation: number,
  copying: number | null,
  comparable: boolean,
): Verdict {
  const gap = comparable && before.steps > 0 ? validation - before.losses / before.steps : 0;
  const state = { ...before, losses: 0, steps: 0 };
  if (before.best === null || validation < before.best) {
    return { state: { ...state, at: step, best: validation, gap, copying }, ends: false };
  }
  const least = GROWN * Math.abs(before.best);
  const growth = gap - before.gap;
  const known = copying !== null && before.copying !== null;
  const copies = known && copying >= COPIED * Math.max(FEW, before.copying);
  const acts = comparable
    ? (step >= LATER * before.at && growth >= least && copies) ||
      (step >= LATE * before.at && growth >= Math.max(least, before.gap))
    : step >= LATE * before.at;
  if (!acts) return { state, ends: false };
  const { action, times } = guard;
  const guarded: Guarded = {
    ...{ action, gap, gapAtBest: before.gap },
    ...(known ? { copying, copyingAtBest: before.copying } : {}),
  };
  const ends = action === "stop" || before.acted >= times;
  const did = ends
    ? "the run ends"
    : action === "lower-rate"
      ? "the learning rate is halved"
      : "dropout is raised";
  const copied = copies ? ", and copying of training examples has doubled" : "";
  const grown = comparable
    ? `the gap of training and validation loss has grown from ${before.gap.toPrecision(3)} to ${gap.toPrecision(3)}${copied}`
    : "no validation has been better";
  const message =
    "the model begins to learn its examples by heart: since the best validation, at step " +
    `${before.at}, ${grown}; ${did}`;
  return {
    state: { ...state, at: step, best: validation, gap, copying, acted: before.acted + 1 },
    guarded: ends ? { ...guarded, action: "stop" } : guarded,
    ends,
    warning: { kind: "overfitting", message },
  };
}
