// An adversary: a head that guesses a label from the latent vector, while the encoder learns to leave it nothing to guess by.

import type { Rules } from "../../host/rules.js";
import type { LabelColumn } from "./conditions.js";

/** Options of `create` of models with a latent space. */
export interface AdversaryOptions {
  /**
   * A column of the pictures' labels that the latent vector shall say nothing of: a head learns to guess it, and the
   * encoder to leave it nothing to guess by. Default: none.
   */
  readonly adversary?: string;
  /** Units of that head's hidden layer. Default 64. */
  readonly adversaryHidden?: number;
}

/** Options of `fit` of models with an adversary. */
export interface AdversaryFitOptions {
  /**
   * How much the encoder minds what the adversary finds, where the model has one: nats of the loss for a nat that its guesses
   * are from how often each class is. Default 30.
   */
  readonly adversaryWeight?: number;
  /**
   * Steps after which that is reached: in the first half of them it is 0, so that there is a latent space before something
   * is taken out of it, then it grows. Default 0.
   */
  readonly adversaryWarmup?: number;
  /** Updates of the adversary for each of the model. Default 10. */
  readonly adversarySteps?: number;
}

/** What each of these may be. */
export const adversaryFitRules: Rules<AdversaryFitOptions> = {
  adversaryWeight: { type: "number", min: 0, max: 1e6, value: 30 },
  adversaryWarmup: { type: "integer", min: 0, max: 1e9, value: 0 },
  adversarySteps: { type: "integer", min: 1, max: 1000, value: 10 },
};

/** The same, complete; stored in a model's file. */
export interface AdversaryConfig extends LabelColumn {
  readonly hidden: number;
}

/** What each option may be. */
export const adversaryRules: Rules<AdversaryOptions> = {
  adversary: { type: "text", value: "" },
  adversaryHidden: { type: "integer", min: 1, max: 65536, value: 64 },
};

/** What a network is told of it. @param columns that the model learns */
export function headOf(
  adversary: AdversaryConfig | undefined,
  columns: readonly LabelColumn[] = [],
): {
  readonly adversary?: {
    readonly shares: readonly number[];
    readonly hidden: number;
    readonly column?: number;
  };
} {
  if (!adversary) return {};
  const { name, counts, hidden } = adversary;
  const all = counts.reduce((sum, one) => sum + one, 0);
  const column = columns.findIndex((one) => one.name === name);
  const shares = counts.map((one) => one / all);
  return { adversary: { shares, hidden, ...(column < 0 ? {} : { column }) } };
}
