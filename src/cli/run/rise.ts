// Whether the validation loss rises: a model that learns its data by heart, which people should see while it
// happens and not only when the run has ended.

import type { RunProgress, StepReport } from "../../entries/node.js";
import { whole } from "../show/format.js";

/** A validation. */
interface Best {
  readonly step: number;
  readonly loss: number;
}

/** Validations in a row above the best, after which the loss is called rising. */
const SEVERAL = 2;

/** Watches validations. */
export class Rise {
  #best: Best | undefined;
  #above = 0;

  /** @param best the best validation so far */
  constructor(best?: Best) {
    this.#best = best;
  }

  /** A line for people, once for each best validation after which the loss rises. */
  observe({ step, validation }: StepReport): string | undefined {
    if (validation === undefined) return undefined;
    if (this.#best === undefined || validation < this.#best.loss) {
      this.#best = { step, loss: validation };
      this.#above = 0;
    } else if (++this.#above === SEVERAL) {
      return `validation rises: ${described(this.#best)}, rising since`;
    }
    return undefined;
  }
}

/** What became of the best validation, when the run has ended; undefined where the last one is the best. */
export function endOfRise(run: RunProgress): string | undefined {
  const { bestStep: step, bestLoss: loss, lastValidation, kept } = run;
  if (loss === null || lastValidation === null || lastValidation <= loss) return undefined;
  const after = `${lastValidation.toFixed(3)} at step ${whole(run.step)}`;
  const weights = `the model has the weights of step ${whole(kept ?? run.step)}`;
  return `validation: ${described({ step, loss })}, ${after}; ${weights}`;
}

function described({ step, loss }: Best): string {
  return `best at step ${whole(step)} (${loss.toFixed(3)})`;
}
