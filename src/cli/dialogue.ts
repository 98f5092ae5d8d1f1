// Turns of a dialogue with an encoder-decoder, which itself remembers nothing: what was said before is
// read again with every line.

import type { Seq2Seq } from "../entries/node.js";
import { doubtful, UNSURE } from "../serve/confidence.js";
import { type DialogueOptions, dialogueSource } from "../serve/dialogue.js";
import { UsageError } from "./errors.js";
import { reads } from "./io/models.js";
import type { ConfidenceFlags, Decoding } from "./options/answer-options.js";

/** A dialogue. The same lines with the same seed have the same answers. */
export interface Talk {
  /** From now on tokens are drawn with this seed, and the next one for each further turn. */
  seed: number;
  /** Forgets what was said. */
  reset(): void;
  /** Characters of a line that the model cannot read, each once. */
  unknown(line: string): string[];
  /** The answer, piece by piece; where it was heard to its end, it is remembered. */
  answer(line: string, signal: AbortSignal): AsyncGenerator<string, void, void>;
}

/** A dialogue with an encoder-decoder. */
export class Dialogue implements Talk {
  readonly #model: Seq2Seq;
  readonly #options: DialogueOptions & ConfidenceFlags;
  #decoding: Decoding;
  /** Lines and answers in turn. */
  #said: string[] = [];
  /** Turns since the beginning, whose number goes into the seed. */
  #count = 0;

  /** @throws UsageError where the model cannot read the joiner */
  constructor(model: Seq2Seq, decoding: Decoding, options: DialogueOptions & ConfidenceFlags) {
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
    this.#said = [];
    this.#count = 0;
  }

  /** Characters of a line that the model cannot read, each once. */
  unknown(line: string): string[] {
    return [...new Set(line)].filter((character) => !reads(this.#model, character));
  }

  /**
   * The answer, piece by piece, or whole where it must be sure; where it was heard to its end, it is
   * remembered.
   */
  async *answer(line: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const source = dialogueSource(this.#said, line, this.#options, (text) =>
      reads(this.#model, text),
    );
    const { seed } = this.#decoding;
    const own = seed === undefined ? {} : { seed: seed + this.#count };
    let answer = "";
    const options = { ...this.#decoding, ...own, source, signal };
    for await (const piece of answerPieces(this.#model, options, this.#options)) {
      answer += piece;
      yield piece;
    }
    this.#said.push(line, answer);
    this.#count++;
  }
}

/** What answers. */
interface Answering<Options> {
  generate(options: Options & { readonly logprobs?: boolean }): {
    readonly samples: readonly { readonly text: string; readonly confidence?: number }[];
  };
  stream(options: Options): AsyncGenerator<{ readonly text: string }, void, void>;
}

/** An answer piece by piece, or whole where the model must be sure. */
export async function* answerPieces<Options>(
  model: Answering<Options>,
  options: Options,
  { minConfidence = 0, unsure = UNSURE }: ConfidenceFlags,
): AsyncGenerator<string, void, void> {
  if (minConfidence > 0) {
    const [{ text, confidence }] = model.generate({ logprobs: true, ...options }).samples;
    yield doubtful(confidence, minConfidence) ? unsure : text;
    return;
  }
  for await (const { text } of model.stream(options)) yield text;
}
