// Traces and patches against a plain computation in double precision, of the weights that a file has.

import { expect, test } from "vitest";
import { LanguageModel } from "../../src/entries/index.js";
import { patch, trace } from "../../src/entries/insight.js";
import { readSafetensors } from "../../src/formats/safetensors.js";

const text = "the cat sat on the mat and the dog sat on the log. ".repeat(8);
const said = "the dog sat on";

type Rows = number[][];
type Weights = (name: string) => Rows;

/** Matrices by name, and vectors as matrices of one row. */
function weightsOf(model: LanguageModel): Weights {
  const { tensors } = readSafetensors(model.save());
  return (name) => {
    const { shape, data } = tensors.get(name)!;
    const all = Array.from(new Float32Array(data.slice().buffer));
    const width = shape[shape.length - 1];
    return Array.from({ length: all.length / width }, (_, i) =>
      all.slice(i * width, (i + 1) * width),
    );
  };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i], 0);
const linear = (x: readonly number[], W: Rows, b?: readonly number[]) =>
  W.map((row, i) => dot(row, x) + (b?.[i] ?? 0));
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softmax = (x: readonly number[]) => {
  const most = Math.max(...x);
  const powers = x.map((one) => Math.exp(one - most));
  const sum = powers.reduce((all, one) => all + one, 0);
  return powers.map((one) => one / sum);
};

/** Logits of an LSTM of one layer for embedded tokens. */
function plainLSTM(x: Rows, w: Weights): { h: Rows; logits: Rows } {
  const [Wi, Wh, [bi], [bh]] = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map((name) =>
    w(`lstm.${name}_l0`),
  );
  const H = Wh[0].length;
  let [h, c] = [Array<number>(H).fill(0), Array<number>(H).fill(0)];
  const all = x.map((one) => {
    const [a, b] = [linear(one, Wi, bi), linear(h, Wh, bh)];
    const gates = a.map((value, i) => value + b[i]);
    const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.slice(k * H, (k + 1) * H));
    c = c.map((value, j) => sigmoid(f[j]) * value + sigmoid(i[j]) * Math.tanh(g[j]));
    h = c.map((value, j) => sigmoid(o[j]) * Math.tanh(value));
    return h;
  });
  return { h: all, logits: all.map((one) => linear(one, w("linear.weight"), w("linear.bias")[0])) };
}

/** A Llama of these sizes: what each block gives, weights of attention of its first head, and logits. */
function plainLlama(x: Rows, w: Weights, layers: number, heads: number) {
  const norm = (row: readonly number[], name: string) => {
    const scale = 1 / Math.sqrt(dot(row, row) / row.length + 1e-5);
    return row.map((value, i) => value * scale * w(name)[0][i]);
  };
  const d = x[0].length / heads;
  const turn = (row: readonly number[], t: number) =>
    row.map((value, i) => {
      const k = i % (d / 2);
      const angle = t * 10000 ** ((-2 * k) / d);
      const other = i < d / 2 ? -row[i + d / 2] : row[i - d / 2];
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  const blocks: Rows[] = [];
  const attention: Rows[] = [];
  let y = x;
  for (let l = 0; l < layers; l++) {
    const name = `model.layers.${l}`;
    const own = y.map((row) => norm(row, `${name}.input_layernorm.weight`));
    const [q, k, v] = ["q", "k", "v"].map((one) =>
      own.map((row) => linear(row, w(`${name}.self_attn.${one}_proj.weight`))),
    );
    const mixed = own.map(() => [] as number[]);
    for (let h = 0; h < heads; h++) {
      const part = (row: readonly number[]) => row.slice(h * d, (h + 1) * d);
      const maps = q.map((row, t) =>
        softmax(
          k
            .slice(0, t + 1)
            .map((key, s) => dot(turn(part(row), t), turn(part(key), s)) / Math.sqrt(d)),
        ),
      );
      if (h === 0) attention.push(maps);
      for (const [t, map] of maps.entries()) {
        for (let j = 0; j < d; j++)
          mixed[t].push(map.reduce((sum, p, s) => sum + p * part(v[s])[j], 0));
      }
    }
    y = y.map((row, t) => {
      const out = linear(mixed[t], w(`${name}.self_attn.o_proj.weight`));
      const middle = row.map((value, i) => value + out[i]);
      const inner = norm(middle, `${name}.post_attention_layernorm.weight`);
      const [gate, up] = ["gate", "up"].map((one) =>
        linear(inner, w(`${name}.mlp.${one}_proj.weight`)),
      );
      const both = gate.map((value, i) => value * sigmoid(value) * up[i]);
      const down = linear(both, w(`${name}.mlp.down_proj.weight`));
      return middle.map((value, i) => value + down[i]);
    });
    blocks.push(y);
  }
  const logits = y.map((row) =>
    linear(norm(row, "model.norm.weight"), w("model.embed_tokens.weight")),
  );
  return { blocks, attention, logits };
}

const near = (values: Float32Array, rows: Rows) => {
  const flat = rows.flat();
  expect(values).toHaveLength(flat.length);
  const wrong = flat.findIndex((value, i) => Math.abs(value - values[i]) > 1e-4);
  expect(wrong, `${values[wrong]} for ${flat[wrong]}`).toBe(-1);
};
const rowsOf = (values: Float32Array, width: number): Rows =>
  Array.from({ length: values.length / width }, (_, i) =>
    Array.from(values.subarray(i * width, (i + 1) * width)),
  );

test("an LSTM's trace and patches are those of a plain computation", async () => {
  const network = { kind: "lstm", hidden: 12, embed: 8, layers: 1 } as const;
  const model = await LanguageModel.create({ corpus: text, network, seed: 3 });
  await model.fit(text, { steps: 20, batch: 8, seqLen: 16, lr: 1e-2 });
  const w = weightsOf(model);
  const x = Array.from(
    model.tokenizer.encode(said).slice(0, -1),
    (id) => w("embedding.weight")[id],
  );
  const { activations } = await trace(model, said);
  near(activations.embedding.values, x);
  const plain = plainLSTM(x, w);
  near(activations.lstm.values, plain.h);
  near(activations.linear.values, plain.logits);
  // One token is something else.
  const changed = x.map((row, t) => (t === 3 ? row.map((value) => 1 - value) : row));
  const { activations: other } = await patch(model, said, { embedding: changed.flat() });
  near(other.linear.values, plainLSTM(changed, w).logits);
});

test("a Transformer's trace and patches are those of a plain computation", async () => {
  const network = { kind: "transformer", hidden: 16, layers: 2, heads: 2, context: 32 } as const;
  const model = await LanguageModel.create({ corpus: text, network, seed: 3 });
  await model.fit(text, { steps: 20, batch: 8, seqLen: 16, lr: 1e-2 });
  const w = weightsOf(model);
  const x = Array.from(
    model.tokenizer.encode(said).slice(0, -1),
    (id) => w("model.embed_tokens.weight")[id],
  );
  const { activations } = await trace(model, said);
  const plain = plainLlama(x, w, 2, 2);
  for (const l of [0, 1]) near(activations[`model.layers.${l}`].values, plain.blocks[l]);
  const T = x.length;
  const maps = rowsOf(activations["model.layers.1.self_attn.weights"].values, T).slice(0, T);
  near(Float32Array.from(maps.flatMap((row, t) => row.slice(0, t + 1))), plain.attention[1]);
  near(activations.lm_head.values, plain.logits);
  const changed = x.map((row, t) => (t === 3 ? row.map((value) => 0.1 - value) : row));
  const { activations: other } = await patch(model, said, { "model.embed_tokens": changed.flat() });
  near(other.lm_head.values, plainLlama(changed, w, 2, 2).logits);
});
