// simdream style, and simdream texture: pictures in the style of others.

import type { Command } from "commander";
import type { TransferOptions } from "../../entries/style.js";
import { flag, UsageError } from "../errors.js";
import { writeWhole } from "../io/atomic.js";
import { readBytes } from "../io/files.js";
import { onePicture, sizedPicture } from "../io/one-picture.js";
import { checkPaths, type PathUse, uses } from "../io/paths.js";
import { namingFile } from "../io/wrong-file.js";
import {
  addOptions,
  command,
  count,
  examples,
  given,
  number,
  wholeNumber,
} from "../options/options.js";
import { checkOut } from "../run/picture-files.js";
import {
  featuresOf,
  recipeRows,
  type StyliseFlags,
  stylise,
  styliseOutRows,
} from "../run/stylise.js";
import { printJson, printLine } from "../show/terminal.js";

interface StyleFlags extends StyliseFlags {
  readonly like?: readonly string[];
  readonly size?: number;
  readonly styleSize?: number;
  readonly content?: number;
  readonly keepColours?: boolean;
  readonly mask?: string;
  readonly with?: string;
  readonly strength?: number;
}

interface TextureFlags extends StyliseFlags {
  readonly size?: string;
  readonly styleSize?: number;
  readonly tile?: boolean;
  readonly seed?: number;
}

/** The longer side of a picture where nothing is said: what takes a minute or two. */
const SIDE = 320;
/** The same of a texture's example. */
const EXAMPLE = 192;
const TEXTURE = 256;

export function styleCommand(): Command {
  const target = command("style", "Makes a picture in the style of another.");
  target.argument("<photo>", "a PNG or JPEG file");
  addOptions(target, "Style", [
    [
      "--like <file>",
      "a picture in whose style it shall be; several are mixed (repeatable)",
      undefined,
      (text: string, before: readonly string[] = []) => [...before, text],
    ],
    [
      "--content <x>",
      "how much the photo counts beside the style (default: 0.1)",
      undefined,
      number,
    ],
    ["--with <model>", "by a network that train --model style wrote, in place of --like: at once"],
    [
      "--strength <x>",
      "how much of the network's style, from 0 to 1 (default: 1)",
      undefined,
      number,
    ],
    ["--keep-colours", "keep the photo's colours: only how bright pixels are changes"],
    ["--mask <file>", "a picture of the photo's proportions: where it is white the style goes"],
    [
      "--size <n>",
      `the longer side of the result (default: the photo's, at most ${SIDE})`,
      undefined,
      count,
    ],
    [
      "--style-size <n>",
      "the longer side at which the style is seen, at most its own: smaller means finer strokes (default: the result's)",
      undefined,
      count,
    ],
    ...recipeRows,
  ]);
  addOptions(target, "Output", styliseOutRows);
  examples(target, [
    "simdream style photo.png --like painting.png --out styled.png",
    "simdream style photo.png --like painting.png --features squeezenet.safetensors --out styled.png",
    "simdream style photo.png --with s.safetensors --strength 0.8 --out styled.png",
    "simdream style photo.png --like a.png --like b.png --keep-colours --out mixed.png",
  ]);
  return target.action((photo: string, flags: StyleFlags) => style(photo, flags));
}

export function textureCommand(): Command {
  const target = command("texture", "Makes a texture of any size that looks like a picture.");
  target.argument("<picture>", "a PNG or JPEG file");
  addOptions(target, "Texture", [
    ["--size <n>", `size of the texture: 256, or 256x128 (default: ${TEXTURE})`],
    ["--tile", "it continues at its border as it began, so that it can be laid side by side"],
    [
      "--style-size <n>",
      `the longer side at which the picture is seen, at most its own (default: ${EXAMPLE})`,
      undefined,
      count,
    ],
    ["--seed <n>", "seed of the noise that it begins with (default: 0)", undefined, wholeNumber],
    ...recipeRows,
  ]);
  addOptions(target, "Output", styliseOutRows);
  examples(target, [
    "simdream texture wall.png --tile --size 256 --out tile.png",
    "simdream texture meadow.jpg --size 512x256 --seed 3 --out ground.png",
  ]);
  return target.action((picture: string, flags: TextureFlags) => texture(picture, flags));
}

async function style(photo: string, flags: StyleFlags): Promise<void> {
  if (flags.with !== undefined) return byNetwork(photo, flags.with, flags);
  if (flags.strength !== undefined) throw new UsageError("--strength is for --with");
  const { like = [], mask, size = SIDE, content, keepColours, steps, variation } = flags;
  if (like.length === 0) {
    throw new UsageError("style needs --like, a picture in whose style the photo shall be");
  }
  const out = outOf(flags, [
    ...uses("the photo", photo),
    ...uses("--like", ...like),
    ...uses("--mask", mask),
    ...uses("--features", flags.features),
  ]);
  const picture = await onePicture(photo, "rgba", size);
  const side = flags.styleSize ?? Math.max(picture.width, picture.height);
  const images = await Promise.all(like.map((path) => onePicture(path, "rgb", side)));
  const where = mask && (await sizedPicture(mask, picture.width, picture.height, "rgb"));
  const sources = images.map((image) => ({ image, ...(where && { where }) }));
  const { transferStyle } = await import("../../entries/style.js");
  const features = await featuresOf(flags.features);
  const options = given({ features, content, keepColours, steps, variation }) as TransferOptions;
  await stylise("style", transferStyle(picture, sources, options), { ...flags, out });
}

/** Options that only go with a picture as style. */
const OPTIMISED = [
  ...(["like", "mask", "content", "keepColours", "styleSize"] as const),
  ...(["features", "steps", "variation"] as const),
];

async function byNetwork(photo: string, path: string, flags: StyleFlags): Promise<void> {
  const other = OPTIMISED.find((name) => flags[name] !== undefined);
  if (other) throw new UsageError(`${flag(other)} is for --like, not for --with`);
  const out = outOf(flags, [...uses("the photo", photo), ...uses("the model", path)]);
  const bytes = readBytes(path);
  const { StyleTransfer } = await import("../../entries/style.js");
  const model = await namingFile(path, () => StyleTransfer.load(bytes));
  const picture = await onePicture(photo, "rgba", flags.size);
  const { strength = 1, json, quiet } = flags;
  const image = model.stylise(picture, { strength });
  writeWhole(out, await image.toPNG(0));
  const { width, height } = image;
  if (json) return printJson({ out, width, height });
  if (!quiet) printLine(`${width} × ${height} in ${out}`);
}

async function texture(path: string, flags: TextureFlags): Promise<void> {
  const { size = `${TEXTURE}`, styleSize = EXAMPLE, tile, seed, steps, variation } = flags;
  const sides = /^([1-9]\d{0,3})(?:[x×]([1-9]\d{0,3}))?$/.exec(size);
  if (!sides) {
    throw new UsageError(
      `--size must be pixels, such as 256 or 256x128, got ${JSON.stringify(size)}`,
    );
  }
  const [width, height] = [Number(sides[1]), Number(sides[2] ?? sides[1])];
  const out = outOf(flags, [...uses("the picture", path), ...uses("--features", flags.features)]);
  const picture = await onePicture(path, "rgb", styleSize);
  const { synthesizeTexture } = await import("../../entries/style.js");
  const features = await featuresOf(flags.features);
  const options = given({ features, width, height, tileable: tile, seed, steps, variation });
  await stylise("texture", synthesizeTexture(picture, options), { ...flags, out });
}

/** Where the picture goes. @throws UsageError, Failure */
function outOf({ out }: StyliseFlags, reads: readonly PathUse[]): string {
  if (out === undefined || !/\.png$/i.test(out)) {
    throw new UsageError("give --out, a name that ends in .png");
  }
  checkPaths(reads);
  checkOut({ out }, reads);
  return out;
}
