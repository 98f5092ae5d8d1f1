// Whether something can be read off an activation: a linear classifier, and what it would find in nothing.

import type { InsightInput } from "./input.js";
import type { AnyModel } from "./inside.js";
import type { Probe, ProbeOptions } from "./logistic.js";

/**
 * Fits a linear classifier to activations, to see whether something can be read off them (Alain and Bengio, "Understanding
 * Intermediate Layers Using Linear Classifier Probes", 2017), beside a control with shuffled labels (Hewitt and Liang, "Designing and
 * Interpreting Probes with Control Tasks", 2019). That it can be read does not mean that the model uses it: patch or ablate to see.
 *
 * @param labels one an input; with `places: "each"` a list an input, one a place
 * @throws InvalidInputError for labels that do not fit, fewer than two classes, or too few examples
 */
export async function probe<M extends AnyModel>(
  model: M,
  inputs: readonly InsightInput<M>[],
  labels: readonly (string | readonly string[])[],
  options: ProbeOptions,
): Promise<Probe> {
  return (await import("./logistic.js")).probed(model, inputs, labels, options);
}
