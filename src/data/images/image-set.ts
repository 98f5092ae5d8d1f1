// Pictures of one size, or clips of one size and length, with what is said of them: what models of pictures and of clips
// learn from. Reading and writing files is loaded when it is first asked for.

import { checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { hashBytes } from "../fingerprint.js";
import type { Split } from "../texts.js";
import type { AnimationOptions } from "./animated.js";
import type { ClipOptions, PictureOptions } from "./assemble.js";
import { foundByName } from "./by-name.js";
import {
  type Captions,
  type CaptionsGiven,
  captionsByName,
  captionsOfNames,
  checkCaptions,
} from "./captions.js";
import type { ClipFile, ClipOfFrames, SheetOptions } from "./clips.js";
import type { GridOptions } from "./grid.js";
import {
  bytesOfOne,
  type Channels,
  checkParts,
  type ImageLabel,
  type ImageParts,
  type LabelRow,
  labelNamed,
  labelsAt,
  labelsOf,
  placesWhere,
  type SkippedPicture,
  USUAL_FPS,
  valuesOf,
} from "./parts.js";
import type { AtlasOptions, IDXOptions, Picture, PictureFile } from "./read.js";
import { joined, sidesOf } from "./together.js";

/**
 * ```ts
 * const digits = await ImageSet.fromIDX(images, labels);
 * const { train, validation } = digits.split({ val: 0.1 });
 * const png = await train.subset([0, 1, 2, 3]).grid();
 * ```
 * Of clips, what is said of a picture here is said of a whole clip: a label, a caption, a name, its side of a split.
 * It is not copied where it is used: do not change `pixels` while a model learns from them.
 */
export class ImageSet {
  /** N */
  readonly length: number;
  readonly height: number;
  readonly width: number;
  readonly channels: Channels;
  /** Frames of each clip, F; 1 for pictures. */
  readonly frames: number;
  /** Frames a second, of clips. */
  readonly fps: number;
  /** (N, H, W, C) bytes, of clips (N, F, H, W, C); alpha is not premultiplied. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** What is said of the pictures, one a name; the class of folders and IDX files is called "label". */
  readonly labels: readonly ImageLabel[];
  /** What is said of each picture in words, one caption or several; undefined where nothing is. */
  readonly captions: Captions | undefined;
  /** What the pictures are called, where they have names. */
  readonly names: readonly string[] | undefined;
  /** Of which whole each is a part, such as a character: `split` and `fit` keep those of one on one side. */
  readonly groups: readonly string[] | undefined;
  /** Files that were left out as damaged. */
  readonly skipped: readonly SkippedPicture[];

  /** @throws InvalidInputError where parts do not fit each other */
  constructor(parts: ImageParts) {
    this.length = checkParts(parts);
    this.height = parts.height;
    this.width = parts.width;
    this.channels = parts.channels;
    this.frames = parts.frames ?? 1;
    this.fps = parts.fps ?? USUAL_FPS;
    // A Buffer of Node is one, too, but its copies are not: they share its memory. What threads share is copied.
    const { buffer, byteOffset, byteLength } = parts.pixels;
    this.pixels = isKind(buffer, "ArrayBuffer")
      ? new Uint8Array(buffer, byteOffset, byteLength)
      : Uint8Array.from(parts.pixels);
    this.labels = parts.labels ?? [];
    this.captions = parts.captions && checkCaptions(parts.captions, this.length);
    this.names = parts.names;
    this.groups = parts.groups;
    this.skipped = parts.skipped ?? [];
  }

  /** PNG files, each with its name. @throws InvalidInputError naming the files that cannot be used */
  static async fromPNG(files: readonly PictureFile[], options?: PictureOptions): Promise<ImageSet> {
    return new ImageSet(await (await reading()).fromPNG(files, options));
  }

  /** Pictures of a canvas, or what else has `width`, `height` and RGBA `data`. */
  static async fromImageData(
    pictures: readonly Picture[],
    options?: PictureOptions,
  ): Promise<ImageSet> {
    return new ImageSet(await (await reading()).fromImageData(pictures, options));
  }

  /** An IDX file such as MNIST's, gzipped or not: (N, H, W) or (N, H, W, C) bytes, with its labels' file. */
  static async fromIDX(
    images: Uint8Array | ArrayBuffer,
    labels?: Uint8Array | ArrayBuffer,
    options?: IDXOptions,
  ): Promise<ImageSet> {
    return new ImageSet(await (await reading()).fromIDX(images, labels, options));
  }

  /** One PNG of many tiles, row by row. */
  static async fromAtlas(png: Uint8Array | ArrayBuffer, options: AtlasOptions): Promise<ImageSet> {
    return new ImageSet(await (await reading()).fromAtlas(png, options));
  }

  /**
   * Clips from animated files, GIF or PNG, by what is in them, each with its name.
   *
   * ```ts
   * const clips = await ImageSet.fromGIF([{ name: "walk.gif", bytes }], { size: 32 });
   * const gif = await clips.toGIF(0);
   * ```
   *
   * @throws InvalidInputError naming the files that cannot be used; where clips have another number of frames
   */
  static async fromGIF(files: readonly ClipFile[], options?: ClipOptions): Promise<ImageSet> {
    return new ImageSet(await (await clips()).fromGIF(files, options));
  }

  /**
   * Clips from a PNG file of frames side by side, a sprite sheet, or from several that are cut alike.
   *
   * ```ts
   * const walks = await ImageSet.fromSheet(png, { tile: 64, columns: [1, 2, 3, 4, 5, 6, 7, 8], size: 32 });
   * ```
   *
   * @throws InvalidInputError where it is not made of such frames
   */
  static async fromSheet(
    files: Uint8Array | ArrayBuffer | readonly PictureFile[],
    options: SheetOptions,
  ): Promise<ImageSet> {
    return new ImageSet(await (await clips()).fromSheet(files, options));
  }

  /** Clips of one PNG file a frame, in their order. @throws InvalidInputError as `fromGIF` */
  static async fromFrames(
    files: readonly ClipOfFrames[],
    options?: ClipOptions,
  ): Promise<ImageSet> {
    return new ImageSet(await (await clips()).fromFrames(files, options));
  }

  /**
   * Files that a person chose or dropped in a browser. PNG files give the same pixels everywhere; others, such as
   * JPEG, are decoded by the browser, and pixels may differ from one engine to the next.
   */
  static async fromFiles(files: Iterable<Blob>, options?: PictureOptions): Promise<ImageSet> {
    return new ImageSet(await (await import("./browser.js")).fromFiles(files, options));
  }

  /** The label of a name, or the first. @throws InvalidInputError where there is none */
  label(name?: string): ImageLabel {
    return labelNamed(this.labels, name, "pictures");
  }

  /** The classes of a label, or of the first. */
  classes(name?: string): readonly string[] {
    return this.label(name).classes;
  }

  /** With what rows say, one a picture, instead of labels of the same names; by order, or by name with `by`. */
  withLabels(rows: readonly LabelRow[], { by }: { readonly by?: string } = {}): ImageSet {
    const own = by === undefined ? rows : this.#byName(rows, by);
    if (own.length !== this.length) {
      throw new InvalidInputError(
        `there must be a row of labels for each ${this.frames > 1 ? "clip" : "picture"}, ${this.length}, got ${own.length}`,
      );
    }
    const added = labelsOf(own, (i) => `the row of ${this.#called(i)}`);
    const kept = this.labels.filter(({ name }) => !added.some((one) => one.name === name));
    return new ImageSet({ ...this, labels: [...kept, ...added] });
  }

  /**
   * With captions instead of those that there are: a list of one text or several for each picture, by order; or texts by
   * the names of files, such as `readCaptions` gives.
   *
   * ```ts
   * const said = images.withCaptions(readCaptions(await file.text(), file.name));
   * ```
   *
   * @throws InvalidInputError where a picture has none
   */
  withCaptions(captions: CaptionsGiven): ImageSet {
    const own = Array.isArray(captions)
      ? captions
      : captionsByName(this.names, captions as Exclude<CaptionsGiven, readonly unknown[]>);
    return new ImageSet({ ...this, captions: own });
  }

  /** With the names of their files as captions: "red_bird-2.png" says "red bird 2". @throws InvalidInputError */
  withNamesAsCaptions(): ImageSet {
    return new ImageSet({ ...this, captions: captionsOfNames(this.names) });
  }

  #byName(rows: readonly LabelRow[], by: string): LabelRow[] {
    if (!this.names) throw new InvalidInputError(`by: the pictures have no names`);
    const given = rows.map((row, i) => {
      // JSON has values of which no text can be made, and some that are too deep to be compared.
      const [key, value] = Object.entries(row).find(([, own]) => Object(own) === own) ?? [];
      if (key !== undefined) {
        throw new InvalidInputError(
          `row ${i} of labels: ${describe(key)} must be a text, a number, true or false, got ${describe(value)}`,
        );
      }
      const { [by]: name, ...rest } = row;
      return [String(name), rest] as const;
    });
    return foundByName(this.names, given, `row of labels (by ${by})`);
  }

  #called(i: number): string {
    return this.names ? describe(this.names[i]) : `picture ${i}`;
  }

  /** These pictures, in this order, each as often as it is named. */
  subset(indices: ArrayLike<number>): ImageSet {
    const order = Int32Array.from(indices, (index) =>
      checkNumber("indices", index, { integer: true, min: 0, max: this.length - 1 }),
    );
    const size = bytesOfOne(this);
    const pixels = new Uint8Array(order.length * size);
    order.forEach((from, to) => {
      pixels.set(this.pixels.subarray(from * size, (from + 1) * size), to * size);
    });
    return new ImageSet({
      ...this,
      pixels,
      labels: labelsAt(this.labels, order),
      captions: this.captions && Array.from(order, (i) => this.captions![i]),
      names: this.names && Array.from(order, (i) => this.names![i]),
      groups: this.groups && Array.from(order, (i) => this.groups![i]),
      skipped: [],
    });
  }

  /** The first pictures, at most `count`. */
  first(count: number): ImageSet {
    checkNumber("count", count, { integer: true, min: 1 });
    return this.subset(Array.from({ length: Math.min(count, this.length) }, (_, i) => i));
  }

  /**
   * A frame of each clip, as pictures: the first is frame 0.
   * @throws InvalidInputError where clips are shorter
   */
  frame(k: number): ImageSet {
    checkNumber("frame", k, { integer: true, min: 0, max: this.frames - 1 });
    return this.span(k, k + 1);
  }

  /**
   * Some frames of each clip, one after the other: from frame `from` to below frame `to`, or the last.
   * @throws InvalidInputError where clips are shorter, or no frame is left
   */
  span(from: number, to: number = this.frames): ImageSet {
    checkNumber("from", from, { integer: true, min: 0, max: this.frames - 1 });
    checkNumber("to", to, { integer: true, min: from + 1, max: this.frames });
    const size = bytesOfOne({ ...this, frames: 1 });
    const [whole, own] = [this.frames * size, (to - from) * size];
    const pixels = new Uint8Array(this.length * own);
    for (let i = 0; i < this.length; i++) {
      const first = i * whole + from * size;
      pixels.set(this.pixels.subarray(first, first + own), i * own);
    }
    return new ImageSet({ ...this, pixels, frames: to - from, skipped: [] });
  }

  /** All frames of all clips, as pictures, each with what is said of its clip; those of one clip stay on one side of a split. */
  stills(): ImageSet {
    const { frames, length } = this;
    if (frames === 1) return this;
    const of = Int32Array.from({ length: length * frames }, (_, i) => Math.floor(i / frames));
    return new ImageSet({
      ...this,
      frames: 1,
      labels: labelsAt(this.labels, of),
      captions: this.captions && Array.from(of, (i) => this.captions![i]),
      names: this.names && Array.from(of, (i) => this.names![i]),
      // Frames of one clip are neighbours, and belong together.
      groups: this.groups ? Array.from(of, (i) => this.groups![i]) : Array.from(of, String),
      skipped: [],
    });
  }

  /** The pictures whose label has this class. @throws InvalidInputError where there are none */
  where(name: string, value: string): ImageSet {
    return this.subset(placesWhere(this.label(name), value));
  }

  /**
   * Two sets, the second about a fraction `val` of the pictures, drawn by the seed. Pictures with the same pixels, and
   * those of one group, are in one of them: nothing that is validated on was learned.
   *
   * ```ts
   * const { train, validation } = clips.split({ val: 0.1, by: "character" });
   * ```
   *
   * @param options.by a label: pictures of one class of it are in one of the sets, too
   * @throws InvalidInputError where one would be empty
   */
  split({
    val = 0.1,
    seed = 0,
    by,
  }: {
    val?: number;
    seed?: number;
    by?: string;
  } = {}): Split<ImageSet> {
    const { train, validation } = sidesOf(
      this,
      val,
      seed,
      by === undefined ? by : valuesOf(this.label(by)),
    );
    return { train: this.subset(train), validation: this.subset(validation) };
  }

  /**
   * With groups: a text for each picture, or a label, whose classes become groups and which then is no label any more, so that
   * no model learns it. `split` and `fit` keep pictures of one group on one side; `split({ by })` does so once.
   * @throws InvalidInputError
   */
  withGroups(by: string | readonly string[]): ImageSet {
    if (typeof by !== "string") return new ImageSet({ ...this, groups: by });
    const labels = this.labels.filter(({ name }) => name !== by);
    return new ImageSet({ ...this, labels, groups: valuesOf(this.label(by)) });
  }

  /**
   * These pictures and then the others, which have the same size and channels, and as many frames; with the labels that both
   * have, and captions, names and groups where both have them.
   */
  concat(other: ImageSet): ImageSet {
    return new ImageSet({ ...this, ...joined(this, other), skipped: [] });
  }

  /** Tells one set from another: by pixels, size, labels and captions, not by names. */
  fingerprint(): string {
    const said = this.labels.map(({ name, classes, indices }) => {
      const bytes = new Uint8Array(Int32Array.from(indices).buffer);
      return `${JSON.stringify([name, classes])}${hashBytes(bytes)}`;
    });
    if (this.captions) said.push(JSON.stringify(this.captions));
    const labels = hashBytes(new TextEncoder().encode(said.join()));
    const { length, frames, height, width, channels, pixels } = this;
    const of = frames > 1 ? `${frames}x` : "";
    return `${length}-${of}${height}x${width}x${channels}-${hashBytes(pixels)}-${labels}`;
  }

  /** Whether the other has the same pictures in the same order, and the same labels and captions. */
  equals(other: ImageSet): boolean {
    const { frames, height, width, channels, pixels } = this;
    return (
      frames === other.frames &&
      height === other.height &&
      width === other.width &&
      channels === other.channels &&
      pixels.length === other.pixels.length &&
      pixels.every((byte, i) => byte === other.pixels[i]) &&
      this.fingerprint() === other.fingerprint()
    );
  }

  /** A picture as a PNG file, the same bytes in every runtime; of a clip, its frames side by side. */
  async toPNG(i: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.subset([i]).grid({ columns: this.frames, gap: 0 });
  }

  /**
   * A clip as an animated GIF file, or several that play side by side: the same bytes in every runtime. Colours are as they
   * are where they are 256 at most, in one palette, or one a frame; else the nearest of 256. Pixels whose alpha is below
   * 128 become transparent.
   */
  async toGIF(
    which: number | readonly number[],
    options?: AnimationOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await import("./animated.js")).gif(this.subset([which].flat()), options);
  }

  /** The same as an animated PNG file: colours and alpha as they are. */
  async toAPNG(
    which: number | readonly number[],
    options?: AnimationOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await import("./animated.js")).apng(this.subset([which].flat()), options);
  }

  /** All clips in one PNG file, frames side by side without gaps, a row a clip: what `fromSheet` reads. */
  async sheet(): Promise<Uint8Array<ArrayBuffer>> {
    return this.grid({ columns: this.frames, gap: 0 });
  }

  /** All pictures side by side in one PNG file; of clips their frames, a row a clip. */
  async grid(options?: GridOptions): Promise<Uint8Array<ArrayBuffer>> {
    return (await import("./grid.js")).grid(this, options);
  }
}

function reading(): Promise<typeof import("./read.js")> {
  return import("./read.js");
}

function clips(): Promise<typeof import("./clips.js")> {
  return import("./clips.js");
}
