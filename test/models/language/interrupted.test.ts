import { describe, expect, test } from "vitest";
import {
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
  load,
  type Runtime,
} from "../../../src/entries/index.js";
import { names, runtime, text, tiny, train } from "../help.js";
import { losses, small } from "./help.js";

/** Everything that two equal runs have in common. */
function outcome(model: LanguageModel) {
  return {
    fingerprint: model.fingerprint(),
    record: model.record,
    samples: model.generate({ maxTokens: 30, samples: 2, seed: 3 }).samples,
    file: Buffer.from(model.save({ training: true })).toString("base64"),
  };
}

interface Case {
  readonly model?: LanguageModelOptions;
  readonly fit: LanguageFitOptions;
}
const validated = { val: 0.25, evalEvery: 3 };
const cases: Record<string, Case> = {
  windows: { fit: {} },
  streams: { fit: { batching: "streams" } },
  "streams over several epochs": { fit: { batching: "streams", batch: 16, seqLen: 25 } },
  documents: { model: { corpus: names }, fit: {} },
  "documents in pieces": { model: { corpus: names }, fit: { maxLength: 3 } },
  dropout: { model: { dropout: 0.3, layers: 2 }, fit: {} },
  "streams with dropout and two layers": {
    model: { dropout: 0.3, layers: 2 },
    fit: { batching: "streams" },
  },
  accumulate: { model: { dropout: 0.3 }, fit: { accumulate: 2 } },
  "accumulate over streams": { fit: { accumulate: 2, batching: "streams" } },
  ema: { fit: { ema: 0.9 } },
  "ema with validation": { fit: { ema: 0.9, ...validated, patience: 100 } },
  patience: { fit: { ...validated, evalEvery: 1, patience: 2, steps: 60, lr: 0.3 } },
  "patience for documents": {
    model: { corpus: names },
    fit: { ...validated, evalEvery: 1, patience: 4, steps: 60, lr: 0.1 },
  },
  linear: { fit: { schedule: "linear", warmup: 3 } },
  cosine: { fit: { schedule: "cosine", lrMin: 0.1 } },
  step: { fit: { schedule: "step", lrEvery: 3 } },
  plateau: { fit: { schedule: "plateau", lrPatience: 1, lr: 0.3, ...validated, evalEvery: 1 } },
  sgd: { fit: { optimizer: "sgd", momentum: 0.9, weightDecay: 0.01, lr: 0.5 } },
  "sgd without momentum": { fit: { optimizer: "sgd", momentum: 0, lr: 0.5 } },
  adam: { fit: { optimizer: "adam", weightDecay: 0.01 } },
  adamw: { fit: { optimizer: "adamw", weightDecay: 0.1, betas: [0.8, 0.99] } },
  bpe: { model: { tokenizer: "bpe", vocab: 270 }, fit: {} },
};

describe.each(Object.entries(cases))("interrupted: %s", (name, given) => {
  const fit = { ...small, ...given.fit };
  const data = (given.model?.corpus ?? text) as string | readonly string[];
  const make = (on: Runtime = runtime) =>
    LanguageModel.create({ runtime: on, ...tiny, corpus: data, ...given.model });

  test("the same bits as without", async () => {
    const straight = await make();
    const reports = await train(straight, data, fit);
    const expected = { ...outcome(straight), losses: losses(reports) };
    const count = reports.length;
    if (name.startsWith("patience")) {
      expect(count).toBeLessThan(60);
      expect(reports[count - 1].finished).toBe("patience");
    } else expect(count).toBe(12);

    const broken = await make();
    const seen: number[] = [];
    for (const stop of [1, 3, Infinity]) seen.push(...losses(await train(broken, data, fit, stop)));
    expect({ ...outcome(broken), losses: seen }, "break").toEqual(expected);

    const aborted = await make();
    const abortedLosses: number[] = [];
    for (const stop of [2, count - 2, 0]) {
      const controller = new AbortController();
      const steps = aborted.fit(data, { ...fit, signal: controller.signal });
      const reason = new Error("enough");
      const work = (async () => {
        for await (const { loss, step } of steps) {
          abortedLosses.push(loss);
          if (step === stop) controller.abort(reason);
        }
      })();
      if (stop > 0) await expect(work).rejects.toBe(reason);
      else await work;
    }
    expect({ ...outcome(aborted), losses: abortedLosses }, "abort").toEqual(expected);

    let saved = await make(await load());
    const savedLosses: number[] = [];
    for (const stop of [2, 2, Infinity]) {
      savedLosses.push(...losses(await train(saved, data, fit, stop)));
      const bytes = saved.save({ training: true });
      saved = await LanguageModel.load(bytes);
      expect(Buffer.compare(saved.save({ training: true }), bytes), "load, save").toBe(0);
    }
    expect({ ...outcome(saved), losses: savedLosses }, "save").toEqual(expected);
  });
});
