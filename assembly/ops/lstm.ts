// Long short-term memory over a whole sequence (Hochreiter and Schmidhuber 1997; gate order and two
// biases as in PyTorch's nn.LSTM):
//
//   i, f, g, o = σ, σ, tanh, σ of (x Wihᵀ + bih + h Whhᵀ + bhh)
//   c' = f c + i g          h' = o tanh(c')
//
// The kernel is the recurrence: it is given every step's x Wihᵀ + bias, one product for all steps,
// and runs through time. In backward the gates' gradients overwrite the gates, and the recurrent
// weights' gradient is one product over T * B.
//
// States are kept with one slot more than steps, (T + 1, B, H): running forward, slot 0 holds the
// initial state and step t writes slot t + 1; in reverse, slot T holds it and step t writes slot t.
// Where step t is at or past a row's length, the row's state passes through unchanged.

import { add_to, mul_forward } from "./elementwise";
import { sigmoids, tanhs } from "../lib/exponential";
import {
  matmul_pack_bytes, matmul_pack_nn, matmul_packed, matmul_tn, matmul_work,
} from "../product/matmul";
import { F32, ldn, madd, stn } from "../lib/simd";

/**
 * hs, cs (T + 1, B, H): every state, from h0, c0 (B, H), or zeros where these are 0. gates (T, B, 4H): the input's part
 * of the sums on entry, the activated gates on return. whh: Whhᵀ (H, 4H) packed. lengths (B)
 * i32, or 0 where all rows are T long. work: `matmul_packed_work` bytes.
 */
export function lstm_forward(
  hs: usize, cs: usize, h0: usize, c0: usize, gates: usize, whh: usize, lengths: usize, T: i32,
  B: i32, H: i32, reverse: bool, work: usize,
): void {
  const state = <usize>(B * H) * F32;
  const initial = <usize>(reverse ? T : 0) * state;
  copyOrZero(hs + initial, h0, state);
  copyOrZero(cs + initial, c0, state);
  const step = state * 4;
  for (let s = 0; s < T; s++) {
    const t = reverse ? T - 1 - s : s;
    const from = <usize>(reverse ? t + 1 : t) * state;
    const to = <usize>(reverse ? t : t + 1) * state;
    const g = gates + <usize>t * step;
    // A state of zeros adds nothing to the first step's sums.
    if (s > 0 || h0 != 0) matmul_packed(g, hs + from, whh, 0, B, H, 4 * H, true, work);
    lstm_step(hs + to, cs + to, g, hs + from, cs + from, lengths, t, B, H);
  }
}

/**
 * Step t: h, c (B, H) from the states before, hPrev and cPrev, and gates (B, 4H), the whole of their sums on entry, activated on
 * return. Where t is at or past a row's length (lengths (B) i32, or 0), its states are those before.
 */
export function lstm_step(
  h: usize, c: usize, gates: usize, hPrev: usize, cPrev: usize, lengths: usize, t: i32, B: i32, H: i32,
): void {
  for (let b = 0; b < B; b++) {
    const row = <usize>(b * H) * F32;
    if (lengths != 0 && t >= load<i32>(lengths + (<usize>b << 2))) {
      memory.copy(h + row, hPrev + row, <usize>H * F32);
      memory.copy(c + row, cPrev + row, <usize>H * F32);
    } else {
      cellForward(h + row, c + row, gates + row * 4, cPrev + row, H);
    }
  }
}

/** Bytes of scratch memory for `lstm_step_backward`. */
export function lstm_step_backward_work(H: i32): usize {
  return <usize>(3 * H) * F32;
}

/**
 * A step alone, whose sums were made elsewhere, by a convolution for one: gates (B, 4H) as `lstm_step` left them on entry, the
 * gradient of its sums on return. Adds to dcPrev (B, H), or 0: not wanted. dh, dc (B, H): gradients of its states; each may be
 * 0: none. c, cPrev (B, H) as `lstm_step` had them.
 */
export function lstm_step_backward(
  gates: usize, dcPrev: usize, dh: usize, dc: usize, c: usize, cPrev: usize, B: i32, H: i32, work: usize,
): void {
  const state = <usize>H * F32;
  const own = work + state;
  const th = own + state;
  for (let b = 0; b < B; b++) {
    const row = <usize>b * state;
    copyOrZero(work, dh == 0 ? 0 : dh + row, state);
    copyOrZero(own, dc == 0 ? 0 : dc + row, state);
    tanhs(th, c + row, H);
    cellBackward(gates + row * 4, work, own, cPrev + row, th, H);
    if (dcPrev != 0) add_to(dcPrev + row, own, H);
  }
}

/** One row: gates (4H) from sums to activations, and the new h, c (H) from the old c. */
function cellForward(h: usize, c: usize, gates: usize, cPrev: usize, H: i32): void {
  const quarter = <usize>H * F32;
  sigmoids(gates, gates, 2 * H);
  tanhs(gates + quarter * 2, gates + quarter * 2, H);
  sigmoids(gates + quarter * 3, gates + quarter * 3, H);
  let j = 0;
  for (; j + 4 <= H; j += 4) newCell4(c, gates, cPrev, H, j, 4);
  if (j < H) newCell4(c, gates, cPrev, H, j, H - j);
  tanhs(h, c, H);
  mul_forward(h, h, gates + quarter * 3, H);
}

// @ts-ignore: decorator
@inline function newCell4(c: usize, gates: usize, cPrev: usize, H: i32, j: i32, n: i32): void {
  const at = <usize>j * F32;
  const pi = gates + at;
  const pf = pi + <usize>H * F32;
  const pg = pf + <usize>H * F32;
  stn(c + at, madd(ldn(pi, n), ldn(pg, n), f32x4.mul(ldn(pf, n), ldn(cPrev + at, n))), n);
}

/** Bytes of scratch memory for `lstm_backward`. */
export function lstm_backward_work(T: i32, B: i32, H: i32): usize {
  return <usize>((2 * B + 1) * H) * F32 + matmul_pack_bytes(4 * H, H) + matmul_work(T * B, H);
}

/**
 * gates (T, B, 4H): as `lstm_forward` left them on entry, the gradient of its sums on return. Adds
 * to dh0, dc0 (B, H) and dwhh (4H, H); each may be 0: not wanted. Given: dy (T, B, H), gradient of
 * the outputs; dhn, dcn (B, H), of the final states; each may be 0: none. h0 (B, H), or 0, as it was
 * given to `lstm_forward`; hs, cs as that left them. whh (4H, H) unpacked.
 */
export function lstm_backward(
  gates: usize, dh0: usize, dc0: usize, dwhh: usize, dy: usize, dhn: usize, dcn: usize, h0: usize,
  hs: usize, cs: usize, whh: usize, lengths: usize, T: i32, B: i32, H: i32, reverse: bool, work: usize,
): void {
  const state = <usize>(B * H) * F32;
  const step = state * 4;
  const dh = work;
  const dc = dh + state;
  const th = dc + state;
  const packed = th + <usize>H * F32;
  work = packed + matmul_pack_bytes(4 * H, H);
  matmul_pack_nn(packed, whh, 4 * H, H);
  copyOrZero(dh, dhn, state);
  copyOrZero(dc, dcn, state);

  for (let s = T - 1; s >= 0; s--) {
    const t = reverse ? T - 1 - s : s;
    const from = <usize>(reverse ? t + 1 : t) * state;
    const to = <usize>(reverse ? t : t + 1) * state;
    const g = gates + <usize>t * step;
    if (dy != 0) add_to(dh, dy + <usize>t * state, B * H);
    for (let b = 0; b < B; b++) {
      const row = <usize>(b * H) * F32;
      if (lengths != 0 && t >= load<i32>(lengths + (<usize>b << 2))) {
        memory.fill(g + row * 4, 0, <usize>(4 * H) * F32);
      } else {
        tanhs(th, cs + to + row, H);
        cellBackward(g + row * 4, dh + row, dc + row, cs + from + row, th, H);
      }
    }
    if (s > 0 || dh0 != 0) matmul_packed(dh, g, packed, 0, B, 4 * H, H, true, work);
  }
  if (dh0 != 0) add_to(dh0, dh, B * H);
  if (dc0 != 0) add_to(dc0, dc, B * H);
  if (dwhh == 0) return;
  // The states before each step; an initial one of zeros has no part in the gradient.
  const steps = h0 == 0 ? T - 1 : T;
  if (steps == 0) return;
  const skipped: usize = h0 == 0 && !reverse ? 1 : 0;
  const previous = hs + (reverse ? state : skipped * state);
  matmul_tn(dwhh, gates + skipped * step, previous, 4 * H, steps * B, H, true, work);
}

function copyOrZero(dst: usize, src: usize, bytes: usize): void {
  if (src != 0) memory.copy(dst, src, bytes);
  else memory.fill(dst, 0, bytes);
}

/**
 * One row: gates (4H) from activations to the gradients of their sums, given th = tanh(c'); dc (H) from
 * c' to c; dh is used and set to zero, ready for the recurrent product to be added.
 */
function cellBackward(
  gates: usize, dh: usize, dc: usize, cPrev: usize, th: usize, H: i32,
): void {
  let j = 0;
  for (; j + 4 <= H; j += 4) cellBackward4(gates, dh, dc, cPrev, th, H, j, 4);
  if (j < H) cellBackward4(gates, dh, dc, cPrev, th, H, j, H - j);
}

// @ts-ignore: decorator
@inline function cellBackward4(
  gates: usize, dh: usize, dc: usize, cPrev: usize, th: usize, H: i32, j: i32, n: i32,
): void {
  const quarter = <usize>H * F32;
  const at = <usize>j * F32;
  const pi = gates + at;
  const pf = pi + quarter;
  const pg = pf + quarter;
  const po = pg + quarter;
  const i = ldn(pi, n);
  const f = ldn(pf, n);
  const g = ldn(pg, n);
  const o = ldn(po, n);
  const t = ldn(th + at, n);
  const d = ldn(dh + at, n);
  const dcell = f32x4.add(ldn(dc + at, n), f32x4.mul(f32x4.mul(d, o), oneMinusSquare(t)));
  stn(pi, f32x4.mul(f32x4.mul(dcell, g), slopeOfSigmoid(i)), n);
  stn(pf, f32x4.mul(f32x4.mul(dcell, ldn(cPrev + at, n)), slopeOfSigmoid(f)), n);
  stn(pg, f32x4.mul(f32x4.mul(dcell, i), oneMinusSquare(g)), n);
  stn(po, f32x4.mul(f32x4.mul(d, t), slopeOfSigmoid(o)), n);
  stn(dc + at, f32x4.mul(dcell, f), n);
  stn(dh + at, f32x4.splat(0), n);
}

// @ts-ignore: decorator
@inline function oneMinusSquare(x: v128): v128 {
  return f32x4.sub(f32x4.splat(1), f32x4.mul(x, x));
}

// @ts-ignore: decorator
@inline function slopeOfSigmoid(y: v128): v128 {
  return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
}
