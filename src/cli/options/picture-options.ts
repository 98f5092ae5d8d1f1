// The options of pictures: how files of them are read, and what all models of pictures have.

import type {
  Augmentation,
  BodyOptions,
  ImageTextOptions,
  VAEFitOptions,
} from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import type { ClipFlags } from "../io/clips.js";
import type { PictureFlags } from "../io/pictures.js";
import { label } from "./generate-options.js";
import type { OptionRow } from "./options.js";
import { type Help, type OptionTable, table } from "./tables.js";

type ReadOptions = {
  -readonly [K in Exclude<keyof PictureFlags, keyof ClipFlags>]: PictureFlags[K];
};

const readRules: Rules<ReadOptions, keyof ReadOptions> = {
  labels: { type: "text", own: true },
  captions: { type: "text", own: true },
  namesAsCaptions: { type: "flag", own: true },
  size: { type: "text", own: true },
  crop: { type: "text", own: true },
  mode: { type: "choice", of: ["auto", "grey", "rgb", "rgba"], own: true },
  background: { type: "text", own: true },
  fit: { type: "choice", of: ["crop", "stretch"], own: true },
  resample: { type: "choice", of: ["area", "bilinear"], own: true },
  tile: { type: "text", own: true },
  count: { type: "integer", min: 1, own: true },
  damaged: { type: "choice", of: ["error", "skip"], own: true },
  animated: { type: "choice", of: ["error", "first"], own: true },
  group: { type: "text", own: true },
};

type ClipNames = keyof ClipFlags;

const clipRules: Rules<{ -readonly [K in ClipNames]: ClipFlags[K] }, ClipNames> = {
  frames: { type: "integer", min: 1, own: true },
  every: { type: "integer", min: 1, own: true },
  tileColumns: { type: "text", own: true },
};

/** How clips are cut out of files, besides `readTable`; `tile` and `count` are of sprite sheets there. */
export const clipTable: OptionTable = table("Clips", undefined, clipRules, {
  frames:
    "frames of a clip: of longer ones the first so many; of a sheet how many tiles (default: all, of a sheet a row)",
  every:
    "cut longer clips into several, that begin every so many frames; they stay together in --val",
  tileColumns:
    "<list> tiles of each row of a sheet that are frames, from 0: 1-8, or 0,2,4 (default: all)",
});

/** How files of pictures are read, and what is said of them. */
export const readTable: OptionTable = table("Pictures", undefined, readRules, {
  labels:
    "<file> labels in an IDX file, or in a table (CSV, JSON) with a row for each picture, found by the column file or taken in order",
  captions:
    "<file> what pictures show in words: for each a line with its file's name, a tab and a caption, or several with tabs between; or JSON, also a metadata.jsonl",
  namesAsCaptions: "the names of files are their captions: red_bird-2.png says “red bird 2”",
  size: "<n> bring all pictures to this size: 32, or 32x24 (width x height)",
  crop: "<n> first cut so many pixels from the middle: 28, or 28x20",
  mode: "<colours> grey, rgb or rgba (default: auto, grey where every picture is)",
  background: "<colour> what transparent pixels are put on (default: #ffffff)",
  fit: "<how> pictures of other proportions than --size: their sides are cut, or they are stretched (default: crop)",
  resample:
    "<how> a new pixel is the mean of what it covers (area), or between the four nearest (bilinear) (default: area)",
  tile: "<n> the file is an atlas of tiles of this size: 16, or 16x24",
  count: "tiles of the atlas (default: all)",
  damaged: "<what> files that are damaged: an error, or left out and named (default: error)",
  animated: "<what> animated PNG files: an error, or their first picture (default: error)",
  group:
    "<column> a column of the labels that is not learned: what has the same value in it, such as a person, stays together in --val",
});

/** Those that say what pictures show in words. */
export const captionNames = ["captions", "namesAsCaptions"] as const;

/** Whether options say what pictures show in words. */
export function sayWords(flags: Readonly<Record<string, unknown>>): boolean {
  return captionNames.some((name) => flags[name] !== undefined);
}

/** The same as `readTable` for models that learn no captions. */
export const plainReadTable: OptionTable = { ...readTable, without: captionNames };

/** For models that learned labels. */
export const labelRow: OptionRow = [
  "--label <name=value>",
  "the label of the pictures, where nothing else gives it: label=3, or 3 (repeatable)",
  undefined,
  label,
];

/** Files of pictures are not read again as they were without these. */
export const readNames: readonly string[] = [...Object.keys(readRules), ...Object.keys(clipRules)];

/** The same without what is said of the pictures. */
export const unsaidNames: readonly string[] = Object.keys(readRules).filter(
  (name) => name !== "labels" && name !== "group" && !captionNames.some((one) => one === name),
);

/** What `create` of every model of pictures has. */
export const bodyHelp: Help<BodyOptions> = {
  network:
    "dense layers, or convolutions that halve the picture (default: conv, below 8 x 8 pixels dense)",
  hidden: "units of a layer (dense)",
  layers: "hidden layers, or halvings of the picture (default: 2; of conv down to about 8 x 8)",
  channels: "channels of the first convolution (conv; default: 32, of a classifier 16)",
  activation: "after each layer (default: relu, of dense tanh)",
  norm: "<what> between a convolution and its activation: of groups of channels, or of the batch (conv)",
};

/** What `create` of models that read captions has. */
export const textHelp: Help<
  Pick<ImageTextOptions, "tokenizer" | "vocab" | (`text${string}` & keyof ImageTextOptions)>
> = {
  tokenizer: "what captions are cut into: pieces of words (bpe), bytes, or characters (char)",
  vocab: "tokens of captions (bpe)",
  textWidth: "width of the Transformer that reads captions",
  textLayers: "blocks of that Transformer",
  textHeads: "its heads of attention (default: of 32 numbers each, where the width allows it)",
  textContext: "most tokens of a caption (default: what the captions need, and half as many)",
};

export const sharedHelp = {
  images: "the pictures, for their shape and labels",
  shape: "the shape of an example, instead of images",
  labels: "columns of labels that are learned, or false",
  seed: "seed of everything random in training",
  runtime: "what `load()` gives; the package's own kernels by default",
} as const;

/** What `fit` of every model of pictures has. */
export const dataHelp: Help<Augmentation & Pick<VAEFitOptions, "batch" | "val">> = {
  batch: "pictures of a batch",
  val: "<fraction> fraction of the pictures that is kept for validation",
  flip: "mirror every second picture of a batch, left to right",
  shift: "move each picture of a batch by up to n pixels each way",
};

interface OwnOptions {
  readonly previewEvery?: number;
  readonly ignoreLabels?: boolean;
}

const ownRules: Rules<OwnOptions, keyof OwnOptions> = {
  previewEvery: { type: "integer", min: 0, own: true },
  ignoreLabels: { type: "flag", own: true },
};

/** What only the command line has. */
export const previewTable: OptionTable = table("Output", undefined, ownRules, {
  previewEvery:
    "steps between the pictures that are written beside the model (default: a twentieth; 0: none)",
  ignoreLabels: "learn no labels, although the pictures have some",
});
