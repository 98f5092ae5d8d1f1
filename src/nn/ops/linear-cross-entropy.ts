import { adapterOf } from "../adapter.js";
import { packedCopy } from "../packed.js";
import type { Tape } from "../tape.js";
import { isTensor, type Tensor } from "../tensor.js";
import { type CrossEntropyOptions, crossEntropy, IGNORED, settled } from "./cross-entropy.js";
import { MOST_PROBABILITIES, rowsAtOnce } from "./kept.js";
import { linear } from "./linear.js";
import type { Matrix } from "./quantized.js";
import { expectShape, rowsAndColumns } from "./shape.js";

/** A block of rows: the first, how many, and what is kept or computed of them. */
interface Block {
  readonly from: number;
  readonly rows: number;
  /** Addresses: logits or their gradient, probabilities, scratch memory of products. */
  readonly logits: number;
  readonly probs: number;
  readonly work: number;
}

/** What makes logits: a Linear, or its parameters. */
interface OutputLayer {
  readonly weight: Matrix;
  readonly bias?: Tensor | undefined;
  forward?(tape: Tape, x: Tensor, weight?: Matrix): Tensor;
}

/** What the loss is divided by, and how much rows count. */
interface Options extends CrossEntropyOptions {
  /**
   * How much each row counts in the loss, not in `losses`: row i as much as weights[i % weights.length], so that one
   * number for each of B columns is enough for rows (T, B). Default: all of them 1. Not where the weight is quantised.
   */
  readonly weights?: ArrayLike<number> | undefined;
}

/**
 * The loss of an output layer: crossEntropy(linear(x, weight, bias), targets), bit for bit, over blocks of rows, so
 * that the logits of all rows never exist at once, which are most of the memory where the vocabulary is large; they
 * do where the weight is quantised.
 *
 * @param x (…, C)
 * @param layer its weight (V, C), or a table of embeddings where they are tied; and bias (V)
 * @param targets one a row: 0 to V - 1, or -1 where it is ignored
 * @returns `loss`, a scalar; and `losses`, one a row (0 where ignored), without gradient
 * @throws InvalidInputError for a target outside the classes
 */
export function linearCrossEntropy(
  tape: Tape,
  x: Tensor,
  layer: OutputLayer,
  targets: ArrayLike<number>,
  { weights, ...options }: Options = {},
): { loss: Tensor; losses: Tensor } {
  const { weight: own, bias } = layer;
  const weight = (isTensor(own) && adapterOf(tape)?.whole(tape, own)) || own;
  // Who listens hears the logits of all rows, so they are made.
  if (tape.listener && layer.forward && !weights) {
    return crossEntropy(tape, layer.forward(tape, x, weight), targets, options);
  }
  if (!isTensor(weight)) {
    return crossEntropy(tape, linear(tape, x, weight, bias), targets, options);
  }
  const { machine } = tape;
  const { kernels } = machine;
  const { rows, columns: C } = rowsAndColumns(x);
  const V = weight.shape[0];
  expectShape("linearCrossEntropy: weight", weight, [V, C]);
  if (bias) expectShape("linearCrossEntropy: bias", bias, [V]);
  const { denominator, smoothing } = settled(targets, rows, V, options);

  const { address: indices } = tape.indices(targets);
  const losses = tape.empty([rows]);
  const loss = tape.empty([], x, weight, bias);
  const packed = packedCopy(tape, weight);
  const keeps = loss.requiresGrad && rows * V <= MOST_PROBABILITIES;
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
  const countOf = (row: number) => weights![row % weights!.length];
  loss.data[0] =
    (weights
      ? losses.data.reduce((sum, one, i) => sum + countOf(i) * one, 0)
      : kernels.sum_forward(losses.address, rows)) / denominator;

  tape.record([loss], () => {
    const scale = loss.grad![0] / denominator;
    const [dx, dw, db] = [tape.grad(x), tape.grad(weight), tape.grad(bias)];
    blocks((block) => {
      const { from, rows: n, logits, probs, work } = block;
      if (kept === 0) forward(block);
      kernels.fill(logits, 0, n * V);
      const ids = indices + 4 * from;
      // Row by row where they count differently.
      const most = weights ? 1 : n;
      for (let r = 0; r < n; r += most) {
        const own = weights ? scale * countOf(from + r) : scale;
        const [to, p] = [logits, probs].map((address) => address + 4 * r * V);
        kernels.cross_entropy_backward(to, p, ids + 4 * r, most, V, IGNORED, smoothing, own);
      }
      const [to, own] = [dx && dx + 4 * from * C, x.address + 4 * from * C];
      kernels.linear_backward(to, dw, db, logits, own, weight.address, n, C, V, work);
    });
  });
  return { loss, losses };
}
