import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { checkIndices } from "./embedding.js";
import { rowsAndColumns } from "./shape.js";

/** The target that is left out of the loss. */
export const IGNORED = -1;

/** What the loss is divided by. */
export interface CrossEntropyOptions {
  /** Default: the number of targets that are not ignored, so that the loss is their mean. */
  readonly denominator?: number;
  /**
   * Label smoothing e: the target is 1 - e of the distribution that is compared with, and e is spread
   * evenly over all classes (Szegedy et al. 2016, as in PyTorch). Default 0.
   */
  readonly smoothing?: number;
}

/**
 * Cross-entropy: Σ -ln softmax(logits)[target] / denominator, in nats; smoothed where asked.
 *
 * @param logits (…, V)
 * @param targets one a row: 0 to V - 1, or `IGNORED`
 * @returns `loss`, a scalar; and `losses`, one a row (0 where ignored), without gradient
 * @throws InvalidInputError for a target outside the classes
 */
export function crossEntropy(
  tape: Tape,
  logits: Tensor,
  targets: ArrayLike<number>,
  options: CrossEntropyOptions = {},
): { loss: Tensor; losses: Tensor } {
  const { kernels } = tape.machine;
  const { rows, columns: V } = rowsAndColumns(logits);
  const { denominator, smoothing } = settled(targets, rows, V, options);

  const indices = tape.indices(targets);
  const probs = tape.machine.alloc(4 * logits.size);
  const losses = tape.empty([rows]);
  const loss = tape.empty([], logits);
  const sum = kernels.cross_entropy_forward(
    losses.address,
    probs,
    logits.address,
    indices.address,
    rows,
    V,
    IGNORED,
    smoothing,
  );
  loss.data[0] = sum / denominator;
  tape.record([loss], () => {
    const scale = loss.grad![0] / denominator;
    kernels.cross_entropy_backward(
      tape.grad(logits),
      probs,
      indices.address,
      rows,
      V,
      IGNORED,
      smoothing,
      scale,
    );
  });
  return { loss, losses };
}

/** Checks targets and fills in the options' defaults. @throws InvalidInputError */
export function settled(
  targets: ArrayLike<number>,
  rows: number,
  V: number,
  { denominator, smoothing = 0 }: CrossEntropyOptions,
): Required<CrossEntropyOptions> {
  if (targets.length !== rows) {
    throw new InvalidInputError(`crossEntropy: expected ${rows} targets, got ${targets.length}`);
  }
  checkIndices("crossEntropy: targets", targets, IGNORED, V);
  let counted = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] !== IGNORED) counted++;
  return { denominator: denominator ?? Math.max(1, counted), smoothing };
}

/** softmax(x) = exp(x) / Σ exp(x) along the last axis. */
export function softmax(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns } = rowsAndColumns(x);
  const y = tape.empty(x.shape, x);
  kernels.softmax_forward(y.address, x.address, rows, columns);
  tape.record([y], () =>
    kernels.softmax_backward(tape.grad(x), y.gradAddress, y.address, rows, columns),
  );
  return y;
}

/** ln softmax(x) = x - ln Σ exp(x) along the last axis. */
export function logSoftmax(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  const { rows, columns } = rowsAndColumns(x);
  const y = tape.empty(x.shape, x);
  kernels.log_softmax_forward(y.address, x.address, rows, columns);
  tape.record([y], () =>
    kernels.log_softmax_backward(tape.grad(x), y.gradAddress, y.address, rows, columns),
  );
  return y;
}
