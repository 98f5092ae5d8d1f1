// Pictures of another size, in whole numbers (sums below 2⁵³ in doubles are exact), so that every runtime gets the
// same pixels. What is transparent has no colour: colours are weighted with their alpha.

import type { Raw } from "./colours.js";

/** How pixels are made from others. */
export type Resample = (typeof resamples)[number];
export const resamples = ["area", "bilinear"] as const;

/** A part of a picture from its middle; the upper left of two middles. */
export function cropped(picture: Raw, width: number, height: number): Raw {
  const { channels } = picture;
  if (width === picture.width && height === picture.height) return picture;
  const left = (picture.width - width) >> 1;
  const top = (picture.height - height) >> 1;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    data.set(picture.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data };
}

/** The largest part from the middle with the proportions of a size. */
export function inProportion(picture: Raw, width: number, height: number): Raw {
  const across = picture.width * height;
  const down = picture.height * width;
  if (across > down) {
    return cropped(picture, Math.max(1, Math.round(down / height)), picture.height);
  }
  return cropped(picture, picture.width, Math.max(1, Math.round(across / width)));
}

/** Of each pixel: those it is made from, and their weights, which have one sum. */
interface Taps {
  readonly from: Int32Array;
  readonly weights: Float64Array;
  /** Where a pixel's taps begin; the end of the last. */
  readonly starts: Int32Array;
  readonly sum: number;
}

/** The share of each source pixel that a pixel covers, in units of 1 / (source · target). */
function areaTaps(source: number, target: number): Taps {
  const from: number[] = [];
  const weights: number[] = [];
  const starts = [0];
  for (let x = 0; x < target; x++) {
    const [begin, end] = [x * source, (x + 1) * source];
    for (let i = Math.floor(begin / target); i * target < end; i++) {
      from.push(i);
      weights.push(Math.min(end, (i + 1) * target) - Math.max(begin, i * target));
    }
    starts.push(from.length);
  }
  return taps(from, weights, starts, source);
}

/** The two nearest source pixels, by the distance of the middles; at the edge one. */
function bilinearTaps(source: number, target: number): Taps {
  const from: number[] = [];
  const weights: number[] = [];
  const starts = [0];
  for (let x = 0; x < target; x++) {
    // (x + 1/2) · source / target - 1/2 in units of 1 / (2 · target).
    const place = (2 * x + 1) * source - target;
    const left = Math.floor(place / (2 * target));
    const right = place - left * 2 * target;
    from.push(Math.max(0, left), Math.min(source - 1, left + 1));
    weights.push(2 * target - right, right);
    starts.push(from.length);
  }
  return taps(from, weights, starts, 2 * target);
}

function taps(from: number[], weights: number[], starts: number[], sum: number): Taps {
  return {
    from: Int32Array.from(from),
    weights: Float64Array.from(weights),
    starts: Int32Array.from(starts),
    sum,
  };
}

/** Each pixel the mean of the area that it covers ("area"), or between the four nearest ("bilinear"). */
export function resized(picture: Raw, width: number, height: number, how: Resample): Raw {
  if (width === picture.width && height === picture.height) return picture;
  const make = how === "area" ? areaTaps : bilinearTaps;
  const across = make(picture.width, width);
  const down = make(picture.height, height);
  const { channels } = picture;
  const alpha = channels % 2 === 0 ? channels - 1 : -1;
  const data = new Uint8Array(width * height * channels);
  const sums = new Float64Array(width * channels);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let t = down.starts[y]; t < down.starts[y + 1]; t++) {
      if (down.weights[t] > 0) addRow(picture, down.from[t], down.weights[t], across, alpha, sums);
    }
    const total = across.sum * down.sum;
    for (let i = 0; i < sums.length; i++) {
      const weight = alpha < 0 || i % channels === alpha ? total : sums[i - (i % channels) + alpha];
      data[y * sums.length + i] =
        weight === 0 ? 0 : Math.floor((2 * sums[i] + weight) / (2 * weight));
    }
  }
  return { width, height, channels, data };
}

/** sums += weight · a row, made narrower or wider. */
function addRow(
  { width, channels, data }: Raw,
  row: number,
  weight: number,
  { from, weights, starts }: Taps,
  alpha: number,
  sums: Float64Array,
): void {
  const start = row * width * channels;
  for (let x = 0; x + 1 < starts.length; x++) {
    for (let t = starts[x]; t < starts[x + 1]; t++) {
      const at = start + from[t] * channels;
      const own = weight * weights[t];
      const seen = alpha < 0 ? own : own * data[at + alpha];
      for (let s = 0; s < channels; s++) {
        sums[x * channels + s] += s === alpha ? seen : seen * data[at + s];
      }
    }
  }
}
