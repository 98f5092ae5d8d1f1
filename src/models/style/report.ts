import type { ImageSet } from "../../data/images/image-set.js";
import type { Measured } from "./measured.js";

/** What a step tells: the best picture so far, and how far it is from what it shall be. */
export interface StyleReport extends Measured {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** Fraction of the work that is done: steps at coarse sizes are little of it. */
  readonly progress: number;
  /** The best picture so far, at its final size. Made when it is asked for. */
  readonly image: ImageSet;
}
