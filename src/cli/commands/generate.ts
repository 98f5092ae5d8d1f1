// simdream generate

import type { Command } from "commander";
import {
  decodeUtf8,
  type Generation,
  InvalidInputError,
  type LanguageModel,
} from "../../entries/node.js";
import { withoutLineEnd } from "../../text/lines.js";
import { UsageError } from "../errors.js";
import { readModelOf } from "../io/models.js";
import { languageKind } from "../kinds/language.js";
import { unescaped } from "../options/escapes.js";
import {
  addGenerateOptions,
  type GenerateFlags,
  generateNames,
} from "../options/generate-options.js";
import { command, examples, pick } from "../options/options.js";
import { printJson } from "../show/terminal.js";

export function generateCommand(): Command {
  const target = command("generate", "Continues a prompt with a trained model.");
  target.argument("<model>", "a file that train wrote");
  addGenerateOptions(target);
  examples(target, [
    'simdream generate book.safetensors --prompt "Once upon" --temperature 0.8',
    "simdream generate names.safetensors --count 10 --seed 7",
    "echo Once upon | simdream generate book.safetensors --tokens 50 --json",
  ]);
  return target.action((path: string, flags: GenerateFlags) => generate(path, flags));
}

async function generate(path: string, typed: GenerateFlags): Promise<void> {
  const flags = unescaped(typed);
  if (flags.logprobs !== undefined && !flags.json) throw new UsageError("--logprobs needs --json");
  const model = await readModelOf(languageKind, path);
  const prompt = flags.prompt ?? (await standardInput());
  if (flags.prompt !== undefined && flags.unknown !== "skip") checkPrompt(model, prompt);
  const options = { ...pick(flags, generateNames), prompt };
  if (flags.json) {
    const { samples } = model.generate(options);
    return printJson({ prompt, samples });
  }
  if ((flags.count ?? 1) === 1) return write(prompt, model.stream(options));
  print(prompt, model.generate(options));
}

/** One sample, as it comes. */
async function write(prompt: string, chunks: AsyncIterable<{ text: string }>): Promise<void> {
  let last = "";
  let begun = false;
  for await (const { text } of chunks) {
    // The prompt comes with the first piece: an error before it leaves no half a line.
    const piece = begun ? text : prompt + text;
    begun = true;
    if (piece === "") continue;
    process.stdout.write(piece);
    last = piece;
  }
  if (!last.endsWith("\n")) process.stdout.write("\n");
}

/** Several samples, a line between them. */
function print(prompt: string, { samples }: Generation): void {
  for (const [i, { text, seed, score }] of samples.entries()) {
    const origin = seed === undefined ? `score ${score!.toFixed(3)}` : `seed ${seed}`;
    if (i > 0) process.stdout.write(`--- sample ${i + 1} (${origin}) ---\n`);
    const whole = prompt + text;
    process.stdout.write(whole.endsWith("\n") ? whole : `${whole}\n`);
  }
}

/** What is piped into the program, without its final line break. */
async function standardInput(): Promise<string> {
  if (process.stdin.isTTY) return "";
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part);
  return withoutLineEnd(decodeUtf8(Buffer.concat(parts), "standard input"));
}

/** A prompt that the model cannot read is a wrong option, not a failure. */
function checkPrompt(model: LanguageModel, prompt: string): void {
  try {
    model.tokenizer.encode(prompt);
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new UsageError(`--prompt: ${error.message}`);
  }
}
