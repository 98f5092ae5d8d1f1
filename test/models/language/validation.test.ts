import { describe, expect, test } from "vitest";
import { LanguageModel } from "../../../src/entries/index.js";
import { names, runtime, text, train } from "../help.js";
import { create, createNames, losses, small } from "./help.js";

describe("validation", () => {
  test("patience stops early and keeps the best weights", async () => {
    const model = await create();
    const fit = { ...small, steps: 300, val: 0.25, evalEvery: 2, patience: 3, lr: 0.3 };
    const reports = await train(model, text, fit);
    const { step, finished } = reports[reports.length - 1];
    expect(finished).toBe("patience");
    expect(step).toBeLessThan(300);
    const measured = reports.flatMap(({ validation }) => validation ?? []);
    const best = Math.min(...measured);
    expect(measured.slice(-3).every((validation) => validation > best)).toBe(true);
    expect(model.score(text.slice(-Math.round(text.length * 0.25))).nats).toBe(best);
    expect(model.record.validation).toBe(best);
    expect(model.run).toMatchObject({ bestLoss: best, bestStep: step - 6, waited: 3 });
    const bests = reports.filter((report) => report.best).map(({ validation }) => validation!);
    expect(bests).toEqual([...bests].sort((a, b) => b - a));
    expect((await LanguageModel.load(model.save(), { runtime })).score(text)).toEqual(
      model.score(text),
    );
  });

  test("a run with patience that ends by steps keeps the best weights too", async () => {
    const model = await create();
    const fit = { ...small, steps: 16, val: 0.25, evalEvery: 2, patience: 100, lr: 0.5 };
    const reports = await train(model, text, fit);
    const measured = reports.flatMap(({ validation }) => validation ?? []);
    const best = Math.min(...measured);
    expect(measured[measured.length - 1]).toBeGreaterThan(best);
    expect(model.score(text.slice(-Math.round(text.length * 0.25))).nats).toBe(best);
  });

  test("patience that comes later searches from there, and one that goes lets go", async () => {
    const validation = text.slice(-Math.round(text.length * 0.25));
    const model = await create();
    const fit = { ...small, steps: 100, val: 0.25, evalEvery: 1 };
    await train(model, text, fit, 10);
    const earlier = model.run!.bestLoss!;
    const reports = [
      ...(await train(model, text, { ...fit, lr: 3, patience: 4 }, 2)),
      ...(await train(model, text, { ...fit, lr: 3, patience: 4 })),
    ];
    const best = Math.min(...reports.map((report) => report.validation!));
    expect(best).toBeGreaterThan(earlier);
    expect(reports[reports.length - 1].validation).toBeGreaterThan(best);
    expect(reports[reports.length - 1].finished).toBe("patience");
    expect(model.score(validation).nats).toBe(best);

    const other = await create();
    await train(other, text, { ...fit, patience: 50 }, 10);
    await train(other, text, { ...fit, lr: 1 }, 3);
    const again = await LanguageModel.load(other.save({ training: true }), { runtime });
    const rest = await train(other, text, { ...fit, steps: 20, lr: 1 });
    const { validation: last } = rest[rest.length - 1];
    expect(last).toBeGreaterThan(other.run!.bestLoss!);
    expect(other.score(validation).nats).toBe(last);
    await train(again, text, { ...fit, steps: 20, lr: 1 });
    expect(again.fingerprint()).toBe(other.fingerprint());
  });

  test("documents are validated by document", async () => {
    const model = await createNames();
    const reports = await train(model, names, { ...small, val: 0.25, evalEvery: 12 });
    const { validation } = reports[11];
    expect(model.score(names.slice(-Math.round(names.length * 0.25))).nats).toBeCloseTo(
      validation!,
      6,
    );
  });

  test("validation data is not trained on", async () => {
    const odd = `${text}${"z".repeat(100)}`;
    const model = await create({ corpus: odd });
    const unseen = model.score(odd.slice(-100)).nats;
    const fit = { ...small, steps: 100, val: 100 / odd.length, evalEvery: 100 };
    const reports = await train(model, odd, fit);
    expect(reports[99].validation).toBe(model.score(odd.slice(-100)).nats);
    expect(reports[99].validation).toBeGreaterThan(unseen);
  });

  test("measuring changes no bit of the run", async () => {
    const run = async (evalEvery: number, ema = 0) => {
      const model = await create({ dropout: 0.2 });
      const fit = { ...small, val: 0.2, batching: "streams", evalEvery, ema } as const;
      const reports = await train(model, text, fit);
      return [model.fingerprint(), losses(reports)];
    };
    expect(await run(1)).toEqual(await run(12));
    expect(await run(1, 0.9)).toEqual(await run(12, 0.9));
  });
});
