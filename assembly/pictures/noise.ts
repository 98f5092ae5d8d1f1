// The reparameterisation of a Gaussian latent (Kingma and Welling 2014), forward beside backward.

import { F32, ldn, madd, stn } from "../lib/simd";
import { vexp } from "./functions";

/** e^(v / 2) */
// @ts-ignore: decorator
@inline function deviation(logVariance: v128): v128 {
  return vexp(f32x4.mul(logVariance, f32x4.splat(0.5)));
}

/** z = mean + e^(logVariance / 2) noise, n numbers. */
export function reparameterize_forward(
  z: usize, mean: usize, logVariance: usize, noise: usize, n: i32,
): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const m = n - j;
    const std = deviation(ldn(logVariance + at, m));
    stn(z + at, madd(std, ldn(noise + at, m), ldn(mean + at, m)), m);
  }
}

/** dmean += dz, dlogVariance += dz noise e^(logVariance / 2) / 2; each may be 0: not wanted. */
export function reparameterize_backward(
  dmean: usize, dlogVariance: usize, dz: usize, logVariance: usize, noise: usize, n: i32,
): void {
  for (let j = 0; j < n; j += 4) {
    const at = <usize>j * F32;
    const m = n - j;
    const d = ldn(dz + at, m);
    if (dmean != 0) stn(dmean + at, f32x4.add(ldn(dmean + at, m), d), m);
    if (dlogVariance != 0) {
      const half = f32x4.mul(deviation(ldn(logVariance + at, m)), f32x4.splat(0.5));
      const slope = f32x4.mul(half, ldn(noise + at, m));
      stn(dlogVariance + at, madd(d, slope, ldn(dlogVariance + at, m)), m);
    }
  }
}
