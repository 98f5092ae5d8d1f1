import { describe, expect, test } from "vitest";
import { LanguageModel } from "../../../src/entries/index.js";
import { runtime, text, train } from "../help.js";
import { create, small } from "./help.js";

describe("save and load", () => {
  test("change no bit", async () => {
    const model = await create({ layers: 2 });
    await train(model, text, small);
    const bytes = model.save();
    const again = await LanguageModel.load(bytes);
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(again.config).toEqual(model.config);
    expect(again.tokenizer.toJSON()).toEqual(model.tokenizer.toJSON());
    expect(again.score(text)).toEqual(model.score(text));
    expect(again.generate({ seed: 5 })).toEqual(model.generate({ seed: 5 }));
    expect(Buffer.compare(again.save(), bytes)).toBe(0);
    expect(model.save({ training: true }).length).toBeGreaterThan(2.8 * bytes.length);
  });

  test("a file without the run's state begins a new run", async () => {
    const model = await create();
    await train(model, text, small, 5);
    const again = await LanguageModel.load(model.save(), { runtime });
    expect(again.run).toBeUndefined();
    const [first] = await train(again, text, small, 1);
    expect(first.step).toBe(1);
    expect(again.record).toMatchObject({ runs: 2, steps: 6 });
  });

  test("the bytes are the caller's: changing them changes no model", async () => {
    const model = await create();
    await train(model, text, small);
    const bytes = model.save({ training: true });
    const again = await LanguageModel.load(bytes, { runtime });
    bytes.fill(0);
    expect(again.fingerprint()).toBe(model.fingerprint());
    model.save().fill(0);
    expect(again.fingerprint()).toBe(model.fingerprint());
  });

  test("between two steps of a run, and the run goes on", async () => {
    const straight = await create();
    await train(straight, text, { ...small, ema: 0.9 });
    const model = await create();
    let bytes = model.save();
    for await (const { step } of model.fit(text, { ...small, ema: 0.9 })) {
      if (step === 5) bytes = model.save({ training: true });
    }
    expect(model.fingerprint()).toBe(straight.fingerprint());
    const other = await LanguageModel.load(bytes, { runtime });
    expect(other.run?.step).toBe(5);
    await train(other, text, { ...small, ema: 0.9 });
    expect(other.fingerprint()).toBe(straight.fingerprint());
  });
});
