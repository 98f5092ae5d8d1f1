// How well pictures and their captions find each other among others.

import { checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { Pieces } from "../../host/pieces.js";
import { crossEntropy } from "../../nn/ops/cross-entropy.js";
import { Tape } from "../../nn/tape.js";
import type { Labelled } from "./batches.js";
import { captionsInTurn } from "./caption-tokens.js";
import type { ImageTextNetwork } from "./image-text-network.js";
import { cosine, pictureVectors, textVectors } from "./image-text-vectors.js";
import { ROWS } from "./made.js";

/** Options of `ImageTextPair.score`. */
export interface ImageTextScoreOptions {
  /** How many captions, or pictures, the right one is looked for among, itself included. Default 20. */
  readonly among?: number;
  /** Of the wrong ones, which are drawn. Default 0. */
  readonly seed?: number;
}

/** How well pictures and their captions find each other. */
export interface ImageTextScore {
  /** Cross-entropy in nats of the right one among the others, the mean of both directions; ln(among) by chance. */
  readonly loss: number;
  /** Fraction of pictures whose caption is nearer than all wrong ones; 1 / among by chance. */
  readonly captions: number;
  /** Fraction of captions whose picture is nearer than all wrong ones. */
  readonly pictures: number;
  /** How many were to choose from; fewer where the data have no more that are wrong. */
  readonly among: number;
  readonly examples: number;
}

/** @throws InvalidInputError */
export function checkScore(options: ImageTextScoreOptions): Required<ImageTextScoreOptions> {
  checkKeys("score", options, ["among", "seed"]);
  const { among = 20, seed = 0 } = options;
  return {
    among: checkNumber("among", among, { integer: true, min: 2, max: 1e6 }),
    seed: checkNumber("seed", seed, { integer: true, min: 0 }),
  };
}

/**
 * Of each picture one caption counts as right, in turn from all that it has; wrong are captions that it has not.
 * @throws InvalidInputError where all pictures have the same captions
 */
export function* measureImageText(
  network: ImageTextNetwork,
  { rows, captions = [] }: Labelled,
  among: number,
  key: Key,
): Pieces<Pick<ImageTextScore, "loss" | "captions" | "pictures">> {
  const texts = [...new Set(captions.flat())];
  const places = new Map(texts.map((text, place) => [text, place]));
  const own = captions.map((row) => new Set(row.map((text) => places.get(text)!)));
  const wanted = captionsInTurn(captions, 0).map((text) => places.get(text)!);
  const wrongTexts = rivals(own.length, texts.length, among, (i, j) => own[i].has(j), key.fold(0));
  const wrongPictures = rivals(
    own.length,
    own.length,
    among,
    (i, j) => own[j].has(wanted[i]),
    key.fold(1),
  );
  const seen = yield* pictureVectors(network, rows);
  const said = yield* textVectors(network, texts);
  const ofPictures = chosen(network, wrongTexts, (i, j) => cosine(seen[i], said[j ?? wanted[i]]));
  const ofTexts = chosen(network, wrongPictures, (i, j) => cosine(said[wanted[i]], seen[j ?? i]));
  return {
    loss: (ofPictures.loss + ofTexts.loss) / 2,
    captions: ofPictures.first,
    pictures: ofTexts.first,
  };
}

/** Wrong ones for each row, at most among - 1, drawn: neighbours in a random order from a random place on. */
function rivals(
  rows: number,
  count: number,
  among: number,
  right: (row: number, one: number) => boolean,
  key: Key,
): number[][] {
  const order = key.permutation(count);
  const starts = key.fold(1).integers(rows, count);
  const all = Array.from({ length: rows }, (_, row) => {
    const wrong: number[] = [];
    for (let k = 0; k < count && wrong.length < among - 1; k++) {
      const one = order[(starts[row] + k) % count];
      if (!right(row, one)) wrong.push(one);
    }
    return wrong;
  });
  if (all.some(({ length }) => length > 0)) return all;
  throw new InvalidInputError(
    "all pictures have the same captions: there is nothing to tell them apart by",
  );
}

/** In place of a rival that there is not: its probability is 0. */
const NONE = -1e4;

/** @param near how near a row is to a rival, or to the right one */
function chosen(
  { machine, scale }: ImageTextNetwork,
  rivals: readonly (readonly number[])[],
  near: (row: number, rival?: number) => number,
): { readonly loss: number; readonly first: number } {
  const width = rivals.reduce((most, { length }) => Math.max(most, length + 1), 0);
  let loss = 0;
  let first = 0;
  for (let from = 0; from < rivals.length; from += ROWS) {
    const some = rivals.slice(from, from + ROWS);
    const logits = new Float32Array(some.length * width).fill(NONE);
    for (const [i, wrong] of some.entries()) {
      const cosines = [near(from + i), ...wrong.map((one) => near(from + i, one))];
      logits.set(
        cosines.map((one) => scale * one),
        i * width,
      );
      if (cosines.slice(1).every((one) => one < cosines[0])) first++;
    }
    machine.scoped(() => {
      const tape = new Tape(machine);
      const x = tape.tensor(logits, [some.length, width]);
      loss += crossEntropy(tape, x, new Int32Array(some.length), { denominator: 1 }).loss.data[0];
    });
  }
  return { loss: loss / rivals.length, first: first / rivals.length };
}
