import { describe, expect, test } from "vitest";
import { splitDocuments } from "../../../src/data/documents.js";
import { LanguageModel } from "../../../src/entries/index.js";
import { Key, purposes } from "../../../src/host/key.js";
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
    await train(model, text, { ...fit, keep: "last" }, 10);
    const earlier = model.run!.bestLoss!;
    const reports = [
      ...(await train(model, text, { ...fit, lr: 3, patience: 4, keep: "best" }, 2)),
      ...(await train(model, text, { ...fit, lr: 3, patience: 4 })),
    ];
    const best = Math.min(...reports.map((report) => report.validation!));
    expect(best).toBeGreaterThan(earlier);
    expect(reports[reports.length - 1].validation).toBeGreaterThan(best);
    expect(reports[reports.length - 1].finished).toBe("patience");
    expect(model.score(validation).nats).toBe(best);

    const other = await create();
    await train(other, text, { ...fit, patience: 50 }, 10);
    await train(other, text, { ...fit, lr: 1, keep: "last" }, 3);
    const again = await LanguageModel.load(other.save({ training: true }), { runtime });
    const rest = await train(other, text, { ...fit, steps: 20, lr: 1, keep: "last" });
    const { validation: last } = rest[rest.length - 1];
    expect(last).toBeGreaterThan(other.run!.bestLoss!);
    expect(other.score(validation).nats).toBe(last);
    await train(again, text, { ...fit, steps: 20, lr: 1 }); // the file says what is kept
    expect(again.fingerprint()).toBe(other.fingerprint());
  });

  test("documents are validated by document", async () => {
    const model = await createNames();
    const reports = await train(model, names, { ...small, val: 0.25, evalEvery: 12 });
    const { validation } = reports[11];
    const key = Key.fromSeed(runtime.machine(), model.config.seed).fold(purposes.shuffle).fold(0);
    const tokens = names.map((name) => model.tokenizer.encode(name));
    const drawn = splitDocuments(tokens, 0.25, key).validation;
    const measured = drawn.map((document) => model.tokenizer.decode(document));
    expect(measured).toHaveLength(Math.round(names.length * 0.25));
    expect(model.score(measured).nats).toBeCloseTo(validation!, 6);
    expect(names.slice(-measured.length)).not.toEqual(measured);
  });

  describe("what a run ends with", () => {
    const validation = text.slice(-Math.round(text.length * 0.25));
    // A rate so high that the best validation is not the last.
    const fit = { ...small, steps: 40, lr: 0.3, val: 0.25, evalEvery: 2 };

    test("the best weights, and the report says of which step; or the last", async () => {
      const model = await create();
      const reports = await train(model, text, fit);
      const measured = reports.filter((report) => report.validation !== undefined);
      const best = measured.reduce((a, b) => (b.validation! < a.validation! ? b : a));
      expect(best.step).toBeLessThan(40);
      expect(reports[39]).toMatchObject({ finished: "steps", kept: best.step });
      expect(model.score(validation).nats).toBe(best.validation);
      expect(model.record.validation).toBe(best.validation);

      const last = await create();
      const others = await train(last, text, { ...fit, keep: "last" });
      expect(others[39]).not.toHaveProperty("kept");
      expect(last.score(validation).nats).toBe(others[39].validation);
      expect(losses(others)).toEqual(losses(reports));
    });

    test.each([
      ["the best", {}],
      ["an average", { val: 0, ema: 0.9 }],
      ["the best average", { ema: 0.9 }],
      ["the last", { keep: "last" }],
      ["the best, by patience", { patience: 3 }],
    ] as const)("extended, a run that ended with %s is one long run", async (_, more) => {
      const straight = await create();
      const whole = await train(straight, text, { ...fit, ...more, patience: 0, evalEvery: 2 });
      const model = await create();
      const first = await train(model, text, { ...fit, ...more, steps: 20 });
      const file = model.save({ training: true });
      const again = await LanguageModel.load(file, { runtime });
      expect(again.fingerprint()).toBe(model.fingerprint());
      for (const one of [model, again]) {
        const rest = await train(one, text, { ...fit, ...more, patience: 0, resume: true });
        expect([...losses(first), ...losses(rest)]).toEqual(losses(whole));
        expect(one.fingerprint()).toBe(straight.fingerprint());
        expect(rest.at(-1)!.kept).toBe(whole.at(-1)!.kept);
      }
    });
  });

  // At its end a run is measured, also between two validations; what continues it must not know of that.
  describe("ended between two validations, and extended", () => {
    const rising = { ...small, lr: 0.02, val: 0.3, evalEvery: 50 };
    const short = text.slice(0, 400);
    const make = () => create({ hidden: 24, corpus: short });

    test.each([
      ["the best", {}],
      ["the best average", { ema: 0.9 }],
      ["a schedule that looks at it", { schedule: "plateau", lrPatience: 1, keep: "last" }],
      ["patience", { patience: 2 }],
    ] as const)("with %s: one long run", async (_, more) => {
      const straight = await make();
      const whole = await train(straight, short, { ...rising, ...more, steps: 160 });
      for (const steps of [10, 60, 90, 120]) {
        const model = await make();
        await train(model, short, { ...rising, ...more, steps });
        const again = await LanguageModel.load(model.save({ training: true }), { runtime });
        expect(again.fingerprint()).toBe(model.fingerprint());
        for (const one of [model, again]) {
          await train(one, short, { ...rising, ...more, steps: 160, resume: true });
          expect(one.fingerprint()).toBe(straight.fingerprint());
          expect(one.run).toEqual(straight.run);
        }
      }
      expect(whole.length).toBeGreaterThan(100);
    });

    test("it ends with that state where it is the best", async () => {
      const all = await make();
      const every = await train(all, short, { ...rising, steps: 90, evalEvery: 10, keep: "last" });
      const best = every.reduce((a, b) =>
        (b.validation ?? Infinity) < (a.validation ?? Infinity) ? b : a,
      );
      expect(best.step % 50).not.toBe(0);
      const model = await make();
      const reports = await train(model, short, { ...rising, steps: best.step });
      expect(reports.at(-1)).toMatchObject({ kept: best.step, validation: best.validation });
      expect(model.run).toMatchObject({ bestStep: best.step, bestLoss: best.validation });
      expect(model.record.validation).toBe(best.validation);
      expect(model.score(short.slice(-120)).nats).toBe(best.validation);
    });
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
