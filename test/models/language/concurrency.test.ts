import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../src/entries/index.js";
import { refusedLater, text, train } from "../help.js";
import { create, small } from "./help.js";

describe("one run at a time", () => {
  test("fit on a model in training is refused, and the run is not disturbed", async () => {
    const straight = await create();
    await train(straight, text, small);
    const model = await create();
    const steps = model.fit(text, small);
    await steps.next();
    await refusedLater(train(model, text, small), InvalidInputError, "in training already");
    for await (const _ of steps);
    expect(model.fingerprint()).toBe(straight.fingerprint());
    await train(model, text, { ...small, steps: 1 });
  });

  test("generate, score and save between two steps change nothing", async () => {
    for (const fit of [
      { ...small, batching: "streams" },
      { ...small, ema: 0.9, val: 0.2 },
    ] as const) {
      const make = () => create({ dropout: 0.2 });
      const straight = await make();
      await train(straight, text, fit);
      const model = await make();
      const texts = new Set<string>();
      for await (const _ of model.fit(text, fit)) {
        texts.add(model.generate({ maxTokens: 20, samples: 2 }).text);
        model.generate({ beams: 2, maxTokens: 3 });
        model.score(text.slice(0, 50));
        model.save({ training: true });
      }
      expect(texts.size).toBeGreaterThan(1);
      expect(model.fingerprint()).toBe(straight.fingerprint());
    }
  });

  test("two models train side by side as they do alone", async () => {
    const alone = [create({ seed: 1 }), create({ seed: 2 })];
    for (const model of alone) await train(await model, text, small);
    const together = [create({ seed: 1 }), create({ seed: 2 })];
    await Promise.all(together.map(async (model) => train(await model, text, small)));
    expect(together.map(async (m) => (await m).fingerprint())).toEqual(
      alone.map(async (m) => (await m).fingerprint()),
    );
  });
});
