// The random number function itself, four counters at a time; shared by the kernels that draw.
// Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as
// 1, 2, 3" (2011). Rotations and parity constant from that paper.

const PARITY: u32 = 0x1bd11bda;

// @ts-ignore: decorator
@inline function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/** The two words of four counters, in the two vectors at `out`. */
// @ts-ignore: decorator
@inline export function threefry4(out: usize, k0: u32, k1: u32, c0: v128, c1: v128): void {
  const key0 = i32x4.splat(k0);
  const key1 = i32x4.splat(k1);
  const key2 = i32x4.splat(k0 ^ k1 ^ PARITY);
  let x = i32x4.add(c0, key0);
  let y = i32x4.add(c1, key1);
  for (let group = 0; group < 5; group++) {
    const even = (group & 1) == 0;
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, even ? 13 : 17), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, even ? 15 : 29), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, even ? 26 : 16), x);
    x = i32x4.add(x, y);
    y = v128.xor(rotate(y, even ? 6 : 24), x);
    const s = (group + 1) % 3;
    const t = (group + 2) % 3;
    x = i32x4.add(x, s == 0 ? key0 : s == 1 ? key1 : key2);
    y = i32x4.add(y, t == 0 ? key0 : t == 1 ? key1 : key2);
    y = i32x4.add(y, i32x4.splat(group + 1));
  }
  v128.store(out, x);
  v128.store(out, y, 16);
}

/** The two words of each of the counters (4 g, block) to (4 g + 3, block), in the two vectors at `out`. */
export function threefry8(out: usize, k0: u32, k1: u32, block: u32, g: i32): void {
  threefry4(out, k0, k1, i32x4.add(i32x4.splat(4 * g), i32x4(0, 1, 2, 3)), i32x4.splat(block));
}

/** The upper 24 bits of each word as a fraction in [0, 1). */
// @ts-ignore: decorator
@inline export function unit(words: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_u(i32x4.shr_u(words, 8)), f32x4.splat(1.0 / 16777216.0));
}
