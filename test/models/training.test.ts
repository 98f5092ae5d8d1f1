// What `fit` gives can be looped over and awaited, by steps and to the end, in any order.

import { describe, expect, test } from "vitest";
import { InvalidInputError, Training } from "../../src/entries/index.js";
import { create, small } from "./bad-input/help.js";
import { text } from "./help.js";

const straight = await create();
const whole = await straight.fit(text, small);

describe("fit", () => {
  test("awaited, it trains to the end and gives the last report", async () => {
    expect(whole).toMatchObject({ step: small.steps, finished: "steps" });
    expect(straight.record.steps).toBe(small.steps);
    const model = await create();
    let last: typeof whole | undefined;
    for await (const report of model.fit(text, small)) last = report;
    expect(model.fingerprint()).toBe(straight.fingerprint());
    expect(last).toMatchObject({ step: whole.step, loss: whole.loss, finished: "steps" });
  });

  test("trains nothing until it is looped over or awaited", async () => {
    const model = await create();
    const before = model.fingerprint();
    const training = model.fit(text, small);
    expect(training).toBeInstanceOf(Training);
    await new Promise((done) => setTimeout(done, 20));
    expect(model.fingerprint()).toBe(before);
    await training;
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("awaited twice, it trains once and gives the same report", async () => {
    const model = await create();
    const training = model.fit(text, small);
    const [one, two] = [await training, await training];
    expect(two).toBe(one);
    expect(model.record).toMatchObject({ runs: 1, steps: small.steps });
    const reports = [];
    for await (const report of training) reports.push(report);
    expect(reports).toEqual([]);
  });

  test("awaited after some steps of a loop, it takes the steps that are left", async () => {
    const model = await create();
    const training = model.fit(text, small);
    await training.next();
    await training.next();
    expect(model.record.steps).toBe(2);
    expect((await training).step).toBe(small.steps);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("awaited after a break, it gives the report of the break, and the next fit resumes", async () => {
    const model = await create();
    const training = model.fit(text, small);
    for await (const { step } of training) if (step === 3) break;
    expect((await training).step).toBe(3);
    expect((await model.fit(text, small)).step).toBe(small.steps);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("returned from an asynchronous function, it is trained to the end", async () => {
    const model = await create();
    const train = async () => model.fit(text, small);
    expect((await train()).step).toBe(small.steps);
  });

  test("then, catch and finally are a promise's", async () => {
    const model = await create();
    const steps: number[] = [];
    await model.fit(text, small).finally(() => steps.push(-1));
    expect(await model.fit(text, { ...small, resume: false }).then(({ step }) => step)).toBe(6);
    const failed = await model.fit(text, { steps: -1 }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(InvalidInputError);
    expect(steps).toEqual([-1]);
  });

  test("refuses to be awaited where nothing was left to train", async () => {
    const model = await create();
    await model.fit(text, small);
    const again = model.fit(text, { ...small, resume: true });
    await expect(again).rejects.toThrow("nothing left to train: the run has taken all its steps");
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("stops for its signal, awaited too", async () => {
    const controller = new AbortController();
    const model = await create();
    const training = model.fit(text, { ...small, signal: controller.signal });
    await training.next();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(training).rejects.toBe(reason);
    await model.fit(text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});
