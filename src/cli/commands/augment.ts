// simdream augment: a folder of generated pictures for each label, to be learned beside real ones.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel } from "../io/picture-models.js";
import { addOptions, command, count, examples, number, wholeNumber } from "../options/options.js";
import { writeFolder } from "../run/picture-files.js";
import { visible } from "../show/escape.js";
import { plural } from "../show/format.js";

interface AugmentFlags {
  readonly out?: string;
  readonly samples?: number;
  readonly seed?: number;
  readonly temperature?: number;
}

const SAMPLES = 100;

export function augmentCommand(): Command {
  const target = command("augment", "Writes generated pictures, a sub-folder for each label.");
  target.argument("<model>", "a file that train --model vae wrote");
  addOptions(target, "Output", [
    ["--out <folder>", "a new folder, or an empty one"],
    ["--samples <n>", "pictures of each label (default: 100)", undefined, count],
    [
      "--seed <n>",
      "of the first label's pictures; the next has the next (default: 0)",
      undefined,
      wholeNumber,
    ],
    [
      "--temperature <x>",
      "below 1 pictures are more alike and more typical (default: 1)",
      undefined,
      number,
    ],
  ]);
  examples(target, ["simdream augment v.safetensors --samples 500 --out more"]);
  return target.action((path: string, flags: AugmentFlags) => augment(path, flags));
}

async function augment(path: string, { out, ...flags }: AugmentFlags): Promise<void> {
  if (out === undefined) throw new UsageError("augment needs --out <folder>");
  checkPaths(uses("the model", path), uses("--out", out));
  if (existsSync(out) && readdirSync(out).length > 0) {
    throw new UsageError(
      `--out ${out} is a folder that has files; give a new one, or an empty one`,
    );
  }
  const { samples = SAMPLES, seed = 0, temperature } = flags;
  const { model, verbs } = await readPictureModel(path, "generate");
  const label = verbs.classes(model);
  const names = Array.from({ length: samples }, (_, i) => {
    return `generated-${String(i + 1).padStart(String(samples).length, "0")}.png`;
  });
  const classes = label?.classes ?? [undefined];
  for (const [i, value] of classes.entries()) {
    const labels = value === undefined ? {} : { labels: { [label!.name]: value } };
    const set = verbs.generate(model, {
      ...{ samples, seed: seed + i, ...labels },
      ...(temperature === undefined ? {} : { temperature }),
    });
    const folder = value === undefined ? out : join(out, folderName(value, i));
    await writeFolder(folder, set, names);
  }
  const each = label ? ` of ${plural(classes.length, "label")} each` : "";
  process.stdout.write(`${visible(`${plural(samples, "picture")}${each} in ${out}`)}\n`);
}

/** A class as the name of a folder: what could lead elsewhere, or nowhere, is replaced. */
function folderName(value: string, i: number): string {
  const name = value.replace(/[^\p{L}\p{N} ._+-]/gu, "_").replace(/^[. ]+|[. ]+$/g, "_");
  return name === "" ? `label-${i}` : name.slice(0, 100);
}
