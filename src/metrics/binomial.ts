// Exact statements about a share that was counted. Only + − × ÷ of doubles, so that they are the same everywhere.

import { checkNumber } from "../host/errors.js";

/** From where to where a share may be. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Trials that can be counted: some thousand terms of a sum each time. */
const MOST_TRIALS = 1e9;
/** Halvings of an interval: it is then as small as doubles tell apart. */
const HALVINGS = 200;
/** Terms below this part of the largest change no sum. */
const SMALLEST = 1e-25;

/**
 * The exact interval of a share (Clopper and Pearson 1934): all p with P(X ≥ k | n, p) > α/2 and P(X ≤ k | n, p) > α/2, where
 * α = 1 - confidence. Whatever the share is, such an interval holds it at least as often as `confidence` says. From 0 to 1 of
 * no trials.
 *
 * ```ts
 * binomialInterval(9, 10); // { low: 0.5549…, high: 0.9974… }
 * ```
 *
 * @param successes k, 0 to `trials`
 * @param trials n, at most 10⁹
 * @param confidence above 0, at most 1 - 10⁻¹²; 0.95 by default
 * @throws InvalidInputError
 */
export function binomialInterval(successes: number, trials: number, confidence = 0.95): Interval {
  checkCounts(successes, trials);
  checkConfidence(confidence);
  const alpha = (1 - confidence) / 2;
  const share = successes / trials;
  const low =
    successes === 0 ? 0 : crossing(0, share, (p) => tails(successes, trials, p)[1] > alpha);
  const high =
    successes === trials ? 1 : crossing(share, 1, (p) => tails(successes, trials, p)[0] <= alpha);
  return { low, high };
}

/**
 * How probable a count as far from n·p as this one, or farther, is where the share is p: twice the smaller tail, at most 1. It is at most
 * α where p is outside the interval of `binomialInterval` with that α.
 * @throws InvalidInputError
 */
export function binomialTest(successes: number, trials: number, probability: number): number {
  checkCounts(successes, trials);
  checkNumber("probability", probability, { min: 0, max: 1 });
  return Math.min(1, 2 * Math.min(...tails(successes, trials, probability)));
}

/** @throws InvalidInputError */
export function checkConfidence(confidence: number): number {
  return checkNumber("confidence", confidence, { min: 0, above: true, max: 1 - 1e-12 });
}

function checkCounts(successes: number, trials: number): void {
  checkNumber("trials", trials, { integer: true, min: 0, max: MOST_TRIALS });
  checkNumber("successes", successes, { integer: true, min: 0, max: trials });
}

/** Where `above`, which is false at `from` and true at `to`, begins to be true. */
function crossing(from: number, to: number, above: (p: number) => boolean): number {
  let [low, high] = [from, to];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (above(middle)) high = middle;
    else low = middle;
  }
  return low + (high - low) / 2;
}

/**
 * P(X ≤ k) and P(X ≥ k). Terms follow from their neighbours, from the likeliest outwards, which is set to 1:
 * P(j + 1) / P(j) = (n - j) / (j + 1) · p / (1 - p). Their sum, which must be 1, says what 1 stands for: no logarithm is needed.
 */
function tails(k: number, n: number, p: number): [atMost: number, atLeast: number] {
  if (p <= 0) return [1, k === 0 ? 1 : 0];
  if (p >= 1) return [k === n ? 1 : 0, 1];
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const odds = p / (1 - p);
  let [all, atMost, atLeast] = [0, 0, 0];
  const add = (j: number, term: number) => {
    all += term;
    if (j <= k) atMost += term;
    if (j >= k) atLeast += term;
  };
  add(mode, 1);
  for (let j = mode, term = 1; j < n && term > SMALLEST; ) {
    term *= ((n - j) / (j + 1)) * odds;
    add(++j, term);
  }
  for (let j = mode, term = 1; j > 0 && term > SMALLEST; ) {
    term *= j / ((n - j + 1) * odds);
    add(--j, term);
  }
  return [atMost / all, atLeast / all];
}
