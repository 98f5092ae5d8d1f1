// simdream quantize

import type { Command } from "commander";
import { Failure, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { addOptions, command, examples } from "../options/options.js";
import { size } from "../show/format.js";
import { printJson, printLine } from "../show/terminal.js";

interface QuantizeFlags {
  readonly bits: "4" | "8";
  readonly out?: string;
  readonly json?: boolean;
}

export function quantizeCommand(): Command {
  const target = command(
    "quantize",
    "Writes a copy of a model with 8 bits a weight, or 4: a quarter of the file or less, for sampling only; models of texts are faster, too.",
  );
  target.argument("<model>", "a file that train or import wrote");
  addOptions(target, "Options", [
    ["--out <file>", "the file to write"],
    ["--bits <n>", "bits a weight; 4 for models of texts", "8", ["4", "8"]],
    ["--json", "print one JSON object"],
  ]);
  examples(target, [
    "simdream quantize book.safetensors --out book.int8.safetensors",
    "simdream quantize book.safetensors --bits 4 --out book.int4.safetensors",
    "simdream quantize digits.safetensors --out digits.int8.safetensors",
    'simdream generate book.int8.safetensors --prompt "Once upon"',
  ]);
  return target.action((path: string, flags: QuantizeFlags) => quantize(path, flags));
}

async function quantize(path: string, { out, bits, json }: QuantizeFlags): Promise<void> {
  if (out === undefined) throw new UsageError("quantize needs --out <file>");
  checkPaths(uses("the model", path), uses("--out", out));
  checkWritable(out);
  const { model, bytes } = await readModel(path);
  if (model.quantized) throw new Failure(`${path} is quantised already`);
  const quantized = await model.quantize({ bits: bits === "4" ? 4 : 8 });
  const file = quantized.save();
  writeWhole(out, file);
  if (json) {
    const fingerprint = quantized.fingerprint();
    return printJson({ file: path, bytes, out, outBytes: file.length, fingerprint });
  }
  printLine(`${path}, ${size(bytes)} -> ${out}, ${size(file.length)}`);
}
