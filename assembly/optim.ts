// Optimizer steps over one contiguous range of n parameters, formulas and order of operations as in
// PyTorch's torch.optim. Bias corrections come from the host, computed in f64.

import { F32, ldn, madd, stn } from "./lib/simd";

/**
 * Stochastic gradient descent: g += decay p; v = momentum v + g (v = g on the first step);
 * p -= lr (nesterov ? g + momentum v : v). v may be 0 where momentum is 0.
 */
export function sgd_step(
  p: usize, g: usize, v: usize, n: i32, lr: f32, momentum: f32, decay: f32, nesterov: bool,
  first: bool,
): void {
  const step = f32x4.splat(-lr);
  const mu = f32x4.splat(momentum);
  const wd = f32x4.splat(decay);
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    const x = ldn(p + at, rest);
    let d = ldn(g + at, rest);
    if (decay != 0) d = madd(x, wd, d);
    if (v != 0) {
      const speed = first ? d : f32x4.add(f32x4.mul(ldn(v + at, rest), mu), d);
      stn(v + at, speed, rest);
      d = nesterov ? madd(speed, mu, d) : speed;
    }
    stn(p + at, madd(d, step, x), rest);
  }
}

/**
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019, `decoupled`):
 * m = β1 m + (1 - β1) g; v = β2 v + (1 - β2) g²; p -= lr / c1 * m / (√v / √c2 + ε), where
 * c = 1 - βᵗ. `decay` shrinks p by lr decay first (decoupled) or is added to g as decay p.
 * Scalars stay f64 until they meet a vector: 1 - 0.999 in f32 would be off by 1e-5.
 */
export function adam_step(
  p: usize, g: usize, m: usize, v: usize, n: i32, lr: f64, beta1: f64, beta2: f64, eps: f64,
  decay: f64, decoupled: bool, c1: f64, c2: f64,
): void {
  const keep = f32x4.splat(<f32>(1 - lr * decay));
  const wd = f32x4.splat(<f32>(decay));
  const b1 = f32x4.splat(<f32>(beta1));
  const a1 = f32x4.splat(<f32>(1 - beta1));
  const b2 = f32x4.splat(<f32>(beta2));
  const a2 = f32x4.splat(<f32>(1 - beta2));
  const root = f32x4.splat(<f32>sqrt(c2));
  const e = f32x4.splat(<f32>(eps));
  const size = f32x4.splat(<f32>(-lr / c1));
  let j = 0;
  for (; j + 4 <= n; j += 4) {
    adam4(p, g, m, v, keep, wd, b1, a1, b2, a2, root, e, size, decay != 0, decoupled, j, 4);
  }
  if (j < n) adam4(p, g, m, v, keep, wd, b1, a1, b2, a2, root, e, size, decay != 0, decoupled, j, n - j);
}

// @ts-ignore: decorator
@inline function adam4(
  p: usize, g: usize, m: usize, v: usize, keep: v128, wd: v128, b1: v128, a1: v128, b2: v128, a2: v128,
  root: v128, e: v128, size: v128, decays: bool, decoupled: bool, j: i32, n: i32,
): void {
  const at = <usize>j * F32;
  let x = ldn(p + at, n);
  let d = ldn(g + at, n);
  if (decays) {
    if (decoupled) x = f32x4.mul(x, keep);
    else d = madd(x, wd, d);
  }
  const mean = madd(d, a1, f32x4.mul(ldn(m + at, n), b1));
  const square = madd(f32x4.mul(d, d), a2, f32x4.mul(ldn(v + at, n), b2));
  stn(m + at, mean, n);
  stn(v + at, square, n);
  const denominator = f32x4.add(f32x4.div(f32x4.sqrt(square), root), e);
  stn(p + at, madd(size, f32x4.div(mean, denominator), x), n);
}

/** Exponential moving average: a = decay a + (1 - decay) p. */
export function ema_step(a: usize, p: usize, n: i32, decay: f64): void {
  const keep = f32x4.splat(<f32>decay);
  const take = f32x4.splat(<f32>(1 - decay));
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const rest = n - j;
    stn(a + at, madd(ldn(p + at, rest), take, f32x4.mul(ldn(a + at, rest), keep)), rest);
  }
}
