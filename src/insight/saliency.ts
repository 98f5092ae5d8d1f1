// Which parts of an input made a model say what it said: gradients of an output with respect to what was read.

import type { Saliency, SaliencyOptions } from "./gradients.js";
import type { InsightInput } from "./input.js";
import type { AnyModel } from "./inside.js";

/**
 * Which parts of an input made a model say what it said.
 *
 * ```ts
 * const { tokens, explained } = await saliency(model, { prompt: "To be, or not", text: " to be" });
 * explained[0].scores; // how much each token spoke for the first one that was said
 * const [why] = (await saliency(classifier, (m) => m.classify(picture), { at: "input", of: "heads.0" })).explained;
 * ```
 *
 * @throws InvalidInputError for options that cannot be used, for a quantised model, and where `of` does not depend on `at`
 */
export async function saliency<M extends AnyModel>(
  model: M,
  input: InsightInput<M>,
  options: SaliencyOptions = {},
): Promise<Saliency> {
  return (await import("./gradients.js")).explainedBy(model, input, options);
}
