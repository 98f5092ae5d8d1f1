// Sums along one axis, and repetitions, which are their gradients. Each is a product with a vector of ones, in the one
// fixed order that products have: there are no kernels of their own.

import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import { checkedSize, sizeOf, type Tensor } from "../tensor.js";
import { add, exp, log, sub } from "./elementwise.js";
import { checkIndices } from "./embedding.js";
import { matmul } from "./matmul.js";
import { expectAxes, rowsAndColumns } from "./shape.js";

const ones = (tape: Tape, rows: number, columns: number) =>
  tape.tensor(new Float32Array(rows * columns).fill(1), [rows, columns]);

/** Σ x along the last axis: (…, C) → (…). */
export function sumLast(tape: Tape, x: Tensor): Tensor {
  const { rows, columns } = rowsAndColumns(x);
  const y = matmul(tape, x.reshaped([rows, columns]), ones(tape, columns, 1));
  return y.reshaped(x.shape.slice(0, -1));
}

/** Σ x along the first axis: (N, …) → (…). */
export function sumFirst(tape: Tape, x: Tensor): Tensor {
  const [N, ...rest] = expectAxes("sumFirst", x, 1).shape;
  return matmul(tape, ones(tape, 1, N), x.reshaped([N, sizeOf(rest)])).reshaped(rest);
}

/** Each number `n` times along a new last axis: (…) → (…, n). */
export function repeatLast(tape: Tape, x: Tensor, n: number): Tensor {
  checkedSize("repeatLast", [n]);
  return matmul(tape, x.reshaped([x.size, 1]), ones(tape, 1, n)).reshaped([...x.shape, n]);
}

/** All of it `n` times along a new first axis: (…) → (n, …). */
export function repeatFirst(tape: Tape, x: Tensor, n: number): Tensor {
  checkedSize("repeatFirst", [n]);
  return matmul(tape, ones(tape, n, 1), x.reshaped([1, x.size])).reshaped([n, ...x.shape]);
}

/** ln Σ eˣ along the last axis, without overflow: (…, C) → (…). */
export function logSumExp(tape: Tape, x: Tensor): Tensor {
  const { rows, columns } = rowsAndColumns(x);
  const { data } = x;
  const largest = Float32Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns).reduce((a, b) => Math.max(a, b), -Infinity),
  );
  // What is subtracted and added again needs no gradient.
  const each = Float32Array.from({ length: x.size }, (_, i) => largest[Math.floor(i / columns)]);
  const shifted = exp(tape, sub(tape, x, tape.tensor(each, x.shape)));
  const sums = log(tape, sumLast(tape, shifted));
  return add(tape, sums, tape.tensor(largest, sums.shape));
}

/**
 * Rows added up by index, the opposite of `gather`: y[ids[i]] += x[i], in the order of i; rows that nothing is added to
 * are 0.
 *
 * @param x (N, D)
 * @param ids N whole numbers from 0 to rows - 1
 * @returns (rows, D)
 * @throws InvalidInputError for an id outside the rows
 */
export function scatter(tape: Tape, x: Tensor, ids: ArrayLike<number>, rows: number): Tensor {
  const { kernels } = tape.machine;
  if (x.shape.length !== 2 || ids.length !== x.shape[0]) {
    throw new InvalidInputError(
      `scatter: expected ${ids.length} rows [N, D], one for each id, got shape [${x.shape}]`,
    );
  }
  const [N, D] = x.shape;
  checkedSize("scatter", [rows]);
  checkIndices("scatter", ids, 0, rows);
  const { address } = tape.indices(ids);
  const y = tape.empty([rows, D], x);
  y.data.fill(0);
  kernels.embedding_backward(y.address, x.address, address, N, 1, D);
  tape.record([y], () => {
    const dx = tape.grad(x);
    tape.scratch(4 * x.size, (own) => {
      kernels.embedding_forward(own, y.gradAddress, address, N, 1, D);
      kernels.add_backward(dx, 0, own, x.size);
    });
  });
  return y;
}
