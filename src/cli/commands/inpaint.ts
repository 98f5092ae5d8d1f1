// simdream inpaint, and simdream vary: pictures made from pictures by a diffusion model.

import type { Command } from "commander";
import { ImageSet } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import { blanked, masksFor, picturesToKeep } from "../io/masks.js";
import { checkPaths, uses } from "../io/paths.js";
import { labelsFor, type Opened, readPictureModel, samplingFor } from "../io/picture-models.js";
import { type PictureFlags, readPictures } from "../io/pictures.js";
import { label } from "../options/generate-options.js";
import {
  addOptions,
  command,
  count,
  examples,
  number,
  type OptionRow,
  wholeNumber,
} from "../options/options.js";
import { readTable } from "../options/picture-options.js";
import {
  promptRows,
  type SamplingFlags,
  samplingRows,
  tileRow,
} from "../options/sampling-options.js";
import { rowsOf } from "../options/tables.js";
import { checkOut, type OutFlags, outRows } from "../run/picture-files.js";
import { repeatedPictures, writeVariants } from "../run/variants.js";

interface FromPictures extends Omit<PictureFlags, "tile">, OutFlags, SamplingFlags {
  readonly label?: Readonly<Record<string, string>>;
  readonly samples?: number;
  readonly seed?: number;
  readonly tile?: boolean;
}

interface InpaintFlags extends FromPictures {
  readonly mask?: string;
  readonly knownGuidance?: number;
  readonly repeats?: number;
}

interface VaryFlags extends FromPictures {
  readonly strength?: number;
}

const FILES = "pictures: PNG or JPEG files, a folder, an IDX file";
const reading = ["size", "crop", "mode", "background", "fit", "resample", "damaged", "animated"];
const seedRow = ["--seed <n>", "seed of the noise (default: 0)", undefined, wholeNumber] as const;
const showRow = [
  "--label <name=value>",
  "a label of what is made: label=3, or 3 (repeatable; default: none)",
  undefined,
  label,
] as const;
/** What both commands have of what is made. */
const madeRows: readonly OptionRow[] = [
  showRow,
  ...promptRows,
  ...samplingRows,
  tileRow,
  ...outRows,
];
const VARIANTS = 8;

export function inpaintCommand(): Command {
  const target = command(
    "inpaint",
    "Makes parts of pictures new, so that they fit the rest, which stays to the bit.",
  );
  target.argument("<model>", "a file that train --model diffusion wrote");
  target.argument("<files...>", FILES);
  addOptions(target, "Output", [
    [
      "--mask <file>",
      "a picture of the same size: white is made new, black stays; or one for each, in a folder or an IDX file",
    ],
    ["--samples <n>", "ways to fill each picture (default: 1)", undefined, count],
    seedRow,
    [
      "--known-guidance <x>",
      "how much what is kept steers what is made new; 0 is three times as fast and fits less (default: 1)",
      undefined,
      number,
    ],
    [
      "--repeats <n>",
      "how often each step is taken: several times is another way to make new and kept parts fit (default: 1)",
      undefined,
      number,
    ],
    ...madeRows,
  ]);
  addOptions(target, "Pictures", rowsOf(readTable, reading));
  examples(target, [
    "simdream inpaint d.safetensors picture.png --mask mask.png --out done.png",
    "simdream inpaint d.safetensors picture.png --mask mask.png --label 7 --samples 8 --out ways.png",
    'simdream inpaint d.safetensors picture.png --mask mask.png --prompt "a red hat" --out hat.png',
    "simdream inpaint d.safetensors pictures/ --mask mask.png --out done",
  ]);
  return target.action((path: string, paths: string[], flags: InpaintFlags) =>
    inpaint(path, paths, flags),
  );
}

export function varyCommand(): Command {
  const target = command("vary", "Makes variations of pictures.");
  target.argument("<model>", "a file that train --model diffusion wrote");
  target.argument("<files...>", FILES);
  addOptions(target, "Output", [
    [
      "--strength <x>",
      "how far to go: near 0 hardly anything changes, at 1 nothing of the picture is left (default: 0.5)",
      undefined,
      number,
    ],
    ["--samples <n>", "variations of each picture (default: 8)", undefined, count],
    seedRow,
    ...madeRows,
  ]);
  addOptions(target, "Pictures", rowsOf(readTable, reading));
  examples(target, [
    "simdream vary d.safetensors picture.png --strength 0.4 --out like.png",
    "simdream vary d.safetensors picture.png --label 3 --guidance 2 --samples 4 --out threes.png",
  ]);
  return target.action((path: string, paths: string[], flags: VaryFlags) =>
    vary(path, paths, flags),
  );
}

async function inpaint(path: string, paths: readonly string[], flags: InpaintFlags): Promise<void> {
  const { mask, samples = 1, knownGuidance, repeats } = flags;
  if (mask === undefined) {
    throw new UsageError("inpaint needs --mask, a picture whose white pixels are made new");
  }
  const reads = [
    ...uses("the model", path),
    ...uses("a picture", ...paths),
    ...uses("the mask", mask),
  ];
  checkPaths(reads);
  const one = await readPictureModel(path, "inpaint");
  const { model, verbs, shape } = one;
  if (shape.frames !== undefined) {
    throw new UsageError(
      `the command inpaint is for pictures, ${path} makes clips; in the library inpaint takes clips and their masks`,
    );
  }
  checkOut(flags, reads);
  const how = { ...sampledFrom(path, one, flags), knownGuidance, repeats };
  const set = await picturesToKeep(paths, readOf(flags), shape);
  const masks = await masksFor(mask, set, readOf(flags));
  const given = repeatedPictures(set, samples);
  const each = masks.length === 1 ? masks : repeatedPictures(masks, samples);
  const made = verbs.inpaint(model, given, each, how);
  await writeVariants(
    flags,
    blanked(set, masks),
    new ImageSet({ ...made, names: given.names }),
    samples,
  );
}

/** How files are read. */
function readOf({ tile: _, ...flags }: FromPictures): PictureFlags {
  return flags;
}

/** What both verbs are asked for. @throws UsageError for guidance of nothing */
function sampledFrom(path: string, one: Opened, flags: FromPictures) {
  const { seed = 0, guidance, label, prompt, negative } = flags;
  const sampling = samplingFor(path, one, flags, flags.tile);
  if (guidance !== undefined && (label ?? prompt ?? negative) === undefined) {
    throw new UsageError("--guidance needs --label or --prompt, what the pictures shall show");
  }
  return { ...sampling, seed, labels: labelsFor(path, one, label) };
}

async function vary(path: string, paths: readonly string[], flags: VaryFlags): Promise<void> {
  const { samples = VARIANTS, strength } = flags;
  const reads = [...uses("the model", path), ...uses("a picture", ...paths)];
  checkPaths(reads);
  const one = await readPictureModel(path, "vary");
  checkOut(flags, reads, one.shape.frames !== undefined);
  const how = { ...sampledFrom(path, one, flags), strength };
  const set = await readPictures(paths, readOf(flags), one.shape);
  const given = repeatedPictures(set, samples);
  const made = one.verbs.vary(one.model, given, how);
  await writeVariants(flags, set, new ImageSet({ ...made, names: given.names }), samples);
}
