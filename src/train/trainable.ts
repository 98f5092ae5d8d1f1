// What the loop needs of a network: a loss of some rows.

import type { Tape } from "../nn/tape.js";
import type { Tensor } from "../nn/tensor.js";

/** What a whole step has of each: the losses of its shards are sums over these. */
export interface StepTotals {
  /** Targets. */
  readonly tokens: number;
  readonly rows: number;
}

/** What a network needs to be trained on batches of its kind. */
export interface Trainable {
  /**
   * Loss of some rows, a sum over what `totals` counts, its parts where it has several, and the state
   * behind the rows. A batch that continues none leaves `carried` alone.
   */
  loss(
    tape: Tape,
    batch: unknown,
    carried: Float32Array[] | undefined,
    totals: StepTotals,
  ): {
    readonly loss: Tensor;
    readonly parts?: Readonly<Record<string, Tensor>>;
    state(): Float32Array[];
  };
}
