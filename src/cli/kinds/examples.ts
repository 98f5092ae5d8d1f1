// What models of pictures learn from, as the command line reads it.

import type { ImageSet, PictureData } from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import { named } from "../io/files.js";
import { type PictureFlags, type PictureShape, readClips, readPictures } from "../io/pictures.js";
import { holdVectors, readVectors } from "../io/vectors.js";
import { typedAgain } from "../options/options.js";
import { readNames } from "../options/picture-options.js";
import type { Task } from "../options/task.js";
import { plural, whole } from "../show/format.js";

/** Pictures, or rows of numbers. */
export interface Examples<D extends PictureData = ImageSet> {
  readonly data: D;
  readonly of: "picture" | "clip" | "row";
  /** "faces: 60 pictures of 16 × 16, RGB, with label (3)" */
  readonly words: string;
  /** Options with which the files are read again as they were. */
  readonly again: readonly string[];
}

/**
 * @param shape of the model that will read them
 * @param clips whether they are clips, where no shape says so
 * @throws UsageError, Failure, InvalidInputError
 */
export async function readExamples(
  { paths, flags }: Pick<Task, "paths" | "flags">,
  shape?: PictureShape,
  clips = false,
): Promise<Examples> {
  const read = clips ? readClips : readPictures;
  const data = await read(paths, flags as PictureFlags, shape);
  const { length, frames, width, height } = data;
  const of = frames > 1 ? "clip" : "picture";
  const long = frames > 1 ? ` of ${plural(frames, "frame")}` : "";
  return {
    ...{ data, of, again: typedAgain(flags, readNames) },
    words: `${named(paths)}: ${plural(length, of)}${long} of ${width} × ${height}${labelled(data)}`,
  };
}

/** The same, or rows of numbers where the files are tables. @param shape is asked for pictures only */
export async function readPicturesOrRows(
  task: Task,
  shape?: () => PictureShape,
  clips = false,
): Promise<Examples<PictureData>> {
  const { paths, flags, explicit } = task;
  const rows = !clips && flags.tile === undefined && holdVectors(paths);
  if (!rows) return readExamples(task, shape?.(), clips);
  const foreign = readNames.find((name) => explicit.has(name));
  if (foreign) {
    throw new UsageError(`${flag(foreign)} is for pictures, ${named(paths)} has rows of numbers`);
  }
  const data = readVectors(paths);
  const words = `${named(paths)}: ${plural(data.length, "row")} of ${plural(data[0].length, "number")}`;
  return { data, of: "row", words, again: [] };
}

function labelled({ channels, labels, captions }: ImageSet): string {
  const colours = { 1: "grey", 3: "RGB", 4: "RGBA" }[channels];
  const said = labels.map(({ name, classes }) => `${name} (${whole(classes.length)})`);
  if (captions) said.unshift(plural(captions.flat().length, "caption"));
  return `, ${colours}${said.length > 0 ? `, with ${said.slice(0, 6).join(", ")}${said.length > 6 ? ", …" : ""}` : ""}`;
}
