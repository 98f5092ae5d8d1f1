// Where a decoder begins: at the mean of what it will learn, so that the first epochs are not spent on it. With MNIST's digits
// that is worth half a nat after 50 epochs.

import type { Machine } from "../../host/machine.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Rows } from "./rows.js";

/** Probabilities are kept from 0 and 1, where their log-odds are infinite. */
const LEAST = 1e-3;

/**
 * Sets the bias of a decoder's last layer to the mean of the rows, as the layer's outputs mean it.
 * @param bias (D) of a dense layer, or (C) of a convolution, whose mean is over all places
 * @param means what outputs are: log-odds, or numbers from 0 to 1 as they are, or from -1 to 1
 */
export function beginAtMean(
  bias: Tensor,
  { values, count }: Rows,
  means: "odds" | "unit" | "signed",
): void {
  const { machine, size } = bias;
  const sums = new Float64Array(size);
  for (let i = 0; i < values.length; i++) sums[i % size] += values[i];
  const scale = values instanceof Uint8Array ? 255 : 1;
  const each = values.length / size;
  const mean = Float32Array.from(sums, (sum) => (count === 0 ? 0 : sum / each / scale));
  // Computed before the view on the bias is made: memory may grow.
  const start = begun[means](mean, machine);
  bias.data.set(start);
}

/** What a layer gives for the means, by what its outputs are. */
const begun = {
  odds: logOdds,
  unit: (mean: Float32Array) => mean,
  signed: (mean: Float32Array) => mean.map((one) => 2 * one - 1),
} as const;

/** ln p / (1 - p), with our own logarithm. */
function logOdds(p: Float32Array, machine: Machine): Float32Array {
  const n = p.length;
  return machine.scoped(() => {
    const at = machine.alloc(8 * n);
    const room = machine.f32(at, 2 * n);
    for (let i = 0; i < n; i++) {
      const kept = Math.min(1 - LEAST, Math.max(LEAST, p[i]));
      room[i] = kept;
      room[n + i] = 1 - kept;
    }
    machine.kernels.log_forward(at, at, 2 * n);
    const logs = machine.f32(at, 2 * n);
    return Float32Array.from({ length: n }, (_, i) => logs[i] - logs[n + i]);
  });
}
