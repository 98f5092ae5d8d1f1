// `generate` and `stream` over the sampler and beam search.

import { eventLoop } from "../host/event-loop.js";
import { atOnce, inTurns, type Pieces } from "../host/pieces.js";
import type { Tokenizer } from "../text/tokenizer.js";
import type { Backbone } from "./backbone.js";
import { beamSearch } from "./beam.js";
import type { FinishReason } from "./finish.js";
import type { ResolvedGeneration } from "./options.js";
import { type Chunk, type Primed, sampleChunks, type TokenLogprob } from "./sampler.js";

/** One finished sample. */
export interface Sample {
  /** What was generated, without the prompt. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly finish: FinishReason;
  /** The seed that gives this sample alone; undefined for beam search. */
  readonly seed?: number;
  /** Beam search: log-probability over length^lengthPenalty. */
  readonly score?: number;
  /** Where asked for: one entry a token. */
  readonly logprobs?: readonly TokenLogprob[];
  /**
   * With `logprobs`: how sure the model is of this sample, from 0 to 1: the mean probability that it
   * gives the sample's tokens (geometric: exp of their mean log-probability, the end's included). 0
   * where there are none. To answer "I do not know", compare it with what right answers have.
   */
  readonly confidence?: number;
}

/** What `generate` returns. */
export interface Generation {
  /** Text of the first sample. */
  readonly text: string;
  readonly samples: readonly Sample[];
}

/** The longest that one of many streams keeps the event loop waiting, in milliseconds. */
const YIELD_AFTER = 3;

export function generateAll<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  priming: Pieces<Primed<State>>,
): Generation {
  o.signal?.throwIfAborted();
  const primed = atOnce(priming);
  if (o.beams > 0) {
    const samples = atOnce(beamSearch(backbone, tokenizer, o, primed));
    return { text: samples[0].text, samples };
  }
  const chunks: Chunk[][] = Array.from({ length: o.samples }, () => []);
  for (const chunk of sampleChunks(backbone, tokenizer, o, primed)) {
    chunks[chunk.sample].push(chunk);
  }
  const samples = chunks.map((own, i) => {
    const { finish, confidence } = own[own.length - 1];
    return {
      text: own.map(({ text }) => text).join(""),
      tokens: own.flatMap(({ token }) => token ?? []),
      finish: finish!,
      seed: o.seed + i,
      ...(o.logprobs < 0
        ? {}
        : { logprobs: own.flatMap(({ logprob }) => logprob ?? []), confidence }),
    };
  });
  return { text: samples[0].text, samples };
}

export async function* streamChunks<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  priming: Pieces<Primed<State>>,
): AsyncGenerator<Chunk, void, void> {
  const breathe = async () => {
    await eventLoop();
    o.signal?.throwIfAborted();
  };
  o.signal?.throwIfAborted();
  const primed = await inTurns(priming, breathe);
  if (o.beams > 0) {
    // Beam search knows its text only at the end.
    const found = await inTurns(beamSearch(backbone, tokenizer, o, primed), breathe);
    for (const [sample, { text, finish }] of found.entries()) yield { sample, text, finish };
    return;
  }
  let breathed = performance.now();
  for (const chunk of sampleChunks(backbone, tokenizer, o, primed)) {
    o.signal?.throwIfAborted();
    yield chunk;
    if (performance.now() - breathed < YIELD_AFTER) continue;
    await eventLoop();
    breathed = performance.now();
  }
}
