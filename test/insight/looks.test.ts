import { expect, test } from "vitest";
import { Diffusion, ImageSet, LanguageModel, Seq2Seq, VAE } from "../../src/entries/index.js";
import {
  ablate,
  attentionMaps,
  denoisingPath,
  inductionScores,
  logitLens,
  neurons,
  probe,
  trace,
  traverse,
} from "../../src/entries/insight.js";

const text = "the cat sat on the mat and the dog sat on the log. ".repeat(8);

async function small(network: "lstm" | "gru" | "transformer"): Promise<LanguageModel> {
  const sizes =
    network === "transformer"
      ? { hidden: 16, layers: 2, heads: 2, context: 32 }
      : { hidden: 12, embed: 8, layers: 2 };
  const model = await LanguageModel.create({ corpus: text, network, seed: 3, ...sizes });
  await model.fit(text, { steps: 40, batch: 8, seqLen: 16, lr: 1e-2 });
  return model;
}

test("maps of attention are those of the model, and of a decoder its alignment", async () => {
  const model = await small("transformer");
  const { tokens, maps } = await attentionMaps(model, "the cat sat");
  expect(tokens!.join("")).toBe("the cat sa");
  expect(maps.map(({ name }) => name)).toEqual([0, 1].map((l) => `model.layers.${l}.self_attn`));
  const { weights } = model.attention("the cat sa");
  expect(maps.map(({ weights: [heads] }) => heads)).toEqual(weights);
  await expect(attentionMaps(await small("lstm"), "the cat")).rejects.toThrow(/nothing attends/);

  const corpus = [{ source: "123", target: "321" }];
  const pairs = await Seq2Seq.create({ corpus, seed: 1, hidden: 16, attention: "luong" });
  await pairs.fit(corpus, { steps: 2 });
  const { maps: own } = await attentionMaps(pairs, { source: "123", target: "32" });
  const { weights: rows } = pairs.align("123", "32");
  expect(own).toHaveLength(1);
  for (const [t, row] of rows.entries()) {
    const map = own[0].weights[0][0].subarray(t * 3, t * 3 + 3);
    for (const [s, w] of row.entries()) expect(map[s]).toBeCloseTo(w, 6);
  }
});

for (const network of ["lstm", "gru", "transformer"] as const) {
  test(`what ${network} would say after its last layer is what it says`, async () => {
    const model = await small(network);
    const { result } = await trace(model, "the cat sat");
    const { layers, targets } = await logitLens(model, "the cat sat", { top: 2 });
    expect(layers).toHaveLength(2);
    const last = layers[1];
    for (const [t, p] of result.logProbs.entries()) expect(last.logProbs[t]).toBeCloseTo(p, 5);
    const [first, second] = last.top[0];
    expect(first.logProb).toBeGreaterThanOrEqual(second.logProb);
    expect(targets.join("")).toBe("he cat sat");
    expect(layers[0].logProbs).not.toEqual(last.logProbs);
  });
}

test("units have the places that excite them most, and can be taken away", async () => {
  const model = await small("lstm");
  const found = await neurons(model, ["the cat sat", "on the log"], { at: "lstm", top: 3 });
  expect(found).toHaveLength(12);
  const [{ unit, excited, mean }] = found;
  const { activations } = await trace(model, "the cat sat");
  const { activations: others } = await trace(model, "on the log");
  const values = [activations.lstm.values, others.lstm.values].flatMap((all) =>
    Array.from({ length: all.length / 12 }, (_, t) => all[t * 12 + unit]),
  );
  expect(excited.map(({ value }) => value)).toEqual(values.sort((a, b) => b - a).slice(0, 3));
  expect(mean).toBeCloseTo(values.reduce((sum, v) => sum + v, 0) / values.length, 6);
  const without = await ablate(model, "the cat sat", { at: "lstm", units: [unit] });
  expect(without.nats![0]).not.toBe(without.nats![1]);
  const all = Array.from({ length: 12 }, (_, i) => i);
  const { after } = await ablate(model, "the cat sat", { at: "lstm", units: all });
  // Only the bias is left: every place says the same.
  expect(new Set(after.targets.map((t, i) => `${t} ${after.logProbs[i]}`)).size).toBe(
    new Set(after.targets).size,
  );
  await expect(ablate(model, "the", { at: "lstm", units: [12] })).rejects.toThrow(/units/);
});

test("a probe finds what is there, and its control does not", async () => {
  const model = await small("lstm");
  const inputs = ["the cat sat on", "and the dog on", "the log. the ca", "mat and the do"];
  const labels = inputs.map((one) => Array.from(one.slice(0, -1)));
  const { accuracy, chance, control, classes } = await probe(
    model,
    [...inputs, ...inputs],
    [...labels, ...labels],
    {
      at: "embedding",
      places: "each",
      held: 0.4,
    },
  );
  expect(classes).toContain("t");
  expect(accuracy).toBeGreaterThan(0.9);
  expect(control).toBeLessThan(0.6);
  expect(chance).toBeLessThan(0.5);
  await expect(probe(model, inputs, ["a"], { at: "lstm" })).rejects.toThrow(/labels/);
});

test("latent vectors and noise are traversed, and the way out of noise ends at the picture", async () => {
  const pixels = Uint8Array.from({ length: 16 * 64 }, (_, i) => ((i * 37) % 251) & 255);
  const images = new ImageSet({ pixels, width: 8, height: 8, channels: 1 });
  const vae = await VAE.create({ images, latent: 3, seed: 1 });
  await vae.fit(images, { steps: 2, batch: 8 });
  const ways = traverse(vae, { steps: 5, range: 2 });
  expect(ways).toHaveLength(3);
  expect(ways[0].values).toEqual([-2, -1, 0, 1, 2]);
  expect(ways[0].change).toBeGreaterThanOrEqual(ways[1].change);
  expect(ways[0].made.images.length).toBe(5);
  const model = await Diffusion.create({ images, seed: 1, channels: 8, levels: 1 });
  await model.fit(images, { steps: 2, batch: 4 });
  const path = await denoisingPath(model, { steps: 10, moments: 4, seed: 2 });
  expect(path).toHaveLength(4);
  expect(path[3].made.rows).toEqual(model.generate({ steps: 10, seed: 2 }).rows);
  const [way] = traverse(model, { dimensions: 1, steps: 3, seed: 4 });
  expect(way.made.rows[0]).toEqual(model.generate({ seed: 4 }).rows[0]);
  expect(() => traverse(vae, { range: -1 })).toThrow(/range/);
});

test("scores of induction are means of weights of attention", async () => {
  const model = await small("transformer");
  const scores = inductionScores(model, { length: 5, sequences: 2 });
  expect(scores).toHaveLength(4);
  for (const { induction, previous } of scores) {
    expect(induction).toBeGreaterThan(0);
    expect(previous).toBeLessThan(1);
  }
  expect(() => inductionScores({} as never)).toThrow(/expected a model/);
});
