// Batches of documents, each once an epoch. Pure functions of the step number, as those of a text are.

import { checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import type { Learned } from "./conversations.js";
import { hashTokens } from "./fingerprint.js";
import { type DocumentLabels, keptLabels, opening } from "./openings.js";
import { bucket, checkStep, drawNames, lastOf, splitAt } from "./order.js";
import { type Batch, type Batches, checkTokens, MAX_POSITIONS, type Split } from "./texts.js";
import { longest } from "./time-major.js";

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
 *
 * Where documents have labels, these come after the start, and are read but not predicted; some are left out,
 * others in every epoch, as `labelDropout` says.
 *
 * Where only some of a document is learned, the rest is read and not predicted; a piece without anything to predict
 * is left out.
 * @throws InvalidInputError where there is nothing in the documents, or a batch would be too large
 */
export function documentBatches(
  documents: readonly Int32Array[],
  options: DocumentMarkers & {
    batch: number;
    maxLength?: number;
    labelDropout?: number;
    key: Key;
  },
): DocumentBatches {
  const { batch, maxLength, start, end, labels, learned, labelDropout = 0, key } = options;
  checkNumber("batch", batch, { integer: true, min: 1, max: MAX_POSITIONS });
  checkNumber("start", start, { integer: true, min: 0, max: 2 ** 31 - 1 });
  checkNumber("end", end, { integer: true, min: 0, max: 2 ** 31 - 1 });
  if (maxLength !== undefined) checkNumber("maxLength", maxLength, { integer: true, min: 1 });
  const pieces = documentPieces(documents, { start, end, labels, learned }, maxLength);
  const sizes = pieces.map(({ length }) => [length]);
  const steps = longest(sizes.flat());
  const positions = Math.min(batch, pieces.length) * steps;
  if (positions > MAX_POSITIONS) {
    throw new InvalidInputError(
      `a batch of ${Math.min(batch, pieces.length)} rows of up to ${steps} tokens is more than the ` +
        `${MAX_POSITIONS} positions that fit; set a smaller batch or maxLength`,
    );
  }
  const epoch = Math.ceil(pieces.length / batch);
  const batches = lastOf((number) => bucket(sizes, batch, key.fold(number)));
  const rows = (step: number) => batches(Math.floor(checkStep(step) / epoch))[step % epoch];
  return {
    epoch,
    rows,
    documents: pieces.map(({ document }) => document),
    batch(step) {
      const drops = key.fold(Math.floor(checkStep(step) / epoch));
      const some = Array.from(rows(step), (index) => {
        const piece = pieces[index];
        if (!labels || labelDropout === 0 || piece.from > 0) return piece;
        const tokens = labels.of.get(piece.document) ?? [];
        const kept = keptLabels(tokens, labelDropout, drops.fold(index));
        return pieceOf(piece, opening(start, { tokens: kept, end: labels.end }));
      });
      return padPieces(some, end);
    },
  };
}

/** Batches of documents. */
interface DocumentBatches extends Batches {
  /** The document that each row of an epoch is of. */
  readonly documents: readonly Int32Array[];
  /** Which of these rows the batch of a step has. */
  rows(step: number): Int32Array;
}

/** What parts documents, and the labels that they have. */
export interface DocumentMarkers {
  readonly start: number;
  readonly end: number;
  readonly labels?: DocumentLabels | undefined;
  /** Of documents of which not all is learned: conversations. */
  readonly learned?: ReadonlyMap<Int32Array, Learned> | undefined;
}

/** Tokens `from` to `to` of a document. */
export interface Piece {
  readonly document: Int32Array;
  readonly from: number;
  readonly to: number;
  /** What is read before them: the start and the labels, of a document's first piece. */
  readonly opening: Int32Array;
  /** Positions. */
  readonly length: number;
  /** 1 for each token of the document, and its end, that is predicted; absent: all. */
  readonly marks: Uint8Array | undefined;
  /** Positions that predict a token: all but those before the opening's last, or as `marks` says. */
  readonly targets: number;
}

/**
 * Documents, those longer than `maxLength` in several pieces; what the labels need, the first piece has less.
 * @throws InvalidInputError where there is nothing in the documents, or no room after the labels
 */
export function documentPieces(
  documents: readonly Int32Array[],
  { start, labels, learned }: DocumentMarkers,
  maxLength: number = Infinity,
): Piece[] {
  checkDocuments(documents);
  return documents.flatMap((document, i) => {
    const tokens = labels?.of.get(document) ?? [];
    const own = learned?.get(document);
    const begin = own?.begins ? NOTHING : opening(start, labels && { tokens, end: labels.end });
    const room = maxLength + 1 - begin.length;
    if (room < 1) {
      throw new InvalidInputError(
        `documents[${i}] has labels of ${begin.length - 2} tokens, which leave no room for its text in the ` +
          `${maxLength} that a row may have; give shorter labels, a larger maxLength or a model with a larger context`,
      );
    }
    const pieces = cut({ document, marks: own?.marks }, begin, room, maxLength);
    return own ? pieces.filter(({ targets }) => targets > 0) : pieces;
  });
}

function cut(
  whole: Pick<Piece, "document" | "marks">,
  begin: Int32Array,
  room: number,
  maxLength: number,
): Piece[] {
  const { length } = whole.document;
  const pieces = [pieceOf({ ...whole, from: 0, to: Math.min(room, length) }, begin)];
  for (let from = room; from < length; from += maxLength) {
    const to = Math.min(from + maxLength, length);
    pieces.push(pieceOf({ ...whole, from, to }, NOTHING));
  }
  return pieces;
}

const NOTHING = new Int32Array(0);

function pieceOf(
  { document, marks, from, to }: Pick<Piece, "document" | "marks" | "from" | "to">,
  begin: Int32Array,
): Piece {
  const length = begin.length + to - from;
  const targets = length - unpredicted(begin);
  const predicted = marks?.subarray(to + 1 - targets, to + 1).reduce((all, mark) => all + mark, 0);
  const piece = { document, marks, from, to, opening: begin, length };
  return { ...piece, targets: predicted ?? targets };
}

/** Positions whose next token is given: labels and what ends them. */
function unpredicted(begin: Int32Array): number {
  return Math.max(0, begin.length - 1);
}

/** A batch of pieces, of their positions `begin` to below `until`; it continues where `begin` is above 0. */
export function padPieces(
  pieces: readonly Piece[],
  end: number,
  begin: number = 0,
  until: number = Infinity,
): Batch {
  const rows = pieces.length;
  const lengths = Int32Array.from(pieces, ({ length }) => Math.min(length, until) - begin);
  const steps = longest(lengths);
  const inputs = new Int32Array(steps * rows).fill(end);
  const targets = new Int32Array(steps * rows).fill(-1);
  let tokens = 0;
  let whole = true;
  for (let b = 0; b < rows; b++) {
    const { document, marks, from, opening: first } = pieces[b];
    const given = unpredicted(first);
    if (lengths[b] < steps) whole = false;
    for (let t = 0; t < lengths[b]; t++) {
      // Position p reads the opening, then the document, and predicts what comes after.
      const p = begin + t;
      const at = from + p - first.length;
      inputs[t * rows + b] = p < first.length ? first[p] : document[at];
      if (p < given || marks?.[at + 1] === 0) continue;
      targets[t * rows + b] = at + 1 < document.length ? document[at + 1] : end;
      tokens++;
    }
  }
  const batch = { inputs, targets, steps, rows, tokens, continues: begin > 0 };
  return whole ? batch : { ...batch, lengths };
}

/**
 * A `fraction` of the different documents, drawn by the key, as validation, and the rest as training, both
 * in order. Lists are often sorted: their end is no fair sample. Equal documents are never in both, nor are those of
 * one conversation. Without a key, the last ones.
 * @throws InvalidInputError where a part would be empty
 */
export function splitDocuments(
  documents: readonly Int32Array[],
  fraction: number,
  key: Key | undefined,
  learned?: DocumentMarkers["learned"],
): Split<readonly Int32Array[]> {
  if (!key) {
    const at = splitAt("documents", documents.length, fraction, 1);
    return { train: documents.slice(0, at), validation: documents.slice(at) };
  }
  const names = documents.map((document) => hashTokens([learned?.get(document)?.like ?? document]));
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
