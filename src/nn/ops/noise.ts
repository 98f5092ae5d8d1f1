import type { Key } from "../../host/key.js";
import type { Tape } from "../tape.js";
import { sizeOf, type Tensor } from "../tensor.js";

/**
 * Independent standard normal numbers, without gradient: stream `block` of the key.
 *
 * @param key in training `tape.nextNoiseKey()`, which differs by step, shard and call
 */
export function gaussianNoise(tape: Tape, shape: readonly number[], key: Key, block = 0): Tensor {
  const noise = tape.empty(shape);
  tape.machine.kernels.random_normal(noise.address, sizeOf(shape), key.k0, key.k1, block);
  return noise;
}
