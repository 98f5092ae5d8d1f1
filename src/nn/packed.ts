// Matrices in the packed form that products read: a copy that a model keeps and that follows its weight, or one for a step.

import type { Tape } from "./tape.js";
import type { Tensor } from "./tensor.js";

/** How a weight W (outputs, inputs …) is packed for products with Wᵀ, or `across` for those with W itself. */
function packing(weight: Tensor, across: boolean): { bytes: number; into(copy: number): void } {
  const { kernels } = weight.machine;
  const outputs = weight.shape[0];
  const inputs = weight.size / outputs;
  const [k, n, pack] = across
    ? [outputs, inputs, kernels.matmul_pack_nn]
    : [inputs, outputs, kernels.matmul_pack_nt];
  return {
    bytes: kernels.matmul_pack_bytes(k, n) >>> 0,
    into: (copy) => pack(copy, weight.address, k, n),
  };
}

/**
 * Gives a matrix a packed copy, which is made again when it is asked for after a change.
 * @param version another number after every change
 */
export function keepPacked(weight: Tensor, across: boolean, version: () => number): void {
  const { bytes, into } = packing(weight, across);
  const copy = weight.machine.reserve(bytes);
  let packed = -1;
  weight.packed = {
    address: () => {
      if (packed !== version()) {
        into(copy);
        packed = version();
      }
      return copy;
    },
  };
}

/** Address of a packed copy that is made here, and lives as long as the scope. */
export function packNow({ machine }: Tape, weight: Tensor, across = false): number {
  const { bytes, into } = packing(weight, across);
  const copy = machine.alloc(bytes);
  into(copy);
  return copy;
}

/** Address of the copy that the model keeps of its weight, for its forward; or of one that is made here. */
export function packedCopy(tape: Tape, weight: Tensor, across = false): number {
  return weight.packed ? weight.packed.address() : packNow(tape, weight, across);
}
