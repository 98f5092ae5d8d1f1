// The encoder-decoder as its users meet it. Its gradients are compared with PyTorch's in ../golden.

import { describe, expect, test } from "vitest";
import {
  type AnswerOptions,
  chrF,
  modelKind,
  type Pair,
  Seq2Seq,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
} from "../../src/entries/index.js";
import { load as loadNode } from "../../src/entries/node.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { runtime } from "./help.js";
import { answer, create, enough, labelled, long, naive, pairs, train } from "./pairs-help.js";

const kinds: Record<string, Partial<Seq2SeqOptions>> = {
  plain: {},
  reversed: { reverseSource: true },
  bidirectional: { bidirectional: true, layers: 2 },
  "luong, bidirectional": { attention: "luong", bidirectional: true },
  "luong-dot, two layers": { attention: "luong-dot", layers: 2 },
  "bahdanau, reversed": { attention: "bahdanau", reverseSource: true },
  "shared and tied": { attention: "luong", shared: true, tied: true },
  "tied without attention": { tied: true, embed: 12 },
  labelled: { corpus: labelled, attention: "bahdanau" },
};
const few = { steps: 6, batch: 5, lr: 1e-2 };

describe.each(Object.entries(kinds))("%s", (_, options) => {
  const data = options.corpus ?? pairs;

  test("says what plain arithmetic in float64 says", async () => {
    const model = create(options);
    await train(model, data, { ...few, lr: 0.05 });
    const some = data.slice(8, 14);
    let sum = 0;
    let tokens = 0;
    for (const pair of some) {
      const { nats, weights, latent, labels } = naive(model, pair);
      const length = pair.target.length + 1;
      expect(model.score([pair]).nats).toBeCloseTo(nats, 5);
      sum += nats * length;
      tokens += length;
      near(model.encode(pair.source), latent);
      if (labels.length > 0) near(Object.values(model.classify(pair.source)), labels);
      if (weights.length === 0) continue;
      const found = model.align(pair.source, pair.target);
      expect(found.weights).toHaveLength(length);
      for (const [t, row] of found.weights.entries()) near(row, weights[t]);
    }
    // All together, and so padded.
    const score = model.score(some);
    expect(score.nats).toBeCloseTo(sum / tokens, 5);
    expect(score.tokens).toBe(tokens);
    expect(score.perplexity).toBeCloseTo(Math.exp(score.nats), 10);
  });

  test("learns the pairs by heart, and its 8-bit copy knows them too", async () => {
    const model = create({ ...options, ...enough, ...(options.tied ? { embed: 32 } : {}) });
    const reports = await train(model, data, long);
    expect(reports[reports.length - 1].loss).toBeLessThan(0.1);
    for (const { source, target } of data) expect(answer(model, source)).toBe(target);
    const { accuracy, nats } = model.score(data);
    expect(accuracy).toBe(1);

    const copy = model.quantize();
    expect(copy.quantized).toBe(true);
    expect(copy.quantize()).toBe(copy);
    expect(copy.save().length).toBeLessThan(0.7 * model.save().length);
    expect(Math.abs(copy.score(data).nats - nats)).toBeLessThan(0.05);
    const answers = data.map(({ source }) => answer(copy, source));
    expect(
      chrF(
        answers,
        data.map(({ target }) => target),
      ).score,
    ).toBeGreaterThan(90);
    const again = Seq2Seq.load(runtime, copy.save());
    expect(again.fingerprint()).toBe(copy.fingerprint());
    expect(answer(again, "face")).toBe(answer(copy, "face"));
  });

  test("a file is the model, and a run goes on from one as if it had not stopped", async () => {
    const fit: Seq2SeqFitOptions = {
      ...few,
      ...{ steps: 12, val: 0.2, evalEvery: 4, patience: 5, ema: 0.9, accumulate: 2 },
      ...{ smoothing: 0.1, scheduledSampling: 0.3, noise: { drop: 0.1, swap: 0.1, mask: 0.1 } },
    };
    const dropped = { ...options, dropout: 0.2 };
    const straight = create(dropped);
    const reports = await train(straight, data, fit);
    let model = create(dropped);
    expect(model.fingerprint()).not.toBe(straight.fingerprint());
    const first = await train(model, data, fit, 5);
    model = Seq2Seq.load(runtime, model.save({ training: true }));
    const rest = await train(model, data, fit);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    const losses = (some: typeof reports) => some.map(({ loss, validation }) => [loss, validation]);
    expect(losses([...first, ...rest])).toEqual(losses(reports));
    expect(Buffer.compare(model.save({ training: true }), straight.save({ training: true }))).toBe(
      0,
    );

    const loaded = Seq2Seq.load(runtime, straight.save());
    expect(loaded.config).toEqual(straight.config);
    expect(loaded.parameters).toBe(straight.parameters);
    expect(loaded.score(data)).toEqual(straight.score(data));
    const asked = { source: "hide", seed: 3, count: 2 };
    expect(loaded.generate(asked)).toEqual(straight.generate(asked));
    expect(Buffer.compare(loaded.save(), straight.save())).toBe(0);
  });
});

function near(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((x, i) => {
    if (!(Math.abs(found[i] - x) < 1e-5)) expect.fail(`[${i}]: expected ${x}, got ${found[i]}`);
  });
}

describe("shards and workers", () => {
  const options = { corpus: labelled, attention: "luong", dropout: 0.2, layers: 2 } as const;
  async function bits(fit: Seq2SeqFitOptions, on = runtime) {
    const model = create(options, on);
    const more = { noise: { mask: 0.1 }, scheduledSampling: 0.3, lambda: 0.5, accumulate: 2 };
    const reports = await train(model, labelled, { ...few, ...more, ...fit });
    return {
      weights: model.fingerprint(),
      losses: reports.map(({ loss, parts }) => [loss, parts]),
    };
  }

  test("workers change no bit", async () => {
    const node = await loadNode();
    const alone = await bits({ shards: 2 });
    for (const workers of [1, 2, 3]) {
      expect(await bits({ shards: 2, workers }, node), `${workers} workers`).toEqual(alone);
    }
    expect((await bits({ shards: 1 })).weights).not.toBe(alone.weights);
  });

  test("shards change the loss by rounding only", async () => {
    const plain = { ...few, steps: 1, lambda: 0.5 };
    const one = await train(create({ corpus: labelled }), labelled, plain);
    const three = await train(create({ corpus: labelled }), labelled, { ...plain, shards: 3 });
    expect(three[0].loss).toBeCloseTo(one[0].loss, 5);
    expect(three[0].parts!.encoder).toBeCloseTo(one[0].parts!.encoder, 5);
    expect(three[0].gradNorm).toBeCloseTo(one[0].gradNorm, 4);
  });
});

describe("answers", async () => {
  const model = create({ ...enough, attention: "luong" });
  await train(model, pairs, { ...long, steps: 60 });
  const asked = { source: "chief", tokens: 12, temperature: 1.2, topP: 0.95 };

  test("a sample among many has the bits that it has alone", () => {
    const { samples } = model.generate({ ...asked, count: 5, seed: 20, logprobs: true });
    for (const sample of samples) {
      const alone = model.generate({ ...asked, seed: sample.seed, logprobs: true });
      expect(alone.samples[0]).toEqual(sample);
    }
    expect(new Set(samples.map(({ text }) => text)).size).toBeGreaterThan(1);
    expect(model.generate({ ...asked, seed: 20 })).toEqual(model.generate({ ...asked, seed: 20 }));
  });

  test("a stream's pieces are the text", async () => {
    for (const options of [asked, { ...asked, count: 3, seed: 4 }, { ...asked, beams: 3 }]) {
      const texts = new Map<number, string>();
      for await (const { sample, text } of model.stream(options)) {
        texts.set(sample, (texts.get(sample) ?? "") + text);
      }
      const { samples } = model.generate(options);
      expect([...texts.values()]).toEqual(samples.map(({ text }) => text));
    }
    const stopped = AbortSignal.abort(new Error("enough"));
    const chunks = model.stream({ ...asked, signal: stopped });
    await expect(chunks.next()).rejects.toThrow("enough");
  });

  test("beam search finds what is at least as likely as the greedy answer", () => {
    const logprob = (source: string, target: string) =>
      -model.score([{ source, target }]).nats * (target.length + 1);
    for (const { source } of pairs.slice(0, 6)) {
      const beam = { source, beams: 8, count: 3, logprobs: true };
      const best = model.generate({ ...beam, lengthPenalty: 0 });
      expect(best.samples).toHaveLength(3);
      const scores = best.samples.map(({ score }) => score!);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      expect(new Set(best.samples.map(({ text }) => text)).size).toBe(3);
      for (const lengthPenalty of [0, 1, 0.7]) {
        const [first] = model.generate({ ...beam, lengthPenalty }).samples;
        expect(first.finish).toBe("end");
        const own = first.logprobs!.reduce((sum, { logprob }) => sum + logprob, 0);
        expect(own).toBeCloseTo(logprob(source, first.text), 4);
        // The score is that among the tokens that can be said, and so a little higher.
        const sum = first.score! * first.tokens.length ** lengthPenalty;
        expect(sum).toBeGreaterThanOrEqual(own - 1e-4);
        expect(sum).toBeLessThan(own + 0.1);
      }
      expect(scores[0]).toBeGreaterThanOrEqual(logprob(source, answer(model, source)) - 1e-4);
    }
  });

  test("markers are never said, whatever the logits", () => {
    const { target } = model.tokenizers;
    const logitBias = ["<start>", "<mask>"].map((name) => [target.special(name)!, 1e6] as const);
    for (const options of [{ greedy: true }, { beams: 2 }, {}]) {
      const { samples } = model.generate({ ...asked, ...options, logitBias });
      expect(samples[0].tokens).not.toContain(target.special("<start>"));
      expect(samples[0].tokens).not.toContain(target.special("<mask>"));
    }
  });

  test("a source that is longer than any trained is answered", () => {
    const source = "abcdefgh".repeat(50);
    expect(
      model.generate({ source, greedy: true, tokens: 7 }).samples[0].tokens.length,
    ).toBeLessThan(8);
    expect(model.align(source, "a").weights[0]).toHaveLength(400);
  });
});

test("alignment: a row a target token, a weight a source token as it was read", async () => {
  const model = create({ ...enough, hidden: 48, attention: "luong", reverseSource: true });
  await train(model, pairs, { ...long, steps: 400 });
  const { source, target, weights } = model.align("chief", "feihc");
  expect(source).toEqual(["f", "e", "i", "h", "c"]);
  expect(target).toEqual(["f", "e", "i", "h", "c", ""]);
  for (const row of weights) {
    expect(row.every((weight) => weight >= 0)).toBe(true);
    expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  }
});

describe("joint training", () => {
  test("both losses fall, and labels are told", async () => {
    const model = create({ ...enough, corpus: labelled });
    expect(model.config.labels).toEqual(["consonant", "vowel"]);
    const fit = { ...long, lambda: 0.3, validation: labelled };
    const reports = await train(model, labelled, fit);
    for (const { loss, parts } of reports) {
      expect(loss).toBeCloseTo(parts!.encoder + 0.3 * parts!.decoder, 4);
    }
    const [first, last] = [reports[0], reports[reports.length - 1]];
    expect(last.parts!.encoder).toBeLessThan(0.1 * first.parts!.encoder);
    expect(last.parts!.decoder).toBeLessThan(0.1 * first.parts!.decoder);
    expect(last.measures).toMatchObject({ labelAccuracy: 1, exactMatch: 1 });
    const probabilities = model.classify("egg");
    expect(Object.keys(probabilities)).toEqual(["consonant", "vowel"]);
    expect(probabilities.consonant + probabilities.vowel).toBeCloseTo(1, 6);
    expect(probabilities.vowel).toBeGreaterThan(0.9);
    expect(model.score(labelled).labelAccuracy).toBe(1);
    expect(model.score(pairs).labelAccuracy).toBeUndefined();
  });

  test("λ = 0 trains the labels alone", async () => {
    const model = create({ ...enough, corpus: labelled });
    const before = readSafetensors(model.save()).tensors;
    const fit = { ...few, lambda: 0, weightDecay: 0 };
    const reports = await train(model, labelled, fit);
    for (const { loss, parts } of reports) expect(loss).toBe(parts!.encoder);
    const after = readSafetensors(model.save()).tensors;
    const same = (name: string) =>
      Buffer.compare(before.get(name)!.data, after.get(name)!.data) === 0;
    expect(same("decoder.lstm.weight_ih_l0")).toBe(true);
    expect(same("linear.weight")).toBe(true);
    expect(same("encoder.lstm.weight_ih_l0")).toBe(false);
  });

  test("some pairs can be without a label", async () => {
    const some = [...labelled.slice(0, 12), ...pairs.slice(12)];
    const model = create({ ...enough, corpus: some });
    await train(model, some, long);
    expect(model.score(labelled.slice(0, 12)).labelAccuracy).toBe(1);
    expect(answer(model, "high")).toBe("hgih");
  });
});

describe("objective", () => {
  const last = async (fit: Seq2SeqFitOptions, options: Partial<Seq2SeqOptions> = {}) => {
    const model = create({ ...enough, ...options });
    const reports = await train(model, pairs, { ...long, ...fit });
    return { model, loss: reports[reports.length - 1].loss };
  };

  test("label smoothing keeps a model from certainty", async () => {
    const { model, loss } = await last({ smoothing: 0.2 });
    expect(loss).toBeGreaterThan(0.3);
    expect(model.score(pairs).nats).toBeGreaterThan(0.1);
    expect(answer(model, "beach")).toBe("hcaeb");
  });

  test("scheduled sampling still learns", async () => {
    const { model } = await last({ scheduledSampling: 0.25, steps: 350 });
    const right = pairs.filter(({ source, target }) => answer(model, source) === target);
    expect(right.length).toBeGreaterThanOrEqual(20);
  });

  test("a denoising autoencoder restores what was masked", async () => {
    const same: Pair[] = pairs.map(({ source }) => ({ source, target: source }));
    const model = create({ ...enough, corpus: same });
    await train(model, same, { ...long, steps: 400, noise: { mask: 0.15, swap: 0.1, drop: 0.1 } });
    const right = same.filter(({ source }) => answer(model, source) === source);
    expect(right.length).toBeGreaterThanOrEqual(20);
    expect(model.encode("beach")).toHaveLength(32);
    expect(model.encode("beach")).toEqual(model.encode("beach"));
    expect(model.encode("beach")).not.toEqual(model.encode("each"));
  });
});

describe("validation", () => {
  test("of some sources, by loss, exact match and padding", async () => {
    const model = create();
    const reports = await train(model, pairs, { ...few, val: 0.25, evalEvery: 3 });
    const told = reports.filter(({ validation }) => validation !== undefined);
    expect(told.map(({ step }) => step)).toEqual([3, 6]);
    for (const { validation, measures } of told) {
      expect(validation).toBeGreaterThan(0);
      expect(Object.keys(measures!).sort()).toEqual(["exactMatch", "padding"]);
      expect(measures!.padding).toBeGreaterThanOrEqual(0);
      expect(measures!.padding).toBeLessThan(0.5);
    }
  });

  test("of given pairs, which is what score says of them", async () => {
    const model = create({ corpus: labelled });
    const [train20, held] = [labelled.slice(0, 20), labelled.slice(20)];
    const reports = await train(model, train20, { ...few, validation: held });
    const { nats, labelAccuracy } = model.score(held);
    const { validation, measures } = reports[reports.length - 1];
    expect(validation).toBe(nats);
    expect(measures!.labelAccuracy).toBe(labelAccuracy);
  });
});

describe("data that is little", () => {
  test.each<[string, Pair[]]>([
    ["one pair", [{ source: "a", target: "b" }]],
    ["equal pairs", Array.from({ length: 9 }, () => ({ source: "aa", target: "bab" }))],
    [
      "one source, two answers",
      [
        { source: "a", target: "b" },
        { source: "a", target: "bb" },
      ],
    ],
  ])("%s", async (_, some) => {
    const model = create({ corpus: some });
    await train(model, some, { steps: 80, batch: 4, lr: 2e-2 });
    expect(some.map(({ target }) => target)).toContain(answer(model, some[0].source));
  });
});

test.each<[string, Partial<Seq2SeqOptions>]>([
  ["byte", { tokenizer: "byte" }],
  ["bpe, shared", { tokenizer: "bpe", vocab: 260, shared: true }],
  ["char to byte", { tokenizer: { source: "char", target: "byte" } }],
])("tokenizers: %s", async (_, options) => {
  const some: Pair[] = [
    { source: "早上好", target: "good morning" },
    { source: "晚上好", target: "guten Abend 🌙" },
  ];
  const model = create({ ...enough, corpus: some, ...options });
  await train(model, some, long);
  const loaded = Seq2Seq.load(runtime, model.save());
  for (const { source, target } of some) expect(answer(loaded, source)).toBe(target);
  const asked: AnswerOptions = { source: "早上好", beams: 3 };
  expect(loaded.generate(asked).text).toBe("good morning");
});

describe("texts in one form", () => {
  const clean = { lowercase: true, foldWidth: true } as const;
  const shouted = pairs.map(({ source, target }) => ({ source: source.toUpperCase(), target }));

  test("are read as such by every verb, and after a file", async () => {
    const [loud, plain] = [create({ corpus: shouted, clean }), create({})];
    await train(loud, shouted, few);
    await train(plain, pairs, few);
    expect(loud.fingerprint()).toBe(plain.fingerprint());
    const [{ source, target }] = pairs;
    const again = Seq2Seq.load(runtime, loud.save());
    expect(again.config.clean).toEqual(clean);
    expect(again.encode(source.toUpperCase())).toEqual(plain.encode(source));
    expect(again.score(shouted)).toEqual(plain.score(pairs));
    const options = { greedy: true, tokens: target.length } as const;
    expect(again.generate({ source: source.toUpperCase(), ...options })).toEqual(
      plain.generate({ source, ...options }),
    );
  });

  test("must be described by options that exist", () => {
    expect(() => create({ clean: { normalize: "NFX" as "NFC" } })).toThrow(
      /normalize must be one of/,
    );
    expect(() => create({ clean: { upper: true } as object })).toThrow(/does not know the option/);
  });
});

test("a file tells whose it is", () => {
  expect(modelKind(create({}).save())).toBe("Seq2Seq");
  expect(() => modelKind(Uint8Array.of(1, 2, 3))).toThrow(/safetensors/);
});
