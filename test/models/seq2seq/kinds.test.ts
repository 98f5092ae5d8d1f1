// The encoder-decoder as its users meet it. Its gradients are compared with those of PyTorch in
// ../../golden.

import { describe, expect, test } from "vitest";
import {
  chrF,
  modelKind,
  Seq2Seq,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import { runtime } from "../help.js";
import { answer, create, enough, few, labelled, long, naive, pairs, train } from "../pairs-help.js";

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

describe.each(Object.entries(kinds))("%s", (_, options) => {
  const data = options.corpus ?? pairs;

  test("says what plain arithmetic in float64 says", async () => {
    const model = await create(options);
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
    const model = await create({ ...options, ...enough, ...(options.tied ? { embed: 32 } : {}) });
    const reports = await train(model, data, long);
    expect(reports[reports.length - 1].loss).toBeLessThan(0.1);
    for (const { source, target } of data) expect(answer(model, source)).toBe(target);
    const { accuracy, nats } = model.score(data);
    expect(accuracy).toBe(1);

    const copy = await model.quantize();
    expect(copy.quantized).toBe(true);
    expect(await copy.quantize()).toBe(copy);
    expect(copy.save().length).toBeLessThan(0.7 * model.save().length);
    expect(Math.abs(copy.score(data).nats - nats)).toBeLessThan(0.05);
    const answers = data.map(({ source }) => answer(copy, source));
    expect(
      chrF(
        answers,
        data.map(({ target }) => target),
      ).score,
    ).toBeGreaterThan(90);
    const again = await Seq2Seq.load(copy.save(), { runtime });
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
    const straight = await create(dropped);
    const reports = await train(straight, data, fit);
    let model = await create(dropped);
    expect(model.fingerprint()).not.toBe(straight.fingerprint());
    const first = await train(model, data, fit, 5);
    model = await Seq2Seq.load(model.save({ training: true }), { runtime });
    const rest = await train(model, data, fit);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    const losses = (some: typeof reports) => some.map(({ loss, validation }) => [loss, validation]);
    expect(losses([...first, ...rest])).toEqual(losses(reports));
    expect(Buffer.compare(model.save({ training: true }), straight.save({ training: true }))).toBe(
      0,
    );

    const loaded = await Seq2Seq.load(straight.save(), { runtime });
    expect(loaded.config).toEqual(straight.config);
    expect(loaded.parameterCount).toBe(straight.parameterCount);
    expect(loaded.score(data)).toEqual(straight.score(data));
    const asked = { source: "hide", seed: 3, samples: 2 };
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

test("a file tells whose it is", async () => {
  expect(modelKind((await create({})).save())).toBe("Seq2Seq");
  expect(() => modelKind(Uint8Array.of(1, 2, 3))).toThrow(/safetensors/);
});
