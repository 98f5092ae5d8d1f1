// Sizes of a diffusion's network: a U-Net or a Transformer for pictures, or dense layers for vectors.

import { InvalidInputError } from "../../host/errors.js";
import { type OwnRules, resolveOwn } from "../../host/rules.js";
import { checkSizes } from "../base/network-choice.js";
import { suitedHeads } from "../base/transformer/heads.js";
import { frameOf, hasPixels, isClip, type Shape, shapeText } from "./shape.js";

/** Options of a diffusion's network. */
export interface DiffusionBodyOptions {
  /**
   * What predicts: a `unet`, residual blocks of convolutions at several sizes of a picture; a `dit`, a Transformer over its
   * patches; or an `mlp`, residual dense layers. Default `unet` for pictures, else `mlp`.
   */
  readonly network?: "unet" | "dit" | "mlp";
  /** Channels of the first level; each level has twice as many. Default 16. For `unet` only. */
  readonly channels?: number;
  /**
   * Sizes of a picture: each level halves it, so both sides must be multiples of 2^(levels - 1). Default 3, or fewer
   * where sides are odd or small. For `unet` only.
   */
  readonly levels?: number;
  /** Attention between all pixels of the smallest size. Default false. For `unet` only. */
  readonly attention?: boolean;
  /**
   * Of clips: at how many of the smallest sizes of a picture each pixel looks at itself in the other frames (attention over
   * time). Default 1. For `unet` only.
   */
  readonly timeLevels?: number;
  /** Of clips: whether the model learns to be given the first frame, see `generate`. Default true. For `unet` only. */
  readonly first?: boolean;
  /** Side of a patch in pixels, which divides both sides of a picture. Default 2. For `dit` only. */
  readonly patch?: number;
  /** Units of a dense layer, or the width of a Transformer. Default 128. For `mlp` and `dit`. */
  readonly hidden?: number;
  /** Residual blocks, of two dense layers or of a Transformer. Default 3, and 4 of a Transformer. For `mlp` and `dit`. */
  readonly layers?: number;
  /** Heads of attention, which divide `hidden`. Default: of 32 numbers each, where that goes. For `dit` only. */
  readonly heads?: number;
}

/** The same, complete; what the network does not have is left out. */
export type DiffusionBody =
  | {
      readonly network: "unet";
      readonly channels: number;
      readonly levels: number;
      readonly attention: boolean;
      /** Of clips. */
      readonly timeLevels?: number;
      readonly first?: boolean;
    }
  | {
      readonly network: "dit";
      readonly patch: number;
      readonly hidden: number;
      readonly layers: number;
      readonly heads: number;
    }
  | { readonly network: "mlp"; readonly hidden: number; readonly layers: number };

/** What each option may be, which `diffusionBody` checks. */
export const diffusionBodyRules: OwnRules<DiffusionBodyOptions> = {
  network: { type: "choice", of: ["unet", "dit", "mlp"], own: true },
  channels: { type: "integer", min: 1, max: 4096, value: 16, own: true },
  levels: { type: "integer", min: 1, max: 8, value: 3, own: true },
  attention: { type: "flag", value: false, own: true },
  timeLevels: { type: "integer", min: 1, max: 8, value: 1, own: true },
  first: { type: "flag", value: true, own: true },
  patch: { type: "integer", min: 1, max: 4096, value: 2, own: true },
  hidden: { type: "integer", min: 1, max: 65536, value: 128, own: true },
  layers: { type: "integer", min: 1, max: 64, value: 3, own: true },
  heads: { type: "integer", min: 1, max: 65536, own: true },
};

/** Sizes of each network. */
const SIZES = {
  unet: ["channels", "levels", "attention", "timeLevels", "first"],
  mlp: ["hidden", "layers"],
  dit: ["patch", "hidden", "layers", "heads"],
} as const;

/** Names of all that a file says of a network. */
export const diffusionSizes: readonly string[] = Object.values(SIZES).flat();

/** Levels where nothing is said, and the smallest side that they make. */
const [LEVELS, LEAST] = [3, 3];

/** @throws InvalidInputError naming the first option that cannot be used */
export function diffusionBody(given: DiffusionBodyOptions, shape: Shape): DiffusionBody {
  const pictures = hasPixels(shape);
  const clips = isClip(shape);
  const o = resolveOwn(diffusionBodyRules, given, {
    network: pictures ? "unet" : "mlp",
    levels: suitedLevels(frameOf(shape)),
    ...(given.network === "dit" && { layers: 4 }),
    heads: suitedHeads(given.hidden ?? 128),
  });
  const { network, channels, levels, attention, patch, hidden, layers, heads } = o;
  checkSizes(SIZES, network, given);
  if (clips && network !== "unet") {
    throw new InvalidInputError(
      `network "${network}" learns no clips, these are of ${shapeText(shape)}; use network "unet"`,
    );
  }
  const time = (["timeLevels", "first"] as const).find((name) => given[name] !== undefined);
  if (time && !clips) {
    throw new InvalidInputError(`${time} is for clips, this shape is ${shapeText(shape)}`);
  }
  if (network === "mlp") return { network, hidden, layers };
  if (!pictures) {
    throw new InvalidInputError(
      `network "${network}" is for pictures, this shape is ${shapeText(shape)}; use network "mlp"`,
    );
  }
  if (network === "dit") {
    if (shape[0] % patch !== 0 || shape[1] % patch !== 0) {
      throw new InvalidInputError(
        `patches of ${patch} pixels must divide both sides of a picture; this shape is ${shapeText(shape)}`,
      );
    }
    if (hidden % heads !== 0) {
      throw new InvalidInputError(`heads must divide hidden (${hidden}), got ${heads}`);
    }
    return { network, patch, hidden, layers, heads };
  }
  const most = 2 ** (levels - 1);
  const [height, width] = frameOf(shape);
  if (height % most !== 0 || width % most !== 0) {
    throw new InvalidInputError(
      `${levels} levels halve pictures ${levels - 1} times, so both sides must be multiples of ${most}; ` +
        `this shape is ${shapeText(shape)}. Resize the pictures, or use fewer levels`,
    );
  }
  if (!clips) return { network, channels, levels, attention };
  const { timeLevels, first } = o;
  if (timeLevels > levels) {
    throw new InvalidInputError(`timeLevels must be at most levels (${levels}), got ${timeLevels}`);
  }
  return { network, channels, levels, attention, timeLevels, first };
}

function suitedLevels([height, width = 1]: Shape): number {
  let levels = 1;
  for (let [h, w] = [height, width]; levels < LEVELS; levels++) {
    if (h % 2 !== 0 || w % 2 !== 0 || Math.min(h, w) < 2 * LEAST) break;
    [h, w] = [h / 2, w / 2];
  }
  return levels;
}
