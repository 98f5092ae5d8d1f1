// Pictures in turn, or clips, each at its size, to a set of one size and one mode.

import {
  checkChoice,
  checkKeys,
  checkNumber,
  InvalidInputError,
  listed,
} from "../../host/errors.js";
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
  MOST_FRAMES,
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

const NAMES = ["mode", "background", "crop", "size", "fit", "resample", "damaged"];

/** What is done to clips as they are read. */
export interface ClipOptions extends Omit<PictureOptions, "animated"> {
  /**
   * Frames of a clip. Of a longer one the first so many are taken, a shorter one is refused; by default all are taken, and
   * all clips must have as many. 1 takes the first frames, as pictures.
   */
  readonly frames?: number;
  /** Takes several clips of a longer one, each so many frames after the one before; they stay on one side of a split. */
  readonly every?: number;
  /** Frames a second, instead of what most of the files say. */
  readonly fps?: number;
}

/** A picture that is read when it is its turn. */
interface Source {
  readonly name: string;
  read(): Promise<Raw> | Raw;
}

/** What is read of a clip: frames that are made when they are asked for, and how many there are in a second. */
export interface ReadClip {
  readonly frames: Iterable<Raw> | AsyncIterable<Raw>;
  readonly fps?: number;
}

/** A clip that is read when it is its turn. */
export interface ClipSource {
  readonly name: string;
  read(): Promise<ReadClip> | ReadClip;
}

/** Pictures in turn, each at its size; then all in one mode. */
export async function assembled(
  sources: readonly Source[],
  said: readonly Said[],
  options: PictureOptions,
): Promise<ImageParts> {
  checkKeys("pictures", options, [...NAMES, "animated"]);
  const { animated: _, ...rest } = options;
  const clips = sources.map(({ name, read }) => ({
    name,
    read: async () => ({ frames: [await read()] }),
  }));
  return together("pictures", clips, said, { ...rest, frames: 1 });
}

/** The same of clips. */
export async function assembledClips(
  sources: readonly ClipSource[],
  said: readonly Said[],
  options: ClipOptions,
): Promise<ImageParts> {
  checkKeys("clips", options, [...NAMES, "frames", "every", "fps"]);
  return together("clips", sources, said, options);
}

/** A clip that was read, or several of one file. */
interface Clip {
  /** The place of its source. */
  readonly i: number;
  readonly frames: readonly Raw[];
  readonly fps: number | undefined;
}

async function together(
  what: "pictures" | "clips",
  sources: readonly ClipSource[],
  said: readonly Said[],
  options: ClipOptions,
): Promise<ImageParts> {
  const { damaged = "error", background: colour = "#ffffff" } = options;
  checkChoice("damaged", damaged, ["error", "skip"]);
  const wanted = checkMode(options.mode ?? "auto");
  const background = checkColour("background", colour);
  const shape = shaper(options);
  const cut = cutter(options);
  if (sources.length === 0) throw new InvalidInputError(`there is no ${what.slice(0, -1)}`);
  const read: Clip[] = [];
  const skipped: SkippedPicture[] = [];
  let since = 0;
  let bytes = 0;
  for (const [i, source] of sources.entries()) {
    try {
      const { frames, fps } = await source.read();
      const shaped: Raw[] = [];
      let first: Raw | undefined;
      for await (const frame of frames) {
        first ??= frame;
        checkSame(source.name, shaped.length, first, frame);
        const picture = shape(source.name, frame);
        shaped.push(picture);
        since += frame.data.length;
        bytes += picture.data.length;
        if (bytes > MOST_BYTES || shaped.length === cut.most) break;
        if (since > BREATH) {
          since = 0;
          await eventLoop();
        }
      }
      for (const own of cut.of(source.name, shaped)) read.push({ i, frames: own, fps });
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      skipped.push({ name: source.name, reason: error.message });
    }
    if (bytes > MOST_BYTES) throw tooMany(what, sources.length);
  }
  if (skipped.length > 0 && (damaged === "error" || read.length === 0)) {
    throw refused(what, skipped, sources.length);
  }
  const whose = (n: number) => sources[read[n].i].name;
  checkOneSize(what, read, whose);
  const frames = checkOneLength(read, whose);
  const all = read.flatMap((clip) => clip.frames);
  const grey = wanted === "auto" && all.every((picture) => isGrey(picture, background));
  const mode = wanted === "auto" ? (grey ? "grey" : "rgb") : wanted;
  const channels = channelsOf(mode);
  const { width, height } = all[0];
  const size = width * height * channels;
  if (size * all.length > MOST_BYTES) throw tooMany(what, sources.length);
  const pixels = new Uint8Array(size * all.length);
  for (const [n, picture] of all.entries()) {
    inMode(picture, mode, background, pixels.subarray(n * size, (n + 1) * size));
  }
  const kept = read.map(({ i }) => said[i] ?? {});
  const names = read.map((_, n) => whose(n));
  return {
    ...{ pixels, frames, height, width, channels, skipped, names },
    ...(frames > 1 ? { fps: options.fps ?? commonest(read.map(({ fps }) => fps)) } : {}),
    ...(options.every === undefined ? {} : { groups: names }),
    labels: labelsFrom(kept, whose),
    captions: captionsFrom(kept, whose),
  };
}

/** What most have, the first of equals. */
function commonest<T>(values: readonly T[]): T {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** Which frames become clips, and how many of them are read at most. */
function cutter({ frames, every }: ClipOptions): {
  readonly most: number;
  of(name: string, all: readonly Raw[]): (readonly Raw[])[];
} {
  const rule = { integer: true, min: 1, max: MOST_FRAMES };
  if (frames === undefined) {
    if (every !== undefined)
      throw new InvalidInputError("every: give frames, too, how long clips are");
    return {
      most: MOST_FRAMES + 1,
      of(name, all) {
        if (all.length > 1 && all.length <= MOST_FRAMES) return [all];
        throw new InvalidInputError(
          all.length > 1
            ? `${name} has more than ${MOST_FRAMES} frames; give frames, how many of them to take`
            : `${name} has one frame, a clip has two at least`,
        );
      },
    };
  }
  checkNumber("frames", frames, rule);
  if (every !== undefined) checkNumber("every", every, rule);
  return {
    most: every === undefined ? frames : Number.POSITIVE_INFINITY,
    of(name, all) {
      if (all.length < frames) {
        throw new InvalidInputError(
          `${name} has ${all.length === 1 ? "one frame" : `${all.length} frames`}, fewer than ${frames}`,
        );
      }
      const count = every === undefined ? 1 : Math.floor((all.length - frames) / every) + 1;
      return Array.from({ length: count }, (_, n) => {
        const from = n * (every ?? 0);
        return all.slice(from, from + frames);
      });
    },
  };
}

/** Frames of one clip have one size, whatever they are brought to. @throws InvalidInputError */
function checkSame(name: string, number: number, first: Raw, frame: Raw): void {
  if (frame.width === first.width && frame.height === first.height) return;
  throw new InvalidInputError(
    `${name}: frames of a clip have one size, got ${first.width} × ${first.height} and, of frame ${number}, ` +
      `${frame.width} × ${frame.height}`,
  );
}

/** How many frames all clips have. @throws InvalidInputError where they differ */
function checkOneLength(read: readonly Clip[], whose: (n: number) => string): number {
  const first = new Map<number, string>();
  for (const [n, { frames }] of read.entries()) {
    if (!first.has(frames.length)) first.set(frames.length, whose(n));
  }
  if (first.size === 1) return read[0].frames.length;
  const least = [...first.keys()].reduce((a, b) => Math.min(a, b));
  const lengths = listed(Array.from(first, ([length, name]) => `${length} frames (${name})`));
  throw new InvalidInputError(
    `clips have ${first.size} lengths: ${lengths}; give frames, such as ${least}, to take the first of each`,
  );
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

function checkOneSize(what: string, read: readonly Clip[], whose: (n: number) => string): void {
  const first = new Map<string, string>();
  for (const [n, { frames }] of read.entries()) {
    const size = `${frames[0].width} × ${frames[0].height}`;
    if (!first.has(size)) first.set(size, whose(n));
  }
  if (first.size === 1) return;
  const sizes = listed(Array.from(first, ([size, name]) => `${size} (${name})`));
  throw new InvalidInputError(
    `${what} have ${first.size} sizes: ${sizes}; give a size to bring them to one`,
  );
}

function refused(what: string, skipped: readonly SkippedPicture[], of: number): InvalidInputError {
  const [first, ...others] = skipped;
  if (others.length === 0) {
    const skip = of > 1 ? '; damaged: "skip" leaves such files out' : "";
    return new InvalidInputError(first.reason + skip);
  }
  const also = listed(others.map(({ name }) => name));
  return new InvalidInputError(
    `${skipped.length} of ${of} ${what} cannot be read: ${first.reason}; also ${also}` +
      (of > skipped.length ? '; damaged: "skip" leaves such files out' : ""),
  );
}

function tooMany(what: string, count: number): InvalidInputError {
  return new InvalidInputError(
    `${count} ${what} have more than 2 GiB of pixels; take fewer, or a smaller size`,
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
