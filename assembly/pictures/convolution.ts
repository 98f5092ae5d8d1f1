// Convolutions as products, by patches that are packed straight from the picture (implicit GEMM). With K = kh kw I, the
// kernel as a matrix W (O, K), and the patches X (pixels of the map, K):
//
//   convolution          maps (pixels, O)     = X Wᵀ
//   its adjoint          pictures             = the patches Y W (pixels, K), added where they overlap
//   its weights' slope   (O, K)               = Yᵀ X
//
// The adjoint is a convolution's gradient of its input, and the forward of a transposed convolution; and the other way
// round. So three kernels serve both. (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.)
//
// Bits: as in ../product/gemm.ts. A number of a map adds its products in the order of k; one of a slope in the order of the
// pixels; one of the adjoint adds finished numbers of patches in the order of the pixels of the map. None of them depends
// on the blocks, or on how many pictures there are.

import { F32, ld, ldn, st, stn } from "../lib/simd";
import {
  A_BYTES, copyCorner, gemmPackedWork, KC, MC, packA, packBytes, PANEL, STEP, TILE_BYTES,
} from "../product/pack";
import { matmul_packed, multiply_blocks } from "./kernels";
import { clearLine, findPlaces, lineBytes, packPatchColumns, packPatches, placesBytes } from "./patches";
import { patchSize, Sizes, tapsOfRun } from "./sizes";

/** Numbers of the patches that the adjoint makes at a time: they stay in the second-level cache. */
const PATCHES: i32 = 65536;

// @ts-ignore: decorator
@inline function mapPixels(s: Sizes): i32 {
  return s.N * s.P * s.Q;
}

/** `rows` rows of n floats: each the bias, or zeros. */
function open(to: usize, bias: usize, rows: i32, n: i32): void {
  const bytes = <usize>n * F32;
  if (bias != 0) copyCorner(to, bytes, bias, 0, rows, n);
  else memory.fill(to, 0, <usize>rows * bytes);
}

/** Bytes of scratch memory for `convolution_forward`. */
export function convolution_forward_work(sizes: usize): usize {
  return A_BYTES + TILE_BYTES + placesBytes(MC) + lineBytes(changetype<Sizes>(sizes)) * 4;
}

/**
 * Maps y (N, P, Q, O) of pictures x (N, H, W, I). With `accumulate` they are added to y, and the bias plays no part.
 * @param packed the kernel (O, kh, kw, I) as a matrix (O, K), by `matmul_pack_nt`
 * @param bias (O), or 0
 * @param sizes see sizes.ts
 */
export function convolution_forward(
  y: usize, x: usize, packed: usize, bias: usize, accumulate: bool, sizes: usize, work: usize,
): void {
  const s = changetype<Sizes>(sizes);
  const spare = work + A_BYTES;
  const places = spare + TILE_BYTES;
  const lines = places + placesBytes(MC);
  clearLine(lines, s);
  const K = patchSize(s);
  const n = s.O;
  const row = <usize>n * F32;
  const all = mapPixels(s);
  for (let i = 0; i < all; i += MC) {
    const mc = min(MC, all - i);
    const c = y + <usize>i * row;
    if (!accumulate) open(c, bias, mc, n);
    findPlaces(places, s, x, i, mc);
    for (let pc = 0; pc < K; pc += KC) {
      const kc = min(KC, K - pc);
      packPatches(work, s, places, mc, pc, kc, lines);
      multiply_blocks(kc, work, mc, packed + packBytes(pc, n), n, c, row, spare);
    }
  }
}

/** Pixels of the map whose patches the adjoint makes at a time. */
function pixelsAtOnce(s: Sizes): i32 {
  return min(MC, max(12, (PATCHES / patchSize(s) / 12) * 12));
}

/** Bytes of scratch memory for `convolution_adjoint`. */
export function convolution_adjoint_work(sizes: usize): usize {
  const s = changetype<Sizes>(sizes);
  return gemmPackedWork() + <usize>(pixelsAtOnce(s) * patchSize(s)) * F32;
}

/** y += x, n floats */
// @ts-ignore: decorator
@inline function add(y: usize, x: usize, n: i32): void {
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i * F32;
    st(y + at, f32x4.add(ld(y + at), ld(x + at)));
  }
  const at = <usize>i * F32;
  if (i < n) stn(y + at, f32x4.add(ldn(y + at, n - i), ldn(x + at, n - i)), n - i);
}

/** Adds a patch to the picture at `picture`, where its first tap is at row y0 and column x0. */
function addPatch(picture: usize, s: Sizes, y0: i32, x0: i32, patch: usize): void {
  const taps = tapsOfRun(s);
  const tap = <usize>s.I * F32;
  for (let ky = 0; ky < s.kh; ky++, patch += <usize>s.kw * tap) {
    const y = y0 + ky * s.dh;
    if (<u32>y >= <u32>s.H) continue;
    for (let kx = 0; kx < s.kw; kx += taps) {
      const x = x0 + kx * s.dw;
      const first = max(0, -x);
      const last = min(taps, s.W - x);
      if (first >= last) continue;
      const to = picture + <usize>(y * s.W + x + first) * tap;
      add(to, patch + <usize>(kx + first) * tap, (last - first) * s.I);
    }
  }
}

/**
 * Pictures x (N, H, W, I) from maps y (N, P, Q, O): what the convolution passes back. With `accumulate` they are added to x, and
 * the bias plays no part.
 * @param packed the kernel (O, kh, kw, I) as a matrix (O, K), by `matmul_pack_nn`
 * @param bias (I), or 0
 * @param sizes see sizes.ts
 */
export function convolution_adjoint(
  x: usize, y: usize, packed: usize, bias: usize, accumulate: bool, sizes: usize, work: usize,
): void {
  const s = changetype<Sizes>(sizes);
  const patches = work + gemmPackedWork();
  const K = patchSize(s);
  const all = mapPixels(s);
  const map = s.P * s.Q;
  const step = pixelsAtOnce(s);
  const picture = <usize>(s.H * s.W * s.I) * F32;
  if (!accumulate) open(x, bias, s.N * s.H * s.W, s.I);
  for (let i = 0; i < all; i += step) {
    const count = min(step, all - i);
    matmul_packed(patches, y + <usize>(i * s.O) * F32, packed, 0, count, s.O, K, false, work);
    for (let j = 0; j < count; j++) {
      const n = (i + j) / map;
      const at = (i + j) % map;
      const y0 = (at / s.Q) * s.sh - s.ph;
      const x0 = (at % s.Q) * s.sw - s.pw;
      addPatch(x + <usize>n * picture, s, y0, x0, patches + <usize>(j * K) * F32);
    }
  }
}

/** Bytes of scratch memory for `convolution_weights`. */
export function convolution_weights_work(sizes: usize): usize {
  const s = changetype<Sizes>(sizes);
  const blocks = <usize>((s.O + MC - 1) / MC);
  return (
    blocks * A_BYTES + <usize>KC * STEP + TILE_BYTES + placesBytes(KC) + lineBytes(s) * 2
  );
}

/** dw (O, kh, kw, I) += what the maps' gradient dy (N, P, Q, O) asks of the kernel, for pictures x (N, H, W, I). */
export function convolution_weights(dw: usize, x: usize, dy: usize, sizes: usize, work: usize): void {
  const s = changetype<Sizes>(sizes);
  const panel = work + <usize>((s.O + MC - 1) / MC) * A_BYTES;
  const spare = panel + <usize>KC * STEP;
  const places = spare + TILE_BYTES;
  const lines = places + placesBytes(KC);
  clearLine(lines, s);
  const K = patchSize(s);
  const row = <usize>K * F32;
  const pixel = <usize>s.O * F32;
  const all = mapPixels(s);
  for (let pc = 0; pc < all; pc += KC) {
    const kc = min(KC, all - pc);
    const from = dy + <usize>pc * pixel;
    findPlaces(places, s, x, pc, kc);
    for (let i = 0, a = work; i < s.O; i += MC, a += A_BYTES) {
      packA(a, from + <usize>i * F32, F32, pixel, min(MC, s.O - i), kc);
    }
    for (let j = 0; j < K; j += PANEL) {
      const n = min(PANEL, K - j);
      packPatchColumns(panel, s, places, kc, j, n, lines);
      for (let i = 0, a = work; i < s.O; i += MC, a += A_BYTES) {
        const c = dw + <usize>i * row + <usize>j * F32;
        multiply_blocks(kc, a, min(MC, s.O - i), panel, n, c, row, spare);
      }
    }
  }
}
