// Pictures in the style of others.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { Training } from "../../train/training.js";
import { type Mask, Objective, type Region } from "./objective.js";
import { eyesOf, flag, type StyleOptions, styleOptions } from "./options.js";
import { paletteOf } from "./palette.js";
import {
  bytesOf,
  type Colours,
  coloursOf,
  luminance,
  numbersOf,
  onWhite,
  pictureOf,
  type StylePicture,
  scaled,
} from "./picture.js";
import type { StyleReport } from "./report.js";
import { type Octave, octaveFactors, optimised, resizedNumbers } from "./run.js";

/** A style among several. */
export interface StyleSource {
  readonly image: StylePicture;
  /** How much of it there is beside the others of the same place. Default 1. */
  readonly weight?: number;
  /** A picture of the style's size: what is white of it counts, black does not. Default: all. */
  readonly mask?: StylePicture;
  /** A picture of the content's size: where it is white the style goes. Default: everywhere. */
  readonly where?: StylePicture;
}

/** Options of `transferStyle`. */
export interface TransferOptions extends StyleOptions {
  /** How much the content counts beside the style; 0: not at all. Default 0.1. */
  readonly content?: number;
  /** Keeps the content's colours: only how bright pixels are changes (Gatys et al. 2016). Default false. */
  readonly keepColours?: boolean;
}

/** A picture is made at half its size, then as it is, where it is large enough. */
const OCTAVES = 2;
/** The least side of the coarser. */
const COARSEST = 48;
const CONTENT = 0.1;
/** Random filters leave dots that a painter would not. */
const USUAL = { variation: 1 };

/**
 * A picture in the style of another: optimised from the content until Gram matrices of its features are those of the style,
 * while coarse features stay the content's (Gatys et al., "A Neural Algorithm of Artistic Style", 2015).
 *
 * ```ts
 * const { image } = await transferStyle(photo, painting);
 * ```
 *
 * Several styles are mixed by their weights; those with `where` have places of their own. Looped over with `for await` it
 * gives a report and the picture so far after each step. The result has the content's size and alpha; of a grey content it
 * is RGB. Styles count at the size that they have: a smaller one has finer strokes.
 * @throws InvalidInputError, OutOfMemoryError, or the signal's reason
 */
export function transferStyle(
  content: StylePicture,
  style: StylePicture | readonly StyleSource[],
  options: TransferOptions = {},
): Training<StyleReport> {
  const resolved = styleOptions("transferStyle", options, ["content", "keepColours"], USUAL);
  const weight = checkNumber("content", options.content ?? CONTENT, { min: 0 });
  const grey = flag("keepColours", options.keepColours, false);
  const photo = coloursOf("content", content);
  const regions = regionsOf(style, photo, grey);
  return new Training(
    (async function* () {
      const eyes = await eyesOf(options);
      const all = regions.flatMap(({ styles }) => styles.map(({ picture }) => picture));
      const side = Math.min(...[photo, ...all].map(({ width, height }) => Math.min(width, height)));
      const octaves = octaveFactors(side, COARSEST, OCTAVES).map((factor): Octave => {
        const own = divided(photo, factor);
        const { width, height } = own;
        const places = regions.map(({ styles, where }) => ({
          where,
          styles: styles.map((one) => ({ ...one, picture: divided(one.picture, factor) })),
        }));
        const palette = paletteOf(places.flatMap(({ styles }) => styles));
        const eye = eyes(Math.max(1, Math.floor(side / factor)), palette);
        const shown = grey ? inGrey(own) : own;
        const before = divided(photo, 2 * factor);
        return {
          ...{ width, height },
          objective: () =>
            new Objective(
              eye,
              places,
              weight > 0 ? shown : undefined,
              { content: weight, variation: resolved.variation },
              "reflect",
            ),
          start: (found) =>
            found
              ? resizedNumbers(
                  eye.machine,
                  found,
                  [before.height, before.width],
                  [height, width],
                  "reflect",
                )
              : numbersOf(shown),
        };
      });
      yield* optimised(octaves, resolved, (values, height, width) => {
        const made = scaled({ height, width, data: bytesOf(values) }, photo.width, photo.height);
        const data = grey ? recoloured(photo, made) : made.data;
        return pictureOf({ ...photo, data });
      });
    })(),
  );
}

/** @throws InvalidInputError */
function regionsOf(
  style: StylePicture | readonly StyleSource[],
  photo: Colours,
  grey: boolean,
): Region[] {
  const sources = Array.isArray(style)
    ? (style as readonly StyleSource[])
    : [{ image: style as StylePicture }];
  if (sources.length === 0) throw new InvalidInputError("there is no style: give one or more");
  const places = new Map<
    StylePicture | undefined,
    { weight: number; picture: Colours; mask: Mask | undefined }[]
  >();
  for (const [i, source] of sources.entries()) {
    const name = sources.length === 1 ? "style" : `style[${i}]`;
    if (Array.isArray(style)) {
      if (!("image" in Object(source))) {
        throw new InvalidInputError(
          `${name}: expected { image, weight?, mask?, where? }, got ${describe(source)}`,
        );
      }
      checkKeys(name, source, ["image", "weight", "mask", "where"]);
    }
    const { image, weight = 1, mask, where } = source as StyleSource;
    checkNumber(`${name}.weight`, weight, { min: 0, above: true });
    const seen = onWhite(coloursOf(name, image));
    const picture = grey ? matched(inGrey(seen), inGrey(photo)) : seen;
    const own = mask && maskOf(`${name}.mask`, mask, seen);
    places.set(where, [...(places.get(where) ?? []), { weight, picture, mask: own }]);
  }
  return [...places].map(([where, styles]) => {
    const total = styles.reduce((sum, { weight }) => sum + weight, 0);
    return {
      where: where && maskOf("where", where, photo),
      styles: styles.map(({ weight, ...rest }) => ({ ...rest, share: weight / total })),
    };
  });
}

/** How white a picture is, which must have the size of another. @throws InvalidInputError */
function maskOf(name: string, picture: StylePicture, { width, height }: Colours): Mask {
  const mask = onWhite(coloursOf(name, picture));
  if (mask.width !== width || mask.height !== height) {
    throw new InvalidInputError(
      `${name}: expected a mask of the picture's ${width} × ${height} pixels, got ${mask.width} × ${mask.height}`,
    );
  }
  const data = Float32Array.from(
    { length: width * height },
    (_, p) => luminance(mask.data, p) / 255,
  );
  if (data.every((share) => share < 0.5 / 255)) {
    throw new InvalidInputError(`${name}: expected a mask that leaves something, got a black one`);
  }
  return { width, height, data };
}

function divided(picture: Colours, factor: number): Colours {
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side / factor)),
  );
  return scaled(picture, width, height);
}

/** How bright each pixel is, in all three colours. */
function inGrey(picture: Colours): Colours {
  const bright = (i: number) => Math.floor(luminance(picture.data, Math.floor(i / 3)) + 0.5);
  return { ...picture, data: Uint8Array.from(picture.data, (_, i) => bright(i)) };
}

/** A grey picture with the mean and the spread of brightness of another. */
function matched(picture: Colours, like: Colours): Colours {
  const [from, to] = [brightness(picture), brightness(like)];
  const factor = from.deviation > 0 ? to.deviation / from.deviation : 1;
  const data = Uint8Array.from(picture.data, (value) =>
    Math.min(255, Math.max(0, Math.floor((value - from.mean) * factor + to.mean + 0.5))),
  );
  return { ...picture, data };
}

function brightness({ data }: Colours): { mean: number; deviation: number } {
  let [sum, squares] = [0, 0];
  for (const value of data) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / data.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / data.length - mean * mean)) };
}

/** A picture's colours, as bright as another. */
function recoloured({ data }: Colours, made: Colours): Uint8Array {
  const change = (p: number) => luminance(made.data, p) - luminance(data, p);
  return Uint8Array.from(data, (value, i) =>
    Math.min(255, Math.max(0, Math.floor(value + change(Math.floor(i / 3)) + 0.5))),
  );
}
