// Good files of every kind, which the fuzzer damages.

import { readFileSync } from "node:fs";
import { createTokenizer, LanguageModel, load, Seq2Seq } from "../../../dist/node.js";

export const runtime = await load();
export const text = "the cat sat on the mat. the rat sat on the hat, and that was that.\n".repeat(
  8,
);
const names = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "joe"];
const pairs = ["one", "two", "three", "four", "five", "six"].map((source, i) => ({
  source,
  target: source.toUpperCase(),
  label: i % 2 === 0 ? "even" : "odd",
}));
const sizes = { runtime, embed: 4, hidden: 6, seed: 3 };

/** Half a run on this data; the file with the run, without it, and quantised. */
async function three(kind, model, data, options) {
  for await (const { step } of model.fit(data, { steps: 6, batch: 2, ...options })) {
    if (step === 3) break;
  }
  const files = [model.save({ training: true }), model.save(), model.quantize().save()];
  return files.map((bytes) => ({ kind, bytes }));
}

/** @returns the class that loads each, and its bytes */
export async function goodFiles() {
  const language = (options) => LanguageModel.create({ ...sizes, ...options });
  const streams = { seqLen: 8, batching: "streams", val: 0.2, evalEvery: 1, patience: 5, ema: 0.9 };
  const unlabelled = pairs.map(({ source, target }) => ({ source, target }));
  const bpe = createTokenizer("bpe", text, { vocab: 300 });
  const old = ["language", "seq2seq"].map((name) => ({
    kind: name === "language" ? LanguageModel : Seq2Seq,
    bytes: new Uint8Array(
      readFileSync(new URL(`../../golden/format-1/${name}.safetensors`, import.meta.url)),
    ),
  }));
  const made = [
    await three(LanguageModel, await language({ corpus: text }), text, streams),
    await three(LanguageModel, await language({ corpus: names, layers: 2 }), names, {
      optimizer: "sgd",
    }),
    await three(LanguageModel, await language({ tokenizer: "byte" }), text, { seqLen: 8 }),
    await three(LanguageModel, await language({ tokenizer: bpe }), text, { seqLen: 8 }),
    await three(
      Seq2Seq,
      await Seq2Seq.create({ ...sizes, corpus: pairs, attention: "luong" }),
      pairs,
      {},
    ),
    await three(
      Seq2Seq,
      await Seq2Seq.create({
        ...sizes,
        ...{ corpus: unlabelled, shared: true, tokenizer: "bpe", vocab: 260, bidirectional: true },
        clean: { lowercase: true },
      }),
      unlabelled,
      {},
    ),
  ];
  return [...made.flat(), ...old];
}
