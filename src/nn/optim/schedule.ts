// Learning-rate schedules: the factor on the base rate, as a function of the step (from 0). Only
// exact operations and the kernels' own cosine, so that every engine gives the same bits.

import type { Machine } from "../../host/machine.js";

/** What a schedule is made of. */
export interface ScheduleOptions {
  /**
   * `constant`; `linear`: falls to `lrMin` at the last step; `cosine`: falls to `lrMin` along half a
   * cosine; `step`: times `lrFactor` every `lrEvery` steps; `plateau`: times `lrFactor` when the
   * validation loss has not improved for `lrPatience` evaluations. Default `constant`.
   */
  readonly schedule?: "constant" | "linear" | "cosine" | "step" | "plateau";
  /** Steps of linear warm-up from 0 before it, default 0. */
  readonly warmup?: number;
  /** End of `linear` and `cosine` and floor of `plateau`, as a fraction of the base rate. Default 0. */
  readonly lrMin?: number;
  /** Default 0.5. */
  readonly lrFactor?: number;
  /** Default: a tenth of all steps. */
  readonly lrEvery?: number;
  /** Default 2. */
  readonly lrPatience?: number;
}

/** The changing part of a `plateau` schedule. */
export interface PlateauState {
  factor: number;
  best: number;
  waited: number;
}

/** A schedule for a run of `total` steps. */
export class Schedule {
  /** Saved with a checkpoint. */
  readonly plateau: PlateauState = { factor: 1, best: Number.MAX_VALUE, waited: 0 };
  readonly #machine: Machine;
  readonly #total: number;
  readonly #options: Required<ScheduleOptions>;

  /** @param options complete, as training resolves them */
  constructor(machine: Machine, total: number, options: Required<ScheduleOptions>) {
    this.#machine = machine;
    this.#total = total;
    this.#options = options;
  }

  /** The factor on the base learning rate at `step`, counted from 0. */
  factor(step: number): number {
    const { schedule, warmup, lrMin, lrFactor, lrEvery } = this.#options;
    if (step < warmup) return (step + 1) / warmup;
    // From 0 at the first step after the warm-up towards 1 after the last step.
    const progress = Math.min(1, (step - warmup) / Math.max(1, this.#total - warmup));
    if (schedule === "linear") return 1 - (1 - lrMin) * progress;
    if (schedule === "cosine") return lrMin + (1 - lrMin) * 0.5 * (1 + this.#cosine(progress));
    if (schedule === "step") {
      let factor = 1;
      for (let n = Math.floor((step - warmup) / lrEvery); n > 0; n--) factor *= lrFactor;
      return factor;
    }
    return this.plateau.factor;
  }

  /** Tells a `plateau` schedule the latest validation loss. */
  observe(loss: number): void {
    const { schedule, lrMin, lrFactor, lrPatience } = this.#options;
    if (schedule !== "plateau") return;
    const state = this.plateau;
    if (loss < state.best) {
      state.best = loss;
      state.waited = 0;
    } else if (++state.waited >= lrPatience) {
      state.factor = Math.max(lrMin, state.factor * lrFactor);
      state.waited = 0;
    }
  }

  #cosine(progress: number): number {
    return this.#machine.scoped(() => {
      const x = this.#machine.alloc(4);
      this.#machine.f32(x, 1)[0] = Math.PI * progress;
      this.#machine.kernels.cos_forward(x, x, 1);
      return this.#machine.f32(x, 1)[0];
    });
  }
}
