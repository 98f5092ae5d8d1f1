// What the sampler needs of an autoregressive model.

import type { Machine } from "../host/machine.js";

/** A model that, fed tokens, says what may come next. */
export interface Backbone<State> {
  readonly machine: Machine;
  /** Number of tokens, V. */
  readonly classes: number;
  /** The most tokens that a state holds; undefined where there is no such limit. */
  readonly context?: number;
  /**
   * Feeds `steps` tokens a row (default 1), (T, B) time-major: the state moves on, in place. Where they
   * are wanted, the `logits` (B, V) after the last token are written to the caller's own array. A row's
   * numbers do not depend on the other rows, nor on how tokens are cut into steps.
   * @throws NotFiniteError where a logit is not finite
   */
  step(state: State, tokens: ArrayLike<number>, logits?: Float32Array, steps?: number): void;
  /** A copy of the state of some rows, in this order; a row may be repeated. Both are freed on their own. */
  select(state: State, rows: ArrayLike<number>): State;
  /** Gives back what a state holds in the machine. It is not used any more. */
  free(state: State): void;
}
