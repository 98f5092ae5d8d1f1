// Losses of pictures and of their latent space. Each is a sum, in nats where it is a likelihood: over everything, a
// scalar; with `perRow` over each row of the first axis, (N). Targets are constants: no gradient flows into them.

import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/** One loss (N), (n) or a scalar, and what a kernel goes through for it. */
interface Summed {
  readonly losses: Tensor;
  readonly rows: number;
  /** Numbers a row. */
  readonly n: number;
}

function summed(tape: Tape, x: Tensor, perRow: boolean, ...inputs: readonly Tensor[]): Summed {
  const rows = perRow ? x.shape[0] : 1;
  const losses = tape.empty(perRow ? [rows] : [], x, ...inputs);
  return { losses, rows, n: x.size / rows };
}

type Forward = (losses: number, x: number, t: number, rows: number, n: number) => void;
type Backward = (
  dx: number,
  dlosses: number,
  x: number,
  t: number,
  rows: number,
  n: number,
) => void;

function compared(
  what: string,
  tape: Tape,
  x: Tensor,
  target: Tensor,
  perRow: boolean,
  forward: Forward,
  backward: Backward,
): Tensor {
  expectTarget(what, target, x);
  const { losses, rows, n } = summed(tape, x, perRow);
  forward(losses.address, x.address, target.address, rows, n);
  tape.record([losses], () =>
    backward(tape.grad(x), losses.gradAddress, x.address, target.address, rows, n),
  );
  return losses;
}

function expectTarget(what: string, target: Tensor, x: Tensor): void {
  expectShape(`${what}: target`, target, x.shape);
  if (target.requiresGrad) throw new Error(`${what}: a target has no gradient`);
}

/** Σ (x - target)² */
export function squaredError(tape: Tape, x: Tensor, target: Tensor, perRow = false): Tensor {
  const { squared_error_forward, squared_error_backward } = tape.machine.pictures;
  const kernels = [squared_error_forward, squared_error_backward] as const;
  return compared("squaredError", tape, x, target, perRow, ...kernels);
}

/** Σ |x - target|; its slope is 0 where both are equal. */
export function absoluteError(tape: Tape, x: Tensor, target: Tensor, perRow = false): Tensor {
  const { absolute_error_forward, absolute_error_backward } = tape.machine.pictures;
  const kernels = [absolute_error_forward, absolute_error_backward] as const;
  return compared("absoluteError", tape, x, target, perRow, ...kernels);
}

/**
 * Σ -target ln s - (1 - target) ln(1 - s), s = sigmoid(logits): PyTorch's binary_cross_entropy_with_logits.
 *
 * @param target from 0 to 1
 */
export function binaryCrossEntropy(
  tape: Tape,
  logits: Tensor,
  target: Tensor,
  perRow = false,
): Tensor {
  const { binary_cross_entropy_forward, binary_cross_entropy_backward } = tape.machine.pictures;
  const kernels = [binary_cross_entropy_forward, binary_cross_entropy_backward] as const;
  return compared("binaryCrossEntropy", tape, logits, target, perRow, ...kernels);
}

/** -ln p of targets under a distribution with a mean for each and a scale for each, or one for all. */
function likelihood(
  what: string,
  tape: Tape,
  mean: Tensor,
  scale: Tensor,
  target: Tensor,
  perRow: boolean,
  kind: "gaussian" | "logistic",
): Tensor {
  const { pictures } = tape.machine;
  expectTarget(what, target, mean);
  const shared = scale.size === 1 && mean.size !== 1;
  if (!shared && scale.size !== mean.size) {
    throw new InvalidInputError(
      `${what}: the scale must have shape [${mean.shape}] or [1], got [${scale.shape}]`,
    );
  }
  const { losses, rows, n } = summed(tape, mean, perRow, scale);
  const [m, s, t] = [mean.address, scale.address, target.address];
  pictures[`${kind}_nll_forward`](losses.address, m, s, t, rows, n, shared);
  tape.record([losses], () => {
    const [dm, ds, d] = [tape.grad(mean), tape.grad(scale), losses.gradAddress];
    pictures[`${kind}_nll_backward`](dm, ds, d, m, s, t, rows, n, shared);
  });
  return losses;
}

/**
 * Σ (ln 2π + logVariance + (target - mean)² exp(-logVariance)) / 2
 *
 * @param logVariance the shape of mean, or (1): one for all
 */
export function gaussianNll(
  tape: Tape,
  mean: Tensor,
  logVariance: Tensor,
  target: Tensor,
  perRow = false,
): Tensor {
  return likelihood("gaussianNll", tape, mean, logVariance, target, perRow, "gaussian");
}

/**
 * Σ -ln P(target's bin) under a logistic distribution, as pixels of 256 levels have it: bins of width 2/255 about the
 * levels from -1 to 1, those at the edges open (Salimans et al., "PixelCNN++", 2017).
 *
 * @param logScale the shape of mean, or (1): one for all; from -80 on
 * @param target byte / 127.5 - 1
 */
export function discretizedLogisticNll(
  tape: Tape,
  mean: Tensor,
  logScale: Tensor,
  target: Tensor,
  perRow = false,
): Tensor {
  return likelihood("discretizedLogisticNll", tape, mean, logScale, target, perRow, "logistic");
}

/**
 * Σ KL(N(mean, exp(logVariance)) ‖ N(0, 1)) = Σ (exp(logVariance) + mean² - 1 - logVariance) / 2
 *
 * @param sums "perDimension": over the rows, one for each number of the last axes, (D)
 */
export function gaussianKl(
  tape: Tape,
  mean: Tensor,
  logVariance: Tensor,
  sums: boolean | "perDimension" = false,
): Tensor {
  expectShape("gaussianKl: logVariance", logVariance, mean.shape);
  const { pictures } = tape.machine;
  const [m, v] = [mean.address, logVariance.address];
  const columns = sums === "perDimension";
  const { losses, rows, n } = columns
    ? acrossRows(tape, mean, logVariance)
    : summed(tape, mean, sums, logVariance);
  if (columns) pictures.gaussian_kl_columns(losses.address, m, v, rows, n);
  else pictures.gaussian_kl_forward(losses.address, m, v, rows, n);
  tape.record([losses], () => {
    const [dm, dv] = [tape.grad(mean), tape.grad(logVariance)];
    pictures.gaussian_kl_backward(dm, dv, losses.gradAddress, m, v, rows, n, columns);
  });
  return losses;
}

function acrossRows(tape: Tape, mean: Tensor, logVariance: Tensor): Summed {
  const rows = mean.shape[0];
  const n = mean.size / rows;
  return { losses: tape.empty([n], mean, logVariance), rows, n };
}
