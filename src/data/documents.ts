// Batches of documents, each once an epoch. Pure functions of the step number, as those of a text are.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import type { Markers } from "../text/markers.js";
import { hashTokens } from "./fingerprint.js";
import { bucket, checkStep, drawNames, splitAt } from "./order.js";
import { type Batch, type Batches, checkTokens, MAX_POSITIONS, type Split } from "./texts.js";

/**
 * Documents, each once an epoch in an order of the epoch's own: inputs are `start` and the document,
 * targets the document and `end`. Documents of similar length share a batch, so that padding (input
 * `end`, target -1) is small: the epoch's permutation is sorted by length within pools of 50 batches,
 * and the batches are shuffled. What does not fill a batch is the epoch's last, smaller one. An empty
 * document stays one: it teaches that a text may end at once.
 *
 * A document longer than `maxLength` is cut into pieces of at most `maxLength` tokens, each a row of
 * its own. Only the first has the start marker and only the last the end target; the last target of
 * the others is the token that begins the next piece, so every token is still predicted once.
 * Of labels before a text nothing is predicted.
 *
 * @param options.vary a document as this time it is read, such as without some labels: no longer than it is. It
 *   is given a key of the document's and the epoch's own
 * @throws InvalidInputError where there is nothing in the documents, or a batch would be too large
 */
export function documentBatches(
  documents: readonly Int32Array[],
  options: Markers & {
    batch: number;
    maxLength?: number;
    key: Key;
    vary?: (document: Int32Array, key: Key) => Int32Array;
  },
): Batches {
  const { batch, maxLength, start, end, key, vary } = options;
  checkNumber("batch", batch, { integer: true, min: 1, max: MAX_POSITIONS });
  checkNumber("start", start, { integer: true, min: 0, max: 2 ** 31 - 1 });
  checkNumber("end", end, { integer: true, min: 0, max: 2 ** 31 - 1 });
  if (maxLength !== undefined) checkNumber("maxLength", maxLength, { integer: true, min: 1 });
  const pieces = documentPieces(documents, maxLength);
  const longest = pieces.reduce((most, { length }) => Math.max(most, length), 0);
  const positions = Math.min(batch, pieces.length) * longest;
  if (positions > MAX_POSITIONS) {
    throw new InvalidInputError(
      `a batch of ${Math.min(batch, pieces.length)} rows of up to ${longest} tokens is more than the ` +
        `${MAX_POSITIONS} positions that fit; set a smaller batch or maxLength`,
    );
  }
  const epoch = Math.ceil(pieces.length / batch);
  // The order of the epoch asked for last: what it holds depends on the epoch alone.
  let cached = { epoch: -1, batches: [] as Int32Array[] };
  return {
    epoch,
    batch(step) {
      const current = Math.floor(checkStep(step) / epoch);
      if (cached.epoch !== current) {
        const sizes = pieces.map(({ length }) => [length]);
        cached = { epoch: current, batches: bucket(sizes, batch, key.fold(current)) };
      }
      const rows = Array.from(cached.batches[step % epoch], (index) => {
        const { document, length } = pieces[index];
        if (!vary || length <= document.length) return pieces[index];
        return cut(vary(document, key.fold(current).fold(index)), Infinity)[0];
      });
      return padPieces(rows, options);
    },
  };
}

/** Tokens `from` to `to` of a document; `length` positions with the start marker, if it has one. */
export interface Piece {
  readonly document: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

/**
 * Documents, those longer than `maxLength` in several pieces.
 * @throws InvalidInputError where there is nothing in the documents
 */
export function documentPieces(
  documents: readonly Int32Array[],
  maxLength: number = Infinity,
): Piece[] {
  checkDocuments(documents);
  return documents.flatMap((document) => cut(document, maxLength));
}

function cut(document: Int32Array, maxLength: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from === 0 || from < document.length; from += maxLength) {
    const to = Math.min(from + maxLength, document.length);
    pieces.push({ document, from, to, length: to - from + (from === 0 ? 1 : 0) });
  }
  return pieces;
}

/** A batch of pieces, of their positions `begin` to below `until`; it continues where `begin` is above 0. */
export function padPieces(
  pieces: readonly Piece[],
  { start, end, text }: Markers,
  begin: number = 0,
  until: number = Infinity,
): Batch {
  const rows = pieces.length;
  const lengths = Int32Array.from(pieces, ({ length }) => Math.min(length, until) - begin);
  const steps = lengths.reduce((most, length) => Math.max(most, length), 0);
  const positions = lengths.reduce((sum, length) => sum + length, 0);
  let tokens = 0;
  const inputs = new Int32Array(steps * rows).fill(end);
  const targets = new Int32Array(steps * rows).fill(-1);
  for (let b = 0; b < rows; b++) {
    const { document, to, length } = pieces[b];
    // Position t reads the token at `first + t` and predicts the one after it.
    const first = to - length + begin;
    const given = labelsOf(document, text);
    for (let t = 0; t < lengths[b]; t++) {
      inputs[t * rows + b] = first + t < 0 ? start : document[first + t];
      if (first + t + 1 < given) continue;
      tokens++;
      targets[t * rows + b] = first + t + 1 < document.length ? document[first + t + 1] : end;
    }
  }
  const batch = { inputs, targets, steps, rows, tokens, continues: begin > 0 };
  return positions === steps * rows ? batch : { ...batch, lengths };
}

/** Tokens of a document's labels, their end included. */
function labelsOf(document: Int32Array, text: number | undefined): number {
  return text === undefined ? 0 : document.indexOf(text) + 1;
}

/** How many tokens of documents are predicted, their ends included. */
export function targetsIn(documents: readonly Int32Array[], text?: number): number {
  return documents.reduce((all, own) => all + own.length + 1 - labelsOf(own, text), 0);
}

/**
 * A `fraction` of the different documents, drawn by the key, as validation, and the rest as training, both
 * in order. Lists are often sorted: their end is no fair sample. Equal documents are never in both. Without
 * a key, the last ones.
 * @throws InvalidInputError where a part would be empty
 */
export function splitDocuments(
  documents: readonly Int32Array[],
  fraction: number,
  key: Key | undefined,
): Split<readonly Int32Array[]> {
  if (!key) {
    const at = splitAt("documents", documents.length, fraction, 1);
    return { train: documents.slice(0, at), validation: documents.slice(at) };
  }
  const names = documents.map((document) => hashTokens([document]));
  const drawn = drawNames("documents", names, fraction, key);
  return {
    train: documents.filter((_, i) => !drawn.has(names[i])),
    validation: documents.filter((_, i) => drawn.has(names[i])),
  };
}

function checkDocuments(documents: readonly Int32Array[]): void {
  if (!Array.isArray(documents)) {
    throw new InvalidInputError(`documents must be an array, got ${describe(documents)}`);
  }
  documents.forEach((document, i) => {
    checkTokens(`documents[${i}]`, document);
  });
  if (documents.some(({ length }) => length > 0)) return;
  throw new InvalidInputError(
    `documents must hold at least one token, got ${documents.length} documents, all empty`,
  );
}
