// Sizes of the networks that read and make pictures: dense layers, or convolutions that halve the picture.

import { InvalidInputError } from "../../host/errors.js";
import { type OwnRules, resolveOwn } from "../../host/rules.js";
import { checkSizes } from "../base/network-choice.js";
import { isPicture, type Shape, shapeText } from "./shape.js";

/** Options of the networks of picture models. */
export interface BodyOptions {
  /**
   * What the model is made of: dense layers, or convolutions 4×4 that halve the picture, each with twice the
   * channels of the one before. Default `conv` for pictures of 8×8 or more, else `dense`.
   */
  readonly network?: "dense" | "conv";
  /** Units of a dense layer. Default 256. For `dense` only. */
  readonly hidden?: number;
  /** Hidden layers, default 2; of `conv` as many as bring the picture down to about 8×8, at least 2. */
  readonly layers?: number;
  /** Channels of the first convolution. Default 32. For `conv` only. */
  readonly channels?: number;
  /** After each layer. Default `relu`, and `tanh` for `dense`. */
  readonly activation?: "tanh" | "relu" | "leaky_relu" | "silu";
  /**
   * Between a convolution and its activation: nothing, or the norm of groups of 8 channels of a picture, or that of
   * the batch, whose averages are used after training (per shard, see `shards`). Default `none`. For `conv` only.
   */
  readonly norm?: "none" | "group" | "batch";
}

/** The same, complete; what the network does not have is left out. */
export type BodyConfig =
  | {
      readonly network: "dense";
      readonly hidden: number;
      readonly layers: number;
      readonly activation: Activation;
    }
  | {
      readonly network: "conv";
      readonly channels: number;
      readonly layers: number;
      readonly activation: Activation;
      readonly norm: "none" | "group" | "batch";
    };

export type Activation = NonNullable<BodyOptions["activation"]>;

/** What each option may be, which `bodyConfig` checks. */
export const bodyRules: OwnRules<BodyOptions> = {
  network: { type: "choice", of: ["dense", "conv"], own: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 256, own: true },
  layers: { type: "integer", min: 1, max: 16, own: true },
  channels: { type: "integer", min: 1, max: 65536, own: true },
  activation: { type: "choice", of: ["tanh", "relu", "leaky_relu", "silu"], own: true },
  norm: { type: "choice", of: ["none", "group", "batch"], value: "none", own: true },
};

/** Sizes of each network. */
const SIZES = {
  dense: ["hidden", "layers", "activation"],
  conv: ["channels", "layers", "activation", "norm"],
} as const;

/** Picture sides for which convolutions are the default, and to which they bring a picture down. */
const SMALL = 8;

/**
 * @param usual the model's own defaults
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function bodyConfig(given: BodyOptions, shape: Shape, usual: BodyOptions = {}): BodyConfig {
  const side = isPicture(shape) ? Math.min(shape[0], shape[1]) : 0;
  const suited = given.network ?? (side >= SMALL ? "conv" : "dense");
  const conv = suited === "conv";
  const o = resolveOwn(bodyRules, given, {
    ...{ channels: 32, ...usual },
    network: suited,
    layers: conv ? halvings(side) : 2,
    activation: conv ? "relu" : "tanh",
  });
  const { network, hidden, layers, channels, activation, norm } = o;
  checkSizes(SIZES, network, given);
  if (network === "dense") return { network, hidden, layers, activation };
  if (!isPicture(shape)) {
    throw new InvalidInputError(
      `network "conv" is for pictures (height × width × channels), this shape is ${shapeText(shape)}; use "dense"`,
    );
  }
  if (2 ** layers > side) {
    throw new InvalidInputError(
      `network "conv" halves the picture ${layers} times, and ${shapeText(shape)} is too small for that; ` +
        'use fewer layers, or network "dense"',
    );
  }
  return { network, channels, layers, activation, norm };
}

/** Side of the kernels that halve a picture, with stride 2 and padding 1: rounded down by 4×4, up by 3×3. */
export type Kernel = 3 | 4;

/** Heights and widths of the picture before the first and after each halving. */
export function sidesOf(
  [height, width]: Shape,
  layers: number,
  kernel: Kernel = 4,
): (readonly [number, number])[] {
  const half = (side: number) => Math.floor((side + 2 - kernel) / 2) + 1;
  const sides: [number, number][] = [[height, width]];
  for (let i = 0; i < layers; i++) {
    const [h, w] = sides[i];
    sides.push([half(h), half(w)]);
  }
  return sides;
}

/** Halvings that bring a side down to about 8: 2 for 28 and 32, 3 for 64. */
function halvings(side: number): number {
  let count = 2;
  while (side / 2 ** count > 1.5 * SMALL) count++;
  return count;
}
