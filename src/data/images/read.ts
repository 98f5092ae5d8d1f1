// Pictures from files and from memory: what each kind of source holds, one picture at a time.

import { readIDX } from "../../formats/idx.js";
import { decode } from "../../formats/png/decode.js";
import type { PNGPicture } from "../../formats/png/picture.js";
import { bytesOf } from "../../host/bytes.js";
import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { assembled, type PictureOptions, type Said } from "./assemble.js";
import { checkSize, type ImageSize, type Raw, toBytes } from "./colours.js";
import { type ImageLabel, type ImageParts, LABEL, type LabelRow } from "./parts.js";

/** A file with its name. */
export interface PictureFile extends Said {
  readonly name: string;
  /** PNG, or a function that gives them or decoded pixels when it is this file's turn. */
  readonly bytes: PictureBytes | (() => PictureBytes | Pixels | Promise<PictureBytes | Pixels>);
}
export type PictureBytes = Uint8Array | ArrayBuffer;

/** RGBA bytes, as a canvas gives them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Pixels, and what is said of them. */
export type Picture = Pixels | (Said & { readonly image: Pixels; readonly name?: string });

export interface IDXOptions extends Pick<PictureOptions, "crop" | "size" | "fit" | "resample"> {
  /** Names of the classes, in their order; "0", "1", … by default. */
  readonly classes?: readonly string[];
}

export interface AtlasOptions extends Pick<PictureOptions, "mode" | "background" | "animated"> {
  /** The size of a tile. */
  readonly tile: ImageSize;
  /** How many tiles there are; all that fit by default. */
  readonly count?: number;
  /** What is said of each tile. */
  readonly labels?: readonly LabelRow[];
}

export async function fromPNG(
  files: readonly PictureFile[],
  options: PictureOptions = {},
): Promise<ImageParts> {
  checkList("files", files, "{ name, bytes }");
  for (const [i, file] of files.entries()) {
    if (typeof file?.name === "string") continue;
    throw new InvalidInputError(`files[${i}] must have a name and bytes, got ${describe(file)}`);
  }
  const sources = files.map(({ name, bytes }) => ({
    name,
    async read() {
      const given = typeof bytes === "function" ? await bytes() : bytes;
      return isKind(given, "Uint8Array", "ArrayBuffer")
        ? still(name, given, options)
        : rawPixels(name, given);
    },
  }));
  return assembled(sources, files, options);
}

export async function fromImageData(
  pictures: readonly Picture[],
  options: PictureOptions = {},
): Promise<ImageParts> {
  checkList("pictures", pictures, "ImageData");
  const whole = pictures.map(
    (one) =>
      ("image" in Object(one) ? one : { image: one }) as Said & {
        readonly image: Pixels;
        readonly name?: string;
      },
  );
  const sources = whole.map(({ image, name = "" }, i) => ({
    name: name || `picture ${i}`,
    read: () => rawPixels(name || `picture ${i}`, image),
  }));
  const parts = await assembled(sources, whole, options);
  return whole.some(({ name }) => name === undefined) ? { ...parts, names: undefined } : parts;
}

export async function fromIDX(
  images: Uint8Array | ArrayBuffer,
  labels: Uint8Array | ArrayBuffer | undefined,
  options: IDXOptions = {},
): Promise<ImageParts> {
  checkKeys("fromIDX", options, ["classes", "crop", "size", "fit", "resample"]);
  const { shape, data } = readIDX("the file of pictures", bytesOf("images", images));
  const [count, height, width, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || ![1, 3, 4].includes(channels)) {
    const labelled = shape.length === 1 ? " (these look like labels)" : "";
    throw new InvalidInputError(
      `an IDX file of pictures is N × height × width, or with 1, 3 or 4 channels; got ${shape.join(" × ")}${labelled}`,
    );
  }
  if (count === 0 || height === 0 || width === 0) {
    throw new InvalidInputError(`the IDX file has no picture, it is ${shape.join(" × ")}`);
  }
  const said = labels === undefined ? [] : [idxLabel(bytesOf("labels", labels), count, options)];
  const own = { height, width, channels: channels as 1 | 3 | 4 };
  if (options.size === undefined && options.crop === undefined) {
    return { ...own, pixels: data, labels: said };
  }
  const size = height * width * channels;
  const sources = Array.from({ length: count }, (_, i) => ({
    name: `picture ${i}`,
    read: (): Raw => ({ ...own, data: data.subarray(i * size, (i + 1) * size) }),
  }));
  const { classes: _, ...shaped } = options;
  const mode = channels === 1 ? "grey" : channels === 3 ? "rgb" : "rgba";
  const parts = await assembled(sources, [], { ...shaped, mode });
  return { ...parts, labels: said, names: undefined };
}

function idxLabel(bytes: Uint8Array, count: number, { classes }: IDXOptions): ImageLabel {
  const { shape, data } = readIDX("the file of labels", bytes);
  if (shape.length !== 1) {
    throw new InvalidInputError(
      `an IDX file of labels has one dimension; got ${shape.join(" × ")}${shape.length > 2 ? " (these look like pictures)" : ""}`,
    );
  }
  if (shape[0] !== count) {
    throw new InvalidInputError(`there are ${count} pictures, but ${shape[0]} labels`);
  }
  const most = data.reduce((max, value) => Math.max(max, value), 0);
  const named = classes ?? Array.from({ length: most + 1 }, (_, i) => String(i));
  if (most >= named.length) {
    throw new InvalidInputError(
      `classes has ${named.length} names, but the labels go up to ${most}`,
    );
  }
  return { name: LABEL, classes: named, indices: Int32Array.from(data) };
}

export async function fromAtlas(
  png: Uint8Array | ArrayBuffer,
  options: AtlasOptions,
): Promise<ImageParts> {
  checkKeys("fromAtlas", Object(options), [
    "tile",
    "count",
    "labels",
    "mode",
    "background",
    "animated",
  ]);
  const { tile, count: wanted, labels, ...rest } = options;
  const { width, height } = checkSize("tile", tile);
  const sheet = still("the atlas", png, rest);
  const [across, down] = [Math.floor(sheet.width / width), Math.floor(sheet.height / height)];
  if (across * width !== sheet.width || down * height !== sheet.height) {
    throw new InvalidInputError(
      `an atlas of ${sheet.width} × ${sheet.height} pixels is not made of tiles of ${width} × ${height}`,
    );
  }
  const count = wanted ?? labels?.length ?? across * down;
  checkNumber("count", count, { integer: true, min: 1, max: across * down });
  if (labels && labels.length !== count) {
    throw new InvalidInputError(`labels must be one a tile, ${count}, got ${labels.length}`);
  }
  const { channels } = sheet;
  const sources = Array.from({ length: count }, (_, n) => ({
    name: `tile ${n}`,
    read(): Raw {
      const data = new Uint8Array(width * height * channels);
      const left = (n % across) * width;
      const top = Math.floor(n / across) * height;
      for (let y = 0; y < height; y++) {
        const from = ((top + y) * sheet.width + left) * channels;
        data.set(sheet.data.subarray(from, from + width * channels), y * width * channels);
      }
      return { width, height, channels, data };
    },
  }));
  const said = labels?.map((row) => ({ labels: row })) ?? [];
  return { ...(await assembled(sources, said, rest)), names: undefined };
}

/** A PNG file's picture. @throws InvalidInputError */
export function still(
  name: string,
  bytes: PictureBytes,
  { animated = "error" }: PictureOptions,
): Raw {
  const { frames, ...picture } = decode(name, bytesOf(name, bytes));
  if (frames > 1 && checkChoice("animated", animated, ["error", "first"]) === "error") {
    throw new InvalidInputError(
      `${name} is an animated PNG of ${frames} pictures; give animated: "first" to take its first`,
    );
  }
  return toBytes(picture as PNGPicture);
}

export function rawPixels(name: string, image: Pixels): Raw {
  const { width, height, data } = Object(image) as Pixels;
  checkSize(name, { width, height });
  const bytes = isKind(data, "Uint8Array", "Uint8ClampedArray");
  if (!bytes || data.length !== width * height * 4) {
    throw new InvalidInputError(
      `${name} must have data of ${width} × ${height} × 4 bytes (RGBA), got ${describe(data)}` +
        (data?.length === undefined ? "" : ` of ${data.length}`),
    );
  }
  const { buffer, byteOffset, length } = data;
  return { width, height, channels: 4, data: new Uint8Array(buffer, byteOffset, length) };
}

export function checkList(what: string, list: readonly unknown[], of: string): void {
  if (Array.isArray(list)) return;
  throw new InvalidInputError(`${what} must be an array of ${of}, got ${describe(list)}`);
}
