// simdream augment: a folder of generated pictures for each label, to be learned beside real ones.

import { join } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictureModel, samplingFor } from "../io/picture-models.js";
import { addOptions, command, count, examples, number, wholeNumber } from "../options/options.js";
import { type SamplingFlags, samplingRows } from "../options/sampling-options.js";
import { checkFolder, writeFolder } from "../run/picture-files.js";
import { plural } from "../show/format.js";
import { printLine } from "../show/terminal.js";

interface AugmentFlags extends SamplingFlags {
  readonly out?: string;
  readonly samples?: number;
  readonly seed?: number;
  readonly temperature?: number;
}

const SAMPLES = 100;

export function augmentCommand(): Command {
  const target = command("augment", "Writes generated pictures, a sub-folder for each label.");
  target.argument("<model>", "a file that train --model vae, gan or diffusion wrote");
  addOptions(target, "Output", [
    ["--out <folder>", "a new folder, or an empty one"],
    ["--samples <n>", "pictures of each label (default: 100)", undefined, count],
    [
      "--seed <n>",
      "seed of the first label's pictures; each further label has the next seed (default: 0)",
      undefined,
      wholeNumber,
    ],
    [
      "--temperature <x>",
      "below 1 pictures are more alike and more typical (default: 1)",
      undefined,
      number,
    ],
    ...samplingRows,
  ]);
  examples(target, ["simdream augment v.safetensors --samples 500 --out more"]);
  return target.action((path: string, flags: AugmentFlags) => augment(path, flags));
}

async function augment(path: string, { out, ...flags }: AugmentFlags): Promise<void> {
  if (out === undefined) throw new UsageError("augment needs --out <folder>");
  checkPaths(uses("the model", path), uses("--out", out));
  checkFolder(out);
  const { samples = SAMPLES, seed = 0, temperature } = flags;
  const one = await readPictureModel(path, "generate");
  const sampling = samplingFor(path, one, flags);
  const { model, verbs } = one;
  const [label] = verbs.labels(model);
  const names = Array.from({ length: samples }, (_, i) => {
    return `generated-${String(i + 1).padStart(String(samples).length, "0")}.png`;
  });
  const classes = label?.classes ?? [undefined];
  const folders = folderNames(label?.classes ?? []);
  for (const [i, value] of classes.entries()) {
    const labels = value === undefined ? undefined : { [label.name]: value };
    const how = { samples, seed: seed + i, temperature, labels, ...sampling };
    const set = verbs.generate(model, how);
    const folder = value === undefined ? out : join(out, folders[i]);
    await writeFolder(folder, set, names);
  }
  const each = label ? ` of ${plural(classes.length, "label")} each` : "";
  printLine(`${plural(samples, "picture")}${each} in ${out}`);
}

/**
 * Classes as names of folders: what could lead elsewhere, or nowhere, is replaced. Those that are then the
 * same, also where capitals make no difference, have a number after them.
 */
export function folderNames(classes: readonly string[]): string[] {
  const taken = new Set<string>();
  return classes.map((value, i) => {
    const name = value.replace(/[^\p{L}\p{N} ._+-]/gu, "_").replace(/^[. ]+|[. ]+$/g, "_");
    const short = name === "" ? `label-${i}` : Array.from(name).slice(0, 60).join("");
    let own = short;
    for (let n = 2; taken.has(own.toLowerCase()); n++) own = `${short}-${n}`;
    taken.add(own.toLowerCase());
    return own;
  });
}
