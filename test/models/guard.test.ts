import { expect, test } from "vitest";
import type { StepReport } from "../../src/entries/index.js";
import { Classifier, ImageSet, LanguageModel, Seq2Seq, VAE } from "../../src/entries/index.js";

const words = ["apple", "river", "stone", "cloud", "tiger", "maple", "ocean", "flute"];
const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
};
const next = random(11);
const text = Array.from({ length: 160 }, () => words[next() % words.length]).join(" ");
const how = { steps: 400, batch: 8, seqLen: 32, lr: 1e-2, val: 0.3, evalEvery: 8 } as const;

async function model(dropout = 0, network: "lstm" | "gru" | "transformer" = "lstm") {
  const sizes =
    network === "transformer"
      ? { hidden: 32, layers: 1, heads: 2, context: 64 }
      : { hidden: 48, embed: 16 };
  return LanguageModel.create({ corpus: text, seed: 5, network, dropout, ...sizes });
}

async function all<R>(reports: AsyncIterable<R>): Promise<R[]> {
  const list: R[] = [];
  for await (const report of reports) list.push(report);
  return list;
}

test("a guard stops a run that learns by heart, says so, and keeps the best weights", async () => {
  const guarded = await model();
  const reports = await all<StepReport>(guarded.fit(text, { ...how, guard: true }));
  const last = reports[reports.length - 1];
  const best = reports.filter((one) => one.best).pop()!;
  expect(last.finished).toBe("guard");
  expect(last.kept).toBe(best.step);
  expect(last.step).toBeLessThanOrEqual(1.5 * best.step + how.evalEvery);
  expect(last.guard).toMatchObject({ action: "stop" });
  expect(last.guard!.gap).toBeGreaterThan(last.guard!.gapAtBest);
  expect(last.warnings).toMatchObject([{ kind: "overfitting" }]);
  // Until then it is the run without one.
  const plain = await model();
  const { guard: _, ...rest } = { ...how, guard: true };
  for await (const report of plain.fit(text, rest)) if (report.step === last.step) break;
  const file = await LanguageModel.load(guarded.save());
  expect(file.fingerprint()).toBe(guarded.fingerprint());
  expect(plain.run!.bestStep).toBe(best.step);
  expect(plain.run!.bestLoss).toBe(best.validation);
});

for (const action of ["lower-rate", "more-dropout"] as const) {
  test(`a guard's ${action} is the same bits after every interruption`, async () => {
    const guard = { action, times: 2 } as const;
    const whole = await model(0.1);
    const reports = await all<StepReport>(whole.fit(text, { ...how, guard }));
    const acts = reports.filter((one) => one.guard);
    expect(acts.length).toBeGreaterThan(1);
    expect(acts[0].guard!.action).toBe(action);
    if (action === "lower-rate") {
      const at = reports.indexOf(acts[0]);
      expect(reports[at + 1].lr).toBe(how.lr / 2);
      expect(reports[at].lr).toBe(how.lr);
    }
    let part = await model(0.1);
    const stops = [3, acts[0].step, acts[0].step + 5, acts[1].step];
    for (const stop of stops) {
      for await (const { step } of part.fit(text, { ...how, guard })) if (step === stop) break;
      if (part.run!.finished) break;
      part = await LanguageModel.load(part.save({ training: true }));
    }
    if (!part.run!.finished) await part.fit(text, { ...how, guard });
    expect(part.fingerprint()).toBe(whole.fingerprint());
    expect(part.run).toEqual(whole.run);
  });
}

test("dropout is raised on every shard alike, wherever it is computed", async () => {
  const guard = { action: "more-dropout" } as const;
  const keep = "last";
  for (const network of ["gru", "transformer"] as const) {
    const once = await model(0, network);
    const reports = await all<StepReport>(
      once.fit(text, { ...how, keep, steps: 160, guard, shards: 2 }),
    );
    const plain = await model(0, network);
    await plain.fit(text, { ...how, keep, steps: 160, shards: 2 });
    const acted = reports.some((one) => one.guard?.action === "more-dropout");
    expect(acted).toBe(true);
    expect(once.fingerprint()).not.toBe(plain.fingerprint());
    const workers = await model(0, network);
    await workers.fit(text, { ...how, keep, steps: 160, guard, shards: 2, workers: 2 });
    expect(workers.fingerprint()).toBe(once.fingerprint());
  }
});

test("a run without a guard has nothing of one in its file, and one that a guard ended goes on with more steps", async () => {
  const plain = await model();
  await plain.fit(text, { ...how, steps: 8 });
  expect(plain.run).not.toHaveProperty("guard");
  expect(plain.run!.options).not.toHaveProperty("guard");
  const guarded = await model();
  await guarded.fit(text, { ...how, guard: true });
  const { step } = guarded.run!;
  const further = await LanguageModel.load(guarded.save({ training: true }));
  await further.fit(text, { ...how, guard: true, steps: 500, resume: true });
  expect(further.run!.step).toBeGreaterThan(step);
});

test("a guard has a hundred validations where nobody says how many", async () => {
  const guarded = await model();
  await guarded.fit(text, { steps: 200, batch: 4, seqLen: 8, val: 0.3, guard: true });
  expect(guarded.run!.options.evalEvery).toBe(2);
});

test("pairs are guarded by their answers, other models by the gap", async () => {
  const pairs = words.map((source, i) => ({ source, target: words[(i * 3 + 1) % words.length] }));
  const translator = await Seq2Seq.create({ corpus: pairs, hidden: 24, embed: 8 });
  const steps = await all<StepReport>(
    translator.fit(pairs, { steps: 120, batch: 4, val: 0.25, lr: 1e-2, evalEvery: 4, guard: true }),
  );
  expect(steps[steps.length - 1].finished).toBe("guard");
});

test("a classifier of noise is stopped by its gap alone", async () => {
  const draw = random(3);
  const pixels = Uint8Array.from({ length: 60 * 64 }, () => draw() % 256);
  const indices = Int32Array.from({ length: 60 }, () => draw() % 2);
  const labels = [{ name: "side", classes: ["a", "b"], indices }];
  const images = new ImageSet({ height: 8, width: 8, channels: 1, pixels, labels });
  const classifier = await Classifier.create({ images });
  const run = { steps: 200, val: 0.3, evalEvery: 5, batch: 20, guard: true } as const;
  const last = await classifier.fit(images, run);
  expect(last.finished).toBe("guard");
  expect(last.guard).not.toHaveProperty("copying");
});

test("what a guard cannot do is refused", async () => {
  const own = await model();
  const fit = async (options: object) => own.fit(text, { ...how, ...options });
  await expect(fit({ guard: "stop" })).rejects.toThrow(
    'guard must be true, false, or an object such as { action: "stop" }, got "stop"',
  );
  await expect(fit({ guard: { action: "halt" } })).rejects.toThrow("guard.action");
  await expect(fit({ guard: { times: 0 } })).rejects.toThrow("guard.times");
  await expect(fit({ guard: true, val: 0 })).rejects.toThrow(
    "guard goes by the validation loss, and there is no validation",
  );
  const vae = await VAE.create({ shape: [3], latent: 2, network: "dense", hidden: 8 } as never);
  const rows = Array.from({ length: 40 }, (_, i) => Float32Array.of(i % 5, i % 7, i / 40));
  const dropout = { steps: 10, val: 0.2, guard: { action: "more-dropout" } } as const;
  await expect(vae.fit(rows, dropout)).rejects.toThrow("is for networks with dropout");
});
