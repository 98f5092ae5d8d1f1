// `generate` and `stream` over the sampler and beam search.

import { checkNumber, InvalidInputError } from "../host/errors.js";
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

/**
 * All samples, chosen where `rank` and `accept` choose.
 * @param prime reads the prompt: before every draw
 * @throws InvalidInputError where none is accepted
 */
export function generateAll<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  prime: () => Pieces<Primed<State>>,
): Generation {
  const { samples: wanted, accept = () => true, rank, tries } = o;
  const found: Sample[] = [];
  for (let draw = 0; draw < (o.accept ? tries : 1) && found.length < wanted; draw++) {
    const own = { ...o, seed: o.seed + draw * wanted };
    found.push(...drawAll(backbone, tokenizer, own, prime()).filter(accept));
  }
  if (found.length === 0) {
    throw new InvalidInputError(
      `none of ${tries * wanted} samples was accepted: give more tries, or accept more`,
    );
  }
  const samples = rank ? ranked(found.slice(0, wanted), rank) : found.slice(0, wanted);
  return { text: samples[0].text, samples };
}

function ranked(samples: readonly Sample[], rank: (sample: Sample) => number): Sample[] {
  const merits = new Map(
    samples.map((one) => [one, checkNumber("what rank gives", rank(one), {})]),
  );
  return [...samples].sort((a, b) => merits.get(b)! - merits.get(a)!);
}

function drawAll<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  priming: Pieces<Primed<State>>,
): Sample[] {
  o.signal?.throwIfAborted();
  const primed = atOnce(priming);
  if (o.beams > 0) return atOnce(beamSearch(backbone, tokenizer, o, primed));
  const chunks: Chunk[][] = Array.from({ length: o.samples }, () => []);
  for (const chunk of sampleChunks(backbone, tokenizer, o, primed)) {
    chunks[chunk.sample].push(chunk);
  }
  return chunks.map((own, i) => {
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
}

/** @throws InvalidInputError for what chooses among whole samples */
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
  if (o.rank || o.accept) {
    throw new InvalidInputError("rank and accept are for generate: a stream cannot be taken back");
  }
  const primed = await inTurns(priming, breathe);
  let first: Pick<Chunk, "cached"> | undefined =
    primed.cached === undefined ? undefined : { cached: primed.cached };
  if (o.beams > 0) {
    // Beam search knows its text only at the end.
    const found = await inTurns(beamSearch(backbone, tokenizer, o, primed), breathe);
    for (const [sample, { text, finish }] of found.entries()) {
      yield { sample, text, finish, ...first };
      first = undefined;
    }
    return;
  }
  let breathed = performance.now();
  for (const chunk of sampleChunks(backbone, tokenizer, o, primed)) {
    o.signal?.throwIfAborted();
    yield first ? { ...chunk, ...first } : chunk;
    first = undefined;
    if (performance.now() - breathed < YIELD_AFTER) continue;
    await eventLoop();
    breathed = performance.now();
  }
}
