// simdream generate

import type { Command } from "commander";
import {
  decodeUtf8,
  type GenerateOptions,
  InvalidInputError,
  type LanguageModel,
  type Sample,
} from "../../entries/node.js";
import { endsLine, linesOf, withoutLineEnd } from "../../text/lines.js";
import { drawFresh, type FreshSamples, KnownLines } from "../copies.js";
import { leavingOut, UsageError } from "../errors.js";
import { useAdapter } from "../io/adapters.js";
import { readTexts } from "../io/files.js";
import { grammarPaths, readGrammar } from "../io/grammars.js";
import { modelOf, readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { gridKind } from "../kinds/grid.js";
import { languageKind } from "../kinds/language.js";
import { unescaped } from "../options/escapes.js";
import {
  addGenerateOptions,
  type GenerateFlags,
  generateNames,
} from "../options/generate-options.js";
import { command, examples, explicitOptions, pick } from "../options/options.js";
import { plural, whole } from "../show/format.js";
import { printJson, printText, warn } from "../show/terminal.js";
import { addLevelOptions, checkNoLevels, generateLevels } from "./generate-levels.js";
import { addPictureOptions, checkNoPictures, generatePictures } from "./generate-pictures.js";

export function generateCommand(): Command {
  const target = command(
    "generate",
    "Continues a prompt with a trained model, or makes pictures or levels.",
  );
  target.argument("<model>", "a file that train or import wrote");
  addGenerateOptions(target);
  addPictureOptions(target);
  addLevelOptions(target);
  examples(target, [
    'simdream generate book.safetensors --prompt "Once upon" --temperature 0.8',
    "simdream generate names.safetensors --samples 20 --fresh names.txt",
    "simdream generate people.safetensors --json-schema person.json --max-tokens 500",
    "simdream generate book.safetensors --adapter letters.adapter.safetensors",
    'simdream generate poems.safetensors --label "title=Spring dawn" --label form=quatrain',
    "simdream generate pictures.safetensors --samples 64 --label label=3 --out grid.png",
    "simdream generate d.safetensors --label 3 --guidance 2 --sampling-steps 20 --out grid.png",
    'simdream generate d.safetensors --prompt "a red hat" --negative glasses --samples 16 --out grid.png',
    "simdream generate levels.safetensors --rules rules.json --check sokoban --samples 20 --out levels/",
    "echo Once upon | simdream generate book.safetensors --max-tokens 50 --json",
  ]);
  return target.action((path: string, flags: GenerateFlags) =>
    generate(path, flags, explicitOptions(target)),
  );
}

async function generate(
  path: string,
  typed: GenerateFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const flags = unescaped(typed);
  if (flags.logprobs !== undefined && !flags.json) throw new UsageError("--logprobs needs --json");
  checkPaths([
    ...uses("the model", path),
    ...uses("--adapter", flags.adapter ?? undefined),
    ...uses("--fresh", ...(flags.fresh ?? [])),
    ...grammarPaths(flags),
  ]);
  const read = await readModel(path);
  await useAdapter(path, read.model, flags.adapter ?? undefined);
  if (read.kind === gridKind) return generateLevels(path, read, typed, explicit);
  checkNoLevels(path, read.kind.title, explicit);
  if (read.kind.pictures) return generatePictures(path, read, typed, explicit);
  const model = modelOf(languageKind, path, read);
  checkNoPictures(path, read.kind.title, explicit);
  const bare = flags.label?.[""];
  if (bare !== undefined) {
    throw new UsageError(`--label must be a label and its value: title=Spring, got ${bare}`);
  }
  if (flags.prompt && flags.prompt.length > 1) {
    throw new UsageError("--prompt is given several times; a text continues one");
  }
  const prompt = flags.prompt?.[0] ?? (await standardInput());
  if (flags.prompt !== undefined && flags.unknown !== "skip") checkPrompt(model, prompt);
  const labels = flags.label && { labels: flags.label };
  const grammar = await readGrammar(flags);
  const options: GenerateOptions = { ...pick(flags, generateNames), prompt, ...labels, grammar };
  const { fresh, json, heads } = flags;
  if (fresh === undefined && !json && !heads && (flags.samples ?? 1) === 1) {
    return write(prompt, model.stream(options));
  }
  const found = fresh ? drawn(model, options, fresh) : model.generate(options);
  if (json) return printJson({ prompt, ...labels, ...found });
  print(prompt, found.samples, heads ?? false);
}

/** Samples that are no lines of these files; how many were is said. @throws UsageError, Failure */
function drawn(
  model: LanguageModel,
  options: GenerateOptions,
  files: readonly string[],
): FreshSamples {
  const always = options.greedy ? "--greedy" : options.beams ? "--beams" : undefined;
  const same = options.temperature === 0 ? "--temperature 0" : always;
  if (same) throw new UsageError(`--fresh draws again for every copy; ${same} draws nothing`);
  const texts = readTexts(files).flatMap(({ pieces }) => pieces);
  const known = new KnownLines(texts, model.tokenizer.clean);
  const found = drawFresh(model, options, known);
  const { samples, copies } = found;
  const { samples: count = 1 } = options;
  const of = `${whole(copies)} of ${plural(found.drawn, "sample")} ${copies === 1 ? "was a copy" : "were copies"}`;
  if (copies > 0) warn(`${of} and left out`);
  if (samples.length < count) {
    const few = `only ${whole(samples.length)} of ${whole(count)} are fresh`;
    warn(`${few}; a higher --temperature or another --seed has others`);
  }
  return found;
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
    printText(piece);
    last = piece;
  }
  if (!last.endsWith("\n")) process.stdout.write("\n");
}

/**
 * Several samples: standard output has nothing but texts, so that a line is a sample where samples are lines.
 * Where they are longer, a head before each is for people, on standard error; `heads` puts them into the output.
 */
function print(prompt: string, samples: readonly Sample[], heads: boolean): void {
  const texts = samples.map(({ text }) => prompt + text);
  const long = texts.some((text) => linesOf(text).length > 1);
  for (const [i, { seed, score }] of samples.entries()) {
    const origin = seed === undefined ? `score ${score!.toFixed(3)}` : `seed ${seed}`;
    const head = `--- sample ${i + 1} (${origin}) ---\n`;
    if (heads) process.stdout.write(head);
    else if (long && samples.length > 1) process.stderr.write(head);
    printText(endsLine(texts[i]) ? texts[i] : `${texts[i]}\n`);
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
    throw new UsageError(`--prompt: ${leavingOut(error.message)}`);
  }
}
