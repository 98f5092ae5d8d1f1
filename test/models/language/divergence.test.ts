import { describe, expect, test } from "vitest";
import {
  DivergedError,
  type LanguageFitOptions,
  LanguageModel,
  type TextStepReport,
} from "../../../src/entries/index.js";
import { readSafetensors } from "../../../src/formats/safetensors.js";
import { refusedLater, runtime, text, train, weights } from "../help.js";
import { create, losses, small } from "./help.js";

describe("divergence", () => {
  const wild: Record<string, [LanguageFitOptions, RegExp]> = {
    "not a number": [
      { optimizer: "sgd", lr: 1e6, clip: 0, momentum: 0.9, weightDecay: 1e3 },
      /the loss is|is not finite|are not finite/,
    ],
    "a finite blow-up": [
      { optimizer: "sgd", lr: 100, clip: 1 },
      /the loss has stayed above 10 times its first value \([\d.e+]+, it began at [\d.]+\)/,
    ],
  };

  test.each(Object.entries(wild))("%s stops the run at finite weights", async (_, [fit, what]) => {
    const model = await create();
    const options = { ...small, steps: 200, ...fit };
    const seen: TextStepReport[] = [];
    const work = (async () => {
      for await (const report of model.fit(text, options)) seen.push(report);
    })();
    await refusedLater(
      work,
      DivergedError,
      what,
      /training diverged at step \d+: /,
      /The weights are those after step \d+/,
      "Try a smaller lr",
    );
    expect(seen.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(weights(model).every(Number.isFinite)).toBe(true);
    const { nats } = model.score(text);
    expect(nats).toBeLessThan(10);
    expect(model.run?.finished).toBeNull();
    // A file of it is sound, and a run that is gentler goes on from there.
    const again = await LanguageModel.load(model.save({ training: true }), { runtime });
    const gentle = { ...options, lr: 0.1, clip: 1, weightDecay: 0, steps: 60 };
    const [a, b] = [await train(model, text, gentle), await train(again, text, gentle)];
    expect(losses(a)).toEqual(losses(b));
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(a[a.length - 1].loss).toBeLessThan(nats);
    expect(a[0].step).toBe(model.run!.step - a.length + 1);
  });

  test("the weights kept are those of the step that it says", async () => {
    const model = await create();
    const calm = { ...small, steps: 500, lr: 1e-3 };
    await train(model, text, calm, 3);
    const kept = model.fingerprint();
    const work = train(model, text, { ...calm, lr: 1e6, clip: 0, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, "those after step 3.");
    expect(model.fingerprint()).toBe(kept);
    expect(model.run?.step).toBe(3);
  });

  test("best weights and their loss go back together", async () => {
    const model = await create();
    const fit = { ...small, steps: 70, val: 0.25, evalEvery: 1, patience: 60, lr: 1e-6 };
    await train(model, text, fit, 3);
    const { bestLoss } = model.run!;
    // Decay that first shrinks the weights, which is better than random, and then swings too far.
    const seen: TextStepReport[] = [];
    const work = (async () => {
      const swing = { ...fit, lr: 3e-4, warmup: 1000, weightDecay: 1e6, decay: "all" } as const;
      for await (const report of model.fit(text, swing)) seen.push(report);
    })();
    await refusedLater(work, DivergedError, "those after step 3.");
    expect(Math.min(...seen.map(({ validation }) => validation!))).toBeLessThan(bestLoss! - 0.01);
    expect(model.run!.bestLoss).toBe(bestLoss);
    const [worse] = await train(model, text, { ...fit, steps: 4, lr: 1 });
    expect(worse.validation).toBeGreaterThan(bestLoss!);
    const validation = text.slice(-Math.round(text.length * 0.25));
    expect(model.score(validation).nats).toBe(bestLoss);
  });

  test.each([{}, { ema: 0.5 }, { val: 0.2, evalEvery: 1 }])(
    "a last step that leaves weights which are not finite: %j",
    async (more) => {
      const model = await create();
      const before = model.fingerprint();
      const fit = { ...small, steps: 5, lr: 1e6, weightDecay: 100, ...more };
      await refusedLater(train(model, text, fit), DivergedError, /not finite|is NaN/);
      expect(model.fingerprint()).toBe(before);
      expect(weights(model).every(Number.isFinite)).toBe(true);
      await LanguageModel.load(model.save({ training: true }), { runtime });
    },
  );

  test("what is kept is from before the rise", async () => {
    const model = await create();
    await train(model, text, { ...small, steps: 100 }, 35);
    const kept = model.fingerprint();
    // Weights swing from side to side, half as large again each step: above ten times the first loss
    // some steps before the fiftieth, where a copy would be due.
    const work = train(model, text, { ...small, steps: 100, lr: 2.5e-6, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, /at step 6\d/, "those after step 35.");
    expect(model.fingerprint()).toBe(kept);
  });

  test("at the first step of a call: nothing is changed", async () => {
    const wild = {
      ...small,
      batching: "streams",
      steps: 200,
      lr: 2.5e-3,
      weightDecay: 1e6,
    } as const;
    const first = await create();
    let steps = 0;
    const work = (async () => {
      for await (const { step } of first.fit(text, { ...wild, clip: 0 })) steps = step;
    })();
    await refusedLater(work, DivergedError, /the loss is|not finite/);
    const model = await create();
    await train(model, text, { ...wild, clip: 0 }, steps);
    const tensors = () => readSafetensors(model.save({ training: true })).tensors;
    const before = { run: model.run, tensors: tensors() };
    const again = train(model, text, { ...wild, clip: 0 });
    await refusedLater(again, DivergedError, `those after step ${steps}.`);
    // But for how long the loss has been rising: who goes on more gently has all steps for that again.
    expect({ run: model.run, tensors: tensors() }).toEqual({
      ...before,
      run: { ...before.run, rising: 0 },
    });
  });

  test("of streams: the carried state goes back as well", async () => {
    const fit = { ...small, batching: "streams" } as const;
    const straight = await create();
    await train(straight, text, fit);
    const model = await create();
    await train(model, text, fit, 4);
    const work = train(model, text, { ...fit, steps: 90, lr: 1e6, clip: 0, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, "those after step 4.");
    await train(model, text, { ...fit, clip: 1, weightDecay: 0 });
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});
