import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/**
 * C = A B.
 *
 * @param a (M, K)
 * @param b (K, N)
 * @returns (M, N)
 */
export function matmul(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  const [m, k] = a.shape;
  const n = b.shape[1];
  expectShape("matmul: A", a, [m, k]);
  expectShape("matmul: B", b, [k, n]);

  const c = tape.empty([m, n], a, b);
  // The kernel has no sum of nothing.
  if (k === 0) c.data.fill(0);
  else {
    tape.scratch(kernels.matmul_work(k, n), (work) =>
      kernels.matmul_nn(c.address, a.address, b.address, m, k, n, false, work),
    );
  }
  tape.record([c], () => {
    const [da, db] = [tape.grad(a), tape.grad(b)];
    if (da !== 0) {
      tape.scratch(kernels.matmul_work(n, k), (work) =>
        kernels.matmul_nt(da, c.gradAddress, b.address, m, n, k, true, work),
      );
    }
    if (db !== 0) {
      tape.scratch(kernels.matmul_work(m, n), (work) =>
        kernels.matmul_tn(db, a.address, c.gradAddress, k, m, n, true, work),
      );
    }
  });
  return c;
}
