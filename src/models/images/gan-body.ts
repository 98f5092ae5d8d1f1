// Sizes of a GAN's two networks: dense layers, or Radford's convolutions.

import { InvalidInputError } from "../../host/errors.js";
import { type Rule, type Rules, resolve } from "../../host/rules.js";
import { type Shape, shapeText } from "./shape.js";

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

const rules: Rules<GANBodyOptions> = {
  network: { type: "choice", of: ["dense", "dcgan"], value: "dcgan", fits: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 128 },
  layers: { type: "integer", min: 1, max: 16, value: 3 },
  channels: { type: "integer", min: 1, max: 65536, value: 64 },
  generatorHidden: { type: "integer", min: 1, max: 65536, value: 128, fits: true },
  generatorChannels: { type: "integer", min: 1, max: 65536, value: 64, fits: true },
};

/** The same among the options of the model, which `ganBody` checks. */
export const ganBodyRules: {
  readonly [K in keyof GANBodyOptions]-?: Rule & { readonly own: true };
} = {
  network: { type: "choice", of: ["dense", "dcgan"], own: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 128, own: true },
  layers: { type: "integer", min: 1, max: 16, value: 3, own: true },
  channels: { type: "integer", min: 1, max: 65536, value: 64, own: true },
  generatorHidden: { type: "integer", min: 1, max: 65536, own: true },
  generatorChannels: { type: "integer", min: 1, max: 65536, own: true },
};

/** Options that only one of the networks has. */
const OF = {
  dense: ["hidden", "layers", "generatorHidden"],
  dcgan: ["channels", "generatorChannels"],
} as const;

/** The smallest picture inside: sides of so many pixels, that are not halved any more. */
const [LEAST, MOST] = [4, 9];

/** @throws InvalidInputError naming the first option that cannot be used */
export function ganBody(given: GANBodyOptions, shape: Shape): GANBody {
  const suited = { network: halves(shape) ? "dcgan" : "dense" };
  const { network, hidden, layers, channels } = resolve(rules, given, suited);
  const other = network === "dense" ? "dcgan" : "dense";
  const wrong = OF[other].find((name) => given[name] !== undefined);
  if (wrong !== undefined) {
    throw new InvalidInputError(`${wrong} is for network "${other}", this one is "${network}"`);
  }
  if (network === "dense") {
    const { generatorHidden = hidden } = given;
    return { network, hidden, layers, ...(generatorHidden === hidden ? {} : { generatorHidden }) };
  }
  if (!halves(shape)) {
    throw new InvalidInputError(
      `network "dcgan" is for pictures whose sides can be halved to ${LEAST} to ${MOST}, such as 16, 28, 32 and 64; ` +
        `this shape is ${shapeText(shape)}. Resize the pictures, or use network "dense"`,
    );
  }
  const { generatorChannels = channels } = given;
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
  if (shape.length !== 3) return false;
  const sides = halvedSides(shape);
  return sides.length > 1 && Math.max(...sides[sides.length - 1]) <= MOST;
}
