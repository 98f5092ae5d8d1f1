// Norms of pictures (N, H, W, C). Beside norm.ts, which normalises rows and is in the first module.

import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape } from "./shape.js";

/**
 * Group norm, as torch.nn.GroupNorm: y = (x - mean) / √(variance + eps) · weight + bias, over the pixels of a picture
 * and the C / groups channels of a group (Wu and He, "Group Normalization", 2018).
 *
 * @param x (N, …, C)
 * @param groups divides C
 * @param weight (C)
 * @param bias (C)
 */
export function groupNorm(
  tape: Tape,
  x: Tensor,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  eps = 1e-5,
): Tensor {
  return channelNorm("groupNorm", tape, x, x.shape[0], groups, weight, bias, eps).y;
}

/**
 * Batch norm in training, as torch.nn.BatchNorm2d: y = (x - mean) / √(variance + eps) · weight + bias, over all pixels
 * of the batch (or the shard), for each channel (Ioffe and Szegedy, "Batch Normalization", 2015).
 *
 * @param x (…, C)
 * @param weight (C)
 * @param bias (C)
 * @returns besides y the batch's mean and biased variance, both (C) and without gradient
 */
export function batchNorm(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  eps = 1e-5,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const C = x.shape[x.shape.length - 1];
  return channelNorm("batchNorm", tape, x, 1, C, weight, bias, eps);
}

function channelNorm(
  what: string,
  tape: Tape,
  x: Tensor,
  samples: number,
  groups: number,
  weight: Tensor,
  bias: Tensor,
  eps: number,
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const { pictures } = tape.machine;
  const C = channelsOf(what, x, weight, bias);
  if (!(groups >= 1) || C % groups !== 0) {
    throw new InvalidInputError(`${what}: ${groups} groups do not divide ${C} channels`);
  }
  const pixels = x.size / C / samples;
  const y = tape.empty(x.shape, x, weight, bias);
  const mean = tape.empty([samples * groups]);
  const scales = tape.empty([samples * groups]).address;
  const variance = tape.empty([samples * groups]);
  const [from, w, b] = [x.address, weight.address, bias.address];
  const [out, m, v] = [y.address, mean.address, variance.address];
  const bytes = pictures.channel_norm_work(C);
  const sizes = [samples, pixels, C, groups] as const;
  tape.scratch(bytes, (work) =>
    pictures.channel_norm_forward(out, m, scales, v, from, w, b, ...sizes, eps, work),
  );
  tape.record([y], () => {
    const [dx, dw, db, dy] = [tape.grad(x), tape.grad(weight), tape.grad(bias), y.gradAddress];
    tape.scratch(bytes, (work) =>
      pictures.channel_norm_backward(dx, dw, db, dy, m, scales, from, w, ...sizes, false, work),
    );
  });
  return { y, mean, variance };
}

/**
 * Batch norm in evaluation: with running averages in place of the batch's mean and variance.
 *
 * @param x (…, C)
 * @param weight (C)
 * @param bias (C)
 * @param mean (C), without gradient
 * @param variance (C), without gradient
 */
export function batchNormEval(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  mean: Tensor,
  variance: Tensor,
  eps = 1e-5,
): Tensor {
  const { pictures } = tape.machine;
  const C = channelsOf("batchNormEval", x, weight, bias);
  expectShape("batchNormEval: mean", mean, [C]);
  expectShape("batchNormEval: variance", variance, [C]);
  const pixels = x.size / C;
  const y = tape.empty(x.shape, x, weight, bias);
  const scales = tape.empty([C]).address;
  const [from, w, b, m, v] = [x, weight, bias, mean, variance].map(({ address }) => address);
  const bytes = pictures.channel_norm_work(C);
  tape.scratch(bytes, (work) =>
    pictures.batch_norm_given_forward(y.address, scales, from, w, b, m, v, pixels, C, eps, work),
  );
  tape.record([y], () => {
    const [dx, dw, db, dy] = [tape.grad(x), tape.grad(weight), tape.grad(bias), y.gradAddress];
    const sizes = [1, pixels, C, C] as const;
    tape.scratch(bytes, (work) =>
      pictures.channel_norm_backward(dx, dw, db, dy, m, scales, from, w, ...sizes, true, work),
    );
  });
  return y;
}

/** The channels; checks weight and bias. */
function channelsOf(what: string, x: Tensor, weight: Tensor, bias: Tensor): number {
  const C = x.shape[x.shape.length - 1];
  expectShape(`${what}: weight`, weight, [C]);
  expectShape(`${what}: bias`, bias, [C]);
  return C;
}
