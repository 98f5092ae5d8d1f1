// Sizes of a diffusion's network: a U-Net for pictures, or dense layers for vectors.

import { InvalidInputError } from "../../host/errors.js";
import { type Rule, type Rules, resolve } from "../../host/rules.js";
import { type Shape, shapeText } from "./shape.js";

/** Options of a diffusion's network. */
export interface DiffusionBodyOptions {
  /**
   * What predicts: a `unet`, residual blocks of convolutions at several sizes of a picture; or an `mlp`, residual dense
   * layers. Default `unet` for pictures, else `mlp`.
   */
  readonly network?: "unet" | "mlp";
  /** Channels of the first level; each level has twice as many. Default 16. For `unet` only. */
  readonly channels?: number;
  /**
   * Sizes of a picture: each level halves it, so both sides must be multiples of 2^(levels - 1). Default 3, or fewer
   * where sides are odd or small. For `unet` only.
   */
  readonly levels?: number;
  /** Attention between all pixels of the smallest size. Default false. For `unet` only. */
  readonly attention?: boolean;
  /** Units of a dense layer. Default 128. For `mlp` only. */
  readonly hidden?: number;
  /** Residual blocks of two dense layers. Default 3. For `mlp` only. */
  readonly layers?: number;
}

/** The same, complete; what the network does not have is left out. */
export type DiffusionBody =
  | {
      readonly network: "unet";
      readonly channels: number;
      readonly levels: number;
      readonly attention: boolean;
    }
  | { readonly network: "mlp"; readonly hidden: number; readonly layers: number };

const rules: Rules<DiffusionBodyOptions> = {
  network: { type: "choice", of: ["unet", "mlp"], value: "unet", fits: true },
  channels: { type: "integer", min: 1, max: 4096, value: 16 },
  levels: { type: "integer", min: 1, max: 8, value: 3, fits: true },
  attention: { type: "flag", value: false },
  hidden: { type: "integer", min: 1, max: 65536, value: 128 },
  layers: { type: "integer", min: 1, max: 64, value: 3 },
};

/** The same among the options of the model, which `diffusionBody` checks. */
export const diffusionBodyRules: {
  readonly [K in keyof DiffusionBodyOptions]-?: Rule & { readonly own: true };
} = {
  network: { type: "choice", of: ["unet", "mlp"], own: true },
  channels: { type: "integer", min: 1, max: 4096, value: 16, own: true },
  levels: { type: "integer", min: 1, max: 8, value: 3, own: true },
  attention: { type: "flag", value: false, own: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 128, own: true },
  layers: { type: "integer", min: 1, max: 64, value: 3, own: true },
};

/** Names of all that is stored of a network. */
export const diffusionSizes: readonly string[] = Object.keys(rules).slice(1);

/** Options that only one of the networks has. */
const OF = { unet: ["channels", "levels", "attention"], mlp: ["hidden", "layers"] } as const;

/** Levels where nothing is said, and the smallest side that they make. */
const [LEVELS, LEAST] = [3, 3];

/** @throws InvalidInputError naming the first option that cannot be used */
export function diffusionBody(given: DiffusionBodyOptions, shape: Shape): DiffusionBody {
  const pictures = shape.length === 3;
  const suited = { network: pictures ? "unet" : "mlp", levels: suitedLevels(shape) };
  const o = resolve(rules, given, suited);
  const { network, channels, levels, attention, hidden, layers } = o;
  const other = network === "mlp" ? "unet" : "mlp";
  const wrong = OF[other].find((name) => given[name] !== undefined);
  if (wrong !== undefined) {
    throw new InvalidInputError(`${wrong} is for network "${other}", this one is "${network}"`);
  }
  if (network === "mlp") return { network, hidden, layers };
  if (!pictures) {
    throw new InvalidInputError(
      `network "unet" is for pictures, this shape is ${shapeText(shape)}; use network "mlp"`,
    );
  }
  const most = 2 ** (levels - 1);
  if (shape[0] % most !== 0 || shape[1] % most !== 0) {
    throw new InvalidInputError(
      `${levels} levels halve pictures ${levels - 1} times, so both sides must be multiples of ${most}; ` +
        `this shape is ${shapeText(shape)}. Resize the pictures, or use fewer levels`,
    );
  }
  return { network, channels, levels, attention };
}

function suitedLevels([height, width = 1]: Shape): number {
  let levels = 1;
  for (let [h, w] = [height, width]; levels < LEVELS; levels++) {
    if (h % 2 !== 0 || w % 2 !== 0 || Math.min(h, w) < 2 * LEAST) break;
    [h, w] = [h / 2, w / 2];
  }
  return levels;
}
