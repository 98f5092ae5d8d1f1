// Sizes of convolutions, as torch.nn.functional counts them.

import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** A number for both axes, or [height, width]. */
export type Pair = number | readonly [number, number];

/** How a kernel goes over a picture. */
export interface ConvolutionOptions {
  /** Default 1. */
  readonly stride?: Pair;
  /** Zeros around the picture. Default 0. */
  readonly padding?: Pair;
  /** Distance of taps. Default 1. */
  readonly dilation?: Pair;
}

/** A convolution's sizes: from pictures (N, H, W, I) to maps (N, P, Q, O). */
export interface ConvolutionSizes {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly I: number;
  readonly P: number;
  readonly Q: number;
  readonly O: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
}

export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Rows or columns of the map of a picture of `size`. */
export function mapSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

/** Rows or columns of the picture that a transposed convolution makes of a map of `size`. */
export function pictureSize(
  size: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  outputPadding: number,
): number {
  return (size - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1 + outputPadding;
}

/** @throws InvalidInputError for numbers that no convolution has */
export function checkOptions(
  what: string,
  options: ConvolutionOptions,
): Pick<ConvolutionSizes, "stride" | "padding" | "dilation"> {
  const [stride, padding, dilation] = [
    pair(options.stride ?? 1),
    pair(options.padding ?? 0),
    pair(options.dilation ?? 1),
  ];
  const whole = (name: string, values: readonly number[], min: number) => {
    if (values.length === 2 && values.every((n) => Number.isSafeInteger(n) && n >= min)) return;
    throw new InvalidInputError(
      `${what}: ${name} must be whole numbers of at least ${min}, got [${values}]`,
    );
  };
  whole("stride", stride, 1);
  whole("padding", padding, 0);
  whole("dilation", dilation, 1);
  return { stride, padding, dilation };
}

/** Four axes (N, H, W, C). @throws InvalidInputError */
export function fourAxes(
  what: string,
  x: Pick<Tensor, "shape">,
): readonly [number, number, number, number] {
  if (x.shape.length === 4) return x.shape as unknown as [number, number, number, number];
  throw new InvalidInputError(`${what}: expected pictures (N, H, W, C), got shape [${x.shape}]`);
}

/** @throws InvalidInputError where the kernel is larger than the picture */
export function checkMap(what: string, sizes: ConvolutionSizes): void {
  const { H, W, P, Q, kernel, padding, dilation } = sizes;
  if (P >= 1 && Q >= 1) return;
  throw new InvalidInputError(
    `${what}: a kernel of ${kernel.join(" × ")} with dilation ${dilation.join(" × ")} does not fit into ` +
      `pictures of ${H} × ${W} with padding ${padding.join(" × ")}`,
  );
}

/** The sizes in memory, as the kernels read them; they live as long as the step. */
export function sizesInMemory(tape: Tape, sizes: ConvolutionSizes): number {
  const { N, H, W, I, P, Q, O, kernel, stride, padding, dilation } = sizes;
  const numbers = [N, H, W, I, P, Q, O, ...kernel, ...stride, ...padding, ...dilation];
  return tape.indices(numbers).address;
}
