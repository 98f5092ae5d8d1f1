// Random filters: features without weights (Ustyuzhaninov et al., "Texture Synthesis Using Shallow Convolutional Networks
// with Random Filters", 2016; "What does it take to generate natural textures?", 2017).

import { Key } from "../../host/key.js";
import type { Machine } from "../../host/machine.js";
import { conv2d } from "../../nn/ops/convolution.js";
import { relu, sub } from "../../nn/ops/elementwise.js";
import { pad2d } from "../../nn/ops/pad.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Border, FeatureMap, StyleEye } from "./features.js";
import { enlarged, halved } from "./halves.js";
import type { Palette } from "./palette.js";
import { repeated } from "./picture.js";

/** Side of a filter, and the most halvings of the picture. */
const [SIDE, HALVINGS] = [11, 5];
/** How many there are: channels of each map. */
export const FILTERS = 64;
/** Content is compared after so many halvings, or as many as there are. */
const CONTENT = 2;
/** The filters are always the same, so that distances can be compared. */
const SEED = 0;

/**
 * relu(filters ∗ band) for each band of a Laplacian pyramid: what a picture has at its size and not at half of it, what that
 * has and not a quarter, and so on; at last what is left (Burt and Adelson 1983). Colours are whitened by the style's. A
 * pyramid has as many levels as leave the pictures two filters' sides. So fine and coarse count alike, and filters of several
 * radii see edges that those of one radius blur.
 */
export class RandomFilters implements StyleEye {
  readonly machine: Machine;
  readonly #weights: Float32Array;
  readonly #mean: Float32Array;

  readonly #halvings: number;

  /**
   * @param side the least side of all pictures that are compared
   * @param given (64, 11, 11, 3), for tests
   */
  constructor(
    machine: Machine,
    side: number,
    { mean, whiten }: Pick<Palette, "mean" | "whiten">,
    given: Float32Array = filters(machine),
  ) {
    this.machine = machine;
    this.#halvings = Math.max(0, levelsOf(side).length - 1);
    this.#mean = Float32Array.from(mean);
    this.#weights = whitened(given, whiten);
  }

  maps(tape: Tape, x: Tensor, border: Border): FeatureMap[] {
    const weight = tape.tensor(this.#weights, [FILTERS, SIDE, SIDE, 3]);
    const maps: FeatureMap[] = [];
    const half = SIDE >> 1;
    let level = sub(tape, x, tape.tensor(repeated(this.#mean, x.size), x.shape));
    for (let i = 0; i <= this.#halvings; i++) {
      const [, height, width] = level.shape;
      const smaller = i === this.#halvings ? undefined : halved(tape, level, border);
      const band = smaller
        ? sub(tape, level, enlarged(tape, smaller, height, width, border))
        : level;
      const whole =
        border === "none" && Math.min(height, width) >= SIDE
          ? band
          : pad2d(tape, band, [half, half, half, half], border === "none" ? "reflect" : border);
      maps.push({ name: `${2 ** i}`, map: relu(tape, conv2d(tape, whole, weight)) });
      if (!smaller) break;
      level = smaller;
    }
    return maps;
  }

  content(name: string): number {
    return name === `${2 ** Math.min(CONTENT, this.#halvings)}` ? 1 : 0;
  }
}

/** Names of the maps for pictures of this least side, the finest first; none for side 0. */
export function levelsOf(side: number): string[] {
  if (side === 0) return [];
  const names = ["1"];
  while (names.length <= HALVINGS && side >> names.length >= 2 * SIDE)
    names.push(`${2 ** names.length}`);
  return names;
}

/** (F, k, k, 3): normal numbers in a round window, each filter with a radius of its own, and of length 1. */
export function filters(machine: Machine): Float32Array {
  const size = SIDE * SIDE * 3;
  const middle = SIDE >> 1;
  const values = Key.fromSeed(machine, SEED).normal(FILTERS * size);
  for (let f = 0; f < FILTERS; f++) {
    const own = values.subarray(f * size, (f + 1) * size);
    const radius = 1.5 + ((middle + 1 - 1.5) * f) / (FILTERS - 1);
    let squares = 0;
    for (let i = 0; i < size; i++) {
      const [row, column] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE];
      const far = ((row - middle) ** 2 + (column - middle) ** 2) / radius ** 2;
      const window = far < 1 ? (1 - far) ** 2 : 0;
      own[i] *= window;
      squares += own[i] * own[i];
    }
    const length = Math.sqrt(squares);
    for (let i = 0; i < size; i++) own[i] /= length;
  }
  return values;
}

/** Filters that see whitened colours: w ↦ Wᵀ w at each tap. */
function whitened(values: Float32Array, W: Palette["whiten"]): Float32Array {
  const own = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 3) {
    for (let c = 0; c < 3; c++) {
      own[at + c] = values[at] * W[0][c] + values[at + 1] * W[1][c] + values[at + 2] * W[2][c];
    }
  }
  return own;
}
