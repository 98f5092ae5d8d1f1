// Targets that an encoder-decoder answers as they are.

import type { Pair } from "../data/pairs.js";
import type { Pieces } from "../host/pieces.js";
import { encodePairs } from "../models/seq2seq/encode-pairs.js";
import type { AnyPairNetwork } from "../models/seq2seq/pair-network.js";
import { rightAnswers } from "../models/seq2seq/right-answers.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import { markersOf } from "../text/markers.js";
import {
  type Asked,
  type Counted,
  type Extractable,
  ROWS,
  spread,
  summary,
  typical,
} from "./extracted.js";
import { insideOf } from "./inside.js";

export function* ofPairs(
  model: Seq2Seq,
  pairs: readonly Pair[],
  asked: Asked,
): Pieces<Extractable> {
  const network = insideOf(model).adapted() as unknown as AnyPairNetwork;
  const { tokenizers, config } = model;
  const layout = { ...markersOf(tokenizers.target), reverse: config.reverseSource };
  const all = encodePairs(tokenizers, config, "pairs", pairs, () => {})
    .map(({ tokens }) => tokens)
    .filter(({ source, target }) => source.length > 0 && target.length > 0);
  const length = asked.length ?? Math.min(50, typical(all.map(({ target }) => target.length)));
  const some = spread(
    all.filter(({ target }) => target.length >= Math.min(length, 2)),
    asked.examples,
  );
  const counted: Counted[] = [];
  for (let at = 0; at < some.length; at += ROWS) {
    const group = some.slice(at, at + ROWS);
    const follows = group.map(({ target }) => target.subarray(0, length));
    const right = yield* rightAnswers(network, group, follows, layout);
    for (const [i, { source }] of group.entries()) {
      counted.push({ prefix: source, follows: follows[i], right: right[i] });
    }
  }
  const { source, target } = tokenizers;
  return summary(
    length,
    [["source", counted]],
    (tokens) => target.decode(tokens),
    (tokens) => source.decode(tokens),
  );
}
