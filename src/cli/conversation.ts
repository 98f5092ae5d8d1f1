// A conversation with a language model that knows conversations: all that was said is read again with every line.

import {
  type ChatMessage,
  type GenerateOptions,
  InvalidInputError,
  type LanguageModel,
} from "../entries/node.js";
import { answerPieces, type Talk } from "./dialogue.js";
import type { ConfidenceFlags } from "./options/answer-options.js";

/** The most tokens of an answer where nothing is said, and its share of a context. */
const MOST = 200;
const SHARE = 1 / 4;

/** A conversation. Where its context is full, the model forgets the oldest turns. */
export class ConversationTalk implements Talk {
  readonly #model: LanguageModel;
  readonly #confidence: ConfidenceFlags;
  readonly #system: readonly ChatMessage[];
  #options: GenerateOptions;
  #said: readonly ChatMessage[] = [];
  /** Turns since the beginning, whose number goes into the seed. */
  #count = 0;

  /** @param system what the model is told before everything; "": nothing */
  constructor(
    model: LanguageModel,
    options: GenerateOptions,
    confidence: ConfidenceFlags,
    system: string,
  ) {
    const { context = Infinity } = model.config as { readonly context?: number };
    const maxTokens = Math.max(1, Math.min(MOST, Math.floor(context * SHARE)));
    this.#model = model;
    this.#options = { maxTokens, ...options };
    this.#confidence = confidence;
    this.#system = system === "" ? [] : [{ role: "system", content: system }];
  }

  set seed(seed: number) {
    const { greedy, beams, ...rest } = this.#options;
    this.#options = { ...rest, seed };
    this.#count = 0;
  }

  reset(): void {
    this.#said = [];
    this.#count = 0;
  }

  unknown(line: string): string[] {
    return [...new Set(line)].filter((character) => {
      let unknown = false;
      this.#model.tokenizer.encode(character, () => {
        unknown = true;
      });
      return unknown;
    });
  }

  async *answer(line: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
    const { seed } = this.#options;
    const own = seed === undefined ? {} : { seed: seed + this.#count };
    const asked: ChatMessage = { role: "user", content: line };
    let answer = "";
    for (let said = this.#said; ; said = said.slice(2)) {
      const messages = [...this.#system, ...said, asked];
      const options = { ...this.#options, ...own, messages, signal };
      try {
        for await (const piece of answerPieces(this.#model, options, this.#confidence)) {
          answer += piece;
          yield piece;
        }
      } catch (error) {
        // Too long for the context, if anything is wrong with what was read before.
        if (said.length > 0 && answer === "" && error instanceof InvalidInputError) continue;
        throw error;
      }
      this.#said = [...said, asked, { role: "assistant", content: answer }];
      this.#count++;
      return;
    }
  }
}
