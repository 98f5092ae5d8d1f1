// Numbers that are not finite are an error of their own, and no option in its range makes any.

import { describe, expect, test } from "vitest";
import {
  type GenerateOptions,
  LanguageModel,
  ModelFileError,
  NotFiniteError,
  Seq2Seq,
  SimdreamError,
} from "../../src/entries/index.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { refused, runtime, text } from "../models/help.js";
import { create as createPairs, few, pairs, train as trainPairs } from "../models/pairs-help.js";
import { collect, ids, one } from "./help.js";
import { char, documents, V } from "./models.js";

/** A file with a tensor's numbers replaced, from the `at`th on. */
function spoilt(file: Uint8Array, name: string, value: number, at = 0): Uint8Array {
  const copy = file.slice();
  const { data } = readSafetensors(copy).tensors.get(name)!;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const end = at === 0 ? data.byteLength : 4 * at + 4;
  for (let byte = 4 * at; byte < end; byte += 4) view.setFloat32(byte, value, true);
  return copy;
}

describe("weights", () => {
  test.each([NaN, Infinity, -Infinity])(
    "%d in a file is refused, by the tensor's name",
    (value) => {
      for (const name of ["linear.bias", "embedding.weight", "lstm.weight_hh_l0"]) {
        const file = spoilt(char.save(), name, value, 3);
        refused(() => LanguageModel.load(file, { runtime }), ModelFileError, name, "finite");
      }
    },
  );

  test("of a pair's model, too", async () => {
    const file = spoilt(
      (await createPairs({ attention: "luong" })).save(),
      "decoder.lstm.bias_ih_l0",
      NaN,
    );
    refused(() => Seq2Seq.load(file, { runtime }), ModelFileError, "decoder.lstm.bias_ih_l0");
  });

  test("finite ones whose logits are not: every verb says so", async () => {
    const model = await LanguageModel.load(spoilt(char.save(), "linear.weight", 3e38), { runtime });
    const uses: GenerateOptions[] = [{}, { greedy: true }, { beams: 2 }, { logprobs: 2 }];
    uses.push({ temperature: 0.5, topP: 0.5 }, { mask: (allowed) => void allowed.fill(1) });
    for (const options of uses) {
      refused(() => model.generate({ ...options, prompt: "the" }), NotFiniteError, "not finite");
      await expect(collect(model.stream({ ...options, prompt: "the" }))).rejects.toThrow(
        NotFiniteError,
      );
    }
    refused(() => model.score(text), NotFiniteError, "not finite");
    expect(new NotFiniteError("")).toBeInstanceOf(SimdreamError);
    const names = await LanguageModel.load(spoilt(documents.save(), "linear.weight", 3e38), {
      runtime,
    });
    refused(() => names.score(["rose"]), NotFiniteError);
  });

  test("of a pair's model: answers, scores", async () => {
    const trained = await createPairs({ attention: "luong" });
    await trainPairs(trained, pairs, few);
    const saturated = spoilt(trained.save(), "attention.combine.weight", 3e38);
    const model = await Seq2Seq.load(spoilt(saturated, "linear.weight", 3e38), { runtime });
    refused(() => model.generate({ source: "abc" }), NotFiniteError);
    refused(() => model.score(pairs), NotFiniteError);
  });
});

describe("options at the ends of their ranges", () => {
  const smallest = Number.MIN_VALUE;
  const everything = (bias: number) => Array.from({ length: V }, (_, id) => [id, bias] as const);
  const extremes: [string, GenerateOptions][] = [
    ...[smallest, 1e-40, 1e6].flatMap((value): [string, GenerateOptions][] => [
      [`temperature ${value}`, { temperature: value }],
      [`repetitionPenalty ${value}`, { repetitionPenalty: value }],
    ]),
    ...[smallest, 1e-40].flatMap((value): [string, GenerateOptions][] => [
      [`topP ${value}`, { topP: value }],
      [`typicalP ${value}`, { typicalP: value }],
      [`minP ${value}`, { minP: value }],
    ]),
    ["minP 1", { minP: 1 }],
    ...[-1e6, 1e6].flatMap((value): [string, GenerateOptions][] => [
      [`frequencyPenalty ${value}`, { frequencyPenalty: value }],
      [`presencePenalty ${value}`, { presencePenalty: value }],
    ]),
    ...[-1e9, 1e9].map((value): [string, GenerateOptions] => [
      `logitBias ${value}`,
      { logitBias: everything(value) },
    ]),
    ["two at once", { repetitionPenalty: 1e-40, frequencyPenalty: -1e6, temperature: 1e-40 }],
  ];

  test.each(extremes)("%s: as many tokens as were asked for", (_, options) => {
    for (const more of [{}, { greedy: true }, { samples: 3 }, { beams: 3, samples: 3 }]) {
      const { samples } = char.generate({ prompt: "the ", maxTokens: 20, ...more, ...options });
      for (const { tokens, finish, score } of samples) {
        expect([tokens.length, finish]).toEqual([20, "length"]);
        if (score !== undefined) expect(Number.isFinite(score)).toBe(true);
      }
    }
  });

  test("a temperature near 0 is greedy; a tiny repetition penalty repeats", () => {
    const options = { prompt: "the ", maxTokens: 20 };
    const greedy = one(char, { ...options, greedy: true }).tokens;
    expect(one(char, { ...options, temperature: 1e-40 }).tokens).toEqual(greedy);
    const known = new Set(ids(char, "the "));
    const { tokens } = one(char, { ...options, repetitionPenalty: 1e-40, greedy: true });
    expect(tokens.filter((token) => !known.has(token))).toEqual([]);
  });

  test("what a bias of -Infinity forbids stays so under every penalty", () => {
    const [e] = ids(char, "e");
    for (const options of [
      { repetitionPenalty: 1e-40 },
      { repetitionPenalty: 1e6 },
      { frequencyPenalty: -1e6, presencePenalty: -1e6 },
      { beams: 3 },
    ]) {
      const logitBias = [
        [e, -Infinity],
        [e, 1e9],
      ] as const;
      const { tokens } = one(char, { ...options, logitBias, prompt: "he", maxTokens: 20 });
      expect(tokens).not.toContain(e);
    }
  });

  test.each([-20, 20])("beams under lengthPenalty %d are ranked by finite scores", (penalty) => {
    const options = { beams: 6, samples: 6, maxTokens: 60, lengthPenalty: penalty, logprobs: true };
    for (const model of [char, documents]) {
      const { samples } = model.generate(options);
      const scores = samples.map(({ score }) => score!);
      for (const [i, { tokens, logprobs }] of samples.entries()) {
        const sum = logprobs!.reduce((all, { logprob }) => all + logprob, 0);
        const expected = Math.log(-sum) - penalty * Math.log(tokens.length);
        // The start of a document is never said, which scores know and `logprobs` do not.
        expect(Math.log(-scores[i])).toBeCloseTo(expected, 2);
      }
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });
});
