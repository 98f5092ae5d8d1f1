// Captions as tokens, one or several a row: which of them a model reads.

import type { Key } from "../../host/key.js";

/** Captions of some rows. Equal ones are one array. */
export type CaptionTokens = readonly (readonly Int32Array[])[];

/** One caption of each row, drawn. */
export function drawnCaptions(captions: CaptionTokens, key: Key): Int32Array[] {
  const uniform = key.uniform(captions.length);
  return captions.map((own, i) => own[Math.floor(uniform[i] * own.length)]);
}

/** One of each row in turn from a row's number, so that languages take turns. */
export function captionsInTurn(captions: CaptionTokens, first: number): Int32Array[] {
  return captions.map((own, i) => own[(first + i) % own.length]);
}

/** Tokens of rows side by side, (rows, T), -1 after the end of each. */
export function padded(rows: readonly Int32Array[]): Int32Array {
  const T = rows.reduce((most, { length }) => Math.max(most, length), 1);
  const all = new Int32Array(rows.length * T).fill(-1);
  for (const [i, row] of rows.entries()) all.set(row, i * T);
  return all;
}
