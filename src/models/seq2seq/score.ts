// The measures of encoder-decoders: how well targets and labels are predicted.

import { pad, type TokenPair } from "../../data/pairs.js";
import type { Pieces } from "../../host/pieces.js";
import type { Markers } from "../../text/markers.js";
import type { AnyPairNetwork } from "./pair-network.js";

/** Rows that a measure takes at a time, and positions of one side, padding included. */
const ROWS = 64;
const POSITIONS = 2 ** 13;

/** Means over pairs: nats and accuracy a target token, accuracy of the labels where there are any. */
export function* measurePairs(
  network: AnyPairNetwork,
  pairs: readonly TokenPair[],
  layout: Markers & { readonly reverse: boolean },
): Pieces<{ nats: number; tokens: number; accuracy: number; labels: number | undefined }> {
  const sums = new Float64Array(pairs.length);
  let tokens = 0;
  let right = 0;
  let labelled = 0;
  let known = 0;
  for (const group of similar(pairs)) {
    const batch = pad(
      group.map((index) => pairs[index]),
      layout,
    );
    const { losses, right: rightly, labels } = yield* network.measure(batch);
    for (let i = 0; i < losses.length; i++) sums[group[i % batch.rows]] += losses[i];
    right += rightly.filter(Boolean).length;
    tokens += batch.tokens;
    if (labels === undefined) continue;
    const found = rightLabels(labels, batch.labels);
    known += found.right;
    labelled += found.labelled;
  }
  return {
    nats: sums.reduce((all, one) => all + one, 0) / tokens,
    tokens,
    accuracy: right / tokens,
    labels: labelled > 0 ? known / labelled : undefined,
  };
}

/** Numbers of pairs in groups of similar lengths, which costs little padding and changes no number. */
function* similar(pairs: readonly TokenPair[]): Generator<number[]> {
  const length = (index: number) =>
    Math.max(pairs[index].source.length, pairs[index].target.length + 1);
  const order = Array.from(pairs.keys()).sort((a, b) => length(a) - length(b));
  let group: number[] = [];
  for (const index of order) {
    const rows = group.length + 1;
    if (group.length > 0 && (rows > ROWS || rows * length(index) > POSITIONS)) {
      yield group;
      group = [];
    }
    group.push(index);
  }
  if (group.length > 0) yield group;
}

/** How many rows have a label, and how many of those have a likeliest one that is it. */
function rightLabels(
  probabilities: Float32Array,
  labels: Int32Array,
): { labelled: number; right: number } {
  let labelled = 0;
  let right = 0;
  const count = probabilities.length / labels.length;
  for (const [b, label] of labels.entries()) {
    if (label < 0) continue;
    const own = probabilities.subarray(b * count, (b + 1) * count);
    labelled++;
    if (own.every((p) => p <= own[label])) right++;
  }
  return { labelled, right };
}
