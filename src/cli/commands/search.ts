// simdream search: pictures by words.

import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel } from "../io/picture-models.js";
import { type PictureFlags, pictureName, readPictures } from "../io/pictures.js";
import { addOptions, command, count, examples } from "../options/options.js";
import { readTable, unsaidNames } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { checkOut, type OutFlags, outRows, writePictures } from "../run/picture-files.js";
import { visible } from "../show/escape.js";
import { printJson, printLine } from "../show/terminal.js";

interface SearchFlags extends PictureFlags, OutFlags {
  readonly top?: number;
  readonly unknown?: "error" | "skip";
  readonly json?: boolean;
}

export function searchCommand(): Command {
  const target = command("search", "Finds the pictures that fit a text best.");
  target.argument("<model>", "a file that train --model pair wrote");
  target.argument(
    "<files...>",
    "a folder of pictures, an IDX file, PNG or JPEG files; and last the text",
  );
  addOptions(target, "Pictures", rowsOf(readTable, unsaidNames));
  addOptions(target, "Search", [
    ["--top <n>", "pictures that are found (default: 10)", undefined, count],
    [
      "--unknown <what>",
      "characters that the model's captions never had: an error, or left out (default: error)",
      undefined,
      ["error", "skip"],
    ],
  ]);
  addOptions(target, "Output", [...outRows, ["--json", "print one JSON object"]]);
  examples(target, [
    'simdream search p.safetensors pictures/ "red hair"',
    'simdream search p.safetensors pictures/ "red hair" --top 20 --out found.png',
  ]);
  return target.action((path: string, rest: string[], flags: SearchFlags) =>
    search(path, rest, flags),
  );
}

/** Pictures, and the text, which comes last. @throws UsageError */
function apart(given: readonly string[]): {
  readonly paths: readonly string[];
  readonly text: string;
} {
  const paths = given.slice(0, -1);
  const text = given[given.length - 1];
  if (paths.length > 0 && text.trim() !== "") return { paths, text };
  throw new UsageError(
    'search needs pictures and a text: simdream search p.safetensors pictures/ "red hair"',
  );
}

async function search(
  path: string,
  rest: readonly string[],
  { top, unknown, json, ...flags }: SearchFlags,
): Promise<void> {
  const { paths, text } = apart(rest);
  const reads = [...uses("the model", path), ...uses("a picture", ...paths)];
  checkPaths(reads);
  if (flags.out !== undefined) checkOut(flags, reads);
  const { model, verbs, shape } = await readPictureModel(path, "search");
  const set = await readPictures(paths, flags, shape);
  const found = verbs.search(model, text, set, { top, unknown });
  const name = (i: number) => pictureName(set, i);
  const order = found.map(({ index }) => index);
  const said = flags.out === undefined ? undefined : await writePictures(flags, set.subset(order));
  if (json) {
    const pictures = found.map(({ index, similarity }) => ({
      name: name(index),
      index,
      similarity,
    }));
    return printJson({ text, pictures, out: flags.out });
  }
  for (const { index, similarity } of found) {
    process.stdout.write(`${[similarity.toFixed(4), visible(name(index))].join("\t")}\n`);
  }
  printLine(said);
}
