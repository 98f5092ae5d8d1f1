// simdream import

import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Command } from "commander";
import type { FileSource } from "../../entries/hugging-face.js";
import { ModelFileError, OutOfMemoryError } from "../../entries/node.js";
import { knowsConversations } from "../../text/markers.js";
import { Failure, reason, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, uses } from "../io/paths.js";
import { withPath } from "../io/wrong-file.js";
import { addOptions, command, examples } from "../options/options.js";
import { visible } from "../show/escape.js";
import { shellWords, size, whole } from "../show/format.js";
import { Meter } from "../show/meter.js";
import { networkWords, vocabulary } from "../show/model-rows.js";
import { messageOutput, printJson, printLine } from "../show/terminal.js";

interface ImportFlags {
  readonly out?: string;
  readonly weights?: "int8" | "int4";
  readonly ignore?: string;
  readonly json?: boolean;
}

/** What a folder of Hugging Face's may have that says something of its model. */
const files = /\.(json|safetensors|jinja|model)$|^merges\.txt$/;

export function importCommand(): Command {
  const target = command(
    "import",
    "Makes a model file of a folder of Hugging Face's: GPT-2, Llama, Mistral, Qwen2 or Qwen3.",
  );
  target.argument("<folder>", "a folder with config.json, model.safetensors and tokenizer.json");
  addOptions(target, "Options", [
    ["--out <file>", "the file to write"],
    [
      "--weights <kind>",
      "rounds the weights; such a model is for sampling only",
      undefined,
      ["int8", "int4"],
    ],
    ["--ignore <keys>", "keys of config.json that change nothing, with commas between them"],
    ["--json", "print one JSON object"],
  ]);
  examples(target, [
    "simdream import Qwen2.5-0.5B/ --weights int8 --out qwen.safetensors",
    "simdream import stories260K/ --out stories.safetensors",
    'simdream generate stories.safetensors --prompt "One day"',
  ]);
  return target.action((folder: string, flags: ImportFlags) => importFolder(folder, flags));
}

async function importFolder(folder: string, flags: ImportFlags): Promise<void> {
  const { out, weights, ignore, json } = flags;
  if (out === undefined) throw new UsageError("import needs --out <file>");
  const paths = filesIn(folder);
  checkPaths(uses("a file of the folder", ...Object.values(paths)), uses("--out", out));
  checkWritable(out);
  const { fromPretrained } = await import("../../entries/hugging-face.js");
  const meter = new Meter(messageOutput(flags), `reading ${visible(folder)}`);
  const total = Object.values(paths).reduce((sum, path) => sum + statSync(path).size, 0);
  let read = 0;
  const told = (length: number) => {
    read += length;
    meter.show(read / total);
  };
  const sources = Object.fromEntries(
    Object.entries(paths).map(([name, path]) => [name, opened(path, told)]),
  );
  const asked = { weights, ...(ignore === undefined ? {} : { ignore: ignore.split(",") }) };
  const model = await fromPretrained(sources, asked)
    .finally(() => meter.end())
    .catch((error: unknown) => {
      throw withPath(folder, inOptions(error));
    });
  const bytes = model.save();
  writeWhole(out, bytes);
  const { config, tokenizer, parameterCount } = model;
  if (json) {
    const fingerprint = model.fingerprint();
    const kind = { weights: model.weights, parameterCount, config };
    return printJson({ folder, out, bytes: bytes.length, ...kind, fingerprint });
  }
  printLine(`${folder} -> ${out}, ${size(bytes.length)}`);
  printLine(`${networkWords(config)}, ${whole(parameterCount)} parameters`);
  printLine(vocabulary(tokenizer));
  const use = knowsConversations(tokenizer)
    ? ["chat", out]
    : ["generate", out, "--prompt", "It was"];
  printLine(`Try: ${shellWords(["simdream", ...use])}`);
}

/** The library's ways out as the command's. */
function inOptions(error: unknown): unknown {
  const { message } = error as Error;
  const said = message
    .replace(/\{ ignore: \["(.*)"\] \}/, "--ignore $1")
    .replace(/\{ weights: "(\w+)" \}/, "--weights $1");
  if (error instanceof ModelFileError) return new ModelFileError(said, { cause: error });
  return error instanceof OutOfMemoryError ? new OutOfMemoryError(said, { cause: error }) : error;
}

/** Paths of the files that count, by name. @throws Failure */
function filesIn(folder: string): Record<string, string> {
  try {
    const names = readdirSync(folder).filter((name) => files.test(name));
    return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
  } catch (error) {
    throw new Failure(`cannot read ${folder}: ${reason(error)}`, { cause: error });
  }
}

/** A file that is opened when somebody reads it. @param told is told the bytes of each piece */
function opened(path: string, told: (bytes: number) => void): FileSource {
  const pieces = async function* () {
    for await (const piece of createReadStream(path)) {
      told(piece.length);
      yield piece;
    }
  };
  return {
    getReader: () =>
      (Readable.toWeb(Readable.from(pieces())) as ReadableStream<Uint8Array>).getReader(),
  } as ReadableStream<Uint8Array>;
}
