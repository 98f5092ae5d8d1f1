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

/** The same, complete; stored in a model's file. */
export interface AdversaryConfig extends LabelColumn {
  readonly hidden: number;
}

/** What each option may be. */
export const adversaryRules: Rules<AdversaryOptions> = {
  adversary: { type: "text", value: "" },
  adversaryHidden: { type: "integer", min: 1, max: 65536, value: 64 },
};

/** What a network is told of it. */
export function headOf(adversary: AdversaryConfig | undefined): {
  readonly adversary?: { readonly shares: readonly number[]; readonly hidden: number };
} {
  if (!adversary) return {};
  const { counts, hidden } = adversary;
  const all = counts.reduce((sum, one) => sum + one, 0);
  return { adversary: { shares: counts.map((one) => one / all), hidden } };
}
