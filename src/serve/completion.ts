// Pieces of choices as OpenAI's completion format has them: one object at the end, or one for each piece.

import type { FinishReason, TokenLogprob } from "../api.js";
import type { Piece } from "./generation.js";
import { LogprobsWriter, type TokenNames, type WireLogprobs } from "./logprobs.js";
import type { CompletionRequest } from "./request.js";

interface WireChoice {
  readonly text: string;
  readonly index: number;
  readonly logprobs: WireLogprobs | null;
  readonly finish_reason: "stop" | "length" | null;
}

interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** What all objects of one answer share. */
interface Head {
  readonly id: string;
  readonly object: "text_completion";
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

interface WireCompletion extends Head {
  readonly choices: readonly WireChoice[];
  readonly usage?: WireUsage | null;
}

/** Writes the answer to one request. */
export class CompletionWriter {
  readonly #request: CompletionRequest;
  readonly #head: Head;
  readonly #logprobs: readonly LogprobsWriter[];
  /** Whether a sample's prompt has been written, where it is echoed. */
  readonly #begun = new Set<number>();
  #tokens = 0;

  constructor(request: CompletionRequest, names: TokenNames, name: string, fingerprint: string) {
    this.#request = request;
    this.#head = {
      id: `cmpl-${crypto.randomUUID().replaceAll("-", "")}`,
      object: "text_completion",
      created: Math.floor(Date.now() / 1000),
      model: name,
      system_fingerprint: fingerprint,
    };
    const samples = request.prompts.length * request.bestOf;
    this.#logprobs = Array.from({ length: samples }, () => new LogprobsWriter(names, 0));
  }

  /** A piece as an object of the stream; undefined where there is nothing to say yet. */
  chunk(piece: Piece): WireCompletion | undefined {
    if (piece.token !== undefined) this.#tokens++;
    const { index, finish, logprob } = piece;
    const text = this.#opening(index) + piece.text;
    const logprobs = this.#write(index, logprob ? [logprob] : []);
    if (text === "" && !finish && !logprobs) return undefined;
    const choice = { text, index, logprobs, finish_reason: finish ? reasons[finish] : null };
    const usage = this.#request.includeUsage ? { usage: null } : {};
    return { ...this.#head, choices: [choice], ...usage };
  }

  /** The stream's last object, where usage was asked for. */
  get last(): WireCompletion | undefined {
    if (!this.#request.includeUsage) return undefined;
    return { ...this.#head, choices: [], usage: this.#usage };
  }

  /** The whole answer. */
  async whole(pieces: AsyncIterable<Piece>): Promise<WireCompletion> {
    const samples = this.#logprobs.map((_, index) => new Gathered(this.#opening(index)));
    for await (const piece of pieces) {
      if (piece.token !== undefined) this.#tokens++;
      samples[piece.index].add(piece);
    }
    const { prompts, n, bestOf } = this.#request;
    const chosen = prompts.flatMap((_, p) => best(samples.slice(p * bestOf, (p + 1) * bestOf), n));
    const choices = chosen.map(({ text, logprobs, finish }, index) => ({
      text,
      index,
      logprobs: this.#write(index, logprobs),
      finish_reason: reasons[finish],
    }));
    return { ...this.#head, choices, usage: this.#usage };
  }

  /** The prompt, once for every sample, where it is to be echoed. */
  #opening(index: number): string {
    const { echo, prompts, bestOf } = this.#request;
    if (!echo || this.#begun.has(index)) return "";
    this.#begun.add(index);
    return prompts[Math.floor(index / bestOf)];
  }

  #write(index: number, tokens: readonly TokenLogprob[]): WireLogprobs | null {
    return this.#request.logprobs < 0 ? null : this.#logprobs[index].write(tokens);
  }

  get #usage(): WireUsage {
    const { promptTokens } = this.#request;
    return {
      prompt_tokens: promptTokens,
      completion_tokens: this.#tokens,
      total_tokens: promptTokens + this.#tokens,
    };
  }
}

const reasons: Readonly<Record<FinishReason, "stop" | "length">> = {
  length: "length",
  stop: "stop",
  end: "stop",
  blocked: "stop",
};

/** A sample on its way. */
class Gathered {
  text: string;
  readonly logprobs: TokenLogprob[] = [];
  finish: FinishReason = "length";

  constructor(opening: string) {
    this.text = opening;
  }

  add({ text, logprob, finish }: Piece): void {
    this.text += text;
    if (logprob) this.logprobs.push(logprob);
    if (finish) this.finish = finish;
  }

  /** Mean log-probability of a token. */
  get score(): number {
    return this.logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / this.logprobs.length;
  }
}

/** The `n` likeliest per token, the likeliest first; as they are where all are wanted. */
function best(samples: readonly Gathered[], n: number): readonly Gathered[] {
  if (samples.length === n) return samples;
  return [...samples].sort((a, b) => b.score - a.score).slice(0, n);
}
