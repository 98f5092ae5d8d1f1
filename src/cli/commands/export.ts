// simdream export

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Failure, reason, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { modelOf, readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { languageKind } from "../kinds/language.js";
import { addOptions, command, examples } from "../options/options.js";
import { size } from "../show/format.js";
import { printJson, printLine } from "../show/terminal.js";

interface ExportFlags {
  readonly out?: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  const target = command(
    "export",
    "Writes a language model's Transformer as a folder that Hugging Face's transformers loads.",
  );
  target.argument("<model>", "a file that train or import wrote");
  addOptions(target, "Options", [
    ["--out <folder>", "the folder to write to; it is made where it is not there"],
    ["--json", "print one JSON object"],
  ]);
  examples(target, [
    "simdream train book.txt --network transformer --out book.safetensors",
    "simdream export book.safetensors --out book/",
  ]);
  return target.action((path: string, flags: ExportFlags) => exportModel(path, flags));
}

async function exportModel(path: string, { out, json }: ExportFlags): Promise<void> {
  if (out === undefined) throw new UsageError("export needs --out <folder>");
  const { toPretrained } = await import("../../entries/hugging-face.js");
  const read = await readModel(path);
  const files = await toPretrained(modelOf(languageKind, path, read));
  const paths = Object.keys(files).map((name) => join(out, name));
  checkPaths(uses("the model", path), uses("--out", ...paths));
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new Failure(`cannot make ${out}: ${reason(error)}`, { cause: error });
  }
  for (const target of paths) checkWritable(target);
  let bytes = 0;
  for (const [name, file] of Object.entries(files)) {
    const whole = typeof file === "string" ? new TextEncoder().encode(file) : file;
    writeWhole(join(out, name), whole);
    bytes += whole.length;
  }
  if (json) return printJson({ file: path, out, files: Object.keys(files), bytes });
  printLine(`${path}, ${size(read.bytes)} -> ${out}, ${size(bytes)}`);
}
