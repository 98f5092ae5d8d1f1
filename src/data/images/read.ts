// Pictures from files and from memory to a set of one size and one mode.

import { readIDX } from "../../formats/idx.js";
import { decode } from "../../formats/png/decode.js";
import type { PNGPicture } from "../../formats/png/picture.js";
import {
  checkChoice,
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
} from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
import { isKind } from "../../host/kinds.js";
import { type Captions, captionsOf } from "./captions.js";
import {
  channelsOf,
  checkColour,
  checkMode,
  checkSize,
  type ImageMode,
  type ImageSize,
  inMode,
  isGrey,
  type Raw,
  toBytes,
} from "./colours.js";
import {
  type ImageLabel,
  type ImageParts,
  LABEL,
  type LabelRow,
  labelsOf,
  MOST_BYTES,
  type SkippedPicture,
} from "./parts.js";
import { cropped, inProportion, type Resample, resamples, resized } from "./resize.js";

/** What is done to pictures as they are read. */
export interface PictureOptions {
  /** Colours: "grey", "rgb" or "rgba"; "auto", the default, is grey where every picture is grey, else RGB. */
  readonly mode?: ImageMode;
  /** What transparent pixels are put on, but for "rgba"; white by default. */
  readonly background?: string | readonly number[];
  /** First, a part of so many pixels is cut from the middle. */
  readonly crop?: ImageSize;
  /** Then pictures are brought to this size. Without it all must have one. */
  readonly size?: ImageSize;
  /** Where proportions differ from those of `size`: "crop", the default, cuts the sides; "stretch" does not. */
  readonly fit?: "crop" | "stretch";
  /** "area", the default, is the mean of what a pixel covers; "bilinear" is smoother where pictures grow. */
  readonly resample?: Resample;
  /** "skip" leaves out damaged files and lists them in `skipped`; "error", the default, refuses. */
  readonly damaged?: "error" | "skip";
  /** "first" takes the first picture of animated PNG files, which "error", the default, refuses. */
  readonly animated?: "error" | "first";
}

/** What is said of a picture: its class under "label", further attributes, and captions. */
interface Said {
  readonly label?: string;
  readonly labels?: LabelRow;
  readonly captions?: string | readonly string[];
}

/** A file with its name. */
export interface PictureFile extends Said {
  readonly name: string;
  /** PNG, or a function that gives them or decoded pixels when it is this file's turn. */
  readonly bytes: PictureBytes | (() => PictureBytes | Pixels | Promise<PictureBytes | Pixels>);
}
type PictureBytes = Uint8Array | ArrayBuffer;

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

const NAMES = ["mode", "background", "crop", "size", "fit", "resample", "damaged", "animated"];

interface Source {
  readonly name: string;
  read(): Promise<Raw> | Raw;
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
      if (isKind(given, "Uint8Array", "ArrayBuffer")) {
        return still(name, given, options);
      }
      return rawPixels(name, given);
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
  const { count = labels?.length ?? across * down } = { count: wanted };
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
function still(name: string, bytes: PictureBytes, { animated = "error" }: PictureOptions): Raw {
  const { frames, ...picture } = decode(name, bytesOf(name, bytes));
  if (frames > 1 && checkChoice("animated", animated, ["error", "first"]) === "error") {
    throw new InvalidInputError(
      `${name} is an animated PNG of ${frames} pictures; give animated: "first" to take its first`,
    );
  }
  return toBytes(picture as PNGPicture);
}

function rawPixels(name: string, image: Pixels): Raw {
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

/** Pictures in turn, each at its size; then all in one mode. */
async function assembled(
  sources: readonly Source[],
  said: readonly Said[],
  options: PictureOptions,
): Promise<ImageParts> {
  checkKeys("pictures", options, NAMES);
  const { damaged = "error", background: colour = "#ffffff" } = options;
  checkChoice("damaged", damaged, ["error", "skip"]);
  const wanted = checkMode(options.mode ?? "auto");
  const background = checkColour("background", colour);
  const shape = shaper(options);
  if (sources.length === 0) throw new InvalidInputError("there is no picture");
  const read: { readonly i: number; readonly picture: Raw }[] = [];
  const skipped: SkippedPicture[] = [];
  let since = 0;
  let bytes = 0;
  for (const [i, source] of sources.entries()) {
    try {
      const picture = shape(source.name, await source.read());
      read.push({ i, picture });
      since += picture.data.length;
      bytes += picture.data.length;
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      skipped.push({ name: source.name, reason: error.message });
    }
    if (bytes > MOST_BYTES) throw tooMany(sources.length);
    if (since > BREATH) {
      since = 0;
      await eventLoop();
    }
  }
  if (skipped.length > 0 && (damaged === "error" || read.length === 0)) {
    throw refused(skipped, sources.length);
  }
  checkOneSize(read.map(({ i, picture }) => ({ name: sources[i].name, picture })));
  const grey = wanted === "auto" && read.every(({ picture }) => isGrey(picture, background));
  const mode = wanted === "auto" ? (grey ? "grey" : "rgb") : wanted;
  const channels = channelsOf(mode);
  const { width, height } = read[0].picture;
  const size = width * height * channels;
  if (size * read.length > MOST_BYTES) throw tooMany(sources.length);
  const pixels = new Uint8Array(size * read.length);
  for (const [n, { picture }] of read.entries()) {
    inMode(picture, mode, background, pixels.subarray(n * size, (n + 1) * size));
  }
  const kept = read.map(({ i }) => said[i] ?? {});
  const whose = (n: number) => sources[read[n].i].name;
  return {
    ...{ pixels, height, width, channels, skipped },
    labels: labelsFrom(kept, whose),
    captions: captionsFrom(kept, whose),
    names: read.map(({ i }) => sources[i].name),
  };
}

/** Bytes after which the event loop has its turn. */
const BREATH = 2 ** 22;

/** Crop and size. */
function shaper(options: PictureOptions): (name: string, picture: Raw) => Raw {
  const { crop, size, fit = "crop", resample = "area" } = options;
  checkChoice("fit", fit, ["crop", "stretch"]);
  checkChoice("resample", resample, resamples);
  const part = crop === undefined ? undefined : checkSize("crop", crop);
  const whole = size === undefined ? undefined : checkSize("size", size);
  return (name, picture) => {
    let shaped = picture;
    if (part) {
      if (part.width > shaped.width || part.height > shaped.height) {
        throw new InvalidInputError(
          `${name} has ${shaped.width} × ${shaped.height} pixels, from which no ${part.width} × ${part.height} can be cut`,
        );
      }
      shaped = cropped(shaped, part.width, part.height);
    }
    if (!whole) return shaped;
    if (fit === "crop") shaped = inProportion(shaped, whole.width, whole.height);
    return resized(shaped, whole.width, whole.height, resample);
  };
}

function checkOneSize(read: readonly { readonly name: string; readonly picture: Raw }[]): void {
  const sizes = new Map<string, string[]>();
  for (const { name, picture } of read) {
    const size = `${picture.width} × ${picture.height}`;
    sizes.set(size, [...(sizes.get(size)?.slice(0, SHOWN) ?? []), name]);
  }
  if (sizes.size === 1) return;
  const shown = [...sizes].slice(0, SHOWN).map(([size, [name]]) => `${size} (${name})`);
  const more = sizes.size > SHOWN ? ` and ${sizes.size - SHOWN} more` : "";
  throw new InvalidInputError(
    `pictures have ${sizes.size} sizes: ${shown.join(", ")}${more}; give a size to bring them to one`,
  );
}

/** Names that an error gives. */
const SHOWN = 5;

function refused(skipped: readonly SkippedPicture[], of: number): InvalidInputError {
  const [first, ...others] = skipped;
  if (others.length === 0) {
    const skip = of > 1 ? '; damaged: "skip" leaves such files out' : "";
    return new InvalidInputError(first.reason + skip);
  }
  const names = others.slice(0, SHOWN).map(({ name }) => name);
  const more = others.length > SHOWN ? ` and ${others.length - SHOWN} more` : "";
  return new InvalidInputError(
    `${skipped.length} of ${of} pictures cannot be read: ${first.reason}; also ${names.join(", ")}${more}` +
      (of > skipped.length ? '; damaged: "skip" leaves such files out' : ""),
  );
}

function tooMany(count: number): InvalidInputError {
  return new InvalidInputError(
    `${count} pictures have more than 2 GiB of pixels; take fewer, or a smaller size`,
  );
}

function labelsFrom(said: readonly Said[], whose: (n: number) => string): ImageLabel[] {
  const rows = said.map(({ label, labels }) => ({
    ...(label === undefined ? {} : { [LABEL]: label }),
    ...labels,
  }));
  return rows.every((row) => Object.keys(row).length === 0) ? [] : labelsOf(rows, whose);
}

/** Captions of every picture, or of none. @throws InvalidInputError */
function captionsFrom(said: readonly Said[], whose: (n: number) => string): Captions | undefined {
  if (said.every(({ captions }) => captions === undefined)) return undefined;
  return said.map(({ captions }, n) => captionsOf(`the captions of ${whose(n)}`, captions));
}

function checkList(what: string, list: readonly unknown[], of: string): void {
  if (Array.isArray(list)) return;
  throw new InvalidInputError(`${what} must be an array of ${of}, got ${describe(list)}`);
}

function bytesOf(what: string, bytes: PictureBytes): Uint8Array {
  if (isKind(bytes, "Uint8Array")) return bytes;
  if (isKind(bytes, "ArrayBuffer")) return new Uint8Array(bytes);
  throw new InvalidInputError(
    `${what} must be a Uint8Array or an ArrayBuffer, got ${describe(bytes)}`,
  );
}
