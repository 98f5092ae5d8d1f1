// simdream translate: an answer to every source.

import { createInterface } from "node:readline";
import type { Command } from "commander";
import {
  decodeUtf8,
  type Generation,
  InvalidInputError,
  type Seq2Seq,
} from "../../entries/node.js";
import { doubtful, UNSURE } from "../../serve/confidence.js";
import { linesOf } from "../../text/lines.js";
import { FAILURE, Failure, leavingOut, UsageError } from "../errors.js";
import { useAdapter } from "../io/adapters.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readTexts } from "../io/files.js";
import { readModelOf, reads } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { seq2seqKind } from "../kinds/seq2seq.js";
import {
  type AnswerFlags,
  answerRows,
  type ConfidenceFlags,
  confidenceRows,
  type Decoding,
  decoding,
} from "../options/answer-options.js";
import { unescaped } from "../options/escapes.js";
import { logprobsRow } from "../options/generate-options.js";
import { addOptions, command, count, examples } from "../options/options.js";
import { plural, whole } from "../show/format.js";
import { heatMap } from "../show/heat-map.js";
import { printJson, printText, warn } from "../show/terminal.js";

interface TranslateFlags extends AnswerFlags, ConfidenceFlags {
  readonly file?: string;
  readonly nBest?: number;
  readonly attentionMap?: string;
  readonly json?: boolean;
}

/** Sources whose trouble is said in full. */
const SHOWN = 5;

/** A text to answer, and where it is from. */
interface Source {
  readonly text: string;
  readonly place: string;
}

export function translateCommand(): Command {
  const target = command("translate", "Answers sources with a sequence-to-sequence model.");
  target.argument("<model>", "a file that train --model seq2seq wrote");
  target.argument("[texts...]", "sources (default: the lines of standard input)");
  addOptions(target, "Sources", [["--file <file>", "sources, one a line"]]);
  addOptions(target, "Answers", [
    ...answerRows,
    ...confidenceRows,
    [
      "--n-best <n>",
      "the n best answers: number of the source, score or seed, text",
      undefined,
      count,
    ],
  ]);
  addOptions(target, "Output", [
    ["--attention-map <file>", "draw what the answer to one source attended to, as SVG"],
    ["--json", "print a JSON object for each source, one a line"],
    logprobsRow,
  ]);
  examples(target, [
    'simdream translate pairs.safetensors "How are you?"',
    "simdream translate pairs.safetensors --file sources.txt --beam 5 --n-best 3",
    'simdream translate pairs.safetensors "I like tea." --attention-map tea.svg',
  ]);
  return target.action((path: string, texts: string[], flags: TranslateFlags) =>
    translate(path, texts, flags),
  );
}

async function translate(path: string, texts: string[], flags: TranslateFlags): Promise<void> {
  const { file, attentionMap, json } = flags;
  if (flags.logprobs !== undefined && !json) throw new UsageError("--logprobs needs --json");
  if (file !== undefined && texts.length > 0) {
    throw new UsageError("give sources or --file, not both");
  }
  if (attentionMap !== undefined && texts.length !== 1) {
    throw new UsageError(`--attention-map draws one source, given as text; got ${texts.length}`);
  }
  const { adapter } = flags;
  const inputs = [
    ...uses("the model", path),
    ...uses("--adapter", adapter ?? undefined),
    ...uses("--file", file),
  ];
  checkPaths(inputs, uses("--attention-map", attentionMap));
  if (attentionMap !== undefined) checkWritable(attentionMap);
  const model = await readModelOf(seq2seqKind, path);
  await useAdapter(path, model, adapter ?? undefined);
  const sure = flags.minConfidence ? { logprobs: flags.logprobs ?? true } : {};
  const options = { ...decoding(flags), ...several(flags), ...sure };
  const unread = new Unread();
  let number = 0;
  for await (const source of sources(texts, file)) {
    number++;
    const { generation: found, problem } = answer(model, source, options);
    const generation = found && spoken(found, flags);
    // After a text that was given alone there is no other.
    if (problem && texts.length === 1) throw new Failure(`${source.place}: ${problem}`);
    unread.count(source, problem);
    const samples = generation?.samples ?? [];
    if (json) printJson({ source: source.text, samples, ...(problem ? { error: problem } : {}) });
    else printText(lines(number, generation, flags));
    if (attentionMap === undefined || !found) continue;
    if (found.text === "") throw new Failure("the answer is empty: there is nothing to draw");
    const known = Array.from(source.text).filter((character) => reads(model, character));
    const read = options.unknown === "skip" ? known.join("") : source.text;
    const alignment = model.align(read, found.text);
    writeWhole(attentionMap, new TextEncoder().encode(heatMap(alignment)));
  }
  unread.end();
}

/** Sources that the model cannot read: the first few are named one by one, and at the end how many. */
class Unread {
  #sources = 0;
  #problems = 0;

  count({ text, place }: Source, problem: string | undefined): void {
    if (text.trim() !== "") this.#sources++;
    if (problem === undefined) return;
    this.#problems++;
    if (this.#problems <= SHOWN) warn(`${place}: ${problem}`);
  }

  /** The command has failed where not one source could be answered. */
  end(): void {
    if (this.#problems === 0) return;
    const what = `${whole(this.#problems)} of ${plural(this.#sources, "source")}`;
    warn(
      `${what} could not be read and have empty answers; --unknown skip answers to the rest of them`,
    );
    if (this.#problems === this.#sources) process.exitCode = FAILURE;
  }
}

/** The n best are n beams, or n samples where tokens are drawn. */
function several(flags: TranslateFlags): Decoding {
  const { nBest, beam = Infinity } = flags;
  if (nBest === undefined) return {};
  if (nBest > beam) {
    throw new UsageError(`--n-best must be at most --beam (${beam}), got ${nBest}`);
  }
  const { greedy } = decoding(flags);
  return greedy ? { samples: nBest, beams: nBest, greedy: false } : { samples: nBest };
}

/**
 * An empty line has an empty answer, so that the lines of both sides stay together, and so has one that the
 * model cannot read.
 */
function answer(
  model: Seq2Seq,
  { text }: Source,
  options: Decoding,
): { readonly generation?: Generation; readonly problem?: string } {
  if (text.trim() === "") return {};
  try {
    return { generation: model.generate({ source: text, ...options }) };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || reads(model, text)) throw error;
    return { problem: leavingOut(error.message) };
  }
}

/** What is said: of answers that the model is not sure of, that it is not. */
function spoken(found: Generation, flags: TranslateFlags): Generation {
  const { minConfidence, unsure = UNSURE, logprobs: wanted } = unescaped(flags);
  if (!minConfidence) return found;
  const samples = found.samples.map(({ logprobs, ...sample }) => {
    if (doubtful(sample.confidence, minConfidence)) return { ...sample, text: unsure };
    return wanted === undefined ? sample : { ...sample, logprobs };
  });
  return { text: samples[0].text, samples };
}

function lines(number: number, generation: Generation | undefined, flags: TranslateFlags): string {
  const oneLine = (text: string) => `${linesOf(text).join(" ")}\n`;
  if (flags.nBest === undefined) return oneLine(generation?.text ?? "");
  const rows = (generation?.samples ?? []).map(({ text, seed, score }) => {
    return `${number}\t${score === undefined ? seed : score.toFixed(4)}\t${oneLine(text)}`;
  });
  return rows.join("");
}

async function* sources(
  texts: readonly string[],
  file: string | undefined,
): AsyncGenerator<Source> {
  if (texts.length > 0) {
    for (const text of texts) yield { text, place: JSON.stringify(text) };
  } else if (file !== undefined) {
    let number = 0;
    for (const piece of readTexts([file])[0].pieces) {
      for (const text of linesOf(piece)) yield { text, place: `${file}, line ${++number}` };
    }
  } else {
    yield* standardInput();
  }
}

/** Lines as they come, each answered before the next is read. */
async function* standardInput(): AsyncGenerator<Source> {
  let number = 0;
  const lines = createInterface({
    input: process.stdin.setEncoding("latin1"),
    crlfDelay: Infinity,
  });
  for await (const line of lines) {
    const place = `standard input, line ${++number}`;
    yield { text: decodeUtf8(Buffer.from(line, "latin1"), place), place };
  }
}
