// Patches of pictures as factors of a product, read straight from the picture into the product's packed panels: the
// matrix of all patches (pixels of the map, kh kw I) never exists.
//
// A patch is made of runs of numbers that follow each other in memory: the taps of one row of the kernel, or one tap where
// the kernel is dilated. What is beyond the border is zero: a run that crosses it is put together in a line of scratch.

import { F32, ld, st } from "../lib/simd";
import { MR, PANEL, panelRows, STEP, twoRows } from "../product/pack";
import { Sizes, tapsOfRun } from "./sizes";

/** Where the patch of a pixel of the map begins: the address of its picture, and row and column there. */
const PLACE: usize = 16;

/** Bytes for the places of `count` pixels, and for the lines of scratch of `packPatches`, the zeros first. */
export function placesBytes(count: i32): usize {
  return <usize>count * PLACE;
}

/** Bytes of a line of scratch: a run. */
export function lineBytes(s: Sizes): usize {
  return (<usize>(tapsOfRun(s) * s.I) * F32 + 31) & ~15;
}

/** The places of `count` pixels from pixel `first` of all maps on. */
export function findPlaces(places: usize, s: Sizes, x: usize, first: i32, count: i32): void {
  const map = s.P * s.Q;
  let n = first / map;
  let p = (first % map) / s.Q;
  let q = first % s.Q;
  const picture = <usize>(s.H * s.W * s.I) * F32;
  for (let i = 0; i < count; i++) {
    store<usize>(places, x + <usize>n * picture);
    store<i32>(places, p * s.sh - s.ph, 4);
    store<i32>(places, q * s.sw - s.pw, 8);
    places += PLACE;
    if (++q == s.Q) {
      q = 0;
      if (++p == s.P) {
        p = 0;
        n++;
      }
    }
  }
}

/** Zeros in a line of scratch. */
export function clearLine(line: usize, s: Sizes): void {
  const end = line + lineBytes(s);
  for (let at = line; at < end; at += 16) st(at, f32x4.splat(0));
}

/** Copies n floats. */
// @ts-ignore: decorator
@inline function copy(to: usize, from: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) st(to + <usize>i * F32, ld(from + <usize>i * F32));
  for (; i < n; i++) store<f32>(to + <usize>i * F32, load<f32>(from + <usize>i * F32));
}

/** A run that crosses the border of the picture, put together in `line`. */
function crossing(line: usize, s: Sizes, picture: usize, y: i32, x: i32, taps: i32): usize {
  const first = max(0, -x);
  const last = min(taps, s.W - x);
  clearLine(line, s);
  const from = picture + <usize>((y * s.W + x + first) * s.I) * F32;
  copy(line + <usize>(first * s.I) * F32, from, (last - first) * s.I);
  return line;
}

/** Address of the run of `taps` taps from row y0 + dy and column x0 + dx on, of the patch at `place`. */
// @ts-ignore: decorator
@inline function runAt(
  s: Sizes, place: usize, dy: i32, dx: i32, taps: i32, zeros: usize, line: usize,
): usize {
  const picture = load<usize>(place);
  const y = load<i32>(place, 4) + dy;
  const x = load<i32>(place, 8) + dx;
  if (<u32>y >= <u32>s.H || x >= s.W || x + taps <= 0) return zeros;
  if (x < 0 || x + taps > s.W) return crossing(line, s, picture, y, x, taps);
  return picture + <usize>((y * s.W + x) * s.I) * F32;
}

/** Three rows of n floats, interleaved: a piece of a panel of A. */
function interleave(dst: usize, a: usize, b: usize, c: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const x = ld(a);
    const y = ld(b);
    const z = ld(c);
    const xy = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
    const yz = v128.shuffle<f32>(y, z, 1, 5, 2, 6);
    const zx = v128.shuffle<f32>(z, x, 2, 7, 3, 3);
    st(dst, v128.shuffle<f32>(xy, v128.shuffle<f32>(z, x, 0, 5, 0, 0), 0, 1, 4, 5));
    st(dst + 16, v128.shuffle<f32>(yz, v128.shuffle<f32>(x, y, 2, 6, 0, 0), 0, 1, 4, 5));
    st(dst + 32, v128.shuffle<f32>(zx, v128.shuffle<f32>(y, z, 3, 7, 0, 0), 0, 1, 4, 5));
    dst += 48;
    a += 16;
    b += 16;
    c += 16;
  }
  for (; i < n; i++) {
    store<f32>(dst, load<f32>(a));
    store<f32>(dst, load<f32>(b), 4);
    store<f32>(dst, load<f32>(c), 8);
    dst += 12;
    a += 4;
    b += 4;
    c += 4;
  }
}

/**
 * The steps pc … pc + kc - 1 of the patches of mc pixels as a block of A, in the panels of `packA`. `lines`: four lines of
 * scratch, the first of them zeros.
 */
export function packPatches(
  dst: usize, s: Sizes, places: usize, mc: i32, pc: i32, kc: i32, lines: usize,
): void {
  const taps = tapsOfRun(s);
  const length = taps * s.I;
  const line = lineBytes(s);
  const twos = twoRows(mc);
  for (let left = mc; left > 0; ) {
    const rows = panelRows(left, twos);
    let k = pc;
    while (k < pc + kc) {
      const run = k / length;
      const off = k - run * length;
      const n = min(length - off, pc + kc - k);
      const dy = taps == s.kw ? run * s.dh : (run / s.kw) * s.dh;
      const dx = taps == s.kw ? 0 : (run % s.kw) * s.dw;
      const at = <usize>off * F32;
      const a = runAt(s, places, dy, dx, taps, lines, lines + line);
      const b = rows > 1 ? runAt(s, places + PLACE, dy, dx, taps, lines, lines + line * 2) : lines;
      const c = rows > 2 ? runAt(s, places + PLACE * 2, dy, dx, taps, lines, lines + line * 3) : lines;
      interleave(dst, a + at, b + at, c + at, n);
      dst += <usize>(n * MR) * F32;
      k += n;
    }
    places += <usize>rows * PLACE;
    left -= rows;
  }
}

/** A piece of n columns of a panel of B, from column `off` of a run on, of the patches of kc pixels. */
function packPiece(
  dst: usize, s: Sizes, places: usize, kc: i32, run: i32, off: i32, n: i32, lines: usize,
): void {
  const taps = tapsOfRun(s);
  const line = lines + lineBytes(s);
  const dy = taps == s.kw ? run * s.dh : (run / s.kw) * s.dh;
  const dx = taps == s.kw ? 0 : (run % s.kw) * s.dw;
  const at = <usize>off * F32;
  if (n == PANEL) {
    for (let k = 0; k < kc; k++) {
      const from = runAt(s, places, dy, dx, taps, lines, line) + at;
      st(dst, ld(from));
      st(dst + 16, ld(from + 16));
      st(dst + 32, ld(from + 32));
      st(dst + 48, ld(from + 48));
      st(dst + 64, ld(from + 64));
      st(dst + 80, ld(from + 80));
      dst += STEP;
      places += PLACE;
    }
    return;
  }
  for (let k = 0; k < kc; k++) {
    copy(dst, runAt(s, places, dy, dx, taps, lines, line) + at, n);
    dst += STEP;
    places += PLACE;
  }
}

/**
 * Columns j … j + n - 1, at most PANEL, of the patches of kc pixels as a panel of B. `lines`: two lines of scratch, the first of
 * them zeros.
 */
export function packPatchColumns(
  dst: usize, s: Sizes, places: usize, kc: i32, j: i32, n: i32, lines: usize,
): void {
  const length = tapsOfRun(s) * s.I;
  if (n < PANEL) {
    const end = dst + <usize>kc * STEP;
    for (let at = dst; at < end; at += 16) st(at, f32x4.splat(0));
  }
  for (let done = 0; done < n; ) {
    const run = (j + done) / length;
    const off = j + done - run * length;
    const piece = min(length - off, n - done);
    packPiece(dst + <usize>done * F32, s, places, kc, run, off, piece, lines);
    done += piece;
  }
}
