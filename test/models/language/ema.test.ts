import { describe, expect, test } from "vitest";
import { text, train, weights } from "../help.js";
import { create, small } from "./help.js";

describe("ema", () => {
  test("the run ends with the average, which is the mean that it claims to be", async () => {
    const raw = await create();
    const decay = 0.3;
    let n = 0;
    const average = Float64Array.from(weights(raw));
    for await (const _ of raw.fit(text, small)) {
      const now = weights(raw);
      const d = Math.min(decay, (1 + n) / (10 + n));
      for (const [i, x] of now.entries()) average[i] = d * average[i] + (1 - d) * x;
      n++;
    }
    const model = await create();
    const reports = await train(model, text, { ...small, ema: decay, val: 0 });
    expect(model.fingerprint()).not.toBe(raw.fingerprint());
    const got = weights(model);
    const far = got.reduce((most, x, i) => Math.max(most, Math.abs(x - average[i])), 0);
    expect(far).toBeLessThan(1e-6);
    expect(reports).toHaveLength(12);
  });

  test("validation measures the average", async () => {
    const model = await create();
    const reports = await train(model, text, { ...small, ema: 0.9, val: 0.25 });
    const validation = text.slice(-Math.round(text.length * 0.25));
    expect(model.score(validation).nats).toBe(reports[11].validation);
  });

  test("with patience the best average is kept", async () => {
    const model = await create();
    const fit = { ...small, steps: 200, ema: 0.5, val: 0.25, evalEvery: 2, patience: 3, lr: 0.3 };
    const reports = await train(model, text, fit);
    const best = Math.min(...reports.flatMap(({ validation }) => validation ?? []));
    expect(reports[reports.length - 1].finished).toBe("patience");
    expect(model.score(text.slice(-Math.round(text.length * 0.25))).nats).toBe(best);
  });
});
