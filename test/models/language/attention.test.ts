// What a Transformer attends to: the weights of its own forward pass, for every layer and head.

import { describe, expect, test } from "vitest";
import {
  type Attention,
  InvalidInputError,
  LanguageModel,
  type LanguageModelOptions,
} from "../../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../../src/formats/safetensors.js";
import { names, refused, runtime, text, train } from "../help.js";

const context = 60;
const window = 9;
const sizes = { kind: "transformer", hidden: 16, layers: 2, heads: 4, context } as const;
const said = text.slice(100, 100 + context);

const kinds: Record<string, LanguageModelOptions["network"]> = {
  llama: { ...sizes, theta: 100 },
  "llama with groups and a window": { ...sizes, kvHeads: 2, window, tied: false },
  gpt2: { ...sizes, style: "gpt2", bias: true },
};

async function trained(network: LanguageModelOptions["network"]): Promise<LanguageModel> {
  const model = await LanguageModel.create({ runtime, corpus: text, network, seed: 2 });
  await train(model, text, { steps: 30, batch: 8, lr: 1e-2 });
  return model;
}

/** A row sums to 1, and has a weight for every token that its own may see, no more. */
function expectRows({ tokens, weights }: Attention, seen: number): void {
  const T = tokens.length;
  expect(weights.map((heads) => heads.length)).toEqual([sizes.heads, sizes.heads]);
  for (const head of weights.flat()) {
    expect(head).toHaveLength(T * T);
    expect(head.buffer.byteLength).toBe(4 * T * T);
    for (let t = 0; t < T; t++) {
      const row = Array.from(head.subarray(t * T, (t + 1) * T));
      expect(row.reduce((all, weight) => all + weight, 0)).toBeCloseTo(1, 5);
      expect(row.map((weight) => weight > 0)).toEqual(row.map((_, j) => j <= t && j > t - seen));
    }
  }
}

describe.each(Object.entries(kinds))("%s", async (name, network) => {
  const model = await trained(network);
  const seen = name.includes("window") ? window : context;

  test("gives the tokens and a distribution over those before each", () => {
    const attention = model.attention(said);
    expect(attention.tokens).toEqual([...said]);
    expectRows(attention, seen);
    const [first, second] = attention.weights;
    expect(first[0]).not.toEqual(second[0]);
    expect(first[0]).not.toEqual(first[1]);
  });

  test("the first layer's are softmax(q kᵀ / √d) of its own weights", () => {
    const { weights } = model.attention(said);
    for (const [h, head] of naive(model, said, seen).entries()) {
      head.forEach((weight, i) => {
        expect(Math.abs(weights[0][h][i] - weight)).toBeLessThan(1e-5);
      });
    }
  });

  test("a longer text leaves the weights of its beginning as they were, bit for bit", () => {
    const [short, long] = [model.attention(said.slice(0, 20)), model.attention(said)];
    for (const [l, heads] of short.weights.entries()) {
      for (const [h, head] of heads.entries()) {
        for (let t = 0; t < 20; t++) {
          expect(head.subarray(t * 20, (t + 1) * 20)).toEqual(
            long.weights[l][h].subarray(t * context, t * context + 20),
          );
        }
      }
    }
  });

  test("the 8-bit copy has it, nearly the same", async () => {
    const [whole, small] = [model.attention(said), (await model.quantize()).attention(said)];
    expectRows(small, seen);
    expect(small.weights).not.toEqual(whole.weights);
    for (const [h, head] of whole.weights[0].entries()) {
      head.forEach((weight, i) => {
        expect(Math.abs(small.weights[0][h][i] - weight)).toBeLessThan(0.1);
      });
    }
  });

  test("is refused for more tokens than the context holds", async () => {
    const long = text.slice(0, context + 1);
    await refused(() => model.attention(long), InvalidInputError, `context`, `got ${context + 1}`);
    await refused(() => model.attention("QQ"), InvalidInputError, '"Q"');
    expect(model.attention("QtheQ", { unknown: "skip" })).toEqual(model.attention("the"));
  });
});

test("a document begins with its start, and an empty one has nothing else", async () => {
  const network = { ...sizes, layers: 1 } as const;
  const model = await LanguageModel.create({ runtime, corpus: names, network, seed: 2 });
  expect(model.attention("iris").tokens).toEqual(["", "i", "r", "i", "s"]);
  expect(model.attention("")).toEqual({
    tokens: [""],
    weights: [Array(4).fill(Float32Array.of(1))],
  });
});

test("is refused for an LSTM, and for what is no text", async () => {
  const lstm = await LanguageModel.create({ runtime, corpus: text, hidden: 8 });
  await refused(() => lstm.attention("the"), InvalidInputError, '"transformer"', '"lstm"');
  const model = await LanguageModel.create({ runtime, corpus: text, network: sizes });
  await refused(() => model.attention(5 as never), InvalidInputError, "text", "got 5");
  await refused(
    () => model.attention("the", { unkown: "skip" } as never),
    InvalidInputError,
    "unkown",
    "unknown",
  );
});

/** The first layer's weights, a head each: (T, T), in plain f64 from the saved file. */
function naive(model: LanguageModel, said: string, seen: number): Float64Array[] {
  const { tensors } = readSafetensors(model.save());
  const at = (name: string) => f32Data(tensors.get(name)!);
  const gpt = tensors.has("transformer.wte.weight");
  const { hidden: C, heads: H, kvHeads: G = H, theta = 10_000 } = model.config as never as Sizes;
  const d = C / H;
  const [table, norm] = gpt
    ? [at("transformer.wte.weight"), at("transformer.h.0.ln_1.weight")]
    : [at("model.embed_tokens.weight"), at("model.layers.0.input_layernorm.weight")];
  const joint = gpt && at("transformer.h.0.attn.c_attn.weight");
  const [wq, wk] = joint
    ? [joint, joint.subarray(C * C)]
    : ["q", "k"].map((name) => at(`model.layers.0.self_attn.${name}_proj.weight`));
  const bias = gpt ? at("transformer.h.0.attn.c_attn.bias") : new Float32Array(2 * C);
  const rows = Array.from(model.tokenizer.encode(said), (token, t) => {
    let x = Array.from(table.subarray(token * C, (token + 1) * C));
    if (gpt) x = x.map((value, i) => value + at("transformer.wpe.weight")[t * C + i]);
    const mean = gpt ? x.reduce((all, value) => all + value, 0) / C : 0;
    const variance = x.reduce((all, value) => all + (value - mean) ** 2, 0) / C;
    const shift = gpt ? at("transformer.h.0.ln_1.bias") : new Float32Array(C);
    x = x.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * norm[i] + shift[i]);
    const product = (w: Float32Array, n: number, from: number) =>
      Array.from({ length: n }, (_, o) =>
        x.reduce((all, value, i) => all + value * w[o * C + i], bias[from + o]),
      );
    const turn = (y: number[]) => (gpt ? y : rotated(y, d, t, theta));
    return { q: turn(product(wq, C, 0)), k: turn(product(wk, G * d, C)) };
  });
  return Array.from({ length: H }, (_, h) => {
    const g = Math.floor(h / (H / G));
    const head = new Float64Array(rows.length ** 2);
    rows.forEach(({ q }, t) => {
      const from = Math.max(0, t + 1 - seen);
      const scores = rows.slice(from, t + 1).map(({ k }) => {
        let dot = 0;
        for (let i = 0; i < d; i++) dot += q[h * d + i] * k[g * d + i];
        return Math.exp(dot / Math.sqrt(d));
      });
      const sum = scores.reduce((all, score) => all + score, 0);
      for (const [j, score] of scores.entries()) head[t * rows.length + from + j] = score / sum;
    });
    return head;
  });
}

interface Sizes {
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads?: number;
  readonly theta?: number;
}

/** Rotary positions: a head's first half with its second. */
function rotated(y: number[], d: number, t: number, theta: number): number[] {
  return y.map((value, i) => {
    const j = i % d;
    const angle = t * theta ** ((-2 * (j % (d / 2))) / d);
    const other = j < d / 2 ? -y[i + d / 2] : y[i - d / 2];
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}
