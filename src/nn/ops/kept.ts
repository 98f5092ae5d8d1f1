// What operations keep until backward, and what they compute again because it would be too much. The bits are the same.
// Beside the operations, so that to know what they need is not to load them.

/** Up to so many keys attention keeps its weights. */
export const MOST_KEYS: number = 256;

/** Up to so many probabilities the cross-entropy of a linear layer keeps them. */
export const MOST_PROBABILITIES: number = 2 ** 24;

/** Logits of it that exist at once, but for at least so many rows; each row of the weight is then used often enough. */
const MOST_LOGITS = 2 ** 22;
const LEAST_ROWS = 32;

/** Rows that it works on at once. */
export function rowsAtOnce(rows: number, V: number): number {
  return Math.min(rows, Math.max(LEAST_ROWS, Math.floor(MOST_LOGITS / V)));
}
