import { expect, test } from "vitest";
import { Classifier, ImageSet, LanguageModel, Seq2Seq } from "../../src/entries/index.js";
import { patch, saliency, trace } from "../../src/entries/insight.js";

const text = "the cat sat on the mat and the dog sat on the log. ".repeat(8);

async function small(network: "lstm" | "gru" | "transformer"): Promise<LanguageModel> {
  const sizes =
    network === "transformer"
      ? { hidden: 16, layers: 2, heads: 2, context: 32, dropout: 0.1 }
      : { hidden: 12, embed: 8, layers: 2 };
  const model = await LanguageModel.create({ corpus: text, network, seed: 3, ...sizes });
  await model.fit(text, { steps: 40, batch: 8, seqLen: 16, lr: 1e-2 });
  return model;
}

const input = { prompt: "the cat", text: " sat" };

for (const network of ["lstm", "gru", "transformer"] as const) {
  test(`saliency of ${network} is that of finite differences, and integrated gradients add up`, async () => {
    const model = await small(network);
    const { at, shape, tokens, explained } = await saliency(model, input);
    expect(tokens!.join("")).toBe("the cat sa");
    expect(explained.map(({ target }) => target)).toEqual([" ", "s", "a", "t"]);
    const { result, activations } = await trace(model, input);
    const zero = await saliency(model, input, { baseline: 0, targets: [8] });
    expect(explained[2].value).toBeCloseTo(result.logProbs[8], 6);
    expect([...shape]).toEqual(activations[at].shape);
    const { values } = activations[at];
    const value = async (change: Float32Array) =>
      (await patch(model, input, { [at]: change }, { names: [] })).result.logProbs[8];
    for (const i of [0, 5, 17, 40, values.length - 17]) {
      const step = 0.01;
      const moved = (by: number) => values.map((v, j) => (j === i ? v + by : v));
      const slope = ((await value(moved(step))) - (await value(moved(-step)))) / (2 * step);
      const own = zero.explained[0].values[i];
      expect(Math.abs(own - slope * values[i]), `${i}: ${own}`).toBeLessThan(
        1e-4 + 0.02 * Math.abs(slope * values[i]),
      );
    }
    const integrated = await saliency(model, input, { method: "integrated-gradients" });
    const black = { method: "integrated-gradients", baseline: 0, targets: [7] } as const;
    const { explained: more } = await saliency(model, input, black);
    for (const one of [...integrated.explained, ...more]) {
      const sum = one.scores.reduce((all, score) => all + score, 0);
      expect(Math.abs(one.gap!)).toBeLessThan(1e-3);
      expect(Math.abs(one.value - one.baseline! - sum)).toBeLessThan(1e-3);
    }
  });
}

test("a model is trained after as if nothing had been asked", async () => {
  const [asked, other] = [await small("transformer"), await small("transformer")];
  await saliency(asked, input);
  for (const model of [asked, other]) await model.fit(text, { steps: 3, batch: 4, seqLen: 16 });
  expect(asked.fingerprint()).toBe(other.fingerprint());
});

test("an encoder-decoder's answer is explained by the source", async () => {
  const corpus = [
    { source: "12", target: "21" },
    { source: "34", target: "43" },
  ];
  const model = await Seq2Seq.create({ corpus, seed: 1, hidden: 16, layers: 1 });
  await model.fit(corpus, { steps: 30 });
  const { tokens, explained } = await saliency(model, { source: "12", target: "21" });
  expect(tokens).toHaveLength(2);
  expect(explained.map(({ target }) => target)).toEqual(["2", "1", ""]);
  expect(explained[0].scores).toHaveLength(2);
});

test("pixels of a classifier", async () => {
  const pixels = new Uint8Array(40 * 64);
  for (let i = 0; i < 40; i++) for (let p = 0; p < 8; p++) pixels[i * 64 + (i % 2) * 32 + p] = 255;
  const indices = Int32Array.from({ length: 40 }, (_, i) => i % 2);
  const labels = [{ name: "label", classes: ["high", "low"], indices }];
  const images = new ImageSet({ pixels, width: 8, height: 8, channels: 1, labels });
  const model = await Classifier.create({ images, seed: 1 });
  await model.fit(images, { steps: 20, batch: 8 });
  const one = images.subset([0]);
  const { at, of, shape, explained } = await saliency(model, (m) => m.classify(one), {
    method: "integrated-gradients",
  });
  expect([at, of, [...shape]]).toEqual(["input", "heads.0", [1, 8, 8, 1]]);
  expect(Math.abs(explained[0].gap!)).toBeLessThan(1e-3);
  const { probabilities } = model.classify(one)[0];
  expect(explained[0].value).toBeCloseTo(
    Math.log(Math.max(...Object.values(probabilities.label))),
    4,
  );
  // What is white made the difference from black.
  const { scores } = explained[0];
  for (let p = 8; p < 64; p++) expect(scores[p]).toBeCloseTo(0, 12);
  await expect(saliency(model, (m) => m.classify(one), { targets: [2] })).rejects.toThrow(
    /targets/,
  );
  const small = await model.quantize();
  await expect(saliency(small, (m) => m.classify(one))).rejects.toThrow(/quantised/);
});
