// What the sampler needs of an autoregressive model.

import type { Machine } from "../host/machine.js";

/** A model that, fed tokens, says what may come next. States are values outside the machine. */
export interface Backbone<State> {
  readonly machine: Machine;
  /** Number of tokens, V. */
  readonly classes: number;
  /**
   * Feeds `steps` tokens a row, (T, B) time-major: the state moves on, in place. Returns the logits
   * (B, V) behind the last token, which are the caller's until the next step of any state. A row's
   * numbers do not depend on the other rows.
   */
  step(state: State, tokens: ArrayLike<number>, steps?: number): Float32Array;
  /** A copy of the state of some rows, in this order; a row may be repeated. */
  select(state: State, rows: ArrayLike<number>): State;
}
