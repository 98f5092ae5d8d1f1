// Sizes of a GAN's two networks: dense layers, or Radford's convolutions.

import { InvalidInputError } from "../../host/errors.js";
import { type OwnRules, resolveOwn } from "../../host/rules.js";
import { checkSizes } from "../base/network-choice.js";
import { isPicture, type Shape, shapeText } from "./shape.js";

/** Options of a GAN's networks. */
export interface GANBodyOptions {
  /**
   * What both sides are made of: `dense` layers with leaky ReLU, for vectors and points too; or `dcgan`, convolutions 4×4
   * that halve and double pictures, with batch norm (Radford et al., "Unsupervised Representation Learning with Deep
   * Convolutional GANs", 2016). Default `dcgan` for pictures whose sides can be halved to 4 to 9, such as 16, 28, 32
   * and 64, else `dense`.
   */
  readonly network?: "dense" | "dcgan";
  /** Units of a dense layer. Default 128. For `dense` only. */
  readonly hidden?: number;
  /** Hidden layers of each side. Default 3. For `dense` only. */
  readonly layers?: number;
  /** Channels of the discriminator's first convolution and the generator's last; they double inwards. Default 64. For `dcgan` only. */
  readonly channels?: number;
  /** `hidden` of the generator alone. Default `hidden`. For `dense` only. */
  readonly generatorHidden?: number;
  /** `channels` of the generator alone. Default `channels`. For `dcgan` only. */
  readonly generatorChannels?: number;
}

/** The same, complete; what the network does not have is left out, and the generator's where it is as the other's. */
export type GANBody =
  | {
      readonly network: "dense";
      readonly hidden: number;
      readonly layers: number;
      readonly generatorHidden?: number;
    }
  | { readonly network: "dcgan"; readonly channels: number; readonly generatorChannels?: number };

/** What each option may be, which `ganBody` checks. */
export const ganBodyRules: OwnRules<GANBodyOptions> = {
  network: { type: "choice", of: ["dense", "dcgan"], own: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 128, own: true },
  layers: { type: "integer", min: 1, max: 16, value: 3, own: true },
  channels: { type: "integer", min: 1, max: 65536, value: 64, own: true },
  generatorHidden: { type: "integer", min: 1, max: 65536, own: true },
  generatorChannels: { type: "integer", min: 1, max: 65536, own: true },
};

/** Sizes of each network. */
const SIZES = {
  dense: ["hidden", "layers", "generatorHidden"],
  dcgan: ["channels", "generatorChannels"],
} as const;

/** Names of all that a file says of a network. */
export const ganSizes: readonly string[] = [...SIZES.dense, ...SIZES.dcgan];

/** The smallest picture inside: sides of so many pixels, that are not halved any more. */
const [LEAST, MOST] = [4, 9];

/** @throws InvalidInputError naming the first option that cannot be used */
export function ganBody(given: GANBodyOptions, shape: Shape): GANBody {
  const { network, hidden, layers, channels, generatorHidden, generatorChannels } = resolveOwn(
    ganBodyRules,
    given,
    {
      network: halves(shape) ? "dcgan" : "dense",
      generatorHidden: given.hidden ?? 128,
      generatorChannels: given.channels ?? 64,
    },
  );
  checkSizes(SIZES, network, given);
  if (network === "dense") {
    return { network, hidden, layers, ...(generatorHidden === hidden ? {} : { generatorHidden }) };
  }
  if (!halves(shape)) {
    throw new InvalidInputError(
      `network "dcgan" is for pictures whose sides can be halved to ${LEAST} to ${MOST}, such as 16, 28, 32 and 64; ` +
        `this shape is ${shapeText(shape)}. Resize the pictures, or use network "dense"`,
    );
  }
  return { network, channels, ...(generatorChannels === channels ? {} : { generatorChannels }) };
}

/** Heights and widths of a picture before the first and after each halving, as far as both sides are even. */
export function halvedSides([height, width]: Shape): (readonly [number, number])[] {
  const sides: [number, number][] = [[height, width]];
  let [h, w] = [height, width];
  while (h % 2 === 0 && w % 2 === 0 && Math.min(h, w) >= 2 * LEAST) {
    [h, w] = [h / 2, w / 2];
    sides.push([h, w]);
  }
  return sides;
}

function halves(shape: Shape): boolean {
  if (!isPicture(shape)) return false;
  const sides = halvedSides(shape);
  return sides.length > 1 && Math.max(...sides[sides.length - 1]) <= MOST;
}
