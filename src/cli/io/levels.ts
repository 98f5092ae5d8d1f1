// Levels in: text files, also gzipped, or pictures of pixel art; with what a table says of them.

import { basename } from "node:path";
import { GridSet } from "../../entries/node.js";
import { readBytes } from "./files.js";
import { readLabelRows } from "./label-rows.js";

/** How files of levels are read. */
export interface LevelFlags {
  readonly labels?: string;
  readonly pad?: string;
}

/** @throws Failure, or InvalidInputError naming file, level and line */
export async function readLevels(
  paths: readonly string[],
  { labels, pad }: LevelFlags,
): Promise<GridSet> {
  const files = paths.map((path) => ({ name: basename(path), bytes: readBytes(path) }));
  const set = await (paths.every(isPicture)
    ? GridSet.fromPNG(files)
    : GridSet.fromText(files, pad === undefined ? {} : { pad }));
  if (labels === undefined) return set;
  const { rows, by } = readLabelRows(labels);
  return set.withLabels(rows, by === undefined ? {} : { by });
}

function isPicture(path: string): boolean {
  return /\.png$/i.test(path);
}
