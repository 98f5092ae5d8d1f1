import { describe, expect, test } from "vitest";
import { LanguageModel, numerics, version } from "../../../src/entries/index.js";
import { names, runtime, text, train, weights } from "../help.js";
import { create, createNames, losses, small } from "./help.js";

describe("training", () => {
  test("learns a small text", async () => {
    const model = await create({ hidden: 24 });
    const reports = await train(model, text, { ...small, steps: 200, batch: 8, seqLen: 16 });
    const classes = model.tokenizer.size;
    expect(reports[0].loss).toBeGreaterThan(Math.log(classes) - 0.5);
    expect(reports[0].loss).toBeLessThan(Math.log(classes) + 0.5);
    const last = losses(reports).slice(-10);
    expect(Math.max(...last)).toBeLessThan(0.8);
    expect(model.score(text).nats).toBeLessThan(0.6);
    expect(model.generate({ prompt: "the c", maxTokens: 2, greedy: true }).text).toBe("at");
  });

  test("learns documents, their ends included", async () => {
    const model = await createNames({ hidden: 24 });
    const before = model.score(names).nats;
    await train(model, names, { ...small, steps: 200, batch: 9 });
    expect(model.score(names).nats).toBeLessThan(before / 3);
    const { samples } = model.generate({ samples: 8, maxTokens: 30 });
    expect(samples.map(({ finish }) => finish)).toEqual(Array(8).fill("end"));
    expect(samples.filter((sample) => names.includes(sample.text)).length).toBeGreaterThan(3);
  });

  test("reports what it does", async () => {
    const options = {
      ...small,
      accumulate: 2,
      schedule: "linear",
      val: 0.2,
      evalEvery: 5,
    } as const;
    const reports = await train(await create(), text, options);
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(reports.map(({ tokens }) => tokens)).toEqual(
      reports.map(({ step }) => step * 4 * 8 * 2),
    );
    for (const { step, steps, lr, gradNorm, tokensPerSecond, elapsed } of reports) {
      expect(steps).toBe(12);
      expect(lr).toBeCloseTo(1e-2 * (1 - (step - 1) / 12), 12);
      expect(gradNorm).toBeGreaterThan(0);
      expect(tokensPerSecond).toBeGreaterThan(0);
      expect(elapsed).toBeGreaterThan(0);
    }
    const validated = reports.filter(({ validation }) => validation !== undefined);
    expect(validated.map(({ step }) => step)).toEqual([5, 10, 12]);
    expect(validated[0].best).toBe(true);
    expect(reports.map(({ finished }) => finished)).toEqual([
      ...Array(11).fill(undefined),
      "steps",
    ]);
  });

  test("keeps a record over runs", async () => {
    const model = await create();
    expect(model.record).toEqual({
      imported: false,
      fast: false,
      runs: 0,
      steps: 0,
      examples: 0,
      targets: 0,
      loss: null,
      validation: null,
      history: [],
    });
    expect(model.run).toBeUndefined();
    const first = await train(model, text, small);
    expect(model.record).toMatchObject({
      ...{ runs: 1, steps: 12, examples: 48, targets: 384, loss: first[11].loss },
    });
    const second = await train(model, text, { ...small, steps: 5, val: 0.2 });
    const { loss, validation } = second[4];
    const run = { version, numerics, seed: 1, dataOptions: model.run!.dataOptions };
    expect(model.record.history).toMatchObject([
      { version, numerics, seed: 1, steps: 12, options: { steps: 12 } },
      { ...run, steps: 5, options: model.run!.options, data: model.run!.data },
    ]);
    const { history, ...record } = model.record;
    expect(record).toEqual({
      imported: false,
      fast: false,
      runs: 2,
      steps: 17,
      examples: 48 + 20,
      targets: 384 + 160,
      loss,
      validation,
    });
    expect(model.run).toMatchObject({ run: 1, step: 5, finished: "steps" });
    expect((await LanguageModel.load(model.save(), { runtime })).record).toEqual(model.record);
    expect((await LanguageModel.load(model.save({ training: true }), { runtime })).record).toEqual(
      model.record,
    );
  });

  test("a step over two batches is a step over their union", async () => {
    // An epoch of documents is the same 18, in one batch or in two.
    const whole = await train(await createNames(), names, { ...small, steps: 1, batch: 18 });
    const halves = await train(await createNames(), names, {
      ...small,
      steps: 1,
      batch: 9,
      accumulate: 2,
    });
    expect(halves[0].loss).toBeCloseTo(whole[0].loss, 5);
    expect(halves[0].gradNorm).toBeCloseTo(whole[0].gradNorm, 5);
    expect(halves[0].tokens).toBe(whole[0].tokens);
  });

  test("a step over two batches takes the two that come next", async () => {
    // At a rate that moves nothing, losses are those of the batches themselves.
    const still = { ...small, lr: 1e-30 };
    for (const batching of ["windows", "streams"] as const) {
      const single = losses(await train(await create(), text, { ...still, batching }));
      const fit = { ...still, steps: 6, accumulate: 2, batching };
      for (const [i, loss] of losses(await train(await create(), text, fit)).entries()) {
        expect(loss).toBeCloseTo((single[2 * i] + single[2 * i + 1]) / 2, 5);
      }
    }
  });

  test("lets other things happen", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    for await (const { elapsed } of (await create()).fit(text, { ...small, steps: 1e6 })) {
      if (elapsed > 0.3) break;
    }
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  test("clipping bounds the step, and 0 turns it off", async () => {
    const sgd = { ...small, steps: 1, optimizer: "sgd", lr: 1, momentum: 0 } as const;
    const moved = async (clip: number) => {
      const model = await create();
      const before = weights(model);
      const [{ gradNorm }] = await train(model, text, { ...sgd, clip });
      const after = weights(model);
      return { gradNorm, length: Math.hypot(...after.map((x, i) => x - before[i])) };
    };
    const clipped = await moved(0.01);
    expect(clipped.gradNorm).toBeGreaterThan(0.05);
    expect(clipped.length).toBeCloseTo(0.01, 5);
    const free = await moved(0);
    expect(free.length).toBeCloseTo(free.gradNorm, 4);
  });
});
