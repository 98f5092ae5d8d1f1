// Pieces of choices as OpenAI's chat format has them: messages at the end, or what each piece adds to them.

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
import { readChat } from "./chat-request.js";
import { generate, type Piece } from "./generation.js";
import { type ChatLogprobs, chatLogprobs } from "./logprobs.js";
import type { GenerationRequest } from "./request.js";
import type { ServedTexts } from "./text-model.js";

interface WireDelta {
  readonly role?: "assistant";
  readonly content?: string;
  readonly refusal?: null;
}

interface WireChunk extends Head {
  readonly object: "chat.completion.chunk";
  readonly choices: readonly {
    readonly index: number;
    readonly delta: WireDelta;
    readonly logprobs: ChatLogprobs | null;
    readonly finish_reason: "stop" | "length" | null;
  }[];
  readonly usage?: WireUsage | null;
}

/** POST /v1/chat/completions */
export const chat: TextFormat<GenerationRequest> = {
  read: readChat,
  pieces: generate,
  writer: (request, served) => new ChatWriter(request, served, request.model),
};

class ChatWriter implements AnswerWriter<Piece> {
  readonly #request: GenerationRequest;
  readonly #served: ServedTexts;
  readonly #head: Head;
  /** Samples whose role has been written. */
  readonly #begun = new Set<number>();
  readonly #usage: Usage;

  constructor(request: GenerationRequest, served: ServedTexts, name: string) {
    this.#request = request;
    this.#served = served;
    this.#head = headOf("chatcmpl", served, name);
    this.#usage = new Usage(request);
  }

  events(piece: Piece): readonly WireChunk[] {
    this.#usage.count(piece);
    const { index, text, finish, logprob, withheld } = piece;
    const events: WireChunk[] = [];
    if (!this.#begun.has(index)) {
      this.#begun.add(index);
      events.push(this.#chunk(index, { role: "assistant", content: "", refusal: null }));
    }
    const logprobs = logprob && !withheld ? this.#write([logprob]) : null;
    if (text !== "" || logprobs) events.push(this.#chunk(index, { content: text }, logprobs));
    if (finish) events.push(this.#chunk(index, {}, null, reasons[finish]));
    return events;
  }

  get last(): WireChunk | undefined {
    if (!this.#request.includeUsage) return undefined;
    return { ...this.#head, object: "chat.completion.chunk", choices: [], usage: this.#usage.wire };
  }

  async whole(pieces: AsyncIterable<Piece>): Promise<object> {
    const chosen = await gathered(pieces, this.#request, this.#usage);
    const choices = chosen.map(({ text, logprobs, finish }, index) => ({
      index,
      message: { role: "assistant", content: text, refusal: null },
      logprobs: this.#write(logprobs),
      finish_reason: reasons[finish],
    }));
    return { ...this.#head, object: "chat.completion", choices, usage: this.#usage.wire };
  }

  #chunk(
    index: number,
    delta: WireDelta,
    logprobs: ChatLogprobs | null = null,
    reason: "stop" | "length" | null = null,
  ): WireChunk {
    const choices = [{ index, delta, logprobs, finish_reason: reason }];
    const usage = this.#request.includeUsage ? { usage: null } : {};
    return { ...this.#head, object: "chat.completion.chunk", choices, ...usage };
  }

  #write(tokens: readonly TokenLogprob[]): ChatLogprobs | null {
    return this.#request.logprobs < 0 ? null : chatLogprobs(this.#served.names, tokens);
  }
}
