import { describe, expect, test } from "vitest";
import {
  DivergedError,
  type Pair,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
} from "../../../src/entries/index.js";
import { load as loadNode } from "../../../src/entries/node.js";
import { readSafetensors } from "../../../src/formats/safetensors.js";
import { refusedLater, runtime } from "../help.js";
import { answer, create, enough, few, labelled, long, pairs, train } from "../pairs-help.js";

describe("shards and workers", () => {
  const options = { corpus: labelled, attention: "luong", dropout: 0.2, layers: 2 } as const;
  async function bits(fit: Seq2SeqFitOptions, on = runtime) {
    const model = await create(options, on);
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
    const one = await train(await create({ corpus: labelled }), labelled, plain);
    const three = await train(await create({ corpus: labelled }), labelled, {
      ...plain,
      shards: 3,
    });
    expect(three[0].loss).toBeCloseTo(one[0].loss, 5);
    expect(three[0].parts!.encoder).toBeCloseTo(one[0].parts!.encoder, 5);
    expect(three[0].gradNorm).toBeCloseTo(one[0].gradNorm, 4);
  });
});

test("weights that leave the numbers: the run has diverged, wherever that is noticed", async () => {
  for (const weightDecay of [1, 30, 100, 1e4, 1e6]) {
    const model = await create();
    const fit = { ...few, steps: 12, val: 0.2, evalEvery: 1, lr: 1e6, weightDecay };
    await refusedLater(train(model, pairs, fit), DivergedError, "training diverged at step ");
    expect(Number.isFinite(model.score(pairs).nats)).toBe(true);
  }
});

describe("joint training", () => {
  test("both losses fall, and labels are told", async () => {
    const model = await create({ ...enough, corpus: labelled });
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
    const model = await create({ ...enough, corpus: labelled });
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
    const model = await create({ ...enough, corpus: some });
    await train(model, some, long);
    expect(model.score(labelled.slice(0, 12)).labelAccuracy).toBe(1);
    expect(answer(model, "high")).toBe("hgih");
  });
});

describe("objective", () => {
  const last = async (fit: Seq2SeqFitOptions, options: Partial<Seq2SeqOptions> = {}) => {
    const model = await create({ ...enough, ...options });
    const reports = await train(model, pairs, { ...long, ...fit });
    return { model, loss: reports[reports.length - 1].loss };
  };

  test("label smoothing keeps a model from certainty", async () => {
    const { model, loss } = await last({ smoothing: 0.2 });
    expect(loss).toBeGreaterThan(0.3);
    expect((await model).score(pairs).nats).toBeGreaterThan(0.1);
    expect(answer(await model, "beach")).toBe("hcaeb");
  });

  test("scheduled sampling still learns", async () => {
    const { model } = await last({ scheduledSampling: 0.25, steps: 350 });
    const right = pairs.filter(
      async ({ source, target }) => answer(await model, source) === target,
    );
    expect(right.length).toBeGreaterThanOrEqual(20);
  });

  test("a denoising autoencoder restores what was masked", async () => {
    const same: Pair[] = pairs.map(({ source }) => ({ source, target: source }));
    const model = await create({ ...enough, corpus: same });
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
    const model = await create();
    const reports = await train(model, pairs, { ...few, val: 0.25, evalEvery: 3 });
    const told = reports.filter(({ validation }) => validation !== undefined);
    expect(told.map(({ step }) => step)).toEqual([3, 6]);
    for (const { validation, measures } of told) {
      expect(validation).toBeGreaterThan(0);
      expect(Object.keys(measures!).sort()).toEqual(["exactMatch", "exactMatchOf", "padding"]);
      expect(measures!.padding).toBeGreaterThanOrEqual(0);
      expect(measures!.padding).toBeLessThan(0.5);
    }
  });

  test("of given pairs, which is what score says of them", async () => {
    const model = await create({ corpus: labelled });
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
    const model = await create({ corpus: some });
    await train(model, some, { steps: 80, batch: 4, lr: 2e-2 });
    expect(some.map(({ target }) => target)).toContain(answer(model, some[0].source));
  });
});
