// Whether a model has learned its examples by heart: all that tells, in one report.

import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import type { Audit, AuditOptions } from "./audit-report.js";
import { type AnyModel, kindOf } from "./inside.js";

const names = [
  ...["heldOut", "samples", "seed", "run", "prefix", "length", "examples"],
  ...["canaries", "symbols", "features", "copied", "onMade"],
];

/**
 * Audits a model for memorised training data: the gap of training and held-out loss, extractable texts, copied runs of samples,
 * exposure of secrets, nearest training pictures; and a verdict with its reasons. What applies depends on the model.
 *
 * ```ts
 * const { overfitted, why } = await audit(model, training, { heldOut });
 * ```
 *
 * @throws InvalidInputError
 */
export async function audit(
  model: AnyModel,
  training: unknown,
  options: AuditOptions = {},
): Promise<Audit> {
  checkKeys("audit", options, names);
  const { seed = 0, samples, canaries } = options;
  checkNumber("seed", seed, { integer: true, min: 0 });
  if (samples !== undefined) checkNumber("samples", samples, { integer: true, min: 1, max: 1e5 });
  if (canaries && kindOf(model) !== "LanguageModel") {
    throw new InvalidInputError("canaries are for a LanguageModel");
  }
  const { runAudit } = await import("./audit-run.js");
  return runAudit(model, training, options);
}
