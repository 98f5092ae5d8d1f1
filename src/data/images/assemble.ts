// Pictures in turn, each at its size, to a set of one size and one mode.

import { checkChoice, checkKeys, InvalidInputError, listed } from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
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
export interface Said {
  readonly label?: string;
  readonly labels?: LabelRow;
  readonly captions?: string | readonly string[];
}

const NAMES = ["mode", "background", "crop", "size", "fit", "resample", "damaged", "animated"];

/** A picture that is read when it is its turn. */
interface Source {
  readonly name: string;
  read(): Promise<Raw> | Raw;
}

/** Pictures in turn, each at its size; then all in one mode. */
export async function assembled(
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
  const first = new Map<string, string>();
  for (const { name, picture } of read) {
    const size = `${picture.width} × ${picture.height}`;
    if (!first.has(size)) first.set(size, name);
  }
  if (first.size === 1) return;
  const sizes = listed(Array.from(first, ([size, name]) => `${size} (${name})`));
  throw new InvalidInputError(
    `pictures have ${first.size} sizes: ${sizes}; give a size to bring them to one`,
  );
}

function refused(skipped: readonly SkippedPicture[], of: number): InvalidInputError {
  const [first, ...others] = skipped;
  if (others.length === 0) {
    const skip = of > 1 ? '; damaged: "skip" leaves such files out' : "";
    return new InvalidInputError(first.reason + skip);
  }
  const also = listed(others.map(({ name }) => name));
  return new InvalidInputError(
    `${skipped.length} of ${of} pictures cannot be read: ${first.reason}; also ${also}` +
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
