// A small encoder-decoder that has learnt its pairs by heart.

import { type Pair, Seq2Seq } from "../../src/entries/index.js";
import { runtime } from "../models/help.js";

const words = [
  ["red", "红"],
  ["blue", "蓝"],
  ["tea", "茶"],
  ["bird", "鸟"],
] as const;

const pairs: readonly Pair[] = words.flatMap(([a, x]) =>
  words.map(([b, y]) => ({ source: `${a} ${b}`, target: x + y })),
);

export const sources: readonly string[] = ["red tea", "blue bird"];

/** It reads small letters, and is asked in any. */
export const answering: Seq2Seq = await Seq2Seq.create({
  ...{ runtime, corpus: pairs, embed: 12, hidden: 24, seed: 1, attention: "luong" },
  clean: { lowercase: "source" },
});
await answering.fit(pairs, { steps: 200, batch: 16, lr: 2e-2 });
