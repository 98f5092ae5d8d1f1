import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import { checkedSize, type Tensor } from "../tensor.js";
import { add } from "./elementwise.js";
import { linear } from "./linear.js";
import type { Matrix } from "./quantized.js";
import { expectShape } from "./shape.js";

/**
 * Rows of a table by index: y[i] = table[ids[i]].
 *
 * @param table (V, D)
 * @param ids whole numbers from 0 to V - 1
 * @param shape leading axes of the result; their product is the number of ids
 * @returns (…shape, D)
 * @throws InvalidInputError for an id outside the table
 */
export function embedding(
  tape: Tape,
  table: Tensor,
  ids: ArrayLike<number>,
  shape: readonly number[] = [ids.length],
): Tensor {
  if (checkedSize("embedding", shape) !== ids.length) {
    throw new InvalidInputError(`embedding: shape [${shape}] is not that of ${ids.length} ids`);
  }
  return sums(tape, table, ids, shape, 1);
}

/**
 * Sums of rows of a table: y[i] = Σ_k table[ids[i, k]], as torch.nn.functional.embedding_bag with mode "sum". In a training
 * step the sums are made without the rows between them.
 *
 * @param table (V, D)
 * @param ids (…shape, K), whole numbers from 0 to V - 1
 * @param shape leading axes of the result; K follows from it and the number of ids
 * @returns (…shape, D)
 * @throws InvalidInputError for an id outside the table
 */
export function embeddingBag(
  tape: Tape,
  table: Tensor,
  ids: ArrayLike<number>,
  shape: readonly number[],
): Tensor {
  const bag = ids.length / checkedSize("embedding", shape);
  if (!Number.isInteger(bag) || bag < 1) {
    throw new InvalidInputError(`embedding: shape [${shape}] is not that of ${ids.length} ids`);
  }
  return sums(tape, table, ids, shape, bag);
}

function sums(
  tape: Tape,
  table: Tensor,
  ids: ArrayLike<number>,
  shape: readonly number[],
  bag: number,
): Tensor {
  const { kernels } = tape.machine;
  const [V, D] = table.shape;
  expectShape("embedding: table", table, [V, D]);
  checkIndices("embedding", ids, 0, V);
  const indices = tape.indices(ids);
  const n = ids.length / bag;
  const y = tape.empty([...shape, D], table);
  kernels.embedding_forward(y.address, table.address, indices.address, n, bag, D);
  tape.record([y], () =>
    kernels.embedding_backward(tape.grad(table), y.gradAddress, indices.address, n, bag, D),
  );
  return y;
}

/**
 * linear(embedding(ids)) = x Wᵀ + b for x = table[ids], the shorter way: where there are fewer rows
 * in the table than ids, every row is multiplied once and the products are looked up. The result has
 * the same bits either way.
 *
 * @param table (V, I)
 * @param weight (O, I)
 * @param bias (O)
 * @returns (…shape, O)
 */
export function embeddingLinear(
  tape: Tape,
  table: Tensor,
  ids: ArrayLike<number>,
  shape: readonly number[],
  weight: Matrix,
  bias?: Tensor,
): Tensor {
  return table.shape[0] < ids.length
    ? embedding(tape, linear(tape, table, weight, bias), ids, shape)
    : linear(tape, embedding(tape, table, ids, shape), weight, bias);
}

/**
 * Learned positions: x[b, t] + table[positions[t]].
 *
 * @param x (B, T, C)
 * @param table (P, C)
 * @param positions T of them for all b, or B T
 * @throws InvalidInputError for a position outside the table
 */
export function addPositions(
  tape: Tape,
  x: Tensor,
  table: Tensor,
  positions: ArrayLike<number>,
): Tensor {
  const [B, T] = x.shape;
  const ids = Array.from({ length: B * T }, (_, i) => positions[i % positions.length]);
  return add(tape, x, embedding(tape, table, ids, [B, T]));
}

/** Refuses indices outside `low` … `end` - 1 before a kernel would follow them. */
export function checkIndices(what: string, ids: ArrayLike<number>, low: number, end: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (Number.isInteger(id) && id >= low && id < end) continue;
    throw new InvalidInputError(`${what}: index ${i} must be from ${low} to ${end - 1}, got ${id}`);
  }
}
