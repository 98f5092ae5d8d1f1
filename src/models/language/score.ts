// The measure of language models: negative log-likelihood.

import { documentBatches } from "../../data/documents.js";
import { type Batch, evaluationBatches } from "../../data/texts.js";
import { checkKeys, checkNumber } from "../../host/errors.js";
import { Key } from "../../host/key.js";
import { Tape } from "../../nn/tape.js";
import type { Markers } from "../../text/markers.js";
import type { Tokenizer, Unknown } from "../../text/tokenizer.js";
import { atOnce, type Pieces } from "../base/pieces.js";
import type { CausalNetwork } from "./causal-network.js";

/** Options of `score`. */
export interface ScoreOptions {
  /** For a text: forget the state every so many tokens. Default: never. */
  readonly resetEvery?: number;
  /** Characters that the model does not know: refused, or left out and counted. Default "error". */
  readonly unknown?: Unknown;
}

/** How well a model predicts a text. */
export interface Score {
  /** Mean negative log-likelihood of a token, in nats. */
  readonly nats: number;
  /** The same a character (code point; a document's end counts as one), in bits. */
  readonly bitsPerChar: number;
  /** e^nats: as if choosing among so many tokens. */
  readonly perplexity: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  /** Characters that the model does not know, and which were left out, where there are any. */
  readonly unknown?: number;
}

/** Tokens of one stream that go through the network together. */
const CHUNK = 256;

export function scoreText(
  network: CausalNetwork,
  tokenizer: Tokenizer,
  { parts: [tokens], characters }: { parts: readonly Int32Array[]; characters: number },
  options: ScoreOptions,
): Score {
  checkKeys("score", options, ["resetEvery", "unknown"]);
  const { resetEvery } = options;
  if (resetEvery !== undefined) checkNumber("resetEvery", resetEvery, { integer: true, min: 1 });
  const batches = evaluationBatches(tokens, { rows: 1, seqLen: CHUNK, resetEvery });
  const given = Array.from(tokenizer.decode(tokens.subarray(0, 1))).length;
  return summary(atOnce(total(batches, network)), Math.max(1, characters - given));
}

export function scoreDocuments(
  network: CausalNetwork,
  { parts, characters }: { parts: readonly Int32Array[]; characters: number },
  markers: Markers,
  options: ScoreOptions,
): Score {
  checkKeys("score", options, ["unknown"]);
  const batches = everyDocument(network, parts, markers, { rows: 64 });
  return summary(atOnce(total(batches, network)), characters + parts.length);
}

/** Mean negative log-likelihood over batches whose state is carried. */
export function* measureText(batches: Iterable<Batch>, network: CausalNetwork): Pieces<number> {
  const { sum, tokens } = yield* total(batches, network);
  return sum / tokens;
}

/** Mean negative log-likelihood over documents. */
export function measureDocuments(
  network: CausalNetwork,
  documents: readonly Int32Array[],
  markers: Markers,
  options: { rows: number; maxLength?: number },
): Pieces<number> {
  return measureText(everyDocument(network, documents, markers, options), network);
}

/** Each document once. The order has no meaning here, so the key is any. */
function* everyDocument(
  network: CausalNetwork,
  documents: readonly Int32Array[],
  markers: Markers,
  { rows, maxLength }: { rows: number; maxLength?: number },
): Generator<Batch> {
  const key = Key.fromSeed(network.machine, 0);
  const batches = documentBatches(documents, { batch: rows, maxLength, ...markers, key });
  for (let step = 0; step < batches.epoch!; step++) yield batches.batch(step);
}

function* total(
  batches: Iterable<Batch>,
  network: CausalNetwork,
): Pieces<{ sum: number; tokens: number }> {
  let carried: Float32Array[] | undefined;
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    network.machine.scoped(() => {
      const tape = new Tape(network.machine);
      const result = network.loss(tape, batch, carried);
      const losses = result.losses.data;
      for (let i = 0; i < losses.length; i++) sum += losses[i];
      tokens += batch.tokens;
      carried = result.state();
    });
    yield;
  }
  return { sum, tokens };
}

function summary({ sum, tokens }: { sum: number; tokens: number }, characters: number): Score {
  const nats = sum / tokens;
  return { nats, bitsPerChar: sum / Math.LN2 / characters, perplexity: Math.exp(nats), tokens };
}
