// How encoder-decoders read a source and its answer: as in training, without dropout.

import { pad } from "../data/pairs.js";
import { checkKeys, describe, InvalidInputError } from "../host/errors.js";
import { cleanText } from "../models/seq2seq/config.js";
import type { AnyPairNetwork } from "../models/seq2seq/pair-network.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import { Tape } from "../nn/tape.js";
import { markersOf } from "../text/markers.js";
import type { PairInput, Reading, ReadText } from "./input.js";
import { type AnyModel, insideOf } from "./inside.js";

/** @throws InvalidInputError */
export function readPair(any: AnyModel, input: unknown): Reading {
  const model = any as Seq2Seq;
  const { source, target } = Object(input) as PairInput;
  if (typeof source !== "string" || typeof target !== "string" || source === "") {
    throw new InvalidInputError(
      `expected { source, target }, or a function of the model, got ${describe(input)}`,
    );
  }
  checkKeys("input", input as object, ["source", "target"]);
  const { tokenizers, config } = model;
  const tokens = (side: "source" | "target", text: string) =>
    tokenizers[side].encode(cleanText(config, side, text));
  const pair = { source: tokens("source", source), target: tokens("target", target), label: -1 };
  const layout = { ...markersOf(tokenizers.target), reverse: config.reverseSource };
  const batch = { ...pad([pair], layout), lambda: 1, smoothing: 0, sampled: 0 };
  const network = insideOf(any).adapted() as unknown as AnyPairNetwork;
  const shown = (ids: Int32Array, side: "source" | "target") =>
    Array.from(ids, (token) => tokenizers[side].decode([token]));
  const text = {
    tokens: shown(batch.sources, "source"),
    targets: shown(batch.targets, "target"),
  };
  return {
    text: { ...text, ids: Array.from(batch.targets), from: 0 },
    run: (): ReadText =>
      network.machine.scoped(() => {
        const totals = { targets: batch.tokens, rows: 1 };
        const { losses } = network.loss(new Tape(network.machine), batch, undefined, totals);
        return { ...text, logProbs: losses.data.map((loss) => -loss) };
      }),
  };
}
