// BLEU and chrF against sacreBLEU. The fixture was made by make_metrics.py; no Python is needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type BleuOptions, bleu, type ChrFOptions, chrF } from "../../src/entries/index.js";

interface Corpus {
  hypotheses: string[];
  references: string[][];
  bleu: {
    options: BleuOptions;
    score: number;
    precisions: number[];
    brevityPenalty: number;
    hypothesisLength: number;
    referenceLength: number;
    signature: string;
  }[];
  chrF: { options: ChrFOptions; score: number; signature: string }[];
}
const golden: Record<string, Corpus> = JSON.parse(
  readFileSync(new URL("metrics.json", import.meta.url), "utf8"),
);

function near(name: string, got: number, wanted: number): void {
  if (!(Math.abs(got - wanted) <= 1e-9)) expect.fail(`${name}: expected ${wanted}, got ${got}`);
}

describe.each(Object.entries(golden))("%s", (_, corpus) => {
  const { hypotheses, references } = corpus;
  test.each(corpus.bleu)("BLEU $signature", ({ options, ...wanted }) => {
    const found = bleu(hypotheses, references, options);
    near("score", found.score, wanted.score);
    near("brevityPenalty", found.brevityPenalty, wanted.brevityPenalty);
    wanted.precisions.forEach((p, i) => {
      near(`precisions[${i}]`, found.precisions[i], p);
    });
    expect(found).toMatchObject({
      hypothesisLength: wanted.hypothesisLength,
      referenceLength: wanted.referenceLength,
      signature: wanted.signature,
    });
  });

  test.each(corpus.chrF)("chrF $signature", ({ options, score, signature }) => {
    const found = chrF(hypotheses, references, options);
    near("score", found.score, score);
    expect(found.signature).toBe(signature);
  });
});
