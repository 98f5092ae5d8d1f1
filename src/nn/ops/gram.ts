import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { rowsAndColumns } from "./shape.js";

/**
 * Gram matrix of features: G = Fᵀ F / count, how channels go together, wherever in the picture (Gatys et al., "A Neural
 * Algorithm of Artistic Style", 2015).
 *
 * @param x (…, C), rows of features
 * @param count what the sum is divided by. Default: the rows
 * @returns (C, C)
 */
export function gram(tape: Tape, x: Tensor, count?: number): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns: C } = rowsAndColumns(x);
  const total = count ?? rows;
  if (!(rows >= 1 && total > 0)) {
    throw new InvalidInputError(`gram: expected rows and a count above 0, got ${rows}, ${total}`);
  }
  const g = tape.empty([C, C], x);
  tape.scratch(kernels.matmul_work(rows, C), (work) =>
    kernels.matmul_tn(g.address, x.address, x.address, C, rows, C, false, work),
  );
  const values = g.data;
  for (let i = 0; i < values.length; i++) values[i] /= total;
  tape.record([g], () => {
    const dx = tape.grad(x);
    tape.machine.scoped(() => {
      // dF = F (dG + dGᵀ) / count
      const both = tape.machine.alloc(4 * C * C);
      const [to, dg] = [tape.machine.f32(both, C * C), g.grad!];
      for (let i = 0; i < C; i++) {
        for (let j = 0; j < C; j++) to[i * C + j] = (dg[i * C + j] + dg[j * C + i]) / total;
      }
      tape.scratch(kernels.matmul_work(C, C), (work) =>
        kernels.matmul_nn(dx, x.address, both, rows, C, C, true, work),
      );
    });
  });
  return g;
}
