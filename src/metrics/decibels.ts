// How far a picture is from another, in decibels.

import { describe, InvalidInputError } from "../host/errors.js";

/** Any list of numbers: pixels as bytes or as fractions. */
export type PixelNumbers =
  | Uint8Array
  | Uint8ClampedArray
  | Float32Array
  | Float64Array
  | readonly number[];

/** Mean of (x - y)². @throws InvalidInputError where the lists differ in length, are empty, or not finite */
export function meanSquaredError(a: PixelNumbers, b: PixelNumbers): number {
  if (a?.length === undefined || a.length === 0 || a.length !== b?.length) {
    throw new InvalidInputError(
      `expected two lists of equally many pixels, at least one; got ${describe(a?.length)} and ` +
        `${describe(b?.length)}`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
  if (Number.isFinite(sum)) return sum / a.length;
  const at = Array.from(a).findIndex((value, i) => !Number.isFinite(value - b[i]));
  throw new InvalidInputError(
    at < 0
      ? "pixels are too large: their squared difference is not a finite number"
      : `pixels must be finite numbers, got ${a[at]} and ${b[at]} at ${at}`,
  );
}

/**
 * Peak signal-to-noise ratio: 10 log₁₀(peak² / mean squared error), in dB; Infinity for equal pictures.
 *
 * @param peak the largest value that a pixel can have: 1 for fractions, 255 for bytes
 * @throws InvalidInputError
 */
export function psnr(a: PixelNumbers, b: PixelNumbers, peak: number): number {
  if (!(Number.isFinite(peak) && peak > 0)) {
    throw new InvalidInputError(`peak must be a number above 0, got ${describe(peak)}`);
  }
  return decibels((peak * peak) / meanSquaredError(a, b));
}

/**
 * How much nearer `cleaned` is to `clean` than `noisy` was: 10 log₁₀ of the ratio of squared errors, in dB.
 *
 * @throws InvalidInputError
 */
export function decibelGain(
  clean: PixelNumbers,
  noisy: PixelNumbers,
  cleaned: PixelNumbers,
): number {
  return decibels(meanSquaredError(noisy, clean) / meanSquaredError(cleaned, clean));
}

/**
 * 10 log₁₀(ratio). Of + - * / alone, unlike Math.log10, which differs between engines: the ratio is m 2^e
 * with m from √½ to √2, and ln m = 2 artanh((m - 1) / (m + 1)) as a series.
 */
export function decibels(ratio: number): number {
  if (Number.isNaN(ratio) || ratio < 0) return Number.NaN;
  if (ratio === 0) return -Infinity;
  if (ratio === Infinity) return Infinity;
  let m = ratio;
  let e = 0;
  for (; m > Math.SQRT2; m /= 2) e++;
  for (; m < Math.SQRT1_2; m *= 2) e--;
  const s = (m - 1) / (m + 1);
  let sum = 0;
  // |s| is below 0.172: the last term is below 1e-17.
  for (let power = 21; power >= 1; power -= 2) sum = sum * s * s + 1 / power;
  return (10 * (2 * s * sum + e * Math.LN2)) / Math.LN10;
}
