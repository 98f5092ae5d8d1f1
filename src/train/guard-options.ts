// What a guard may do, and what it says and remembers.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../host/errors.js";

const actions = ["stop", "lower-rate", "more-dropout"] as const;

/** What a guard does. */
export interface GuardOptions {
  /**
   * `stop`: the run ends. `lower-rate`: the learning rate is halved. `more-dropout`: a fifth of what dropout has kept so far
   * is dropped besides, in networks that have dropout. Default "stop".
   */
  readonly action?: (typeof actions)[number];
  /** How often the rate is lowered, or dropout raised; the next time the run ends. Default 3. */
  readonly times?: number;
}

/** The same, complete. */
export type Guard = Required<GuardOptions>;

/** Where a guard stands, as JSON. */
export interface GuardState {
  /** Sum and number of the training losses since the last validation. */
  readonly losses: number;
  readonly steps: number;
  /** The best validation since the guard acted: step and loss, and the gap and the copying of then. */
  readonly at: number;
  readonly best: number | null;
  readonly gap: number;
  readonly copying: number | null;
  /** Times that it acted. */
  readonly acted: number;
}

/** What a guard noticed, and did. */
export interface Guarded {
  readonly action: Guard["action"];
  /** Validation loss above the mean training loss since the validation before: now, and at the best validation. */
  readonly gap: number;
  readonly gapAtBest: number;
  /**
   * Tokens of training examples that the model continues rightly, on average, beyond those of held-out ones: now, and at the best
   * validation. Undefined where the model makes no text.
   */
  readonly copying?: number;
  readonly copyingAtBest?: number;
}

/** Validations of a guarded run, where nobody says how many steps are between them. */
export const VALIDATIONS = 100;

/** The option, complete; undefined: no guard. @throws InvalidInputError */
export function checkGuard(guard: unknown): Guard | undefined {
  if (guard === undefined || guard === false) return undefined;
  if (guard !== true && (typeof guard !== "object" || guard === null)) {
    throw new InvalidInputError(
      `guard must be true, false, or an object such as { action: "stop" }, got ${describe(guard)}`,
    );
  }
  const given: GuardOptions = guard === true ? {} : guard;
  checkKeys("guard", given, ["action", "times"]);
  return {
    action: checkChoice("guard.action", given.action ?? "stop", actions),
    times: checkNumber("guard.times", given.times ?? 3, { integer: true, min: 1, max: 1000 }),
  };
}
