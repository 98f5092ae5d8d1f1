// Convolutions of pictures (N, H, W, C), with PyTorch's arguments. A transposed convolution is the adjoint of a
// convolution, so its forward is the other's backward: the same three kernels serve both.

import { InvalidInputError } from "../../host/errors.js";
import { packedCopy, packNow } from "../packed.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import {
  type ConvolutionOptions,
  type ConvolutionSizes,
  checkMap,
  checkOptions,
  fourAxes,
  mapSize,
  type Pair,
  pair,
  pictureSize,
  sizesInMemory,
} from "./convolution-sizes.js";
import { expectShape } from "./shape.js";

/**
 * Convolution, torch.nn.functional.conv2d.
 *
 * @param x (N, H, W, I)
 * @param weight (O, kh, kw, I)
 * @param bias (O)
 * @returns (N, P, Q, O), P = ⌊(H + 2 padding - dilation (kh - 1) - 1) / stride⌋ + 1
 */
export function conv2d(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvolutionOptions = {},
): Tensor {
  const sizes = convolutionSizes("conv2d", x, weight, options);
  const { N, P, Q, I, O, kernel } = sizes;
  expectShape("conv2d: weight", weight, [O, ...kernel, I]);
  if (bias) expectShape("conv2d: bias", bias, [O]);
  const { pictures } = tape.machine;
  const at = sizesInMemory(tape, sizes);
  const y = tape.empty([N, P, Q, O], x, weight, bias);
  const packed = packedCopy(tape, weight);
  tape.scratch(pictures.convolution_forward_work(at), (work) =>
    pictures.convolution_forward(y.address, x.address, packed, bias?.address ?? 0, false, at, work),
  );
  tape.record([y], () => {
    const [dx, dw] = [tape.grad(x), tape.grad(weight)];
    const dy = y.gradAddress;
    if (dx !== 0) adjoint(tape, dx, dy, weight, 0, true, at);
    if (dw !== 0) {
      tape.scratch(pictures.convolution_weights_work(at), (work) =>
        pictures.convolution_weights(dw, x.address, dy, at, work),
      );
    }
    addBias(tape, bias, y);
  });
  return y;
}

/** Options of a transposed convolution. */
export interface TransposedOptions extends ConvolutionOptions {
  /** Rows and columns more at the lower and right border. Default 0. */
  readonly outputPadding?: Pair;
}

/**
 * Transposed convolution, torch.nn.functional.conv_transpose2d.
 *
 * @param x (N, P, Q, I)
 * @param weight (I, kh, kw, O)
 * @param bias (O)
 * @returns (N, H, W, O), H = (P - 1) stride - 2 padding + dilation (kh - 1) + 1 + outputPadding
 */
export function convTranspose2d(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: TransposedOptions = {},
): Tensor {
  const sizes = transposedSizes(x, weight, options);
  // As the convolution sees it, that this one is the adjoint of: from O channels to I.
  const { N, H, W, I: channels, O: own, kernel } = sizes;
  expectShape("convTranspose2d: weight", weight, [own, ...kernel, channels]);
  if (bias) expectShape("convTranspose2d: bias", bias, [channels]);
  const { pictures } = tape.machine;
  const at = sizesInMemory(tape, sizes);
  const y = tape.empty([N, H, W, channels], x, weight, bias);
  adjoint(tape, y.address, x.address, weight, bias?.address ?? 0, false, at);
  tape.record([y], () => {
    const [dx, dw] = [tape.grad(x), tape.grad(weight)];
    const dy = y.gradAddress;
    if (dx !== 0) {
      tape.machine.scoped(() => {
        const packed = packNow(tape, weight);
        tape.scratch(pictures.convolution_forward_work(at), (work) =>
          pictures.convolution_forward(dx, dy, packed, 0, true, at, work),
        );
      });
    }
    if (dw !== 0) {
      tape.scratch(pictures.convolution_weights_work(at), (work) =>
        pictures.convolution_weights(dw, dy, x.address, at, work),
      );
    }
    addBias(tape, bias, y);
  });
  return y;
}

/**
 * Depthwise convolution: a kernel for each channel, torch.nn.functional.conv2d with groups = C.
 *
 * @param x (N, H, W, C)
 * @param weight (kh, kw, C)
 * @param bias (C)
 * @returns (N, P, Q, C)
 */
export function depthwiseConv2d(
  tape: Tape,
  x: Tensor,
  weight: Tensor,
  bias?: Tensor,
  options: ConvolutionOptions = {},
): Tensor {
  const C = x.shape[x.shape.length - 1];
  const [kh, kw] = weight.shape;
  expectShape("depthwiseConv2d: weight", weight, [kh, kw, C]);
  if (bias) expectShape("depthwiseConv2d: bias", bias, [C]);
  const sizes = convolutionSizes("depthwiseConv2d", x, { shape: [C, kh, kw, C] }, options);
  const { pictures } = tape.machine;
  const at = sizesInMemory(tape, sizes);
  const y = tape.empty([sizes.N, sizes.P, sizes.Q, C], x, weight, bias);
  pictures.depthwise_forward(y.address, x.address, weight.address, bias?.address ?? 0, at);
  tape.record([y], () => {
    const [dx, dw] = [tape.grad(x), tape.grad(weight)];
    if (dx !== 0 || dw !== 0) {
      pictures.depthwise_backward(dx, dw, y.gradAddress, x.address, weight.address, at);
    }
    addBias(tape, bias, y);
  });
  return y;
}

/** Pictures of maps: a convolution's gradient of its input, and a transposed convolution. */
function adjoint(
  tape: Tape,
  to: number,
  maps: number,
  weight: Tensor,
  bias: number,
  accumulate: boolean,
  sizes: number,
): void {
  const { machine } = tape;
  const { pictures } = machine;
  machine.scoped(() => {
    const packed = accumulate ? packNow(tape, weight, true) : packedCopy(tape, weight, true);
    tape.scratch(pictures.convolution_adjoint_work(sizes), (work) =>
      pictures.convolution_adjoint(to, maps, packed, bias, accumulate, sizes, work),
    );
  });
}

function addBias(tape: Tape, bias: Tensor | undefined, y: Tensor): void {
  const db = tape.grad(bias);
  if (db === 0) return;
  const { size } = bias!;
  tape.machine.kernels.sum_columns(db, y.gradAddress, y.size / size, size);
}

function convolutionSizes(
  what: string,
  x: Tensor,
  weight: Pick<Tensor, "shape">,
  options: ConvolutionOptions,
): ConvolutionSizes {
  const [N, H, W, I] = fourAxes(what, x);
  const [O, kh, kw] = weight.shape;
  const { stride, padding, dilation } = checkOptions(what, options);
  const P = mapSize(H, kh, stride[0], padding[0], dilation[0]);
  const Q = mapSize(W, kw, stride[1], padding[1], dilation[1]);
  const sizes: ConvolutionSizes = {
    ...{ N, H, W, I, P, Q, O, kernel: [kh, kw] },
    ...{ stride, padding, dilation },
  };
  checkMap(what, sizes);
  return sizes;
}

function transposedSizes(x: Tensor, weight: Tensor, options: TransposedOptions): ConvolutionSizes {
  const what = "convTranspose2d";
  const [N, P, Q, O] = fourAxes(what, x);
  const [, kh, kw, I] = weight.shape;
  const { stride, padding, dilation } = checkOptions(what, options);
  const more = pair(options.outputPadding ?? 0);
  checkOptions(what, { padding: more });
  const H = pictureSize(P, kh, stride[0], padding[0], dilation[0], more[0]);
  const W = pictureSize(Q, kw, stride[1], padding[1], dilation[1], more[1]);
  const sizes: ConvolutionSizes = {
    ...{ N, H, W, I, P, Q, O, kernel: [kh, kw] },
    ...{ stride, padding, dilation },
  };
  const back = [
    mapSize(H, kh, stride[0], padding[0], dilation[0]),
    mapSize(W, kw, stride[1], padding[1], dilation[1]),
  ];
  if (H >= 1 && W >= 1 && back[0] === P && back[1] === Q) return sizes;
  throw new InvalidInputError(
    `${what}: maps of ${P} × ${Q} become pictures of ${H} × ${W}; padding must leave some of them, and ` +
      `outputPadding must be less than the stride, got padding [${padding}], outputPadding [${more}], ` +
      `stride [${stride}]`,
  );
}
