// A validation costs a bounded part of a run, and can be stopped in the middle.

import { describe, expect, test, vi } from "vitest";
import { everyNth } from "../../../src/data/order.js";
import { evaluationBatches } from "../../../src/data/texts.js";
import { LanguageModel } from "../../../src/entries/index.js";
import { runtime, text, tiny, train } from "../help.js";

const long = text.repeat(120);
const fit = { steps: 6, batch: 4, seqLen: 8, val: 0.5, evalEvery: 2 };
const create = (corpus: string | readonly string[] = long) =>
  LanguageModel.create({ runtime, ...tiny, corpus });

describe("bounded", () => {
  test("takes a fixed part of a large text", async () => {
    expect(long.length * 0.5).toBeGreaterThan(50_000);
    const model = await create();
    const reports = await train(model, long, fit);
    expect(model.run!.validationTargets).toBe(4096);
    const losses = reports.flatMap(({ validation }) => validation ?? []);
    expect(losses).toHaveLength(3);
    const again = await create();
    expect((await train(again, long, fit)).flatMap((r) => r.validation ?? [])).toEqual(losses);
  });

  test("takes all of a small one", async () => {
    const model = await create(text);
    await train(model, text, fit, 1);
    expect(model.run!.validationTargets).toBeNull();
  });

  test("grows with what is trained between two validations", async () => {
    const model = await create();
    await train(model, long, { ...fit, batch: 32, seqLen: 64, steps: 60, evalEvery: 24 }, 1);
    expect(model.run!.validationTargets).toBe(Math.floor((24 * 32 * 64) / 10));
  });

  test("of documents, every so many", async () => {
    const documents = Array.from({ length: 4000 }, (_, i) => `${i} cats sat`);
    const model = await create(documents);
    await train(model, documents, { steps: 2, batch: 4, val: 0.5, evalEvery: 1 }, 1);
    expect(model.run!.validationTargets).toBe(4096);
  });

  test("batches of a part come from all over the text", () => {
    const tokens = Int32Array.from({ length: 1001 }, (_, i) => i);
    const batches = [...evaluationBatches(tokens, { rows: 4, seqLen: 8, most: 80 })];
    const seen = batches.flatMap(({ targets }) => [...targets]);
    expect(seen).toHaveLength(80);
    expect(seen.sort((a, b) => a - b)).toEqual(
      [1, 251, 501, 751].flatMap((from) => Array.from({ length: 20 }, (_, i) => from + i)),
    );
    expect(everyNth([0, 1, 2, 3, 4, 5, 6], 2.5)).toEqual([0, 2, 5]);
    expect(everyNth([0, 1, 2], 0.4)).toEqual([0, 1, 2]);
  });
});

describe("stopped in the middle", () => {
  /** Lets every validation take turns, and calls `during` in one of them. */
  async function interrupted(model: LanguageModel, during: () => void, signal?: AbortSignal) {
    let clock = 0;
    // Every look at the clock is a second later: between two batches the event loop has its turn.
    const now = vi.spyOn(performance, "now").mockImplementation(() => (clock += 1000));
    const reports: number[] = [];
    let called = false;
    try {
      const running = model.fit(long, { ...fit, ...(signal ? { signal } : {}) });
      for (let step = 1; ; step++) {
        const next = running.next();
        if (step === 4 && !called) {
          called = true;
          // Between the batches of the validation after step 4, which has been taken by then.
          while (model.run!.step < 4) await new Promise((resolve) => setImmediate(resolve));
          during();
        }
        const { done, value } = await next;
        if (done) return reports;
        reports.push(value.loss);
      }
    } finally {
      now.mockRestore();
    }
  }

  test("the run is before the step, and resumes to the same bits", async () => {
    const straight = await create();
    const losses = (await train(straight, long, fit)).map(({ loss }) => loss);
    const model = await create();
    const controller = new AbortController();
    const stop = () => controller.abort(new Error("enough"));
    await expect(interrupted(model, stop, controller.signal)).rejects.toThrow("enough");
    expect(model.run!.step).toBe(3);
    expect(model.run!.bestStep).toBe(2);
    const loaded = await LanguageModel.load(model.save({ training: true }), { runtime });
    for (const one of [model, loaded]) {
      const rest = await train(one, long, fit);
      expect(rest.map(({ loss }) => loss)).toEqual(losses.slice(3));
      expect(one.fingerprint()).toBe(straight.fingerprint());
      expect(one.run).toEqual(straight.run);
    }
  });

  test("what is saved during a validation resumes to the same bits", async () => {
    const straight = await create();
    await train(straight, long, fit);
    const model = await create();
    let bytes: Uint8Array | undefined;
    await interrupted(model, () => {
      bytes = model.save({ training: true });
    });
    expect(model.fingerprint()).toBe(straight.fingerprint());
    const loaded = await LanguageModel.load(bytes!, { runtime });
    expect(loaded.run!.step).toBe(3);
    await train(loaded, long, fit);
    expect(loaded.fingerprint()).toBe(straight.fingerprint());
    expect(loaded.run).toEqual(straight.run);
  });
});
