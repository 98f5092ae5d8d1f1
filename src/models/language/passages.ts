// How much of texts a network continues as they are, measured cheaply: for the guard of a run.

import type { DocumentMarkers } from "../../data/documents.js";
import { opening } from "../../data/openings.js";
import { everyNth } from "../../data/order.js";
import type { Pieces } from "../../host/pieces.js";
import { leading } from "../../sampling/greedy.js";
import type { AnyCausalNetwork } from "./causal-network.js";

/** What is read, and what follows it in the text. */
export interface Passage {
  readonly read: Int32Array;
  readonly follows: Int32Array;
}

/** Tokens that are read and that follow, at most; and passages. */
const [READ, FOLLOWS, PASSAGES] = [16, 32, 64];

/** Passages evenly spread over a text, or the beginnings of documents. */
export function passagesOf(
  texts: Int32Array | readonly Int32Array[],
  markers?: DocumentMarkers,
): Passage[] {
  if (texts instanceof Int32Array) {
    const read = Math.min(READ, texts.length >> 1);
    const follows = Math.min(FOLLOWS, texts.length - read);
    const places = texts.length - read - follows + 1;
    const count = Math.min(PASSAGES, places);
    return Array.from({ length: count }, (_, i) => {
      const at = Math.floor((i * (places - 1)) / Math.max(1, count - 1));
      const end = at + read;
      return { read: texts.subarray(at, end), follows: texts.subarray(end, end + follows) };
    });
  }
  const { start, labels } = markers!;
  const long = texts.filter(({ length }) => length >= 2);
  return everyNth(long, long.length / PASSAGES).map((document) => {
    const tokens = labels?.of.get(document) ?? [];
    const own = Math.min(READ, document.length >> 1);
    const begin = opening(start, labels && { tokens, end: labels.end });
    return {
      read: Int32Array.of(...begin, ...document.subarray(0, own)),
      follows: document.subarray(own, own + FOLLOWS),
    };
  });
}

/** Tokens that are continued rightly, on average: of what was learned, less those of what was held out. */
export function* copyingOf(
  network: AnyCausalNetwork,
  learned: readonly Passage[],
  heldOut: readonly Passage[],
): Pieces<number> {
  const own = yield* meanOf(network, learned);
  return own - (yield* meanOf(network, heldOut));
}

function* meanOf(network: AnyCausalNetwork, passages: readonly Passage[]): Pieces<number> {
  const { context = Infinity } = network;
  const fitting = passages.filter(({ read, follows }) => read.length + follows.length <= context);
  const right = yield* continued(network, fitting);
  return right.reduce((all, one) => all + one, 0) / Math.max(1, fitting.length);
}

/** Passages that are read side by side. */
const ROWS = 64;

/** Of each passage the tokens that follow, from the first, which are the likeliest: those that have read as many go side by side. */
export function* continued(
  network: AnyCausalNetwork,
  passages: readonly Passage[],
): Pieces<Int32Array> {
  const right = new Int32Array(passages.length);
  const byLength = new Map<number, number[]>();
  for (const [i, { read }] of passages.entries()) {
    const same = byLength.get(read.length) ?? [];
    byLength.set(read.length, same);
    same.push(i);
  }
  for (const [length, same] of byLength) {
    for (let at = 0; at < same.length; at += ROWS) {
      const group = same.slice(at, at + ROWS);
      const rows = group.length;
      const tokens = new Int32Array(length * rows);
      for (const [b, i] of group.entries()) {
        for (let t = 0; t < length; t++) tokens[t * rows + b] = passages[i].read[t];
      }
      const state = network.start(rows);
      const logits = new Float32Array(rows * network.classes);
      if (length > 0) network.step(state, tokens, logits, length);
      yield;
      const follows = group.map((i) => passages[i].follows);
      const found = yield* leading(network, state, logits, follows);
      for (const [b, i] of group.entries()) right[i] = found[b];
    }
  }
  return right;
}
