// The encoder-decoders against PyTorch. The fixtures were made by make_seq2seq.py and make_seq2seq_transformer.py; no
// Python is needed here.

import { describe, test } from "vitest";
import { load } from "../../src/host/module.js";
import { Seq2SeqLSTM } from "../../src/models/seq2seq/lstm.js";
import {
  Seq2SeqTransformer,
  type Seq2SeqTransformerConfig,
} from "../../src/models/seq2seq/transformer.js";
import { LABELS, PairFixtures, TARGETS } from "./pair-fixtures.js";

const runtime = await load();

const lstms = new PairFixtures<{
  attention: "none" | "luong" | "luong-dot" | "bahdanau";
  bidirectional: boolean;
  tied: boolean;
  labels: boolean;
  losses: number[];
  encoder: (number | null)[];
}>("seq2seq");

const transformers = new PairFixtures<{
  network: Omit<Seq2SeqTransformerConfig, "sources" | "labels">;
  sources: number;
  labels: number;
  losses: number[];
  encoder: (number | null)[];
}>("seq2seq_transformer");

describe("gradients of the first step, losses and weights of ten", () => {
  test.each(Object.entries(lstms.variants))("lstm, %s", (name, variant) => {
    const { attention, bidirectional, tied, labels } = variant;
    lstms.check(runtime.machine(), name, labels, (parameters) => {
      const sizes = { sources: 9, embed: 6, hidden: 8, layers: 2, dropout: 0, shared: false };
      const config = { ...sizes, bidirectional, attention, tied, labels: labels ? LABELS : 0 };
      return new Seq2SeqLSTM(parameters, TARGETS, config);
    });
  });

  test.each(Object.entries(transformers.variants))("transformer, %s", (name, variant) => {
    const { network, sources, labels } = variant;
    transformers.check(
      runtime.machine(),
      name,
      labels > 0,
      (parameters) => new Seq2SeqTransformer(parameters, TARGETS, { ...network, sources, labels }),
    );
  });
});
