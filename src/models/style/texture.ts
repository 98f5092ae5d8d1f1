// Textures: pictures of any size that look like a piece of another one.

import { checkNumber } from "../../host/errors.js";
import { Key, purposes } from "../../host/key.js";
import { Training } from "../../train/training.js";
import { Objective } from "./objective.js";
import { eyesOf, flag, type StyleOptions, styleOptions } from "./options.js";
import { paletteOf } from "./palette.js";
import {
  bytesOf,
  type Colours,
  coloursOf,
  onWhite,
  pictureOf,
  type StylePicture,
  scaled,
} from "./picture.js";
import type { StyleReport } from "./report.js";
import { type Octave, octaveFactors, optimised, resizedNumbers } from "./run.js";
import { wellCut } from "./tile.js";

/** Options of `synthesizeTexture`. */
export interface TextureOptions extends StyleOptions {
  /** Default: the style's. */
  readonly width?: number;
  /** Default: the style's. */
  readonly height?: number;
  /** Whether the texture continues at its border as it began, so that it can be laid side by side. Default false. */
  readonly tileable?: boolean;
}

/** A texture is made at a quarter of its size, at half, and then as it is, where it is large enough. */
const OCTAVES = 3;
/** The least side of the coarsest. */
const COARSEST = 24;
/** Every texture is made as a tile, which has no border where it could look different; one that is none is cut out of it. */
const MARGIN = 8;
/** A side of a texture. */
const MOST = 8192;

/**
 * A texture that looks like a picture: noise, optimised until Gram matrices of its features are those of the picture
 * (Gatys et al., "Texture Synthesis Using Convolutional Neural Networks", 2015), by default of random filters
 * (Ustyuzhaninov et al. 2016).
 *
 * ```ts
 * const { image } = await synthesizeTexture(wall, { width: 256, height: 256, tileable: true });
 * await writeFile("tile.png", await image.toPNG(0));
 * ```
 *
 * Looped over with `for await` it gives a report and the picture so far after each step. What is transparent in the style
 * is put on white. A style of one colour gives that colour.
 * @throws InvalidInputError, OutOfMemoryError, or the signal's reason
 */
export function synthesizeTexture(
  style: StylePicture,
  options: TextureOptions = {},
): Training<StyleReport> {
  const resolved = styleOptions("synthesizeTexture", options, ["width", "height", "tileable"]);
  const picture = onWhite(coloursOf("style", style));
  const rule = { integer: true, min: 1, max: MOST };
  const width = checkNumber("width", options.width ?? picture.width, rule);
  const height = checkNumber("height", options.height ?? picture.height, rule);
  const tileable = flag("tileable", options.tileable, false);
  const margin = tileable ? 0 : MARGIN;
  const [across, down] = [width + 2 * margin, height + 2 * margin];
  return new Training(
    (async function* () {
      const eyes = await eyesOf(options);
      const side = Math.min(across, down, picture.width, picture.height);
      const octaves = octaveFactors(side, COARSEST, OCTAVES).map((factor): Octave => {
        const own = part(picture, factor);
        const [h, w] = [down, across].map((one) => Math.max(1, Math.round(one / factor)));
        const palette = paletteOf([{ picture: own, share: 1 }]);
        const eye = eyes(Math.min(h, w, own.width, own.height), palette);
        const { machine } = eye;
        const before = [down, across].map((one) => Math.max(1, Math.round(one / (2 * factor))));
        return {
          height: h,
          width: w,
          objective: () =>
            new Objective(
              eye,
              [{ styles: [{ picture: own, share: 1 }] }],
              undefined,
              { content: 0, variation: resolved.variation },
              "wrap",
            ),
          start(found) {
            if (found)
              return resizedNumbers(machine, found, [before[0], before[1]], [h, w], "wrap");
            const key = Key.fromSeed(machine, resolved.seed).fold(purposes.noise);
            return coloured(key.normal(3 * h * w), palette.mean, palette.spread);
          },
        };
      });
      yield* optimised(octaves, resolved, (values, h, w, last) => {
        const made = scaled({ height: h, width: w, data: bytesOf(values) }, across, down);
        // On the way it stays where it is.
        if (tileable) return pictureOf(last ? wellCut(made) : made);
        return pictureOf(cut(made, margin));
      });
    })(),
  );
}

/** Without its margin. */
function cut({ width, height, data }: Colours, margin: number): Colours {
  const [w, h] = [width - 2 * margin, height - 2 * margin];
  const inside = new Uint8Array(3 * w * h);
  for (let row = 0; row < h; row++) {
    const from = 3 * ((row + margin) * width + margin);
    inside.set(data.subarray(from, from + 3 * w), 3 * w * row);
  }
  return { width: w, height: h, data: inside };
}

function part(picture: Colours, factor: number): Colours {
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side / factor)),
  );
  return scaled(picture, width, height);
}

/** Noise in the colours of a style: mean + L z. */
function coloured(
  noise: Float32Array,
  mean: readonly number[],
  L: readonly (readonly number[])[],
): Float32Array {
  for (let at = 0; at < noise.length; at += 3) {
    const z = [noise[at], noise[at + 1], noise[at + 2]];
    for (let c = 0; c < 3; c++) {
      noise[at + c] = mean[c] + L[c][0] * z[0] + L[c][1] * z[1] + L[c][2] * z[2];
    }
  }
  return noise;
}
