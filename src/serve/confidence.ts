// How sure a model must be of what it says, and what is said instead where it is not.

/** What an answer's `confidence` is compared with, and what stands for one that is below. */
export interface Confidence {
  /** From 0 to 1; 0: every answer will do. */
  readonly minConfidence: number;
  readonly unsure: string;
}

/** What is said where nothing else was asked for. */
export const UNSURE = "I do not know";

/** Whether a model is too unsure of an answer for it to be given. */
export function doubtful(confidence: number | undefined, minConfidence = 0): boolean {
  return minConfidence > 0 && (confidence ?? 0) < minConfidence;
}
