// Good files of every kind, which the fuzzer damages.

import { readFileSync } from "node:fs";
import * as nn from "../../../dist/nn-node.js";
import {
  Autoencoder,
  Classifier,
  createTokenizer,
  Diffusion,
  FramePredictor,
  GAN,
  ImageSet,
  ImageTextPair,
  LanguageModel,
  load,
  Seq2Seq,
  VAE,
} from "../../../dist/node.js";

export const runtime = await load();
export const text = "the cat sat on the mat. the rat sat on the hat, and that was that.\n".repeat(
  8,
);
const names = ["ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ida", "joe"];
const labelled = names.map((name, i) => ({ text: name, labels: { kind: i % 2 ? "odd" : "even" } }));
const pairs = ["one", "two", "three", "four", "five", "six"].map((source, i) => ({
  source,
  target: source.toUpperCase(),
  label: i % 2 === 0 ? "even" : "odd",
}));
const unlabelled = pairs.map(({ source, target }) => ({ source, target }));
const vectors = names.map((_, i) => Float32Array.from([i / 10, ((3 * i) % 7) / 7, (i % 3) / 3]));
const sizes = { embed: 4, hidden: 6 };
const attending = { kind: "transformer", hidden: 8, layers: 1, heads: 2, context: 12 };

/** Eight clips of five frames. */
const clips = new ImageSet({
  pixels: Uint8Array.from({ length: 8 * 5 * 8 * 8 }, (_, i) => ((i >> 6) * (i & 63) * 3) & 255),
  ...{ frames: 5, height: 8, width: 8, channels: 1 },
});

/** A dozen pictures in two colours, each with a class and two captions. */
const images = new ImageSet({
  pixels: Uint8Array.from({ length: 12 * 8 * 8 }, (_, i) => ((i >> 6) * (i & 63) * 5) & 255),
  ...{ height: 8, width: 8, channels: 1 },
  labels: [
    {
      ...{ name: "kind", classes: ["even", "odd"] },
      indices: Int32Array.from({ length: 12 }, (_, i) => i % 2),
    },
  ],
}).withCaptions(Array.from({ length: 12 }, (_, i) => [`number ${i}`, `the ${i % 3}`]));

const Own = nn.defineModel({
  name: "Own",
  defaults: { hidden: 4, drop: 0.1, deep: [3, 5], sort: "tanh" },
  batch: (data, indices) => ({ x: Float32Array.from(indices, (i) => data[i][0]) }),
  build(scope, { hidden }) {
    const first = new nn.Linear(scope.child("first"), 1, hidden);
    const out = new nn.Linear(scope.child("out"), hidden, 1);
    const forward = (tape, x) => out.forward(tape, nn.tanh(tape, first.forward(tape, x)));
    return {
      forward,
      loss: (tape, { x }, { rows }) =>
        nn.mse(tape, forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(x, [rows, 1])),
    };
  },
});

/** What people do with a model of a kind. */
const says = (model) => {
  model.generate({ maxTokens: 3 });
  model.generate({ maxTokens: 3, beams: 2 });
};
const answers = (model) => model.generate({ source: "one", maxTokens: 3 });
const makes = (model) => model.generate({ samples: 2, seed: 1 });
const diffuses = (model) => model.generate({ samples: 1, steps: 2 });

/** Every kind: how a model is made, what it is trained on, how, and what it is used for. */
const kinds = [
  {
    kind: LanguageModel,
    own: { corpus: text, ...sizes },
    data: text,
    fit: { seqLen: 8, batching: "streams", val: 0.2, evalEvery: 1, patience: 5, ema: 0.9 },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { corpus: names, layers: 2, ...sizes },
    data: names,
    fit: { optimizer: "sgd" },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { tokenizer: "byte", ...sizes },
    data: text,
    fit: { seqLen: 8 },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { tokenizer: createTokenizer("bpe", text, { vocab: 300 }), ...sizes },
    data: text,
    fit: { seqLen: 8 },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { corpus: text, network: { kind: "gru", ...sizes } },
    data: text,
    fit: { seqLen: 8, batching: "streams" },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { corpus: text, network: { ...attending, kvHeads: 1, window: 5 } },
    data: text,
    fit: { schedule: "plateau", lrPatience: 1, val: 0.2, evalEvery: 1 },
    use: says,
  },
  {
    kind: LanguageModel,
    own: { corpus: labelled, network: { ...attending, style: "gpt2", bias: true } },
    data: labelled,
    fit: { labelDropout: 0.2 },
    use: (model) => model.generate({ labels: { kind: "odd" }, maxTokens: 3 }),
  },
  {
    kind: Seq2Seq,
    own: { corpus: pairs, attention: "luong", ...sizes },
    data: pairs,
    use: answers,
  },
  {
    kind: Seq2Seq,
    own: {
      ...{ corpus: unlabelled, shared: true, tokenizer: "bpe", vocab: 260, bidirectional: true },
      ...{ clean: { lowercase: true }, ...sizes },
    },
    data: unlabelled,
    use: answers,
  },
  { kind: Seq2Seq, own: { corpus: pairs, network: attending }, data: pairs, use: answers },
  {
    kind: VAE,
    own: { images, channels: 4, latent: 2, norm: "batch" },
    data: images,
    fit: { val: 0.2, evalEvery: 1, flip: true },
    use(model) {
      makes(model);
      model.reconstruct(images.first(2));
    },
  },
  { kind: VAE, own: { images: vectors, hidden: 4, latent: 2 }, data: vectors, use: makes },
  {
    kind: Autoencoder,
    own: { images, channels: 4, latent: 2 },
    data: images,
    fit: { noise: 0.3 },
    use: (model) => model.denoise(images.first(2)),
  },
  {
    kind: Classifier,
    own: { images, channels: 4, features: 4 },
    data: images,
    use(model) {
      model.classify(images.first(2));
      model.features(images.first(2));
    },
  },
  {
    kind: GAN,
    own: { images, channels: 4, latent: 2, spectral: true },
    data: images,
    fit: { ema: 0.9 },
    use(model) {
      makes(model);
      model.discriminate(images.first(2));
    },
  },
  { kind: GAN, own: { images: vectors, hidden: 4, latent: 2 }, data: vectors, use: makes },
  {
    kind: Diffusion,
    own: { images, channels: 4, levels: 2 },
    data: images,
    fit: { ema: 0.9, val: 0.2, evalEvery: 1 },
    use: diffuses,
  },
  {
    kind: Diffusion,
    own: { images: vectors, objective: "noise", hidden: 4, layers: 1 },
    data: vectors,
    use: diffuses,
  },
  {
    kind: Diffusion,
    own: {
      ...{ images, network: "dit", patch: 4, hidden: 8, layers: 1, heads: 2, labels: false },
      ...{ captions: true, tokenizer: "char", textWidth: 8 },
    },
    data: images,
    use: (model) => model.generate({ prompt: "number 1", negative: "the", guidance: 2, steps: 2 }),
  },
  {
    kind: ImageTextPair,
    own: { images, channels: 4, features: 4, textWidth: 8, textLayers: 1 },
    data: images,
    use: (model) => model.search("number 1", images, { top: 2 }),
  },
  {
    kind: FramePredictor,
    own: { clips, hidden: 4, kernel: 3, loss: "gaussian" },
    data: clips,
    use: (model) => model.continue(clips.first(2), { temperature: 1, frames: 2 }).rows,
  },
  {
    kind: Own,
    own: {},
    data: names.map((_, i) => [i / 10]),
    use: (model) => model.compute((tape, own) => own.forward(tape, tape.tensor([1], [1, 1]))),
  },
];

/** Half a run on this data; the file with the run, without it, and quantised. */
async function three({ kind, own, data, fit, use }) {
  const model = await kind.create({ runtime, seed: 3, ...own });
  for await (const { step } of model.fit(data, { steps: 6, batch: 2, ...fit })) {
    if (step === 3) break;
  }
  const files = [model.save({ training: true }), model.save()];
  if (model.quantize) files.push((await model.quantize()).save());
  if ([LanguageModel, Seq2Seq].includes(kind)) {
    files.push((await model.quantize({ bits: 4 })).save());
  }
  return files.map((bytes) => ({ kind, bytes, data, use }));
}

/** Files of another version, which are read as well. */
const old = [
  { kind: LanguageModel, name: "language", use: says },
  { kind: Seq2Seq, name: "seq2seq", use: answers },
];

/** @returns the class that loads each, its bytes, what it was trained on where that is here, and what it is used for */
export async function goodFiles() {
  const made = [];
  for (const one of kinds) made.push(...(await three(one)));
  const before = old.map(({ name, ...rest }) => ({
    ...rest,
    bytes: new Uint8Array(
      readFileSync(new URL(`../../golden/format-1/${name}.safetensors`, import.meta.url)),
    ),
  }));
  return [...made, ...before];
}

/** @returns a trained model of every kind that is served */
export async function servedModels() {
  const served = kinds.filter(({ kind }) =>
    [LanguageModel, Seq2Seq, VAE, GAN, Diffusion].includes(kind),
  );
  const models = [];
  for (const { kind, own, data, fit } of served) {
    // What is made of rows of numbers is no picture.
    if (data === vectors) continue;
    const model = await kind.create({ runtime, seed: 3, ...own });
    await model.fit(data, { steps: 3, batch: 2, ...fit });
    models.push(model);
  }
  return models;
}
