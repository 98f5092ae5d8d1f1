// From a request to pieces of its choices.

import type { Chunk } from "../api.js";
import { type Confidence, doubtful } from "./confidence.js";
import { firstLines } from "./line.js";
import type { ResolvedOptions } from "./options.js";
import { Pace } from "./pace.js";
import { promptly } from "./promptly.js";
import type { GenerationRequest } from "./request.js";
import type { ServedTexts } from "./text-model.js";

/** A piece of one of the answer's samples. */
export interface Piece extends Omit<Chunk, "sample"> {
  /** Its number among all samples: those of the first prompt come first. */
  readonly index: number;
  /** Whether it is of an answer that is not given. */
  readonly withheld?: boolean;
}

/**
 * The samples of all prompts. Those of one prompt advance together, with the seeds seed, seed + 1, …,
 * the same for every prompt: a prompt gives the same bits alone and in a list.
 * @throws the signal's reason, at once, whatever the model is at
 */
export async function* generate(
  model: ServedTexts,
  request: GenerationRequest,
  options: Confidence & Pick<ResolvedOptions, "cacheBytes">,
  signal: AbortSignal,
): AsyncGenerator<Piece, void, void> {
  const { bestOf, n, logprobs, ruled } = request;
  const sure = options.minConfidence > 0;
  const pace = new Pace();
  const rules = ruled && (await import("./grammar.js")).rulesOf(ruled);
  for (const [p, prompt] of request.prompts.entries()) {
    signal.throwIfAborted();
    const chunks = model.stream(prompt, {
      signal,
      messages: request.messages,
      cacheBytes: options.cacheBytes,
      samples: bestOf,
      seed: request.seed,
      maxTokens: request.maxTokens,
      temperature: request.temperature,
      topP: request.topP,
      presencePenalty: request.presencePenalty,
      frequencyPenalty: request.frequencyPenalty,
      logitBias: request.logitBias,
      stop: request.stop,
      labels: request.labels,
      adapter: request.adapter,
      overflow: request.overflow,
      grammar: rules?.grammar,
      // The best are chosen by their log-probabilities, and so are those that are not given.
      logprobs: logprobs >= 0 ? logprobs : bestOf > n || sure,
    });
    const timely = promptly(rules ? rules.cutShort(chunks) : chunks, signal);
    const pieces = request.line && !rules ? firstLines(timely, bestOf) : timely;
    for await (const { sample, ...piece } of sure ? whole(pieces, options) : pieces) {
      yield { index: p * bestOf + sample, ...piece };
      await pace.step();
    }
  }
}

/** The chunks of each sample once it has ended, or what is said where the model was not sure enough. */
async function* whole(
  chunks: AsyncIterable<Chunk>,
  { minConfidence, unsure }: Confidence,
): AsyncGenerator<Chunk & Pick<Piece, "withheld">, void, void> {
  const kept = new Map<number, Chunk[]>();
  for await (const chunk of chunks) {
    const own = kept.get(chunk.sample) ?? [];
    own.push(chunk);
    kept.set(chunk.sample, own);
    if (!chunk.finish) continue;
    kept.delete(chunk.sample);
    if (!doubtful(chunk.confidence, minConfidence)) {
      yield* own;
      continue;
    }
    for (const one of own) {
      const last = one.finish && { text: unsure, finish: "stop" as const };
      yield { ...one, text: "", ...last, withheld: true };
    }
  }
}
