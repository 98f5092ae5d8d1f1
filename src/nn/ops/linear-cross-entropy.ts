import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { type CrossEntropyOptions, IGNORED, settled } from "./cross-entropy.js";
import { packTransposed } from "./matmul.js";
import { expectShape, rowsAndColumns } from "./shape.js";

/** Logits that exist at once, but for at least so many rows; each row of the weight is then used often enough. */
const MOST_LOGITS = 2 ** 22;
const LEAST_ROWS = 32;
/** Up to so many probabilities are kept for backward; more are computed again. The bits are the same. */
const MOST_KEPT = 2 ** 24;

/** Rows that are worked on at once. */
function rowsAtOnce(rows: number, V: number): number {
  return Math.min(rows, Math.max(LEAST_ROWS, Math.floor(MOST_LOGITS / V)));
}

/** Memory that the operation needs, in bytes: `kept` until backward, `work` while it runs. */
export function linearCrossEntropyBytes(
  { kernels }: Machine,
  rows: number,
  C: number,
  V: number,
): { readonly kept: number; readonly work: number } {
  const most = rowsAtOnce(rows, V);
  const kept = rows * V <= MOST_KEPT ? 4 * rows * V : 0;
  const products = kernels.linear_backward_work(most, C, V) >>> 0;
  return { kept, work: 4 * most * V * (kept > 0 ? 1 : 2) + products };
}

/** A block of rows: the first, how many, and what is kept or computed of them. */
interface Block {
  readonly from: number;
  readonly rows: number;
  /** Addresses: logits or their gradient, probabilities, scratch memory of products. */
  readonly logits: number;
  readonly probs: number;
  readonly work: number;
}

/**
 * crossEntropy(linear(x, weight, bias), targets), bit for bit, over blocks of rows: the logits of all rows
 * never exist at once. For large vocabularies.
 *
 * @param x (…, C)
 * @param weight (V, C): of outputs, or a table of embeddings where they are tied
 * @param targets one a row: 0 to V - 1, or -1 where it is ignored
 * @param options those of `crossEntropy`, and a bias (V)
 * @returns `loss`, a scalar; and `losses`, one a row (0 where ignored), without gradient
 * @throws InvalidInputError for a target outside the classes
 */
export function linearCrossEntropy(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  targets: ArrayLike<number>,
  options: CrossEntropyOptions & { readonly bias?: Tensor } = {},
): { loss: Tensor; losses: Tensor } {
  const { machine } = tape;
  const { kernels } = machine;
  const { rows, columns: C } = rowsAndColumns(x);
  const V = weight.shape[0];
  const { bias } = options;
  expectShape("linearCrossEntropy: weight", weight, [V, C]);
  if (bias) expectShape("linearCrossEntropy: bias", bias, [V]);
  const { denominator, smoothing } = settled(targets, rows, V, options);

  const { address: indices } = tape.indices(targets);
  const losses = tape.empty([rows]);
  const loss = tape.empty([], x, weight, bias);
  const packed = packTransposed(tape, weight);
  const keeps = loss.requiresGrad && rows * V <= MOST_KEPT;
  const kept = keeps ? machine.alloc(4 * rows * V) : 0;

  const blocks = (work: (block: Block) => void) => {
    const most = rowsAtOnce(rows, V);
    const products = Math.max(
      kernels.matmul_packed_work() >>> 0,
      kernels.linear_backward_work(most, C, V) >>> 0,
    );
    machine.scoped(() => {
      const logits = machine.alloc(4 * most * V);
      const probs = kept === 0 ? machine.alloc(4 * most * V) : 0;
      const scratch = machine.alloc(products);
      for (let from = 0; from < rows; from += most) {
        const own = probs || kept + 4 * from * V;
        const n = Math.min(most, rows - from);
        work({ from, rows: n, logits, probs: own, work: scratch });
      }
    });
  };
  const forward = (block: Block) => {
    const { from, rows: n, logits, probs } = block;
    const [own, b] = [x.address + 4 * from * C, bias?.address ?? 0];
    kernels.matmul_packed(logits, own, packed, b, n, C, V, false, block.work);
    const [to, ids] = [losses.address + 4 * from, indices + 4 * from];
    kernels.cross_entropy_forward(to, probs, logits, ids, n, V, IGNORED, smoothing);
  };
  blocks(forward);
  loss.data[0] = kernels.sum_forward(losses.address, rows) / denominator;

  tape.record([loss], () => {
    const scale = loss.grad![0] / denominator;
    const [dx, dw, db] = [tape.grad(x), tape.grad(weight), tape.grad(bias)];
    blocks((block) => {
      const { from, rows: n, logits, probs, work } = block;
      if (kept === 0) forward(block);
      kernels.fill(logits, 0, n * V);
      const ids = indices + 4 * from;
      kernels.cross_entropy_backward(logits, probs, ids, n, V, IGNORED, smoothing, scale);
      const [to, own] = [dx && dx + 4 * from * C, x.address + 4 * from * C];
      kernels.linear_backward(to, dw, db, logits, own, weight.address, n, C, V, work);
    });
  });
  return { loss, losses };
}
