// Turns of a dialogue with an encoder-decoder, which itself remembers nothing: what was said before is
// read again with every line.

import type { Seq2Seq } from "../entries/node.js";
import { UsageError } from "./errors.js";
import { reads } from "./io/models.js";
import type { Decoding } from "./options/answer-options.js";

/** How much of the dialogue is read with a line. */
export interface DialogueOptions {
  /** Turns, each a line and its answer. */
  readonly history: number;
  /** What stands between what was said. */
  readonly joiner: string;
}

/** A dialogue. The same lines with the same seed have the same answers. */
export class Dialogue {
  readonly #model: Seq2Seq;
  readonly #options: DialogueOptions;
  #decoding: Decoding;
  #turns: string[][] = [];
  /** Turns since the beginning, whose number goes into the seed. */
  #count = 0;

  /** @throws UsageError where the model cannot read the joiner */
  constructor(model: Seq2Seq, decoding: Decoding, options: DialogueOptions) {
    const { history, joiner } = options;
    if (history > 0 && joiner !== "" && !reads(model, joiner)) {
      throw new UsageError(
        `--history: the model has never seen ${JSON.stringify(joiner)} in a source; give another --joiner`,
      );
    }
    this.#model = model;
    this.#decoding = decoding;
    this.#options = options;
  }

  /** From now on tokens are drawn with this seed, and the next one for each further turn. */
  set seed(seed: number) {
    const { greedy, beams, ...rest } = this.#decoding;
    this.#decoding = { ...rest, seed };
    this.#count = 0;
  }

  /** Forgets what was said. */
  reset(): void {
    this.#turns = [];
    this.#count = 0;
  }

  /** Characters of a line that the model cannot read, each once. */
  unknown(line: string): string[] {
    return [...new Set(line)].filter((character) => !reads(this.#model, character));
  }

  /** The answer, piece by piece; where it was heard to its end, it is remembered. */
  async *answer(line: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const { history, joiner } = this.#options;
    const before = history > 0 ? this.#turns.slice(-history).flat() : [];
    const source = [...before.filter((text) => reads(this.#model, text)), line].join(joiner);
    const { seed } = this.#decoding;
    const own = seed === undefined ? {} : { seed: seed + this.#count };
    let answer = "";
    for await (const { text } of this.#model.stream({
      ...this.#decoding,
      ...own,
      source,
      signal,
    })) {
      answer += text;
      yield text;
    }
    this.#turns.push([line, answer]);
    this.#count++;
  }
}
