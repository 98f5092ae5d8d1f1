import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  type LanguageFitOptions,
  LanguageModel,
} from "../../../src/entries/index.js";
import { names, refusedLater, runtime, text, train } from "../help.js";
import { create, createNames, losses, small } from "./help.js";

describe("resume", () => {
  const begun = async (options: LanguageFitOptions = {}) => {
    const model = await create();
    await train(model, text, { ...small, ...options }, 5);
    return model;
  };

  test("other data is refused, and the run is as it was", async () => {
    const model = await begun();
    const other = text.slice(0, -1);
    await refusedLater(
      train(model, other, { ...small, steps: 99, lr: 5 }),
      InvalidInputError,
      "begun on other data",
      "resume: false",
    );
    expect(model.run).toMatchObject({ step: 5, finished: null, options: { steps: 12, lr: 1e-2 } });
    const straight = await create();
    await train(straight, text, small);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test.each([
    [{ batch: 5 }, "batch 4, got 5"],
    [{ seqLen: 9 }, "seqLen 8, got 9"],
    [{ batching: "streams" }, "batching windows, got streams"],
    [{ val: 0.5 }, "val 0, got 0.5"],
  ] as const)("other batching is refused: %o", async (change, message) => {
    const model = await begun();
    const before = model.save({ training: true });
    const work = train(model, text, { ...small, ...change });
    await refusedLater(work, InvalidInputError, `begun with ${message}`, "resume: false");
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
  });

  test("another optimizer is refused", async () => {
    const model = await begun();
    const work = train(model, text, { ...small, optimizer: "sgd" });
    await refusedLater(work, InvalidInputError, "optimizer adamw, got sgd", "resume: false");
    expect((await train(model, text, small))[0].step).toBe(6);
  });

  test("documents with another maxLength or other documents are refused", async () => {
    const model = await createNames();
    await train(model, names, small, 5);
    const change = train(model, names, { ...small, maxLength: 5 });
    await refusedLater(change, InvalidInputError, "maxLength 1024, got 5");
    const fewer = train(model, names.slice(1), small);
    await refusedLater(fewer, InvalidInputError, "other data");
    const shuffled = train(model, [...names].reverse(), small);
    await refusedLater(shuffled, InvalidInputError, "other data");
  });

  test("a run that was begun but took no step may have any data", async () => {
    const model = await create();
    const steps = model.fit(text.slice(0, 300), { ...small, lr: 1e-4, steps: 3 });
    await steps.return();
    const other = text.slice(9);
    const controller = new AbortController();
    controller.abort();
    const signal = controller.signal;
    await expect(train(model, other, { ...small, signal })).rejects.toThrow("abort");
    const straight = await create();
    await train(straight, text, small);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    expect(model.record).toEqual(straight.record);
  });

  test("resume: false begins a new run, on any data", async () => {
    const model = await begun();
    const reports = await train(model, text.slice(40), { ...small, resume: false, batch: 3 });
    expect(reports[0].step).toBe(1);
    expect(reports).toHaveLength(12);
    expect(model.record).toMatchObject({ runs: 2, steps: 17 });
  });

  test("a new run does not take the old one's moments over", async () => {
    // Two models with the same weights, one of them with a run behind it.
    const model = await begun({ steps: 5 });
    const fresh = await LanguageModel.load(model.save(), { runtime });
    expect(fresh.run).toBeUndefined();
    expect(model.run?.finished).toBe("steps");
    await train(model, text, small);
    await train(fresh, text, small);
    expect(model.fingerprint()).toBe(fresh.fingerprint());
    expect(model.record).toEqual(fresh.record);
  });

  test("resume: true extends a finished run, as if it had been longer from the start", async () => {
    for (const batching of ["windows", "streams"] as const) {
      const straight = await create();
      const expected = await train(straight, text, { ...small, batching });
      const model = await create();
      const first = await train(model, text, { ...small, batching, steps: 5 });
      expect(first[4].finished).toBe("steps");
      const rest = await train(model, text, { ...small, batching, resume: true });
      expect(rest[0].step).toBe(6);
      expect(losses([...first, ...rest])).toEqual(losses(expected));
      expect(model.fingerprint()).toBe(straight.fingerprint());
      expect(model.record).toEqual(straight.record);
    }
  });

  test("resume: true on a finished run without more steps changes nothing", async () => {
    const model = await create();
    await train(model, text, small);
    const before = model.save({ training: true });
    expect(await train(model, text, { ...small, resume: true })).toEqual([]);
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
    expect((await train(model, text, small))[0].step).toBe(1);
  });

  test("resume: true without a run is refused", async () => {
    const work = train(await create(), text, { ...small, resume: true });
    await refusedLater(work, InvalidInputError, "resume: true, but there is no run to continue");
  });

  test("one that patience ended has its patience again; a tenth stays a tenth", async () => {
    const model = await create();
    const fit = {
      ...small,
      steps: 100,
      val: 0.25,
      patience: 2,
      lr: 0.3,
      optimizer: "adam",
    } as const;
    const reports = await train(model, text, { ...fit, evalEvery: 1 });
    const { step, finished } = reports[reports.length - 1];
    expect(finished).toBe("patience");
    const more = await train(model, text, { resume: true, steps: 101 });
    expect(more.length).toBeGreaterThan(1);
    expect(more[0].step).toBe(step + 1);
    expect(model.run?.options).toMatchObject({ evalEvery: 1, patience: 2, optimizer: "adam" });
    const tenths = await create();
    await train(tenths, text, { ...small, steps: 20 }, 3);
    await train(tenths, text, { steps: 40 });
    expect(tenths.run?.options).toMatchObject({ evalEvery: 4, lr: small.lr });
  });

  test("options may change on the way; the moments stay", async () => {
    const model = await begun();
    const lower = await train(model, text, { ...small, lr: 1e-3, ema: 0.5, schedule: "cosine" });
    expect(lower[0].step).toBe(6);
    expect(lower[0].lr).toBeLessThan(1e-3);
    const other = await begun();
    const changed = await train(other, text, { ...small, steps: 10, weightDecay: 0 });
    expect(changed.map(({ step }) => step)).toEqual([6, 7, 8, 9, 10]);
    const straight = await create();
    await train(straight, text, { ...small, steps: 10 });
    expect(other.fingerprint()).toBe(straight.fingerprint());
  });
});
