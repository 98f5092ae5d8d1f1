// The measure of language models: negative log-likelihood.

import {
  type DocumentMarkers,
  documentPieces,
  type Piece,
  padPieces,
} from "../../data/documents.js";
import { type Batch, evaluationBatches, evaluationWindows } from "../../data/texts.js";
import { checkKeys, checkNumber } from "../../host/errors.js";
import { atOnce, measurePiece, type Pieces } from "../../host/pieces.js";
import { notFinite } from "../../nn/finite.js";
import { Tape } from "../../nn/tape.js";
import type { Tokenizer, Unknown } from "../../text/tokenizer.js";
import type { AnyCausalNetwork } from "./causal-network.js";

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

/** Documents that are measured side by side. */
const ROWS = 64;

/** @throws NotFiniteError where the model's numbers are not finite, here and below */
export function scoreText(
  network: AnyCausalNetwork,
  tokenizer: Tokenizer,
  { parts: [tokens], characters }: { parts: readonly Int32Array[]; characters: number },
  options: ScoreOptions,
): Score {
  checkKeys("score", options, ["resetEvery", "unknown"]);
  const { resetEvery } = options;
  if (resetEvery !== undefined) checkNumber("resetEvery", resetEvery, { integer: true, min: 1 });
  const batches = textBatches(network, tokens, { rows: 1, resetEvery });
  const given = Array.from(tokenizer.decode(tokens.subarray(0, 1))).length;
  return summary(atOnce(total(batches, network)), Math.max(1, characters - given));
}

export function scoreDocuments(
  network: AnyCausalNetwork,
  { parts, characters, ends }: { parts: readonly Int32Array[]; characters: number; ends: number },
  markers: DocumentMarkers,
  options: ScoreOptions,
): Score {
  checkKeys("score", options, ["unknown"]);
  const whole = totalOfDocuments(network, parts, markers, { rows: ROWS });
  return summary(atOnce(whole), characters + ends);
}

/**
 * Mean negative log-likelihood over a text, or the beginnings of its `rows` parts: of `most` tokens in all. A
 * network with a context carries no state: it reads window after window.
 */
export function* measureText(
  network: AnyCausalNetwork,
  text: Int32Array,
  { rows, most }: { readonly rows: number; readonly most: number },
): Pieces<number> {
  const piece = Math.floor(measurePiece(network.work.predict) / rows);
  const seqLen = Math.max(1, Math.min(64, piece));
  const { sum, tokens } = yield* total(textBatches(network, text, { rows, seqLen, most }), network);
  return sum / tokens;
}

/** @throws InvalidInputError where more is to be remembered than a context holds */
function textBatches(
  { context, work }: AnyCausalNetwork,
  tokens: Int32Array,
  options: {
    readonly rows: number;
    readonly seqLen?: number;
    readonly resetEvery?: number;
    readonly most?: number;
  },
): Iterable<Batch> {
  const piece = measurePiece(work.predict);
  const { rows, seqLen = piece, resetEvery, most } = options;
  if (context === undefined) return evaluationBatches(tokens, { rows, seqLen, resetEvery, most });
  const window = checkNumber("resetEvery", resetEvery ?? context, { max: context });
  return evaluationWindows(tokens, { rows: Math.max(1, Math.floor(piece / window)), window, most });
}

/** Mean negative log-likelihood over documents, those longer than `maxLength` in parts on their own. */
export function* measureDocuments(
  network: AnyCausalNetwork,
  documents: readonly Int32Array[],
  markers: DocumentMarkers,
  options: { rows: number; maxLength?: number },
): Pieces<number> {
  const { sum, tokens } = yield* totalOfDocuments(network, documents, markers, options);
  return sum / tokens;
}

interface Total {
  readonly sum: number;
  readonly tokens: number;
}

function* total(batches: Iterable<Batch>, network: AnyCausalNetwork): Pieces<Total> {
  let carried: Float32Array[] | undefined;
  let sum = 0;
  let tokens = 0;
  for (const batch of batches) {
    const measured = measure(network, batch, carried);
    for (const loss of measured.losses) sum += loss;
    tokens += batch.tokens;
    carried = measured.state;
    yield;
  }
  return { sum, tokens };
}

/**
 * Documents of similar lengths go side by side, a stretch at a time with the state carried; a row that has
 * ended makes the batch narrower. So memory and padding are bounded, however long one of them is, and the
 * sum, of each document's own, does not depend on who was beside it.
 */
function* totalOfDocuments(
  network: AnyCausalNetwork,
  documents: readonly Int32Array[],
  markers: DocumentMarkers,
  { rows, maxLength }: { rows: number; maxLength?: number },
): Pieces<Total> {
  const { context = Infinity } = network;
  // The start marker takes a place, too; labels are counted with the document.
  const pieces = documentPieces(documents, markers, Math.min(maxLength ?? Infinity, context - 1));
  const sums = new Float64Array(pieces.length);
  const order = Array.from(pieces.keys()).sort((a, b) => pieces[b].length - pieces[a].length);
  for (let at = 0; at < order.length; ) {
    // What cannot be read in stretches is read whole, by fewer at a time.
    const most = Math.floor(measurePiece(network.work.predict) / pieces[order[at]].length);
    const some = network.context ? Math.max(1, Math.min(rows, most)) : rows;
    yield* sideBySide(network, pieces, order.slice(at, at + some), markers, sums);
    at += some;
  }
  const tokens = pieces.reduce((all, { targets }) => all + targets, 0);
  return { sum: sums.reduce((all, one) => all + one, 0), tokens };
}

/** Adds each piece's loss to its place in `sums`; `group` has the longest first. */
function* sideBySide(
  network: AnyCausalNetwork,
  pieces: readonly Piece[],
  group: readonly number[],
  markers: DocumentMarkers,
  sums: Float64Array,
): Pieces<void> {
  const longest = pieces[group[0]].length;
  let state: Float32Array[] | undefined;
  let rows = group.length;
  for (let from = 0; from < longest; ) {
    const before = rows;
    while (pieces[group[rows - 1]].length <= from) rows--;
    const alive = group.slice(0, rows);
    const carried = state?.map((all) => all.subarray(0, (all.length / before) * rows));
    const stretch = Math.max(1, Math.floor(measurePiece(network.work.predict) / rows));
    const steps = network.context ? longest : stretch;
    const own = alive.map((index) => pieces[index]);
    const batch = padPieces(own, markers.end, from, from + steps);
    const measured = measure(network, batch, carried);
    for (let i = 0; i < measured.losses.length; i++) sums[alive[i % rows]] += measured.losses[i];
    state = measured.state;
    from += steps;
    yield;
  }
}

/** Losses (T · B) and the state of a batch, outside the machine. */
function measure(
  network: AnyCausalNetwork,
  batch: Batch,
  carried: Float32Array[] | undefined,
): { losses: Float32Array; state: Float32Array[] } {
  return network.machine.scoped(() => {
    // Nothing goes backward, so nothing is computed twice: activations only make room for each other.
    const tape = new Tape(network.machine, { recompute: true });
    const result = network.loss(tape, batch, carried);
    return { losses: result.losses.data.slice(), state: result.state() };
  });
}

function summary({ sum, tokens }: Total, characters: number): Score {
  if (!Number.isFinite(sum)) notFinite();
  const nats = sum / tokens;
  return { nats, bitsPerChar: sum / Math.LN2 / characters, perplexity: Math.exp(nats), tokens };
}
