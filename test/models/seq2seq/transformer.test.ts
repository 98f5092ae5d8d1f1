// The Transformer of pairs: its caches give the bits of no cache, alone or beside others; samples of a source share what
// was made of it and give it back; what its context cannot hold is refused.

import { describe, expect, test } from "vitest";
import { pad, type TokenPair } from "../../../src/data/pairs.js";
import {
  InvalidInputError,
  ModelFileError,
  OutOfMemoryError,
  type Pair,
  Seq2Seq,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import {
  f32Data,
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../../src/formats/safetensors.js";
import { Key } from "../../../src/host/key.js";
import { atOnce } from "../../../src/host/pieces.js";
import { transformerConfig } from "../../../src/models/base/transformer/config.js";
import { Seq2SeqTransformer } from "../../../src/models/seq2seq/transformer.js";
import { crossEntropy } from "../../../src/nn/ops/cross-entropy.js";
import { Parameters } from "../../../src/nn/parameters.js";
import { Tape } from "../../../src/nn/tape.js";
import { refused, refusedLater, runtime } from "../help.js";
import { answer, labelled, pairs, train } from "../pairs-help.js";

const sizes = { kind: "transformer", hidden: 16, layers: 2, heads: 4 } as const;

const kinds: Record<string, Seq2SeqOptions["network"]> = {
  llama: { ...sizes, style: "llama" },
  "llama with groups, one table": { ...sizes, kvHeads: 2, shared: true, tied: true },
  gpt2: { ...sizes, style: "gpt2", bias: true, tied: true },
};

function create(network: Seq2SeqOptions["network"], corpus: readonly Pair[] = labelled) {
  return Seq2Seq.create({ runtime, corpus, network, seed: 2 });
}

/** The network inside, which no user sees. */
const networkOf = (model: Seq2Seq) =>
  (model as unknown as { core: { network: Seq2SeqTransformer } }).core.network;

describe.each(Object.entries(kinds))("%s", async (_, network) => {
  const model = await create(network);
  await train(model, labelled, { steps: 60, batch: 8, lr: 5e-3 });
  const inner = networkOf(model);
  const { source, target } = model.tokenizers;
  const markers = {
    start: target.special("<start>")!,
    end: target.special("<end>")!,
    reverse: false,
  };
  const tokens = labelled.slice(0, 14).map(
    (pair): TokenPair => ({
      source: source.encode(pair.source),
      target: target.encode(pair.target),
      label: model.config.labels.indexOf(pair.label!),
    }),
  );
  const batchOf = (some: readonly TokenPair[]) => pad(some, markers);
  const together = atOnce(inner.measure(batchOf(tokens)));

  /** Loss of each target token of a row, of what the cache gives. */
  const cached = (logits: readonly Float32Array[], targets: ArrayLike<number>) =>
    logits.map((own, t) =>
      inner.machine.scoped(() => {
        const tape = new Tape(inner.machine);
        const one = tape.tensor(own, [1, inner.classes]);
        return crossEntropy(tape, one, [targets[t]]).losses.data[0];
      }),
    );

  test("a pair has the bits that it has alone: measured, and in the loss of training", () => {
    const B = tokens.length;
    for (const [b, pair] of tokens.entries()) {
      const own = batchOf([pair]);
      const alone = atOnce(inner.measure(own));
      const T = pair.target.length + 1;
      for (let t = 0; t < T; t++) {
        expect(together.losses[t * B + b]).toBe(alone.losses[t]);
        expect(together.right[t * B + b]).toBe(alone.right[t]);
      }
      const L = model.config.labels.length;
      expect(together.labels!.subarray(b * L, (b + 1) * L)).toEqual(alone.labels);
      const losses = inner.machine.scoped(() => {
        const plain = { ...own, lambda: 1, smoothing: 0, sampled: 0 };
        const totals = { targets: own.tokens, rows: 1 };
        return [...inner.loss(new Tape(inner.machine), plain, undefined, totals).losses.data];
      });
      expect(losses).toEqual([...alone.losses]);
    }
  });

  test("the caches give the bits of no cache: token by token, in pieces, sources side by side", () => {
    const B = tokens.length;
    const batch = batchOf(tokens);
    const state = atOnce(inner.open(batch, 1));
    const rows = tokens.map((): Float32Array[] => []);
    for (let t = 0; t < batch.steps; t++) {
      const logits = new Float32Array(B * inner.classes);
      inner.step(state, batch.inputs.subarray(t * B, (t + 1) * B), logits);
      for (const [b, own] of rows.entries()) {
        own.push(logits.slice(b * inner.classes, (b + 1) * inner.classes));
      }
    }
    for (const [b, pair] of tokens.entries()) {
      const own = batchOf([pair]);
      const T = pair.target.length + 1;
      const found = cached(rows[b].slice(0, T), own.targets);
      expect(found).toEqual(Array.from({ length: T }, (_, t) => together.losses[t * B + b]));
      const pieces = atOnce(inner.open(own, 1));
      const last = new Float32Array(inner.classes);
      inner.step(pieces, own.inputs.subarray(0, 2), undefined, 2);
      inner.step(pieces, own.inputs.subarray(2), last, T - 2);
      expect(last).toEqual(rows[b][T - 1]);
      inner.free(pieces);
    }
    const chosen = inner.select(state, [3, 3, 1]);
    const logits = new Float32Array(3 * inner.classes);
    inner.step(chosen, [1, 2, 1], logits);
    expect(logits.subarray(0, inner.classes)).not.toEqual(
      logits.subarray(inner.classes, 2 * inner.classes),
    );
    inner.free(state);
    inner.free(chosen);
    expect(inner.memory.used).toBe(0);
  });

  test("samples of a source hold what was made of it once", () => {
    const state = atOnce(inner.open(batchOf(tokens.slice(0, 1)), 1));
    inner.step(state, [markers.start]);
    expect(inner.memory.used).toBe(2);
    const many = inner.select(state, new Int32Array(32));
    inner.step(many, new Int32Array(32).fill(1));
    // A block of each for what it says, and one of the source.
    expect(inner.memory.used).toBe(1 + 1 + 32);
    inner.free(state);
    inner.free(many);
    expect(inner.memory.used).toBe(0);
  });

  test("a sample has the bits that it has alone; all blocks are given back, however it ends", async () => {
    const asked = { source: "chief", maxTokens: 10, temperature: 1.2 };
    const { samples } = model.generate({ ...asked, samples: 5, seed: 20, logprobs: true });
    for (const sample of samples) {
      const alone = model.generate({ ...asked, seed: sample.seed, logprobs: true });
      expect(alone.samples[0]).toEqual(sample);
    }
    for (const options of [asked, { ...asked, samples: 3, seed: 4 }, { ...asked, beams: 3 }]) {
      const texts = new Map<number, string>();
      for await (const { sample, text } of model.stream(options)) {
        texts.set(sample, (texts.get(sample) ?? "") + text);
      }
      expect([...texts.values()]).toEqual(model.generate(options).samples.map(({ text }) => text));
    }
    const { bytes } = inner.memory;
    for (let i = 0; i < 20; i++) {
      for await (const _ of model.stream({ ...asked, seed: i })) break;
      const mask = () => {
        throw new InvalidInputError("mine");
      };
      await refused(() => model.generate({ ...asked, mask }), InvalidInputError, "mine");
    }
    expect(inner.memory).toEqual({ used: 0, bytes });
  });

  test("8-bit weights score nearly as well", async () => {
    const small = await model.quantize();
    expect(Math.abs(small.score(labelled).nats - model.score(labelled).nats)).toBeLessThan(0.05);
    const again = await Seq2Seq.load(small.save(), { runtime });
    expect(again.generate({ source: "bad", seed: 3 })).toEqual(
      small.generate({ source: "bad", seed: 3 }),
    );
  });

  test("vectors, labels and alignments belong together", () => {
    const vector = model.encode("cafe");
    expect(vector).toHaveLength(16);
    const { tensors } = readSafetensors(model.save());
    const [weight, bias] = ["weight", "bias"].map((name) =>
      f32Data(tensors.get(`classifier.${name}`)!),
    );
    const scores = Array.from(bias, (b, l) =>
      vector.reduce((sum, x, i) => sum + x * weight[l * 16 + i], b),
    );
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    for (const [l, p] of Object.values(model.classify("cafe")).entries()) {
      expect(p).toBeCloseTo(Math.exp(scores[l]) / total, 5);
    }
    const { source: read, target: said, weights } = model.align("cafe", "efac");
    expect([read.join(""), said]).toEqual(["cafe", ["e", "f", "a", "c", ""]]);
    for (const row of weights) {
      expect(row).toHaveLength(4);
      expect(row.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
    }
  });
});

test.each(Object.entries(kinds))("gradients are slopes of the loss: %s", (_, network) => {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 3));
  const { kind, ...own } = { shared: false, tied: false, ...(network as typeof sizes) };
  const config = { ...transformerConfig({ context: 8, ...own }), shared: own.shared, labels: 2 };
  const inner = new Seq2SeqTransformer(parameters, 7, { ...config, sources: 7 });
  parameters.seal();
  parameters.enableGradients();
  const views = (region: number) => [...parameters.views(region)];
  // Large enough to have effects.
  for (const [, { length }, view] of views(parameters.address)) {
    if (length === 2) view.set(view.map((x) => 10 * x));
  }
  const some = [
    { source: Int32Array.of(1, 2, 3), target: Int32Array.of(2, 1), label: 0 },
    { source: Int32Array.of(4), target: Int32Array.of(3, 3, 0, 4), label: 1 },
  ];
  const batch = pad(some, { start: 5, end: 6, reverse: false });
  const joint = { ...batch, lambda: 0.7, smoothing: 0.1, sampled: 0 };
  const objective = (record: boolean) =>
    machine.scoped(() => {
      const tape = new Tape(machine, { record });
      const { loss } = inner.loss(tape, joint, undefined, { targets: batch.tokens, rows: 2 });
      if (record) tape.backward(loss);
      return loss.data[0];
    });
  parameters.changed();
  parameters.zeroGradients();
  objective(true);
  const gradients = views(parameters.grads).map(([name, , view]) => [name, view.slice()] as const);
  let steep = 0;
  for (const [i, [name, gradient]] of gradients.entries()) {
    const norm = Math.hypot(...gradient);
    const before = views(parameters.address)[i][2].slice();
    const at = (by: number) => {
      const moved = before.map((x, j) => x + (by * gradient[j]) / (norm || 1));
      views(parameters.address)[i][2].set(moved);
      parameters.changed();
      return objective(false);
    };
    const slope = (at(1e-3) - at(-1e-3)) / 2e-3;
    views(parameters.address)[i][2].set(before);
    expect(Math.abs(slope - norm), name).toBeLessThan(0.01 * norm + 1e-3);
    if (norm > 1e-2) steep++;
  }
  expect(steep / gradients.length).toBeGreaterThan(0.9);
});

test("learns pairs by heart, with dropout and its own guesses", async () => {
  const model = await create({ ...sizes, hidden: 32, dropout: 0.05 }, pairs);
  const asked = { steps: 300, batch: 8, lr: 5e-3, scheduledSampling: 0.1 };
  await train(model, pairs, asked);
  const right = pairs.filter(({ source, target }) => answer(model, source) === target);
  expect(right.length).toBeGreaterThan(0.9 * pairs.length);
});

test("sizes follow from each other and from the pairs; the network is an object, or beside them", async () => {
  const config = async (options: object) =>
    (await Seq2Seq.create({ runtime, corpus: pairs, ...options })).config;
  const plain = await config({ network: "transformer" });
  expect(plain).toMatchObject({
    ...{ network: "transformer", style: "llama", hidden: 64, layers: 2, heads: 2, inner: 176 },
    ...{ context: 16, dropout: 0.1, tied: false, shared: false },
  });
  const flat = await config({ network: "transformer", style: "gpt2", hidden: 48, heads: 2 });
  const network = { kind: "transformer", style: "gpt2", hidden: 48, heads: 2 };
  expect(flat).toEqual(await config({ network }));
  const long = [{ source: "a".repeat(100), target: "b" }];
  expect(await config({ network: "transformer", corpus: long })).toMatchObject({ context: 160 });
  // Bytes are more tokens than characters.
  const han = [{ source: "汉".repeat(40), target: "b" }];
  const bytes = { network: "transformer", tokenizer: "byte", corpus: han };
  expect(await config(bytes)).toMatchObject({ context: 192 });
  expect(await config({ network: { kind: "lstm", hidden: 5 } })).toMatchObject({
    ...{ network: "lstm", hidden: 5, embed: 64 },
  });
});

test.each<[object, string, ...string[]]>([
  [{ hidden: 16, heads: 3 }, "heads must divide hidden (16), got 3"],
  [{ hidden: 16, heads: 4, kvHeads: 3 }, "kvHeads must divide heads (4), got 3"],
  [{ style: "bert" }, 'style must be one of llama, gpt2, got "bert"'],
  [{ embed: 8 }, 'embed is for network "lstm", this one is "transformer"'],
  [{ attention: "luong" }, 'attention is for network "lstm"'],
  [{ bidirectional: true }, 'bidirectional is for network "lstm"'],
  [{ window: 3 }, "does not know the option window"],
  [{ context: 0 }, "context must be a whole number of at least 1"],
  [{ hidden: 65536, layers: 1000 }, "out of memory"],
  [{ network: { kind: "transformer", hidden: 8 }, hidden: 8 }, "hidden is given twice"],
  [{ network: { kind: "mamba" } }, 'kind of network must be one of lstm, transformer, got "mamba"'],
  [{ network: { kind: "transformer", n_head: 2 } }, "n_head; did you mean heads?"],
  [{ network: "lstm", heads: 2 }, 'heads is for network "transformer", this one is "lstm"'],
])("refuses %j", async (options, ...parts) => {
  const asked = { runtime, corpus: pairs, network: "transformer", ...options } as never;
  const kind = parts[0] === "out of memory" ? OutOfMemoryError : InvalidInputError;
  await refusedLater(Seq2Seq.create(asked), kind, ...parts);
});

describe("what a context does not hold", async () => {
  const model = await create({ ...sizes, context: 6 }, pairs);
  await train(model, pairs, { steps: 2, batch: 8 });
  const long = "abcabca";

  test("is refused, with the pair's number where there are several", async () => {
    const holds = ["has 7 tokens", "holds 6", "larger context"];
    const refuse = (work: () => unknown, ...parts: string[]) =>
      refused(work, InvalidInputError, ...parts);
    await refuse(() => model.generate({ source: long }), "the source", ...holds);
    await refuse(() => model.encode(long), "the source", ...holds);
    await refuse(() => model.align("abc", "abcabc"), "the target has 6 tokens", "holds 5");
    const bad = { source: "abc", target: "abcabc" };
    await refuse(() => model.score([...pairs, bad]), "pairs[24].target", "has 6 tokens");
    const fitting = train(model, [pairs[0], { source: long, target: "a" }], { steps: 1 });
    await refusedLater(fitting, InvalidInputError, "pairs[1].source", ...holds);
    const stream = model.stream({ source: long });
    await refusedLater(stream.next(), InvalidInputError, "the source", ...holds);
  });

  test("answers end where it is full, or slide", async () => {
    const asked = { source: "bad", seed: 1, logitBias: [[endOf(model), -1e6]] } as const;
    expect(model.generate(asked).samples[0].tokens).toHaveLength(6);
    await refused(
      () => model.generate({ ...asked, maxTokens: 7 }),
      InvalidInputError,
      "context holds 6 tokens",
      "can draw 6, got maxTokens 7",
    );
    const sliding = { ...asked, maxTokens: 30, overflow: "slide" } as const;
    const { samples } = model.generate({ ...sliding, samples: 3 });
    for (const [i, sample] of samples.entries()) {
      expect(sample.tokens).toHaveLength(30);
      expect(model.generate({ ...sliding, seed: 1 + i }).samples[0]).toEqual(sample);
    }
    expect(networkOf(model).memory.used).toBe(0);
  });
});

const endOf = (model: Seq2Seq) => model.tokenizers.target.special("<end>")!;

describe("files", async () => {
  const good = (await create({ ...sizes, style: "gpt2", context: 12 })).save();
  const { tensors, metadata } = readSafetensors(good);
  const change = (
    some: ReadonlyMap<string, TensorEntry>,
    edit: (json: Record<string, Record<string, unknown>>) => void = () => {},
  ) => {
    const json = JSON.parse(metadata.get("simdream")!);
    edit(json);
    return writeSafetensors([...some.values()], new Map([["simdream", JSON.stringify(json)]]));
  };
  const load = (bytes: Uint8Array) => Seq2Seq.load(bytes, { runtime });

  test("the changes below are changes of a good file", async () => {
    expect((await load(change(tensors))).save()).toEqual(good);
  });

  test("tensors that are missing, or of another shape", async () => {
    const without = new Map(tensors);
    without.delete("decoder.h.1.crossattention.q_attn.weight");
    await refusedLater(load(change(without)), ModelFileError, "decoder.h.1.crossattention.q_attn");
    const name = "encoder.wpe.weight";
    const short = new Map(tensors).set(name, f32Entry(name, [3, 16], new Float32Array(48)));
    await refusedLater(load(change(short)), ModelFileError, name, "[3, 16]");
  });

  test.each<[string, (network: Record<string, unknown>) => void, string]>([
    ["another kind", (network) => Object.assign(network, { kind: "mamba" }), '"mamba"'],
    ["heads that do not divide", (network) => Object.assign(network, { heads: 5 }), "heads must"],
    ["an LSTM's sizes", (network) => Object.assign(network, { embed: 5 }), "embed"],
    ["an unknown size", (network) => Object.assign(network, { depth: 5 }), "depth"],
    ["another context", (network) => Object.assign(network, { context: 5 }), "encoder.wpe.weight"],
    ["an LSTM that it is not", (network) => Object.assign(network, { kind: "lstm" }), "damaged"],
  ])("%s", async (_, edit, part) => {
    const bytes = change(tensors, ({ network }) => edit(network));
    await refusedLater(load(bytes), ModelFileError, part);
  });
});
