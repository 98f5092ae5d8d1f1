// Random numbers without the kernels: the same as `Key` gives, for what is drawn seldom and where no machine is at
// hand, such as a split of data or a drawn picture. Threefry-2x32 with 20 rounds, see assembly/lib/threefry.ts.

import { checkNumber } from "./errors.js";

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
/** The block reserved for deriving keys, as in `Key`. */
const DERIVE = 0xffffffff;

/** A Threefry key: a function of key and counter, no state. */
export class LightKey {
  readonly k0: number;
  readonly k1: number;

  private constructor(k0: number, k1: number) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** @param seed a whole number from 0 to 2⁵³ - 1 */
  static fromSeed(seed: number): LightKey {
    checkNumber("seed", seed, { integer: true, min: 0 });
    return new LightKey(seed >>> 0, Math.floor(seed / 2 ** 32));
  }

  /** The key for purpose or position `data`, a whole number below 2³². */
  fold(data: number): LightKey {
    return new LightKey(...threefry(this.k0, this.k1, data, DERIVE));
  }

  /** `n` whole numbers, uniform in 0 … bound - 1, from stream `block`. */
  integers(n: number, bound: number, block = 0): number[] {
    return Array.from(this.#words(n, block), (word) => Math.floor((word * bound) / 2 ** 32));
  }

  /** A permutation of 0 … n - 1 from stream `block`, by Fisher and Yates. */
  permutation(n: number, block = 0): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (const [i, word] of this.#words(n, block).entries()) {
      const j = Math.floor((word * (i + 1)) / 2 ** 32);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  #words(n: number, block: number): Uint32Array {
    const words = new Uint32Array(n + (n & 1));
    for (let i = 0; i < n; i += 2) words.set(threefry(this.k0, this.k1, i >> 1, block), i);
    return words.subarray(0, n);
  }
}

function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const keys = [k0, k1, k0 ^ k1 ^ PARITY];
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const by = ROTATIONS[round & 7];
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if ((round & 3) < 3) continue;
    const group = (round + 1) >> 2;
    x = (x + keys[group % 3]) | 0;
    y = (y + keys[(group + 1) % 3] + group) | 0;
  }
  return [x >>> 0, y >>> 0];
}
