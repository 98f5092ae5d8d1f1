// simdream classify: what is in pictures.

import type { Command } from "commander";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel } from "../io/picture-models.js";
import { limited, type PictureFlags, pictureName, readPictures } from "../io/pictures.js";
import { addOptions, command, count, examples } from "../options/options.js";
import { readTable, unsaidNames } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { visible } from "../show/escape.js";
import { fraction } from "../show/format.js";
import { printJson } from "../show/terminal.js";

interface ClassifyFlags extends PictureFlags {
  readonly limit?: number;
  readonly json?: boolean;
}

export function classifyCommand(): Command {
  const target = command("classify", "Says of pictures what a classifier sees in them.");
  target.argument("<model>", "a file that train --model classifier wrote");
  target.argument("<files...>", "a folder of pictures, an IDX file, PNG or JPEG files");
  addOptions(target, "Pictures", [
    ["--limit <n>", "the first n pictures only", undefined, count],
    ...rowsOf(readTable, unsaidNames),
  ]);
  addOptions(target, "Output", [["--json", "print one JSON object, with all probabilities"]]);
  examples(target, ["simdream classify c.safetensors pictures/ --json"]);
  return target.action((path: string, paths: string[], flags: ClassifyFlags) =>
    classify(path, paths, flags),
  );
}

async function classify(
  path: string,
  paths: readonly string[],
  { limit, json, ...flags }: ClassifyFlags,
): Promise<void> {
  checkPaths([...uses("the model", path), ...uses("a picture", ...paths)]);
  const { model, verbs, shape } = await readPictureModel(path, "classify");
  const set = limited(await readPictures(paths, flags, shape), limit);
  const found = verbs.classify(model, set);
  const name = (i: number) => pictureName(set, i);
  if (json) {
    return printJson({ pictures: found.map((one, i) => ({ name: name(i), ...one })) });
  }
  for (const [i, { labels, probabilities }] of found.entries()) {
    const said = Object.entries(labels).map(([column, value]) => {
      return `${column}=${value} (${fraction(probabilities[column][value])})`;
    });
    process.stdout.write(`${[name(i), ...said].map(visible).join("\t")}\n`);
  }
}
