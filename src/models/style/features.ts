// What style and content are compared in: maps of features of a picture.

import type { Machine } from "../../host/machine.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Palette } from "./palette.js";

/** Beyond the border of a picture: nothing, so that maps are smaller; its mirror image; or the picture again, as a tile. */
export type Border = "none" | "reflect" | "wrap";

/** One map of a picture. */
export interface FeatureMap {
  /** What the map is called, for reports and weights. */
  readonly name: string;
  /** (1, h, w, C) */
  readonly map: Tensor;
}

/** Something that sees features in pictures of any size. */
export interface StyleEye {
  /** Where it computes. */
  readonly machine: Machine;
  /**
   * The maps in which styles are compared, the finest first. A picture that is too small for the coarser ones has fewer.
   * @param x (1, H, W, 3), from 0 to 1
   * @param border what is beyond the picture
   */
  maps(tape: Tape, x: Tensor, border: Border): FeatureMap[];
  /** How much the content counts in a map of this name: 0 where it does not. */
  content(name: string): number;
}

/**
 * Makes an eye for pictures of some size.
 * @param side the least side of all pictures that are compared
 * @param palette of the style
 */
export type EyeMaker = (side: number, palette: Palette) => StyleEye;
