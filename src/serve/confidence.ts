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

/**
 * The geometric mean of the probabilities of tokens, e^(mean log-probability): the `confidence` of a part of a
 * sample. 0 where there are none. The same bits in every engine.
 */
export function confidenceOf(tokens: readonly { readonly logprob: number }[]): number {
  if (tokens.length === 0) return 0;
  return exp(tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length);
}

/** e^x for x of at most 0: (e^(x/1024))^1024, the root by its series. Engines differ in Math.exp. */
function exp(x: number): number {
  const y = Math.max(x, -700) / 1024;
  let power = 1;
  for (let n = 14; n > 0; n--) power = 1 + (y / n) * power;
  for (let i = 0; i < 10; i++) power *= power;
  return power;
}
