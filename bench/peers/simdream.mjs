// simdream itself, as a user imports it. Usage: simdream.mjs default|fast

import { readFileSync } from "node:fs";
import { file, library } from "../lib/simdream.mjs";
import { serveOrRefuse } from "./serve.mjs";
import { convolution, diffusion, gan, vae } from "./simdream-pictures.mjs";
import { CLIP, EMBEDDING, LEARNING_RATE, matrix, numbers, text } from "./work.mjs";

const align = (bytes) => Math.ceil(bytes / 64) * 64;

/** The kernels alone: B is packed within each product, as a library's user would find it. */
function matmul(runtime, { m, k, n, form }) {
  const machine = runtime.machine();
  const { kernels } = machine;
  const [a, b, c] = [m * k, k * n, m * n].map((length) => machine.alloc(align(4 * length)));
  const work = machine.alloc(kernels.matmul_work(k, n) >>> 0);
  machine.f32(a, m * k).set(matrix(m * k, 1));
  machine.f32(b, k * n).set(matrix(k * n, 2));
  const product = kernels[`matmul_${form}`];
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) product(c, a, b, m, k, n, false, work);
    },
  };
}

/** The same with B packed beforehand, as a sequence and a sampler do with their weights. */
function packedMatmul(runtime, { m, k, n, form }) {
  const machine = runtime.machine();
  const { kernels } = machine;
  const [a, b, c] = [m * k, k * n, m * n].map((length) => machine.alloc(align(4 * length)));
  const packed = machine.alloc(kernels.matmul_pack_bytes(k, n) >>> 0);
  const work = machine.alloc(kernels.matmul_packed_work() >>> 0);
  machine.f32(a, m * k).set(matrix(m * k, 1));
  machine.f32(b, k * n).set(matrix(k * n, 2));
  kernels[`matmul_pack_${form}`](packed, b, k, n);
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        kernels.matmul_packed(c, a, packed, 0, m, k, n, false, work);
      }
    },
  };
}

function create(LanguageModel, runtime, hidden) {
  return LanguageModel.create({ runtime, corpus: text(), hidden, embed: EMBEDDING, seed: 1 });
}

/** @throws in few words where this build has no workers yet */
async function firstStep(steps) {
  try {
    await steps.next();
  } catch (error) {
    if (!/does not know the options? (shards|workers)/.test(error.message)) throw error;
    throw new Error("fit of this build has no shards and workers");
  }
}

/** `fit`, step by step; all it does between steps is on the clock. */
async function training({ runtime, LanguageModel }, { hidden, batch, length, shards, workers }) {
  const model = await create(LanguageModel, runtime, hidden);
  const parallel = shards === undefined ? {} : { shards, workers };
  const steps = model.fit(text(), {
    steps: 1e6,
    batch,
    seqLen: length,
    lr: LEARNING_RATE,
    clip: CLIP,
    optimizer: "adam",
    ...parallel,
  });
  await firstStep(steps);
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { value } = await steps.next();
        if (process.env.BENCH_LOSS) console.log(value.loss);
      }
    },
    async close() {
      await steps.return();
      await model[Symbol.asyncDispose]?.();
    },
  };
}

function createTransformer(LanguageModel, runtime, corpus, job) {
  const { layers, heads, kvHeads = heads, hidden, inner, context } = job;
  const network = { kind: "transformer", layers, heads, kvHeads, hidden, inner, context };
  return LanguageModel.create({ runtime, corpus, network, seed: 1 });
}

/** `fit` of a Transformer with AdamW. */
async function trainingTransformer({ runtime, LanguageModel }, job) {
  const { batch, context: seqLen } = job;
  const model = await createTransformer(LanguageModel, runtime, text(), job);
  const options = { batch, seqLen, lr: LEARNING_RATE, clip: CLIP };
  const decay = { optimizer: "adamw", weightDecay: 0.1 };
  const steps = model.fit(text(), { steps: 1e6, ...options, ...decay });
  await steps.next();
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { value } = await steps.next();
        if (process.env.BENCH_LOSS) console.log(value.loss);
      }
    },
    close: () => steps.return(),
  };
}

/** A copy with so many bits a weight; `plain`: without the relaxed product of whole numbers. */
async function narrowed(model, { LanguageModel, load }, { bits, plain }) {
  if (!bits) return model;
  if (typeof model.quantize !== "function") throw new Error("this build has no model.quantize()");
  const small = await model.quantize({ bits });
  if (!plain) return small;
  const runtime = await load(undefined, undefined, readFileSync(file("quantized.wasm")));
  return LanguageModel.load(small.save(), { runtime });
}

/** Reads a prompt of so many tokens, and draws some. */
async function decoding(simdream, job) {
  const { runtime, LanguageModel } = simdream;
  const corpus = characters(job.classes);
  let model = await createTransformer(LanguageModel, runtime, corpus, { ...job, context: 512 });
  for await (const _ of model.fit(corpus, { steps: 1, batch: 1, seqLen: 8 }));
  const next = numbers(3);
  const prompt = Array.from(
    { length: job.prompt },
    () => corpus[Math.floor(next() * job.classes)],
  ).join("");
  model = await narrowed(model, simdream, job);
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const [{ tokens }] = model.generate({ prompt, maxTokens: job.tokens, seed: i }).samples;
        if (tokens.length !== job.tokens) throw new Error(`${tokens.length} tokens`);
      }
    },
  };
}

/** `fit` of an encoder-decoder, on pairs that are all of one length. */
async function translating({ runtime, Seq2Seq }, { hidden, embed, batch, source, target, words }) {
  const next = numbers(13);
  const side = (from, length) =>
    String.fromCodePoint(...Array.from({ length }, () => from + Math.floor(next() * words)));
  const pairs = Array.from({ length: 4000 }, () => ({
    source: side(0x3400, source),
    target: side(0x4e00, target),
  }));
  const sizes = { hidden, embed, attention: "luong", bidirectional: true };
  const model = await Seq2Seq.create({ runtime, corpus: pairs, ...sizes, seed: 1 });
  const options = { batch, lr: LEARNING_RATE, clip: CLIP, optimizer: "adam" };
  const steps = model.fit(pairs, { steps: 1e6, ...options });
  await steps.next();
  return {
    async run(repeats) {
      for (let i = 0; i < repeats; i++) await steps.next();
    },
    close: () => steps.return(),
  };
}

/** A text of so many different characters, from the block of Chinese ones on. */
function characters(classes) {
  const points = Array.from({ length: classes }, (_, i) => 0x4e00 + i);
  return points.map((point) => String.fromCodePoint(point)).join("");
}

async function sampling(simdream, { hidden, streams, tokens, bits, plain, classes, options }) {
  const { runtime, LanguageModel } = simdream;
  const corpus = classes ? characters(classes) : text();
  const sizes = { hidden, embed: EMBEDDING, seed: 1 };
  let model = await LanguageModel.create({ runtime, corpus, ...sizes });
  // Only a trained model generates.
  for await (const _ of model.fit(corpus, { steps: 1, batch: 1, seqLen: 8 }));
  const [prompt] = classes ? corpus : "A";
  model = await narrowed(model, simdream, { bits, plain });
  return {
    run(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { samples } = model.generate({
          prompt,
          maxTokens: tokens,
          samples: streams,
          seed: i,
          ...options,
        });
        if (samples.length !== streams) throw new Error(`${samples.length} samples`);
      }
    },
  };
}

await serveOrRefuse(async () => {
  const simdream = await library(process.argv[2]);
  const kinds = {
    matmul: (job) =>
      job.packed ? packedMatmul(simdream.runtime, job) : matmul(simdream.runtime, job),
    train: (job) => training(simdream, job),
    transformer: (job) => trainingTransformer(simdream, job),
    decode: (job) => decoding(simdream, job),
    translate: (job) => translating(simdream, job),
    sample: (job) => sampling(simdream, job),
    convolution: (job) => convolution(simdream, job),
    vae: (job) => vae(simdream, job),
    gan: (job) => gan(simdream, job),
    diffusion: (job) => diffusion(simdream, job),
  };
  return { version: simdream.version, prepare: (job) => kinds[job.kind](job) };
});
