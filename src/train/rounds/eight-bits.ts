// Differences of weights in 8 bits a number. Only exact operations besides the rounding itself, which is to even, so that all
// runtimes give the same bits.

/** Numbers that share a power of two. */
const BLOCK = 256;
/** The least exponent: below it there is nothing to gain. */
const LEAST = -126;
/** Adding it and taking it away rounds an f64 below 2⁵¹ to a whole number, halves to even. */
const ROUNDING = 6755399441055744; // 1.5 · 2⁵²

/** Numbers q 2ᵉ: q of each from −127 to 127, and an e for every 256 of them. */
export interface EightBits {
  readonly numbers: Int8Array<ArrayBuffer>;
  readonly exponents: Int8Array<ArrayBuffer>;
}

/** 2ᵉ, e from −149 to 127. */
function powerOfTwo(e: number): number {
  let power = 1;
  const factor = e < 0 ? 0.5 : 2;
  for (let i = Math.abs(e); i > 0; i--) power *= factor;
  return power;
}

/** Rounds finite numbers; what is rounded off takes their place. */
export function roundToEightBits(values: Float32Array): EightBits {
  const numbers = new Int8Array(values.length);
  const exponents = new Int8Array(Math.ceil(values.length / BLOCK));
  for (const b of exponents.keys()) {
    const [from, to] = [b * BLOCK, Math.min(values.length, (b + 1) * BLOCK)];
    let most = 0;
    for (let i = from; i < to; i++) most = Math.max(most, Math.abs(values[i]));
    let e = LEAST;
    for (let bound = 127 * powerOfTwo(LEAST); most > bound; bound *= 2) e++;
    const [unit, units] = [powerOfTwo(e), powerOfTwo(-e)];
    exponents[b] = e;
    for (let i = from; i < to; i++) {
      const q = values[i] * units + ROUNDING - ROUNDING;
      numbers[i] = q;
      values[i] -= q * unit;
    }
  }
  return { numbers, exponents };
}

/** sum += the numbers, each addition rounded to f32. */
export function addEightBits(sum: Float32Array, { numbers, exponents }: EightBits): void {
  for (const [b, e] of exponents.entries()) {
    const unit = powerOfTwo(e);
    const to = Math.min(sum.length, (b + 1) * BLOCK);
    for (let i = b * BLOCK; i < to; i++) sum[i] += numbers[i] * unit;
  }
}
