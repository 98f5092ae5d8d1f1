// Samples that are copies: a small model of few texts knows many of them by heart, and whoever wants new
// names wants to know which are.

import type { GenerateOptions, LanguageModel, Sample } from "../entries/node.js";
import { linesOf } from "../text/lines.js";

/** Lines that a sample may be a copy of. White space around them does not matter. */
export class KnownLines {
  readonly #lines: ReadonlySet<string>;

  /** @param clean the form that the model writes in, where it has one */
  constructor(texts: Iterable<string>, clean: (text: string) => string = (text) => text) {
    const known = (line: string) => bare(clean(line));
    this.#lines = new Set(Array.from(texts, (text) => linesOf(text).map(known)).flat());
  }

  has(text: string): boolean {
    return this.#lines.has(bare(text));
  }
}

function bare(text: string): string {
  return text.trim().normalize("NFC");
}

/** Samples that are no copies, and what it took. */
export interface FreshSamples {
  readonly samples: readonly Sample[];
  readonly drawn: number;
  readonly copies: number;
}

/** Samples are drawn at most this many times as often as asked for, and at least so often. */
const MOST = 20;
const LEAST = 200;

/**
 * Draws with seed, seed + 1, … until there are as many samples as `samples` asks for that are no copies; ends
 * with fewer where that takes too long.
 */
export function drawFresh(
  model: LanguageModel,
  options: GenerateOptions,
  known: KnownLines,
): FreshSamples {
  const { samples: count = 1, seed = 1, prompt = "" } = options;
  const limit = Math.max(LEAST, MOST * count);
  const samples: Sample[] = [];
  let drawn = 0;
  while (samples.length < count && drawn < limit) {
    const some = Math.min(count - samples.length, limit - drawn);
    const found = model.generate({ ...options, seed: seed + drawn, samples: some }).samples;
    samples.push(...found.filter(({ text }) => !known.has(prompt + text)));
    drawn += some;
  }
  return { samples, drawn, copies: drawn - samples.length };
}
