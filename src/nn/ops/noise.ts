import type { Key } from "../../host/key.js";
import type { Tape } from "../tape.js";
import { checkedSize, type Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/**
 * Independent standard normal numbers, without gradient: stream `block` of the key.
 *
 * @param key default `tape.nextNoiseKey()`, which in training differs by step, shard and call
 */
export function gaussianNoise(
  tape: Tape,
  shape: readonly number[],
  key: Key = tape.nextNoiseKey(),
  block = 0,
): Tensor {
  return drawn("gaussianNoise", "random_normal", tape, shape, key, block);
}

/**
 * Independent numbers, uniform in [0, 1), without gradient: stream `block` of the key.
 *
 * @param key default `tape.nextNoiseKey()`, which in training differs by step, shard and call
 */
export function uniformNoise(
  tape: Tape,
  shape: readonly number[],
  key: Key = tape.nextNoiseKey(),
  block = 0,
): Tensor {
  return drawn("uniformNoise", "random_uniform", tape, shape, key, block);
}

function drawn(
  name: string,
  kernel: "random_normal" | "random_uniform",
  tape: Tape,
  shape: readonly number[],
  { k0, k1 }: Key,
  block: number,
): Tensor {
  const size = checkedSize(name, shape);
  const noise = tape.empty(shape);
  tape.machine.kernels[kernel](noise.address, size, k0, k1, block);
  return noise;
}

/**
 * A draw from N(mean, exp(logVariance)) that gradients flow through: mean + exp(logVariance / 2) noise (Kingma and
 * Welling, "Auto-Encoding Variational Bayes", 2014). Nothing is clamped.
 *
 * @param noise standard normal, of the shape of the others; without gradient
 */
export function reparameterize(
  tape: Tape,
  mean: Tensor,
  logVariance: Tensor,
  noise: Tensor,
): Tensor {
  expectShape("reparameterize: logVariance", logVariance, mean.shape);
  expectShape("reparameterize: noise", noise, mean.shape);
  const { pictures } = tape.machine;
  const z = tape.empty(mean.shape, mean, logVariance);
  const [log, eps, n] = [logVariance.address, noise.address, mean.size];
  pictures.reparameterize_forward(z.address, mean.address, log, eps, n);
  tape.record([z], () => {
    const [dmean, dlog] = [tape.grad(mean), tape.grad(logVariance)];
    pictures.reparameterize_backward(dmean, dlog, z.gradAddress, log, eps, n);
  });
  return z;
}
