// How much of answers an encoder-decoder gives as they are.

import { type PairBatchOptions, pad, type TokenPair } from "../../data/pairs.js";
import type { Pieces } from "../../host/pieces.js";
import { leading } from "../../sampling/greedy.js";
import type { AnyPairNetwork } from "./pair-network.js";

/** Of each pair the tokens of its answer, from the first, which are the likeliest after its source. */
export function* rightAnswers(
  network: AnyPairNetwork,
  pairs: readonly TokenPair[],
  answers: readonly Int32Array[],
  layout: Pick<PairBatchOptions, "start" | "end" | "reverse">,
): Pieces<Int32Array> {
  const state = yield* network.open(pad(pairs, layout), 1024);
  const logits = new Float32Array(pairs.length * network.classes);
  const starts = pairs.map(() => layout.start);
  network.step(state, starts, logits);
  return yield* leading(network, state, logits, answers);
}
