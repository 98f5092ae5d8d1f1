// From a request to pieces of its choices.

import type { Chunk, LanguageModel } from "../api.js";
import { Pace } from "./pace.js";
import type { CompletionRequest } from "./request.js";

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
  signal: AbortSignal,
): AsyncGenerator<Piece, void, void> {
  const { bestOf, n, logprobs } = request;
  const pace = new Pace();
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
    for await (const { sample, ...piece } of chunks) {
      yield { index: p * bestOf + sample, ...piece };
      await pace.step();
    }
  }
}
