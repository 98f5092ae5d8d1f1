// Pieces of choices as OpenAI's completion format has them: one object at the end, or one for each piece.

import type { TokenLogprob } from "../api.js";
import {
  type AnswerWriter,
  gathered,
  type Head,
  headOf,
  reasons,
  type TextFormat,
  Usage,
  type WireUsage,
} from "./answer.js";
import { type CompletionRequest, readCompletion } from "./completion-request.js";
import { generate, type Piece } from "./generation.js";
import { completionLogprobs, type WireLogprobs } from "./logprobs.js";
import type { ServedTexts } from "./text-model.js";

interface WireCompletion extends Head {
  readonly object: "text_completion";
  readonly choices: readonly {
    readonly text: string;
    readonly index: number;
    readonly logprobs: WireLogprobs | null;
    readonly finish_reason: "stop" | "length" | null;
  }[];
  readonly usage?: WireUsage | null;
}

/** POST /v1/completions */
export const completions: TextFormat<CompletionRequest> = {
  read: readCompletion,
  pieces: generate,
  writer: (request, served) => new CompletionWriter(request, served, request.model),
};

class CompletionWriter implements AnswerWriter<Piece> {
  readonly #request: CompletionRequest;
  readonly #head: Head & Pick<WireCompletion, "object">;
  readonly #served: ServedTexts;
  /** Whether a sample's prompt has been written, where it is echoed. */
  readonly #begun = new Set<number>();
  readonly #usage: Usage;

  constructor(request: CompletionRequest, served: ServedTexts, name: string) {
    this.#request = request;
    this.#head = { ...headOf("cmpl", served, name), object: "text_completion" };
    this.#usage = new Usage(request);
    this.#served = served;
  }

  events(piece: Piece): readonly WireCompletion[] {
    this.#usage.count(piece);
    const { index, finish, logprob, withheld } = piece;
    const text = this.#opening(index) + piece.text;
    const logprobs = this.#write(logprob && !withheld ? [logprob] : []);
    if (text === "" && !finish && (!logprobs || withheld)) return [];
    const choice = { text, index, logprobs, finish_reason: finish ? reasons[finish] : null };
    const usage = this.#request.includeUsage ? { usage: null } : {};
    return [{ ...this.#head, choices: [choice], ...usage }];
  }

  get last(): WireCompletion | undefined {
    if (!this.#request.includeUsage) return undefined;
    return { ...this.#head, choices: [], usage: this.#usage.wire };
  }

  async whole(pieces: AsyncIterable<Piece>): Promise<WireCompletion> {
    const chosen = await gathered(pieces, this.#request, this.#usage);
    const { n, bestOf } = this.#request;
    const choices = chosen.map(({ text, logprobs, finish }, index) => ({
      // Of a prompt's samples, n are answered with: all of them begin with the same prompt.
      text: this.#opening(Math.floor(index / n) * bestOf + (index % n)) + text,
      index,
      logprobs: this.#write(logprobs),
      finish_reason: reasons[finish],
    }));
    return { ...this.#head, choices, usage: this.#usage.wire };
  }

  /** The prompt, once for every sample, where it is to be echoed. */
  #opening(index: number): string {
    const { echo, prompts, bestOf } = this.#request;
    if (!echo || this.#begun.has(index)) return "";
    this.#begun.add(index);
    return prompts[Math.floor(index / bestOf)];
  }

  #write(tokens: readonly TokenLogprob[]): WireLogprobs | null {
    return this.#request.logprobs < 0 ? null : completionLogprobs(this.#served.names, tokens);
  }
}
