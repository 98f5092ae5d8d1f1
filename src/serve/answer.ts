// What answers of all formats share: samples that are gathered, the best of them, and what they took.

import type { FinishReason, TokenLogprob } from "../api.js";
import type { Piece } from "./generation.js";
import type { ResolvedOptions } from "./options.js";
import type { GenerationRequest } from "./request.js";
import type { ServedTexts } from "./text-model.js";

/** Writes the answer to one request, made of pieces P. */
export interface AnswerWriter<P> {
  /** A piece as objects of the stream; none where there is nothing to say yet. */
  events(piece: P): readonly object[] | Promise<readonly object[]>;
  /** The stream's last object, where usage was asked for. */
  readonly last: object | undefined;
  /** The whole answer: a body to be sent as JSON, or a response of another type. */
  whole(pieces: AsyncIterable<P>): Promise<object | Response>;
}

/** How one path is asked of a model S and answers: requests R, pieces P. */
export interface Format<S, R extends { readonly stream: boolean }, P> {
  /** @throws ApiError naming the first field that cannot be used */
  read(body: unknown, served: S, options: ResolvedOptions): R;
  /** What the model makes. Ends with the signal. */
  pieces(
    served: S,
    request: R,
    options: ResolvedOptions,
    signal: AbortSignal,
  ): AsyncGenerator<P, void, void>;
  writer(request: R, served: S, name: string): AnswerWriter<P>;
}

/** A format of text. */
export type TextFormat<R extends GenerationRequest> = Format<ServedTexts, R, Piece>;

/** What all objects of one answer share. */
export interface Head {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  /** Of conversations: what had been read before. */
  readonly prompt_tokens_details?: { readonly cached_tokens: number };
}

export const reasons: Readonly<Record<FinishReason, "stop" | "length">> = {
  length: "length",
  stop: "stop",
  end: "stop",
  blocked: "stop",
};

/** The time as all of that API has it: in seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

export function headOf(
  prefix: string,
  { fingerprint }: Pick<ServedTexts, "fingerprint">,
  name: string,
): Head {
  return {
    id: `${prefix}-${crypto.randomUUID().replaceAll("-", "")}`,
    created: now(),
    model: name,
    system_fingerprint: fingerprint,
  };
}

/** Counts what an answer takes. */
export class Usage {
  readonly #prompt: number;
  #tokens = 0;
  #cached: number | undefined;

  constructor({ promptTokens }: GenerationRequest) {
    this.#prompt = promptTokens;
  }

  count({ token, cached }: Piece): void {
    this.#cached ??= cached;
    if (token !== undefined) this.#tokens++;
  }

  get wire(): WireUsage {
    const cached_tokens = this.#cached;
    return {
      prompt_tokens: this.#prompt,
      completion_tokens: this.#tokens,
      total_tokens: this.#prompt + this.#tokens,
      ...(cached_tokens === undefined ? {} : { prompt_tokens_details: { cached_tokens } }),
    };
  }
}

/** The samples that are answered with, once they have come to their end. */
export async function gathered(
  pieces: AsyncIterable<Piece>,
  { prompts, n, bestOf }: GenerationRequest,
  usage: Usage,
): Promise<readonly Gathered[]> {
  const samples = Array.from({ length: prompts.length * bestOf }, () => new Gathered());
  for await (const piece of pieces) {
    usage.count(piece);
    samples[piece.index].add(piece);
  }
  return prompts.flatMap((_, p) => best(samples.slice(p * bestOf, (p + 1) * bestOf), n));
}

/** A sample on its way. */
class Gathered {
  text = "";
  finish: FinishReason = "length";
  readonly #logprobs: TokenLogprob[] = [];
  #withheld = false;

  add({ text, logprob, finish, withheld = false }: Piece): void {
    this.text += text;
    if (logprob) this.#logprobs.push(logprob);
    if (finish) this.finish = finish;
    this.#withheld = withheld;
  }

  /** Those of what is said; none where that is not the model's. */
  get logprobs(): readonly TokenLogprob[] {
    return this.#withheld ? [] : this.#logprobs;
  }

  /** Mean log-probability of a token. */
  get score(): number {
    return this.#logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / this.#logprobs.length;
  }
}

/** The `n` likeliest per token, the likeliest first; as they are where all are wanted. */
function best(samples: readonly Gathered[], n: number): readonly Gathered[] {
  if (samples.length === n) return samples;
  return [...samples].sort((a, b) => b.score - a.score).slice(0, n);
}
