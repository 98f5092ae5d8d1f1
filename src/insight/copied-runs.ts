// What a model has copied: the longest pieces of its samples that stand in what it learned as they are.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { SuffixArray } from "../metrics/suffix-array.js";
import { type Corpus, textsIn } from "../models/language/corpora.js";

/** Options of `copiedRuns`. */
export interface CopiedRunsOptions {
  /** Characters of a run that counts as copied. Default 50. */
  readonly length?: number;
}

/** A piece of a sample that stands in the training texts as it is. */
export interface Run {
  /** Which sample, and from which of its characters. */
  readonly sample: number;
  readonly from: number;
  readonly text: string;
  /** Characters. */
  readonly length: number;
  /** The document that has it, and the character it begins at; of one text, document 0. */
  readonly document: number;
  readonly at: number;
}

/** What samples share with training texts. Characters are code points. */
export interface CopiedRuns {
  readonly samples: number;
  /** Characters of a run that counts. */
  readonly length: number;
  /** Fraction of the samples with such a run. */
  readonly share: number;
  /** The longest run of all; undefined where no character is shared. */
  readonly longest: Run | undefined;
  /** Length of each sample's longest run. */
  readonly lengths: readonly number[];
  /** Fraction of the samples that are a training document as a whole; 0 where there is one text. */
  readonly whole: number;
}

/** Characters of training text that are looked at together; more are taken piece by piece, so that memory is bounded. */
const PIECE = 4e6;
/** Between documents; no character has this number. */
const BETWEEN = -1;

/**
 * The longest runs of samples that stand in training texts as they are, by a suffix array.
 *
 * ```ts
 * const samples = model.generate({ samples: 50, maxTokens: 400, seed: 1 }).samples.map(({ text }) => text);
 * const { share, longest } = copiedRuns(samples, text);
 * ```
 *
 * @throws InvalidInputError
 */
export function copiedRuns(
  samples: readonly string[],
  training: Corpus,
  options: CopiedRunsOptions = {},
): CopiedRuns {
  checkKeys("copiedRuns", options, ["length"]);
  const length = checkNumber("length", options.length ?? 50, { integer: true, min: 1 });
  return runsAmong(samplesOf(samples), new Known(training, longestOf(samples)), length);
}

function longestOf(samples: readonly string[]): number {
  return samples.reduce((most, { length }) => Math.max(most, length), 1);
}

function samplesOf(samples: readonly string[]): readonly string[] {
  const texts = Array.isArray(samples) && samples.every((one) => typeof one === "string");
  if (texts && samples.length > 0) return samples;
  throw new InvalidInputError(
    `samples must be a list of at least one text, got ${describe(samples)}`,
  );
}

/** The same with training texts that are known from before. */
function runsAmong(samples: readonly string[], known: Known, length: number): CopiedRuns {
  const lengths: number[] = [];
  let longest: Run | undefined;
  let [copied, whole] = [0, 0];
  for (const [sample, text] of samples.entries()) {
    const run = known.longest(codePoints(text));
    lengths.push(run.length);
    if (run.length >= length) copied++;
    if (known.documents.has(text)) whole++;
    if (run.length <= (longest?.length ?? 0)) continue;
    const own = Array.from(text)
      .slice(run.from, run.from + run.length)
      .join("");
    longest = { sample, from: run.from, text: own, length: run.length, ...known.place(run.at) };
  }
  return {
    ...{ samples: samples.length, length, share: copied / samples.length },
    ...{ longest, lengths, whole: whole / samples.length },
  };
}

/** Training texts, ready for samples to be looked for in them. */
class Known {
  /** Documents as a whole; of one text, none. */
  readonly documents: ReadonlySet<string>;
  readonly #starts: readonly number[];
  readonly #pieces: readonly { readonly from: number; readonly suffixes: SuffixArray }[];

  /** @param depth characters of the longest sample, at least */
  constructor(training: Corpus, depth: number) {
    const texts =
      typeof training === "string"
        ? [training]
        : training.flatMap((one, i) => textsIn(`training[${i}]`, one));
    this.documents = new Set(typeof training === "string" ? [] : texts);
    const starts: number[] = [];
    const parts = texts.map(codePoints);
    const all = new Int32Array(parts.reduce((sum, one) => sum + one.length + 1, 0)).fill(BETWEEN);
    let at = 0;
    for (const part of parts) {
      starts.push(at);
      all.set(part, at);
      at += part.length + 1;
    }
    this.#starts = starts;
    // Pieces overlap, so that no run is cut.
    this.#pieces = Array.from({ length: Math.max(1, Math.ceil(all.length / PIECE)) }, (_, i) => {
      const piece = all.subarray(i * PIECE, (i + 1) * PIECE + depth);
      return { from: i * PIECE, suffixes: new SuffixArray(piece, depth) };
    });
  }

  /** The longest run of a sample: where in it, and where in all texts. */
  longest(sample: Int32Array): { from: number; length: number; at: number } {
    let best = { from: 0, length: 0, at: 0 };
    for (const { from: before, suffixes } of this.#pieces) {
      for (let from = 0; from + best.length < sample.length; from++) {
        const { length, at } = suffixes.match(sample, from);
        if (length > best.length) best = { from, length, at: before + at };
      }
    }
    return best;
  }

  /** The document, and the character of it, at a place of all texts. */
  place(at: number): { document: number; at: number } {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle] <= at) low = middle;
      else high = middle;
    }
    return { document: low, at: at - this.#starts[low] };
  }
}

function codePoints(text: string): Int32Array {
  return Int32Array.from(Array.from(text, (character) => character.codePointAt(0)!));
}
