import { describe, expect, test } from "vitest";
import { text, train } from "../help.js";
import { create, small } from "./help.js";

describe("signals", () => {
  test("aborted already: nothing is begun", async () => {
    const model = await create();
    const before = model.fingerprint();
    const signal = AbortSignal.abort();
    await expect(train(model, text, { ...small, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(model.fingerprint()).toBe(before);
    expect(model.record.steps).toBe(0);
    const straight = await create();
    await train(straight, text, small);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("aborted after fit was called, before its first step", async () => {
    const model = await create();
    const controller = new AbortController();
    const steps = model.fit(text, { ...small, signal: controller.signal });
    controller.abort("no more");
    await expect(steps.next()).rejects.toBe("no more");
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(model.record.steps).toBe(0);
    await train(model, text, small);
  });

  test("aborted by a timer between steps, with the timer's reason", async () => {
    const model = await create();
    const signal = AbortSignal.timeout(60);
    await expect(train(model, text, { ...small, steps: 1e6, signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(model.record.steps).toBeGreaterThan(0);
    expect(model.run?.finished).toBeNull();
    expect(Number.isFinite(model.score(text).nats)).toBe(true);
  });

  test("aborted after the last step: too late to matter", async () => {
    const model = await create();
    const controller = new AbortController();
    for await (const { finished } of model.fit(text, { ...small, signal: controller.signal })) {
      if (finished) controller.abort();
    }
    expect(model.run?.finished).toBe("steps");
  });
});
