// Off the main thread: the same verbs, the same bits.

import { describe, expect, it } from "vitest";
import {
  createTokenizer,
  InvalidInputError,
  LanguageModel,
  readTokenizer,
} from "../../src/entries/index.js";
import { labelled, names, refusedLater, text } from "../models/help.js";
import { all, begin, nodeWorkers, runtime, shape, timeless } from "./help.js";

const chats = names.map((name, i) => ({
  messages: [
    { role: "user", content: name },
    { role: "assistant", content: names[(i * 5) % names.length] },
  ],
}));

const ways = {
  windows: { data: text, options: { batch: 6, seqLen: 16, accumulate: 2, val: 0.1, evalEvery: 4 } },
  streams: { data: text, options: { batch: 6, seqLen: 16, batching: "streams", ema: 0.9 } },
  documents: { data: names, options: { batch: 6, schedule: "cosine" } },
  conversations: { data: chats, options: { batch: 3, val: 0.2, evalEvery: 4 } },
  labels: { data: labelled, options: { batch: 6, labelDropout: 0.3, val: 0.2, evalEvery: 4 } },
} as const;

describe.each(Object.entries(ways))("%s", (_, { data, options }) => {
  it("trains, samples, scores, saves and quantises as in this thread", async () => {
    const worker = await begin();
    const own = await LanguageModel.create({ runtime, ...shape, corpus: data });
    const remote = await worker.LanguageModel.create({ ...shape, corpus: data });
    const { config, parameterCount, quantized } = own;
    expect(remote).toMatchObject({ config, parameterCount, quantized });
    expect(remote.tokenizer.toJSON()).toEqual(own.tokenizer.toJSON());
    expect(await remote.fingerprint()).toBe(own.fingerprint());

    const fit = { steps: 12, ...options };
    expect(timeless(await all(remote.fit(data, fit)))).toEqual(
      timeless(await all(own.fit(data, fit))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    expect(remote.record).toEqual(own.record);
    expect(remote.run).toEqual(own.run);

    const sampling = { prompt: "t", maxTokens: 30, samples: 2, seed: 7, topK: 6, logprobs: 2 };
    expect(remote.labels).toEqual(own.labels);
    const labels = own.labels.length > 0 ? { labels: { title: "m-moss", kind: "leaf" } } : {};
    const messages = data === chats && [...chats[3].messages, ...chats[4].messages.slice(0, 1)];
    const begun = messages ? { messages } : labels;
    const asked = typeof data === "string" ? sampling : { ...sampling, prompt: "", ...begun };
    expect(await remote.generate(asked)).toEqual(own.generate(asked));
    expect(await all(remote.stream(asked))).toEqual(await all(own.stream(asked)));
    expect(await remote.score(data)).toEqual(own.score(data));
    expect(await remote.save()).toEqual(own.save());
    expect(await remote.save({ training: true })).toEqual(own.save({ training: true }));

    const small = await remote.quantize();
    expect(small.quantized).toBe(true);
    expect(await small.quantize()).toBe(small);
    expect(await small.fingerprint()).toBe((await own.quantize()).fingerprint());
    expect(await small.generate(asked)).toEqual((await own.quantize()).generate(asked));
    const four = await remote.quantize({ bits: 4 });
    expect(four.weights).toBe("int4");
    expect(await four.generate(asked)).toEqual((await own.quantize({ bits: 4 })).generate(asked));
    expect(remote.quantized).toBe(false);
  });

  it("resumes what was begun in the other thread, both ways", async () => {
    const worker = await begin();
    const fit = { steps: 10, ...options };
    const whole = await LanguageModel.create({ runtime, ...shape, corpus: data });
    await all(whole.fit(data, fit));

    const first = await LanguageModel.create({ runtime, ...shape, corpus: data });
    for await (const { step } of first.fit(data, fit)) if (step === 3) break;
    const second = await worker.LanguageModel.load(first.save({ training: true }));
    for await (const { step } of second.fit(data, fit)) if (step === 6) break;
    expect(second.run?.step).toBe(6);
    const third = await LanguageModel.load(await second.save({ training: true }), { runtime });
    await all(third.fit(data, fit));
    expect(third.save({ training: true })).toEqual(whole.save({ training: true }));
  });
});

it("says what a Transformer attends to, in buffers that hold the numbers and nothing else", async () => {
  const worker = await begin();
  const network = { kind: "transformer", hidden: 16, layers: 2, heads: 2, context: 20 } as const;
  const own = await LanguageModel.create({ runtime, network, corpus: text });
  const remote = await worker.LanguageModel.create({ network, corpus: text });
  const attention = await remote.attention("the cat sat");
  expect(attention).toEqual(own.attention("the cat sat"));
  for (const head of attention.weights.flat()) expect(head.buffer.byteLength).toBe(4 * 11 * 11);
  const lstm = await worker.LanguageModel.create({ ...shape, corpus: text });
  await refusedLater(lstm.attention("the"), InvalidInputError, '"transformer"');
});

it("computes shards in workers of its own, to the same bits", async () => {
  const channel = new BroadcastChannel("simdream-started");
  let threads = 0;
  channel.onmessage = () => threads++;
  const note = `{ const channel = new BroadcastChannel("simdream-started");
    channel.postMessage("started"); channel.close(); }\n`;
  const counting = runtime.withWorkers((script) =>
    nodeWorkers(async () => note + (await script())),
  );
  try {
    const worker = await begin(counting);
    const fit = { steps: 6, batch: 6, seqLen: 16, shards: 3 };
    const own = await LanguageModel.create({ runtime, ...shape, corpus: text });
    const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
    await all(own.fit(text, fit));
    await all(remote.fit(text, { ...fit, workers: 2 }));
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    expect(threads).toBe(3);
  } finally {
    channel.close();
  }
});

it("takes a tokenizer of Hugging Face, and has it in both threads", async () => {
  const worker = await begin();
  const tokenizer = await readTokenizer({
    kind: "hugging-face",
    size: 6,
    tokens: ["t", "h", "e", "▁", "th", "the"],
    merges: [0, 1, 4, 2],
    added_tokens: [],
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    decoder: { type: "Replace", pattern: { String: "▁" }, content: " " },
    eos: [],
  });
  const data = "the the the the";
  const options = { ...shape, corpus: data, tokenizer };
  const own = await LanguageModel.create({ runtime, ...options });
  const remote = await worker.LanguageModel.create(options);
  expect(remote.tokenizer.encode(data)).toEqual(tokenizer.encode(data));
  const fit = { steps: 2, batch: 1, seqLen: 4 };
  await Promise.all([remote.fit(data, fit), own.fit(data, fit)]);
  const loaded = await worker.LanguageModel.load(await remote.save());
  expect(loaded.tokenizer.toJSON()).toEqual(tokenizer.toJSON());
  expect(await loaded.fingerprint()).toBe(own.fingerprint());
});

it("takes a tokenizer made in this thread", async () => {
  const worker = await begin();
  const tokenizer = createTokenizer("bpe", text, { vocab: 270 });
  const options = { ...shape, tokenizer };
  const remote = await worker.LanguageModel.create(options);
  expect(await remote.fingerprint()).toBe(
    (await LanguageModel.create({ runtime, ...options })).fingerprint(),
  );
  expect(Array.from(remote.tokenizer.encode("the cat"))).toEqual(
    Array.from(tokenizer.encode("the cat")),
  );
});

it("leaves the caller's bytes alone, and the buffer around them", async () => {
  const worker = await begin();
  const file = (await LanguageModel.create({ runtime, ...shape, corpus: text })).save();
  const around = new Uint8Array(file.length + 64);
  around.set(file, 32);
  const bytes = around.subarray(32, 32 + file.length);
  const remote = await worker.LanguageModel.load(bytes);
  expect(bytes).toEqual(file);
  expect(await remote.save()).toEqual(file);
  const node = await worker.LanguageModel.load(Buffer.from(file));
  const fetched = await worker.LanguageModel.load(Uint8Array.from(file).buffer);
  expect(await fetched.fingerprint()).toBe(await node.fingerprint());
  expect(await node.fingerprint()).toBe(await remote.fingerprint());
});

it("has several models and iterations at once", async () => {
  const worker = await begin();
  const remotes = await Promise.all(
    [1, 2].map((seed) => worker.LanguageModel.create({ ...shape, corpus: text, seed })),
  );
  const fit = { steps: 6, batch: 4, seqLen: 8 };
  await Promise.all(remotes.map((remote) => all(remote.fit(text, fit))));
  for (const [i, remote] of remotes.entries()) {
    const own = await LanguageModel.create({ runtime, ...shape, corpus: text, seed: i + 1 });
    await all(own.fit(text, fit));
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    const streams = [1, 2, 3].map((seed) => remote.stream({ maxTokens: 20, seed }));
    const texts = await Promise.all(streams.map(all));
    for (const [j, chunks] of texts.entries()) {
      expect(chunks).toEqual(await all(own.stream({ maxTokens: 20, seed: j + 1 })));
    }
  }
});
