import { expect, test } from "vitest";
import { LanguageModel, Seq2Seq } from "../../src/entries/index.js";
import { patch, trace } from "../../src/entries/insight.js";

const text = "the cat sat on the mat and the dog sat on the log. ".repeat(8);

/** Small ones of each network, hardly trained. */
async function small(network: "lstm" | "gru" | "transformer"): Promise<LanguageModel> {
  const sizes =
    network === "transformer"
      ? { hidden: 16, layers: 2, heads: 2, context: 32 }
      : { hidden: 12, embed: 8, layers: 2 };
  const model = await LanguageModel.create({ corpus: text, network, seed: 3, ...sizes });
  await model.fit(text, { steps: 3, batch: 4, seqLen: 16 });
  return model;
}

for (const network of ["lstm", "gru", "transformer"] as const) {
  test(`patching every activation of ${network} by itself changes no bit`, async () => {
    const model = await small(network);
    const plain = await trace(model, "the cat sat");
    const names = Object.keys(plain.activations);
    expect(names.length).toBeGreaterThan(3);
    const nats = -plain.result.logProbs.reduce((sum, one) => sum + one, 0);
    const { nats: mean, tokens } = model.score("the cat sat");
    expect(nats).toBeCloseTo(mean * tokens, 5);
    for (const name of names) {
      const { values } = plain.activations[name];
      const again = await patch(model, "the cat sat", { [name]: values });
      expect(again.result.logProbs, name).toEqual(plain.result.logProbs);
      expect(again.activations, name).toEqual(plain.activations);
    }
    const logits = network === "transformer" ? "lm_head" : "linear";
    const other = await patch(model, "the cat sat", { [logits]: (x) => x.fill(0) });
    const uniform = -Math.log(model.tokenizer.size);
    for (const one of other.result.logProbs) expect(one).toBeCloseTo(uniform, 4);
  });
}

test("weights of attention can be patched, and the output follows", async () => {
  const model = await small("transformer");
  const name = "model.layers.0.self_attn.weights";
  const plain = await trace(model, "the cat sat");
  expect(plain.activations[name].shape).toEqual([1, 2, 10, 10]);
  expect(model.attention("the cat sa").weights[0][1]).toEqual(
    plain.activations[name].values.slice(100),
  );
  // Every query looks at the first key alone: what is mixed is its value.
  const { activations } = await patch(model, "the cat sat", {
    [name]: (w) => w.map((_, i) => Number(i % 10 === 0)),
    "model.layers.0.self_attn.o_proj": (y) => y.slice(),
  });
  const value = activations["model.layers.0.self_attn.v_proj"].values.slice(0, 16);
  expect(activations["model.layers.0.self_attn.v_proj"]).toEqual(
    plain.activations["model.layers.0.self_attn.v_proj"],
  );
  const out = activations["model.layers.0.self_attn.o_proj"].values;
  for (let t = 1; t < 10; t++) expect(out.slice(t * 16, t * 16 + 16)).toEqual(out.slice(0, 16));
  expect(value).toHaveLength(16);
});

test("what cannot be traced says why", async () => {
  const model = await small("lstm");
  await expect(trace(model, "x".repeat(3))).rejects.toThrow(/not among the/);
  await expect(trace(model, 3 as never)).rejects.toThrow(/expected a text/);
  await expect(patch(model, "the cat", { nothing: [1] })).rejects.toThrow(/is called "nothing"/);
  await expect(patch(model, "the cat", { linear: [1] })).rejects.toThrow(/numbers, shape/);
  await expect(trace(model, "the cat", { names: ["lin*"], maxBytes: 8 })).rejects.toThrow(
    /maxBytes/,
  );
  await expect(trace({} as never, "a")).rejects.toThrow(/expected a model/);
  // The model is as it was.
  expect((await trace(model, "the cat", { names: ["lin*"] })).activations).toHaveProperty("linear");
});

test("an encoder-decoder is traced with its source and its answer", async () => {
  const corpus = [
    { source: "12", target: "21" },
    { source: "34", target: "43" },
  ];
  for (const network of ["lstm", "transformer"] as const) {
    const model = await Seq2Seq.create({ corpus, network, seed: 1, hidden: 16, layers: 1 });
    await model.fit(corpus, { steps: 2 });
    const input = { source: "12", target: "43" };
    const { result, activations } = await trace(model, input);
    expect(result.targets).toEqual(["4", "3", ""]);
    for (const [name, { values }] of Object.entries(activations)) {
      const again = await patch(model, input, { [name]: values });
      expect(again.result, name).toEqual(result);
    }
  }
});
