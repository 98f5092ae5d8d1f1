// simdream merge

import type { Command } from "commander";
import { Failure, UsageError } from "../errors.js";
import { isAdaptable, useAdapter } from "../io/adapters.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { addOptions, command, examples } from "../options/options.js";
import { size } from "../show/format.js";
import { printJson, printLine } from "../show/terminal.js";

interface MergeFlags {
  readonly out?: string;
  readonly json?: boolean;
}

export function mergeCommand(): Command {
  const target = command(
    "merge",
    "Writes a model that is by itself what a model is with an adapter: as fast as without one.",
  );
  target.argument("<model>", "a file that train or import wrote");
  target.argument("<adapter>", "a file that train --lora wrote");
  addOptions(target, "Options", [
    ["--out <file>", "the file to write"],
    ["--json", "print one JSON object"],
  ]);
  examples(target, [
    "simdream merge book.safetensors letters.adapter.safetensors --out letters.safetensors",
  ]);
  return target.action((path: string, adapter: string, flags: MergeFlags) =>
    merge(path, adapter, flags),
  );
}

async function merge(path: string, adapter: string, { out, json }: MergeFlags): Promise<void> {
  if (out === undefined) throw new UsageError("merge needs --out <file>");
  checkPaths([...uses("the model", path), ...uses("the adapter", adapter)], uses("--out", out));
  checkWritable(out);
  const { model } = await readModel(path);
  await useAdapter(path, model, adapter);
  if (!isAdaptable(model)) throw new Failure(`${path} is no model of texts`);
  const merged = await model.merge();
  const file = merged.save();
  writeWhole(out, file);
  if (json) {
    const fingerprint = merged.fingerprint();
    return printJson({ file: path, adapter, out, outBytes: file.length, fingerprint });
  }
  printLine(`${path} with ${adapter} -> ${out}, ${size(file.length)}`);
}
