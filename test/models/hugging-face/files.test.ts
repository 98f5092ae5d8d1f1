// Files of Hugging Face's in all the ways in which they may be given, damaged ones among them.

import { describe, expect, test } from "vitest";
import {
  type FileSource,
  fromPretrained,
  type PretrainedFiles,
} from "../../../src/entries/hugging-face-names.js";
import { InvalidInputError, ModelFileError, OutOfMemoryError } from "../../../src/entries/index.js";
import {
  f32Data,
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../../src/formats/safetensors.js";
import { refused } from "../help.js";
import { filesOf, runtime } from "./help.js";

const llama = filesOf("llama");
const qwen = filesOf("qwen3");
const weightsOf = (files: Record<string, Uint8Array>) =>
  readSafetensors(files["model.safetensors"]).tensors;
const config = (files: Record<string, Uint8Array>) =>
  JSON.parse(new TextDecoder().decode(files["config.json"]));
const load = (files: object) => fromPretrained(files as PretrainedFiles, { runtime });

/** A stream of pieces of such a size. */
function streamOf(bytes: Uint8Array, piece: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + piece));
      at += piece;
    },
  });
}

describe("files may be given as", async () => {
  const { fingerprint } = await load(llama).then((model) => ({ fingerprint: model.fingerprint() }));
  const ways: Record<string, (bytes: Uint8Array) => FileSource | Promise<FileSource>> = {
    ArrayBuffer: (bytes) => bytes.slice().buffer as ArrayBuffer,
    Buffer: (bytes) => Buffer.concat([Buffer.alloc(3), bytes]).subarray(3),
    Blob: (bytes) => new Blob([bytes as Uint8Array<ArrayBuffer>]),
    Response: (bytes) => new Response(bytes as Uint8Array<ArrayBuffer>),
    "a promise of a Response": async (bytes) => new Response(bytes as Uint8Array<ArrayBuffer>),
    "a stream of large pieces": (bytes) => streamOf(bytes, 10_000),
    "a stream of small pieces": (bytes) => streamOf(bytes, 7),
  };
  test.each(Object.entries(ways))("%s", async (_, way) => {
    const files = Object.fromEntries(
      Object.entries(llama).map(([name, bytes]) => [name, way(bytes)]),
    );
    expect((await load(files)).fingerprint()).toBe(fingerprint);
  });

  test("a map, and texts", async () => {
    const texts = Object.entries(llama).map(([name, bytes]): [string, FileSource] => [
      name,
      name.endsWith("json") ? new TextDecoder().decode(bytes) : bytes,
    ]);
    expect((await load(new Map(texts))).fingerprint()).toBe(fingerprint);
  });
});

test("shards, in whatever order their tensors are", async () => {
  const entries = [...weightsOf(llama).values()].reverse();
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const halves = [entries.slice(0, 9), entries.slice(9)];
  const map = halves.flatMap((half, i) => half.map(({ name }) => [name, names[i]]));
  const { "model.safetensors": _, ...rest } = llama;
  const index = JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) });
  const files = {
    ...rest,
    "model.safetensors.index.json": index,
    [names[0]]: writeSafetensors(halves[0]),
    [names[1]]: streamOf(writeSafetensors(halves[1]), 1000),
  };
  const whole = await load(llama);
  expect((await load(files)).fingerprint()).toBe(whole.fingerprint());
  const { [names[1]]: __, ...short } = files;
  await refused(() => load(short), ModelFileError, names[1], "not among the files");
  const twice = { ...files, [names[1]]: writeSafetensors(halves[0]) };
  await refused(() => load(twice), ModelFileError, "in two of the files");
  const odd = { ...rest, "model.safetensors.index.json": '{"weight_map":[1]}' };
  await refused(() => load(odd), ModelFileError, "weight_map");
});

describe("config.json", () => {
  const changed = (change: object, files = llama) => ({
    ...files,
    "config.json": JSON.stringify({ ...config(files), ...change }),
  });
  const wrong: [string, object, ...(string | RegExp)[]][] = [
    ["another architecture", { architectures: ["BertModel"] }, "BertModel", "LlamaForCausalLM"],
    ["a type that does not fit", { model_type: "bert" }, "LlamaForCausalLM"],
    ["another activation", { hidden_act: "gelu" }, "hidden_act", "gelu"],
    ["biases", { attention_bias: true }, "attention_bias"],
    ["biases inside", { mlp_bias: true }, "mlp_bias"],
    ["other positions", { rope_parameters: { rope_type: "yarn", factor: 2 } }, "yarn", "llama3"],
    [
      "old other positions",
      { rope_parameters: null, rope_scaling: { type: "dynamic" } },
      "dynamic",
    ],
    [
      "what positions may not have",
      { rope_parameters: { rope_type: "linear", factor: 2, mrope_section: [1] } },
      "mrope_section",
    ],
    ["no factor", { rope_parameters: { rope_type: "linear" } }, "factor", "undefined"],
    ["rounded weights", { quantization_config: { bits: 4 } }, "quantization_config", "ignore"],
    ["an unknown key", { logit_softcapping: 30 }, "logit_softcapping"],
    ["no number", { hidden_size: "16" }, "hidden_size", '"16"'],
    ["no size", { intermediate_size: undefined }, "intermediate_size"],
    ["a fraction", { num_hidden_layers: 1.5 }, "layers"],
    ["heads that do not fit", { num_key_value_heads: 3 }, "kvHeads"],
    ["a huge vocabulary", { vocab_size: 1e9 }, "vocab_size"],
    ["a vocabulary too small", { vocab_size: 100, eos_token_id: 1, bos_token_id: 1 }, "tokenizer"],
  ];
  test.each(wrong)("%s is refused by name", async (_, change, ...parts) => {
    const { "generation_config.json": __, ...rest } = changed(change) as Record<string, unknown>;
    await refused(() => load(rest), ModelFileError, ...parts);
  });

  test("tokens that there are not", async () => {
    const files = { ...llama, "generation_config.json": '{"eos_token_id":[1,261]}' };
    await refused(() => load(files), ModelFileError, "eos_token_id", "261");
  });

  test("layers of two kinds", async () => {
    const mistral = filesOf("qwen2");
    const mixed = { layer_types: ["full_attention", "sliding_attention"], sliding_window: 4 };
    await refused(() => load(changed(mixed, mistral)), ModelFileError, "layer_types");
    const old = { layer_types: null, use_sliding_window: true, sliding_window: 4 };
    const some = changed({ ...old, max_window_layers: 1 }, mistral);
    await refused(() => load(some), ModelFileError, "max_window_layers");
    const all = await load(changed({ ...old, max_window_layers: 0 }, mistral));
    expect(all.config).toMatchObject({ window: 4 });
    const none = await load(changed({ ...old, max_window_layers: 2 }, mistral));
    expect(none.config).toMatchObject({ window: 0 });
  });

  test("what changes nothing is passed over", async () => {
    const files = changed({ my_note: "x", _name_or_path: "y", temperature: 0.7, use_thing: false });
    await refused(() => load(files), ModelFileError, "my_note");
    const options = { runtime, ignore: ["my_note"] };
    const model = await fromPretrained(files as PretrainedFiles, options);
    expect(model.fingerprint()).toBe((await load(llama)).fingerprint());
    const bad = { runtime, ignore: "my_note" as never };
    await refused(() => fromPretrained(llama, bad), InvalidInputError, "ignore");
  });

  test("sizes that no file has ask for no memory", async () => {
    const huge = { hidden_size: 65536, num_hidden_layers: 1000, intermediate_size: 1e6 };
    const start = performance.now();
    await refused(() => load(changed(huge)), ModelFileError, "missing");
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test.each([
    ["nothing", undefined, "config.json"],
    ["no JSON", "{", "config.json is not JSON"],
    ["a list", "[]", "must be an object"],
    ["too much of it", " ".repeat(2 ** 20 + 1), "at most"],
  ])("%s", async (_, text, part) => {
    await refused(() => load({ ...llama, "config.json": text }), ModelFileError, part);
  });
});

describe("weights", () => {
  const with_ = (change: (entries: TensorEntry[]) => TensorEntry[], files = llama) => ({
    ...files,
    "model.safetensors": writeSafetensors(change([...weightsOf(files).values()])),
  });
  const other = (entry: TensorEntry, change: object) => ({ ...entry, ...change });
  const numbers = (entry: TensorEntry, value: number) => {
    const values = f32Data(entry);
    values[1] = value;
    return f32Entry(entry.name, entry.shape, values);
  };
  const wrong: [string, Parameters<typeof with_>[0], ...string[]][] = [
    ["too few", (all) => all.slice(1), "missing: lm_head.weight"],
    ["too many", (all) => [...all, other(all[0], { name: "more" })], "not expected: more"],
    ["of another shape", ([a, ...all]) => [other(a, { shape: [16, 261] }), ...all], "[16, 261]"],
    ["that are whole numbers", ([a, ...all]) => [other(a, { dtype: "I32" }), ...all], "I32"],
    ["that are none", ([a, ...all]) => [numbers(a, Number.NaN), ...all], "lm_head", "NaN"],
    ["without end", ([a, ...all]) => [numbers(a, Infinity), ...all], "lm_head", "Infinity"],
  ];
  test.each(wrong)("%s", async (_, change, ...parts) => {
    await refused(() => load(with_(change)), ModelFileError, ...parts);
  });

  test("of a tied model may have the output, too", async () => {
    const [first] = weightsOf(qwen).values();
    const files = with_((all) => [...all, other(first, { name: "lm_head.weight" })], qwen);
    expect((await load(files)).fingerprint()).toBe((await load(qwen)).fingerprint());
  });

  test.each([8, 100, 5000, 51_000])("cut off after %i bytes", async (length) => {
    const cut = llama["model.safetensors"].subarray(0, length);
    for (const file of [cut, streamOf(cut, 999), new Blob([cut as Uint8Array<ArrayBuffer>])]) {
      await refused(() => load({ ...llama, "model.safetensors": file }), ModelFileError, "cut off");
    }
  });

  test("in another format, or none", async () => {
    const { "model.safetensors": _, ...rest } = llama;
    await refused(() => load(rest), ModelFileError, "expected model.safetensors");
    const others = { ...rest, "pytorch_model.bin": Uint8Array.of(1) };
    await refused(() => load(others), ModelFileError, "pytorch_model.bin is in another format");
    const text = { ...rest, "model.safetensors": "weights" };
    await refused(() => load(text), ModelFileError, "safetensors");
  });
});

test("what is no file, or no folder, is refused", async () => {
  const answer = { ...llama, "model.safetensors": new Response("no", { status: 404 }) };
  await refused(() => load(answer), InvalidInputError, "model.safetensors", "404");
  await refused(() => load({ ...llama, "config.json": 5 }), InvalidInputError, "config.json", "5");
  const words = new ReadableStream({
    start(controller) {
      controller.enqueue("words");
      controller.close();
    },
  });
  const stream = { ...llama, "model.safetensors": words };
  await refused(() => load(stream), InvalidInputError, "stream of bytes");
  for (const files of [undefined, null, 5, "x", new Uint8Array(3)]) {
    await refused(() => load(files as never), InvalidInputError, "files by their names");
  }
  const options = { runtime, weights: "int2" as never };
  await refused(() => fromPretrained(llama, options), InvalidInputError, "int8, int4");
  const { "tokenizer.json": _, ...rest } = llama;
  await refused(() => load(rest), ModelFileError, "tokenizer");
});

test("streams are ended where a file is refused", async () => {
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100).fill(0x20)),
    cancel: () => {
      cancelled = true;
    },
  });
  await refused(() => load({ ...llama, "model.safetensors": endless }), ModelFileError);
  expect(cancelled).toBe(true);
});

/** A model of such sizes like Qwen3, with a head's size of 64: its configuration and the header of its file. */
function described(hidden: number, inner: number, layers: number) {
  const shapes: [string, number[]][] = [
    ["model.embed_tokens.weight", [261, hidden]],
    ["model.norm.weight", [hidden]],
  ];
  for (let i = 0; i < layers; i++) {
    const put = (name: string, ...shape: number[]) =>
      shapes.push([`model.layers.${i}.${name}.weight`, shape]);
    for (const one of ["q", "k", "v", "o"]) put(`self_attn.${one}_proj`, hidden, hidden);
    for (const one of ["q", "k"]) put(`self_attn.${one}_norm`, 64);
    for (const one of ["gate", "up"]) put(`mlp.${one}_proj`, inner, hidden);
    put("mlp.down_proj", hidden, inner);
    for (const one of ["input", "post_attention"]) put(`${one}_layernorm`, hidden);
  }
  let bytes = 0;
  const header: Record<string, object> = {};
  for (const [name, shape] of shapes) {
    const end = bytes + 4 * shape.reduce((size, n) => size * n, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [bytes, end] };
    bytes = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8 + text.length);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length), true);
  start.set(text, 8);
  const heads = { num_attention_heads: hidden / 64, num_key_value_heads: hidden / 64 };
  const sizes = { hidden_size: hidden, intermediate_size: inner, num_hidden_layers: layers };
  const json = { ...config(qwen), ...sizes, ...heads, layer_types: null, head_dim: 64 };
  return { bytes, start, json: JSON.stringify(json) };
}

test("a model for which there is no room is not read", async () => {
  const { json, start } = described(4096, 11008, 8);
  let pulled = 0;
  const stream = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(start),
      pull(controller) {
        pulled += 1024;
        controller.enqueue(new Uint8Array(1024));
      },
    });
  const files = () => ({ ...qwen, "config.json": json, "model.safetensors": stream() });
  await refused(() => load(files()), OutOfMemoryError, "parameters", '{ weights: "int8" }');
  expect(pulled).toBeLessThan(10_000);
});

describe("a large file", () => {
  const { bytes, start, json } = described(512, 1408, 6);

  /** The file, made while it is read; `seen` is told how much memory there is outside of JavaScript's heap. */
  function generated(seen: (held: number) => void): ReadableStream<Uint8Array> {
    let left = bytes;
    return new ReadableStream({
      start: (controller) => controller.enqueue(start),
      pull(controller) {
        const { external, arrayBuffers } = process.memoryUsage();
        seen(Math.max(external, arrayBuffers));
        if (left === 0) return controller.close();
        const piece = new Float32Array(Math.min(left, 65536) / 4).fill(0.01);
        controller.enqueue(new Uint8Array(piece.buffer));
        left -= piece.byteLength;
      },
    });
  }

  test.each([
    ["f32", undefined, 2.8],
    ["int8", "int8", 0.9],
    ["int4", "int4", 0.9],
  ] as const)(
    "as %s, weights and their packed copies, is never held as a whole beside the model",
    async (_, weights, most) => {
      globalThis.gc?.();
      const before = process.memoryUsage().external;
      let held = 0;
      const files = {
        "config.json": json,
        "tokenizer.json": qwen["tokenizer.json"],
        "model.safetensors": generated((now) => {
          held = Math.max(held, now - before);
        }),
      };
      const model = await fromPretrained(files, { runtime, weights });
      expect(held / bytes).toBeLessThan(most);
      expect(model.parameterCount).toBe(bytes / 4);
    },
  );
});
