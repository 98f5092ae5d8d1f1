// Random keys. A key is split by purpose and by position, never advanced: the same key gives the
// same numbers, in any order and on any number of workers.

import { checkNumber } from "./errors.js";
import type { Machine } from "./machine.js";

/** What a model's randomness is for. Each purpose has a key of its own. */
export const purposes = { init: 0, shuffle: 1, dropout: 2, sample: 3, noise: 4 } as const;

/** The block reserved for deriving keys; streams of numbers use blocks below it. */
const DERIVE = 0xffffffff;

/** A Threefry-2x32 key: two 32-bit words. */
export class Key {
  readonly k0: number;
  readonly k1: number;
  readonly #machine: Machine;

  private constructor(machine: Machine, k0: number, k1: number) {
    this.#machine = machine;
    this.k0 = k0;
    this.k1 = k1;
  }

  /** @param seed a whole number from 0 to 2⁵³ - 1; 0 is a seed like any other */
  static fromSeed(machine: Machine, seed: number): Key {
    checkNumber("seed", seed, { integer: true, min: 0 });
    return new Key(machine, seed >>> 0, Math.floor(seed / 2 ** 32));
  }

  /** The key with these words, wherever it was made. */
  static fromWords(machine: Machine, k0: number, k1: number): Key {
    return new Key(machine, k0, k1);
  }

  /** The key for purpose or position `data`, a whole number below 2³². */
  fold(data: number): Key {
    return this.#machine.scoped(() => {
      const out = this.#machine.alloc(8);
      this.#machine.kernels.threefry(out, this.k0, this.k1, data, DERIVE);
      const [k0, k1] = this.#machine.u32(out, 2);
      return new Key(this.#machine, k0, k1);
    });
  }

  /** `n` numbers, uniform in [0, 1), from stream `block`. */
  uniform(n: number, block = 0): Float32Array {
    return this.#machine.scoped(() => {
      const out = this.#machine.alloc(4 * n);
      this.#machine.kernels.random_uniform(out, n, this.k0, this.k1, block);
      return this.#machine.f32(out, n).slice();
    });
  }

  /** `n` numbers, standard normal, from stream `block`. */
  normal(n: number, block = 0): Float32Array {
    return this.#machine.scoped(() => {
      const out = this.#machine.alloc(4 * n);
      this.#machine.kernels.random_normal(out, n, this.k0, this.k1, block);
      return this.#machine.f32(out, n).slice();
    });
  }

  /** `n` whole numbers, uniform in 0 … bound - 1 (bias below bound / 2³²), from stream `block`. */
  integers(n: number, bound: number, block = 0): number[] {
    return this.#machine.scoped(() => {
      const out = this.#machine.alloc(4 * n);
      this.#machine.kernels.random_words(out, n, this.k0, this.k1, block);
      return Array.from(this.#machine.u32(out, n), (word) => Math.floor((word * bound) / 2 ** 32));
    });
  }

  /** A permutation of 0 … n - 1 from stream `block`. */
  permutation(n: number, block = 0): Int32Array {
    return this.#machine.scoped(() => {
      const out = this.#machine.alloc(4 * n);
      this.#machine.kernels.random_permutation(out, n, this.k0, this.k1, block);
      return this.#machine.i32(out, n).slice();
    });
  }
}
