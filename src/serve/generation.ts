// From a request to pieces of its choices, one token a turn.

import type { Chunk, LanguageModel } from "../index.js";
import type { CompletionRequest } from "./request.js";
import type { Turns } from "./turns.js";

/** What is needed of a model to serve it. */
export type ServedModel = Pick<LanguageModel, "tokenizer" | "fingerprint" | "generate" | "stream">;

/** A piece of one of the answer's samples. */
export interface Piece extends Omit<Chunk, "sample"> {
  /** Its number among all samples: those of the first prompt come first. */
  readonly index: number;
}

/**
 * The samples of all prompts. Those of one prompt advance together, with the seeds seed, seed + 1, …,
 * the same for every prompt: a prompt gives the same bits alone and in a list.
 */
export async function* generate(
  model: ServedModel,
  request: CompletionRequest,
  turns: Turns,
  signal: AbortSignal,
): AsyncGenerator<Piece, void, void> {
  const { bestOf, n, logprobs } = request;
  for (const [p, prompt] of request.prompts.entries()) {
    const chunks = model.stream({
      prompt,
      signal,
      count: bestOf,
      seed: request.seed,
      tokens: request.maxTokens,
      temperature: request.temperature,
      topP: request.topP,
      presencePenalty: request.presencePenalty,
      frequencyPenalty: request.frequencyPenalty,
      logitBias: request.logitBias,
      stop: request.stop,
      // The best are chosen by their log-probabilities.
      logprobs: logprobs >= 0 ? logprobs : bestOf > n,
    });
    try {
      for (;;) {
        const { done, value } = await turns.take(() => chunks.next());
        if (done) break;
        const { sample, ...piece } = value;
        yield { index: p * bestOf + sample, ...piece };
      }
    } finally {
      await chunks.return();
    }
  }
}
