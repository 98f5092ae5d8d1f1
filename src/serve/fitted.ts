// What is needed of every model that is served.

import type { TrainingRecord } from "../api.js";

export interface Fitted {
  /** Where it is not given, the model counts as trained. */
  readonly record?: Pick<TrainingRecord, "imported" | "steps">;
  fingerprint(): string | Promise<string>;
}
