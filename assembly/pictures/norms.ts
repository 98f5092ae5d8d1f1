// Group norm (Wu and He 2018) and batch norm (Ioffe and Szegedy 2015) of pictures (samples, pixels, C), forward beside
// backward. Both are one thing: statistics over the pixels and channels of a group. Batch norm is a single sample of
// all pixels with a group for each channel; in evaluation its statistics are given.
//
// Statistics are in f64 and in two passes, first the means, then the squares about them. Sums go through the pixels
// in order, C sums at a time.

import { F32, ldn, madd, stn } from "../lib/simd";

const F64: usize = 8;

/** Channels, filled up to fours. */
// @ts-ignore: decorator
@inline function padded(C: i32): usize {
  return <usize>((C + 3) & ~3);
}

/** Bytes of scratch memory for each of these kernels: two sums in f64 and four numbers in f32 for each channel. */
export function channel_norm_work(C: i32): usize {
  return padded(C) * (2 * F64 + 4 * F32);
}

/** sums (C) f64 += four numbers of channels j on. */
// @ts-ignore: decorator
@inline function addSums(sums: usize, x: v128, j: i32): void {
  const at = sums + <usize>j * F64;
  v128.store(at, f64x2.add(v128.load(at), f64x2.promote_low_f32x4(x)));
  const upper = v128.shuffle<f32>(x, x, 2, 3, 2, 3);
  v128.store(at + 16, f64x2.add(v128.load(at + 16), f64x2.promote_low_f32x4(upper)));
}

/** sums (C) = Σ over pixels of x. */
function sumChannels(sums: usize, x: usize, pixels: i32, C: i32): void {
  memory.fill(sums, 0, padded(C) * F64);
  for (let p = 0; p < pixels; p++) {
    let j = 0;
    for (; j + 4 <= C; j += 4) addSums(sums, ldn(x + <usize>j * F32, 4), j);
    if (j < C) addSums(sums, ldn(x + <usize>j * F32, C - j), j);
    x += <usize>C * F32;
  }
}

/** sums (C) = Σ over pixels of (x - shift)². */
function sumSquares(sums: usize, x: usize, shifts: usize, pixels: i32, C: i32): void {
  memory.fill(sums, 0, padded(C) * F64);
  for (let p = 0; p < pixels; p++) {
    let j = 0;
    for (; j + 4 <= C; j += 4) addSums(sums, square4(x, shifts, j, 4), j);
    if (j < C) addSums(sums, square4(x, shifts, j, C - j), j);
    x += <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function square4(x: usize, shifts: usize, j: i32, n: i32): v128 {
  const at = <usize>j * F32;
  const d = f32x4.sub(ldn(x + at, n), ldn(shifts + at, n));
  return f32x4.mul(d, d);
}

/** Σ over the channels of group g, `size` each. */
function sumGroup(sums: usize, g: i32, size: i32): f64 {
  let sum: f64 = 0;
  for (let c = g * size; c < (g + 1) * size; c++) sum += load<f64>(sums + <usize>c * F64);
  return sum;
}

/** The number of each group, for each channel. */
function spread(out: usize, values: usize, C: i32, groups: i32): void {
  const size = C / groups;
  let c: usize = 0;
  for (let g: usize = 0; g < <usize>groups; g++) {
    const value = load<f32>(values + g * F32);
    for (let i = 0; i < size; i++, c++) store<f32>(out + c * F32, value);
  }
}

/** y = (x - shift) slope + b, with slope = scale w; slopes are written. */
function affine(
  y: usize, x: usize, shifts: usize, slopes: usize, w: usize, b: usize, pixels: i32, C: i32,
): void {
  for (let c: usize = 0; c < <usize>C; c++) {
    store<f32>(slopes + c * F32, load<f32>(slopes + c * F32) * load<f32>(w + c * F32));
  }
  for (let p = 0; p < pixels; p++) {
    let j = 0;
    for (; j + 4 <= C; j += 4) affine4(y, x, shifts, slopes, b, j, 4);
    if (j < C) affine4(y, x, shifts, slopes, b, j, C - j);
    y += <usize>C * F32;
    x += <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function affine4(y: usize, x: usize, shifts: usize, slopes: usize, b: usize, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const d = f32x4.sub(ldn(x + at, n), ldn(shifts + at, n));
  stn(y + at, madd(d, ldn(slopes + at, n), ldn(b + at, n)), n);
}

/**
 * y (samples, pixels, C) = (x - mean) scale w + b, scale = 1 / √(variance + eps), of the groups of C / groups channels
 * each; w (C), b (C). means, scales and variances (samples, groups) are written; the variance is the biased one.
 */
export function channel_norm_forward(
  y: usize, means: usize, scales: usize, variances: usize, x: usize, w: usize, b: usize,
  samples: i32, pixels: i32, C: i32, groups: i32, eps: f64, work: usize,
): void {
  const shifts = work + 2 * padded(C) * F64;
  const slopes = shifts + padded(C) * F32;
  const size = C / groups;
  const count = <f64>size * <f64>pixels;
  for (let s = 0; s < samples; s++) {
    sumChannels(work, x, pixels, C);
    for (let g = 0; g < groups; g++) {
      store<f32>(means + <usize>g * F32, <f32>(sumGroup(work, g, size) / count));
    }
    spread(shifts, means, C, groups);
    sumSquares(work, x, shifts, pixels, C);
    for (let g = 0; g < groups; g++) {
      const variance = sumGroup(work, g, size) / count;
      store<f32>(variances + <usize>g * F32, <f32>variance);
      store<f32>(scales + <usize>g * F32, <f32>(1 / sqrt(variance + eps)));
    }
    spread(slopes, scales, C, groups);
    affine(y, x, shifts, slopes, w, b, pixels, C);
    const bytes = <usize>pixels * <usize>C * F32;
    x += bytes;
    y += bytes;
    means += <usize>groups * F32;
    scales += <usize>groups * F32;
    variances += <usize>groups * F32;
  }
}

/** The same with means and variances (C) that are given: batch norm in evaluation. scales (C) are written. */
export function batch_norm_given_forward(
  y: usize, scales: usize, x: usize, w: usize, b: usize, means: usize, variances: usize, pixels: i32, C: i32,
  eps: f64, work: usize,
): void {
  for (let c: usize = 0; c < <usize>C; c++) {
    const scale = <f32>(1 / sqrt(<f64>load<f32>(variances + c * F32) + eps));
    store<f32>(scales + c * F32, scale);
    store<f32>(work + c * F32, scale);
  }
  affine(y, x, means, work, w, b, pixels, C);
}

/**
 * With z = (x - mean) scale and g = dy w: dx += scale (g - mean of g - z mean of g z), the means over the group, which
 * are left out where the statistics were `given`; dw += Σ dy z, db += Σ dy. Each of dx, dw, db may be 0: not wanted.
 */
export function channel_norm_backward(
  dx: usize, dw: usize, db: usize, dy: usize, means: usize, scales: usize, x: usize, w: usize,
  samples: i32, pixels: i32, C: i32, groups: i32, given: bool, work: usize,
): void {
  const sums = work;
  const sumsZ = work + padded(C) * F64;
  const shifts = sumsZ + padded(C) * F64;
  const slopes = shifts + padded(C) * F32;
  const tilts = slopes + padded(C) * F32;
  const offsets = tilts + padded(C) * F32;
  for (let s = 0; s < samples; s++) {
    spread(shifts, means, C, groups);
    spread(slopes, scales, C, groups);
    sumSlopes(sums, sumsZ, dy, x, shifts, slopes, pixels, C);
    if (db != 0) addTo(db, sums, C);
    if (dw != 0) addTo(dw, sumsZ, C);
    if (dx != 0) {
      const count = given ? Infinity : <f64>(C / groups) * <f64>pixels;
      pixelSlopes(slopes, tilts, offsets, sums, sumsZ, w, C, groups, count);
      for (let p: usize = 0; p < <usize>pixels; p++) {
        const at = p * <usize>C * F32;
        pixelBackward(dx + at, dy + at, x + at, shifts, slopes, tilts, offsets, C);
      }
      dx += <usize>pixels * <usize>C * F32;
    }
    dy += <usize>pixels * <usize>C * F32;
    x += <usize>pixels * <usize>C * F32;
    means += <usize>groups * F32;
    scales += <usize>groups * F32;
  }
}

/** sums (C) = Σ dy, sumsZ (C) = Σ dy z, over pixels. */
function sumSlopes(
  sums: usize, sumsZ: usize, dy: usize, x: usize, shifts: usize, scales: usize, pixels: i32, C: i32,
): void {
  memory.fill(sums, 0, padded(C) * F64);
  memory.fill(sumsZ, 0, padded(C) * F64);
  for (let p = 0; p < pixels; p++) {
    let j = 0;
    for (; j + 4 <= C; j += 4) sumSlopes4(sums, sumsZ, dy, x, shifts, scales, j, 4);
    if (j < C) sumSlopes4(sums, sumsZ, dy, x, shifts, scales, j, C - j);
    dy += <usize>C * F32;
    x += <usize>C * F32;
  }
}

// @ts-ignore: decorator
@inline function sumSlopes4(
  sums: usize, sumsZ: usize, dy: usize, x: usize, shifts: usize, scales: usize, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const d = ldn(dy + at, n);
  const z = f32x4.mul(f32x4.sub(ldn(x + at, n), ldn(shifts + at, n)), ldn(scales + at, n));
  addSums(sums, d, j);
  addSums(sumsZ, f32x4.mul(d, z), j);
}

/** y (C) += sums (C) */
function addTo(y: usize, sums: usize, C: i32): void {
  for (let c: usize = 0; c < <usize>C; c++) {
    store<f32>(y + c * F32, load<f32>(y + c * F32) + <f32>load<f64>(sums + c * F64));
  }
}

/**
 * What makes dx (pixel, c) += slope dy - tilt (x - mean) - offset of channel c: slope = scale w, and, with the means over
 * the group, tilt = scale² (mean of g z), offset = scale (mean of g). Slopes come as scales.
 */
function pixelSlopes(
  slopes: usize, tilts: usize, offsets: usize, sums: usize, sumsZ: usize, w: usize, C: i32, groups: i32,
  count: f64,
): void {
  const size = C / groups;
  for (let first = 0; first < C; first += size) {
    let g: f64 = 0;
    let gz: f64 = 0;
    for (let c = <usize>first; c < <usize>(first + size); c++) {
      const weight = <f64>load<f32>(w + c * F32);
      g += weight * load<f64>(sums + c * F64);
      gz += weight * load<f64>(sumsZ + c * F64);
    }
    const scale = load<f32>(slopes + <usize>first * F32);
    const offset = scale * <f32>(g / count);
    const tilt = scale * scale * <f32>(gz / count);
    for (let c = <usize>first; c < <usize>(first + size); c++) {
      store<f32>(slopes + c * F32, scale * load<f32>(w + c * F32));
      store<f32>(tilts + c * F32, tilt);
      store<f32>(offsets + c * F32, offset);
    }
  }
}

function pixelBackward(
  dx: usize, dy: usize, x: usize, shifts: usize, slopes: usize, tilts: usize, offsets: usize, C: i32,
): void {
  let j = 0;
  for (; j + 4 <= C; j += 4) pixelBackward4(dx, dy, x, shifts, slopes, tilts, offsets, j, 4);
  if (j < C) pixelBackward4(dx, dy, x, shifts, slopes, tilts, offsets, j, C - j);
}

// @ts-ignore: decorator
@inline function pixelBackward4(
  dx: usize, dy: usize, x: usize, shifts: usize, slopes: usize, tilts: usize, offsets: usize, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  const d = f32x4.sub(ldn(x + at, n), ldn(shifts + at, n));
  const taken = madd(d, ldn(tilts + at, n), ldn(offsets + at, n));
  const passed = f32x4.sub(f32x4.mul(ldn(dy + at, n), ldn(slopes + at, n)), taken);
  stn(dx + at, f32x4.add(ldn(dx + at, n), passed), n);
}
