// simdream generate, of a model of pictures.

import type { Command } from "commander";
import type { ImageSet } from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import type { Read } from "../io/models.js";
import { uses } from "../io/paths.js";
import { able, labelsFor, ofPictures, samplingFor } from "../io/picture-models.js";
import { type PictureShape, readPictures } from "../io/pictures.js";
import type { AnyModel } from "../kinds/model.js";
import { addOptions, given, rowName } from "../options/options.js";
import {
  clipRows,
  negativeRow,
  type SamplingFlags,
  samplingRows,
  tileRow,
} from "../options/sampling-options.js";
import { checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { printJson, printLine } from "../show/terminal.js";
import { generateRows } from "./generate-rows.js";

/** What a model of pictures understands of the command's options. */
interface PictureFlags extends OutFlags, SamplingFlags {
  readonly samples?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly label?: Readonly<Record<string, string>>;
  readonly tile?: boolean;
  readonly first?: string;
  readonly loop?: boolean;
  readonly json?: boolean;
}

const SAMPLES = 64;
/** Pictures of a prompt. */
const OF_PROMPT = 16;
/** Clips, where they are in one file with others, and of files that hold one. */
const [CLIPS, ONE] = [8, 1];
const HOLDS_ONE = /\.(gif|apng)$/i;
const shared = ["samples", "seed", "temperature", "label", "prompt", "unknown", "json"];
const samplingOptions = [...samplingRows, negativeRow, tileRow, ...clipRows];
const ofSampling = samplingOptions.map(rowName);
const own = [...outRows.map(rowName), ...ofSampling];

export function addPictureOptions(target: Command): void {
  addOptions(target, "Pictures", [...outRows, ...samplingOptions]);
}

/** Refuses options of pictures for a model of text. @throws UsageError */
export function checkNoPictures(path: string, title: string, explicit: ReadonlySet<string>): void {
  const name = own.find((one) => explicit.has(one));
  if (name) throw new UsageError(`${flag(name)} is for models of pictures, ${path} holds ${title}`);
}

/** Whether a model makes rows of numbers. */
function isOfRows({ model }: Read): boolean {
  return (model as AnyModel & { readonly shape: readonly number[] }).shape.length === 1;
}

/** Clips where nobody says how many. */
function clipsOf(out = ""): number {
  return HOLDS_ONE.test(out) ? ONE : CLIPS;
}

/** @throws UsageError for a model that makes no clips, Failure */
async function firstFrames(path: string, file: string, shape: PictureShape): Promise<ImageSet> {
  if (shape.frames === undefined) throw forClips("first", path);
  const { height, width, channels } = shape;
  return readPictures([file], {}, { height, width, channels });
}

function forClips(name: string, path: string): UsageError {
  return new UsageError(`${flag(name)} is for models of clips, ${path} makes pictures`);
}

/** @throws UsageError, Failure, InvalidInputError */
export async function generatePictures(
  path: string,
  read: Read,
  flags: PictureFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const one = able(path, read, "generate");
  const foreign = [...explicit].find((name) => ![...shared, ...own].includes(name));
  if (foreign)
    throw new UsageError(
      `${flag(foreign)} is for models of text, ${path} holds ${read.kind.title}`,
    );
  if (isOfRows(read)) {
    const name = explicit.has("label")
      ? "label"
      : own.find((one) => one !== "out" && !ofSampling.includes(one) && explicit.has(one));
    if (name) throw new UsageError(`${flag(name)} is for pictures, ${path} makes rows of numbers`);
    return generateRows(path, read, flags, samplingFor(path, one, flags, flags.tile));
  }
  const { model, verbs, shape } = ofPictures(path, one);
  checkOut(
    flags,
    [...uses("the model", path), ...uses("--first", flags.first)],
    shape.frames !== undefined,
  );
  const { prompt: prompts, seed = 0, temperature, loop } = flags;
  const first = flags.first === undefined ? undefined : await firstFrames(path, flags.first, shape);
  if (loop && shape.frames === undefined) throw forClips("loop", path);
  const usual = shape.frames === undefined ? (prompts ? OF_PROMPT : SAMPLES) : clipsOf(flags.out);
  const { samples = first && first.length > 1 ? first.length : usual } = flags;
  const labels = labelsFor(path, one, flags.label);
  // Prompts take turns with the same noise: a row each, which differ in nothing else.
  const rows = (prompts?.map((prompt) => [prompt]) ?? [undefined]).map((prompt) =>
    verbs.generate(model, {
      ...{ samples, seed, temperature, labels, ...given({ first, loop }) },
      ...samplingFor(path, one, { ...flags, prompt }, flags.tile),
    }),
  );
  const set = rows.reduce((all, row) => all.concat(row));
  const said = await writePictures(rows.length > 1 ? { columns: samples, ...flags } : flags, set);
  if (flags.json) {
    const { out, columns } = flags;
    const made = set.labels.map(({ name, classes, indices }) => {
      return [name, Array.from(indices, (index) => classes[index])];
    });
    return printJson({
      samples,
      seed,
      out,
      columns,
      labels: Object.fromEntries(made),
      ...(prompts ? { prompts } : {}),
      fingerprint: set.fingerprint(),
    });
  }
  printLine(said);
}
