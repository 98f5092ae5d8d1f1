import { describe, expect, test } from "vitest";
import {
  DivergedError,
  InvalidInputError,
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
  load,
  numerics,
  type Runtime,
  type TextStepReport,
  version,
} from "../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../src/formats/safetensors.js";
import type { Machine } from "../../src/host/machine.js";
import {
  naiveLogits,
  naiveLogSoftmax,
  names,
  refusedLater,
  runtime,
  text,
  tiny,
  train,
  weights,
} from "./help.js";

const small: LanguageFitOptions = { steps: 12, batch: 4, seqLen: 8, lr: 1e-2 };
const create = (options: LanguageModelOptions = {}) =>
  LanguageModel.create(runtime, { ...tiny, corpus: text, ...options });
const createNames = (options: LanguageModelOptions = {}) => create({ corpus: names, ...options });
const losses = (reports: readonly TextStepReport[]) => reports.map(({ loss }) => loss);

/** Everything that two equal runs have in common. */
function outcome(model: LanguageModel) {
  return {
    fingerprint: model.fingerprint(),
    record: model.record,
    samples: model.generate({ tokens: 30, count: 2, seed: 3 }).samples,
    file: Buffer.from(model.save({ training: true })).toString("base64"),
  };
}

describe("training", () => {
  test("learns a small text", async () => {
    const model = create({ hidden: 24 });
    const reports = await train(model, text, { ...small, steps: 200, batch: 8, seqLen: 16 });
    const classes = model.tokenizer.size;
    expect(reports[0].loss).toBeGreaterThan(Math.log(classes) - 0.5);
    expect(reports[0].loss).toBeLessThan(Math.log(classes) + 0.5);
    const last = losses(reports).slice(-10);
    expect(Math.max(...last)).toBeLessThan(0.8);
    expect(model.score(text).nats).toBeLessThan(0.6);
    expect(model.generate({ prompt: "the c", tokens: 2, greedy: true }).text).toBe("at");
  });

  test("learns documents, their ends included", async () => {
    const model = createNames({ hidden: 24 });
    const before = model.score(names).nats;
    await train(model, names, { ...small, steps: 200, batch: 9 });
    expect(model.score(names).nats).toBeLessThan(before / 3);
    const { samples } = model.generate({ count: 8, tokens: 30 });
    expect(samples.map(({ finish }) => finish)).toEqual(Array(8).fill("end"));
    expect(samples.filter((sample) => names.includes(sample.text)).length).toBeGreaterThan(3);
  });

  test("reports what it does", async () => {
    const options = {
      ...small,
      accumulate: 2,
      schedule: "linear",
      val: 0.2,
      evalEvery: 5,
    } as const;
    const reports = await train(create(), text, options);
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(reports.map(({ tokens }) => tokens)).toEqual(
      reports.map(({ step }) => step * 4 * 8 * 2),
    );
    for (const { step, steps, lr, gradNorm, tokensPerSecond, elapsed } of reports) {
      expect(steps).toBe(12);
      expect(lr).toBeCloseTo(1e-2 * (1 - (step - 1) / 12), 12);
      expect(gradNorm).toBeGreaterThan(0);
      expect(tokensPerSecond).toBeGreaterThan(0);
      expect(elapsed).toBeGreaterThan(0);
    }
    const validated = reports.filter(({ validation }) => validation !== undefined);
    expect(validated.map(({ step }) => step)).toEqual([5, 10, 12]);
    expect(validated[0].best).toBe(true);
    expect(reports.map(({ finished }) => finished)).toEqual([
      ...Array(11).fill(undefined),
      "steps",
    ]);
  });

  test("keeps a record over runs", async () => {
    const model = create();
    expect(model.record).toEqual({
      imported: false,
      fast: false,
      runs: 0,
      steps: 0,
      examples: 0,
      targets: 0,
      loss: null,
      validation: null,
      history: [],
    });
    expect(model.run).toBeUndefined();
    const first = await train(model, text, small);
    expect(model.record).toMatchObject({
      ...{ runs: 1, steps: 12, examples: 48, targets: 384, loss: first[11].loss },
    });
    const second = await train(model, text, { ...small, steps: 5, val: 0.2 });
    const { loss, validation } = second[4];
    const run = { version, numerics, seed: 1, dataOptions: model.run!.dataOptions };
    expect(model.record.history).toMatchObject([
      { version, numerics, seed: 1, steps: 12, options: { steps: 12 } },
      { ...run, steps: 5, options: model.run!.options, data: model.run!.data },
    ]);
    const { history, ...record } = model.record;
    expect(record).toEqual({
      imported: false,
      fast: false,
      runs: 2,
      steps: 17,
      examples: 48 + 20,
      targets: 384 + 160,
      loss,
      validation,
    });
    expect(model.run).toMatchObject({ run: 1, step: 5, finished: "steps" });
    expect(LanguageModel.load(runtime, model.save()).record).toEqual(model.record);
    expect(LanguageModel.load(runtime, model.save({ training: true })).record).toEqual(
      model.record,
    );
  });

  test("a step over two batches is a step over their union", async () => {
    // An epoch of documents is the same 18, in one batch or in two.
    const whole = await train(createNames(), names, { ...small, steps: 1, batch: 18 });
    const halves = await train(createNames(), names, {
      ...small,
      steps: 1,
      batch: 9,
      accumulate: 2,
    });
    expect(halves[0].loss).toBeCloseTo(whole[0].loss, 5);
    expect(halves[0].gradNorm).toBeCloseTo(whole[0].gradNorm, 5);
    expect(halves[0].tokens).toBe(whole[0].tokens);
  });

  test("a step over two batches takes the two that come next", async () => {
    // At a rate that moves nothing, losses are those of the batches themselves.
    const still = { ...small, lr: 1e-30 };
    for (const batching of ["windows", "streams"] as const) {
      const single = losses(await train(create(), text, { ...still, batching }));
      const fit = { ...still, steps: 6, accumulate: 2, batching };
      for (const [i, loss] of losses(await train(create(), text, fit)).entries()) {
        expect(loss).toBeCloseTo((single[2 * i] + single[2 * i + 1]) / 2, 5);
      }
    }
  });

  test("lets other things happen", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    for await (const { elapsed } of create().fit(text, { ...small, steps: 1e6 })) {
      if (elapsed > 0.3) break;
    }
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  test("clipping bounds the step, and 0 turns it off", async () => {
    const sgd = { ...small, steps: 1, optimizer: "sgd", lr: 1, momentum: 0 } as const;
    const moved = async (clip: number) => {
      const model = create();
      const before = weights(model);
      const [{ gradNorm }] = await train(model, text, { ...sgd, clip });
      const after = weights(model);
      return { gradNorm, length: Math.hypot(...after.map((x, i) => x - before[i])) };
    };
    const clipped = await moved(0.01);
    expect(clipped.gradNorm).toBeGreaterThan(0.05);
    expect(clipped.length).toBeCloseTo(0.01, 5);
    const free = await moved(0);
    expect(free.length).toBeCloseTo(free.gradNorm, 4);
  });
});

describe("seeds", () => {
  const after = async (options: LanguageModelOptions, fit: LanguageFitOptions = small) => {
    const model = create(options);
    await train(model, text, fit);
    return model.fingerprint();
  };

  test("the same twice, another otherwise", async () => {
    const options = { dropout: 0.2, layers: 2 };
    const first = await after({ ...options, seed: 7 });
    expect(await after({ ...options, seed: 7 })).toBe(first);
    expect(await after({ ...options, seed: 8 })).not.toBe(first);
    expect(await after({ ...options, seed: 7 + 2 ** 32 })).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test("0 is a seed, and the default", async () => {
    expect(await after({ seed: 0 })).toBe(await after({ seed: undefined }));
    expect(await after({ seed: 0 })).not.toBe(await after({ seed: 1 }));
  });

  test("initial values depend on the seed, before any step", () => {
    expect(create().fingerprint()).toBe(create().fingerprint());
    expect(create({ seed: 2 }).fingerprint()).not.toBe(create().fingerprint());
  });

  test("a second run of a model is not the first again", async () => {
    const model = create();
    const first = await train(model, text, { ...small, lr: 1e-9 });
    const second = await train(model, text, { ...small, lr: 1e-9 });
    expect(losses(second)).not.toEqual(losses(first));
  });

  test("dropout drops in training, not in evaluation", async () => {
    const [plain, dropping] = [create(), create({ dropout: 0.5 })];
    expect(dropping.score(text)).toEqual(plain.score(text));
    const [a] = await train(plain, text, { ...small, steps: 1 });
    const [b] = await train(dropping, text, { ...small, steps: 1 });
    expect(b.loss).not.toBe(a.loss);
  });
});

describe("dropout", () => {
  test("is other at every step, and at every batch of a step", async () => {
    // One batch is the whole text, and nothing moves: what differs is what is dropped.
    const same = { ...small, batching: "streams", lr: 1e-30, steps: 4 } as const;
    const data = text.slice(0, 4 * 8 + 1);
    const plain = losses(await train(create({ corpus: text }), data, same));
    expect(new Set(plain).size).toBe(1);
    const dropping = losses(await train(create({ dropout: 0.3 }), data, same));
    expect(new Set(dropping).size).toBe(4);
    const two = { ...same, accumulate: 2 };
    const doubled = losses(await train(create({ dropout: 0.3 }), data, two));
    expect(doubled[0]).toBeCloseTo((dropping[0] + dropping[1]) / 2, 5);
  });

  test("of embedding, between layers and of the output, and nowhere else", async () => {
    // One token: where a unit was dropped, the weights behind it have no gradient at all.
    const still = async (dropout: number) => {
      const model = create({ embed: 64, hidden: 64, layers: 2, dropout });
      const before = readSafetensors(model.save()).tensors;
      const sgd = { optimizer: "sgd", momentum: 0, lr: 100, clip: 0 } as const;
      await train(model, text, { ...sgd, steps: 1, batch: 1, seqLen: 1 });
      const after = readSafetensors(model.save()).tensors;
      /** How many columns of a matrix stayed as they were. */
      return (name: string, rows?: number) => {
        const [a, b] = [f32Data(before.get(name)!), f32Data(after.get(name)!)];
        const [all, columns] = before.get(name)!.shape;
        const moved = new Set<number>();
        for (let i = 0; i < (rows ?? all) * columns; i++) if (a[i] !== b[i]) moved.add(i % columns);
        return columns - moved.size;
      };
    };
    const [none, half] = [await still(0), await still(0.5)];
    for (const name of ["embedding.weight", "lstm.weight_ih_l1", "linear.weight"]) {
      expect(none(name), name).toBe(0);
      expect(half(name), name).toBeGreaterThan(18);
      expect(half(name), name).toBeLessThan(46);
    }
  });
});

describe("score", () => {
  const mean = (model: LanguageModel, tokens: readonly number[]) => {
    const rows = naiveLogits(model, tokens).map(naiveLogSoftmax);
    const sum = tokens.slice(1).reduce((total, token, i) => total - rows[i][token], 0);
    return { sum, nats: sum / (tokens.length - 1) };
  };

  test("of a text: the state is carried through all of it", async () => {
    const model = create({ layers: 2 });
    await train(model, text, small);
    const tokens = Array.from(model.tokenizer.encode(text));
    expect(tokens.length).toBeGreaterThan(800);
    const { sum, nats } = mean(model, tokens);
    const score = model.score(text);
    expect(score.nats).toBeCloseTo(nats, 5);
    expect(score.tokens).toBe(tokens.length - 1);
    expect(score.bitsPerChar).toBeCloseTo(sum / Math.LN2 / (tokens.length - 1), 5);
    expect(score.perplexity).toBeCloseTo(Math.exp(nats), 4);
    // Forgetting every 100 tokens: pieces that begin with the last token of the one before.
    let reset = 0;
    for (let at = 0; at < tokens.length - 1; at += 100) {
      reset += mean(model, tokens.slice(at, at + 101)).sum;
    }
    expect(model.score(text, { resetEvery: 100 }).nats).toBeCloseTo(reset / score.tokens, 5);
    expect(Math.abs(reset / score.tokens - nats)).toBeGreaterThan(1e-4);
  });

  test("of documents: each from its start, its end counted", async () => {
    const model = createNames();
    await train(model, names, small);
    const [start, end] = ["<start>", "<end>"].map((name) => model.tokenizer.special(name)!);
    let sum = 0;
    for (const name of names) {
      sum += mean(model, [start, ...model.tokenizer.encode(name), end]).sum;
    }
    const characters = names.join("").length + names.length;
    const score = model.score(names);
    expect(score.tokens).toBe(characters);
    expect(score.nats).toBeCloseTo(sum / characters, 5);
    expect(score.bitsPerChar).toBeCloseTo(sum / Math.LN2 / characters, 5);
    expect(model.score([...names].reverse()).nats).toBeCloseTo(score.nats, 9);
  });

  test("of characters, also where tokens are other things", async () => {
    const data = "今天下雨 😀 rain\n".repeat(20);
    const model = create({ corpus: data, tokenizer: "byte" });
    const { nats, tokens, bitsPerChar } = model.score(data);
    expect(tokens).toBe(new TextEncoder().encode(data).length - 1);
    // The first token is a byte of a character that the rest of it still has to be told.
    expect(bitsPerChar).toBeCloseTo((nats * tokens) / Math.LN2 / (Array.from(data).length - 1), 0);
  });
});

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
    fit: { ...validated, evalEvery: 1, patience: 2, steps: 60, lr: 0.1 },
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
  const data = given.model?.corpus ?? text;
  const make = (on: Runtime = runtime) =>
    LanguageModel.create(on, { ...tiny, corpus: data, ...given.model });

  test("the same bits as without", async () => {
    const straight = make();
    const reports = await train(straight, data, fit);
    const expected = { ...outcome(straight), losses: losses(reports) };
    const count = reports.length;
    if (name.startsWith("patience")) {
      expect(count).toBeLessThan(60);
      expect(reports[count - 1].finished).toBe("patience");
    } else expect(count).toBe(12);

    const broken = make();
    const seen: number[] = [];
    for (const stop of [1, 3, Infinity]) seen.push(...losses(await train(broken, data, fit, stop)));
    expect({ ...outcome(broken), losses: seen }, "break").toEqual(expected);

    const aborted = make();
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

    let saved = make(await load());
    const savedLosses: number[] = [];
    for (const stop of [2, 2, Infinity]) {
      savedLosses.push(...losses(await train(saved, data, fit, stop)));
      const bytes = saved.save({ training: true });
      saved = LanguageModel.load(await load(), bytes);
      expect(Buffer.compare(saved.save({ training: true }), bytes), "load, save").toBe(0);
    }
    expect({ ...outcome(saved), losses: savedLosses }, "save").toEqual(expected);
  });
});

describe("save and load", () => {
  test("change no bit", async () => {
    const model = create({ layers: 2 });
    await train(model, text, small);
    const bytes = model.save();
    const again = LanguageModel.load(await load(), bytes);
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(again.config).toEqual(model.config);
    expect(again.tokenizer.toJSON()).toEqual(model.tokenizer.toJSON());
    expect(again.score(text)).toEqual(model.score(text));
    expect(again.generate({ seed: 5 })).toEqual(model.generate({ seed: 5 }));
    expect(Buffer.compare(again.save(), bytes)).toBe(0);
    expect(model.save({ training: true }).length).toBeGreaterThan(2.9 * bytes.length);
  });

  test("a file without the run's state begins a new run", async () => {
    const model = create();
    await train(model, text, small, 5);
    const again = LanguageModel.load(runtime, model.save());
    expect(again.run).toBeUndefined();
    const [first] = await train(again, text, small, 1);
    expect(first.step).toBe(1);
    expect(again.record).toMatchObject({ runs: 2, steps: 6 });
  });

  test("the bytes are the caller's: changing them changes no model", async () => {
    const model = create();
    await train(model, text, small);
    const bytes = model.save({ training: true });
    const again = LanguageModel.load(runtime, bytes);
    bytes.fill(0);
    expect(again.fingerprint()).toBe(model.fingerprint());
    model.save().fill(0);
    expect(again.fingerprint()).toBe(model.fingerprint());
  });

  test("between two steps of a run, and the run goes on", async () => {
    const straight = create();
    await train(straight, text, { ...small, ema: 0.9 });
    const model = create();
    let bytes = model.save();
    for await (const { step } of model.fit(text, { ...small, ema: 0.9 })) {
      if (step === 5) bytes = model.save({ training: true });
    }
    expect(model.fingerprint()).toBe(straight.fingerprint());
    const other = LanguageModel.load(runtime, bytes);
    expect(other.run?.step).toBe(5);
    await train(other, text, { ...small, ema: 0.9 });
    expect(other.fingerprint()).toBe(straight.fingerprint());
  });
});

describe("one run at a time", () => {
  test("fit on a model in training is refused, and the run is not disturbed", async () => {
    const straight = create();
    await train(straight, text, small);
    const model = create();
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
      const straight = make();
      await train(straight, text, fit);
      const model = make();
      const texts = new Set<string>();
      for await (const _ of model.fit(text, fit)) {
        texts.add(model.generate({ tokens: 20, count: 2 }).text);
        model.generate({ beams: 2, tokens: 3 });
        model.score(text.slice(0, 50));
        model.save({ training: true });
      }
      expect(texts.size).toBeGreaterThan(1);
      expect(model.fingerprint()).toBe(straight.fingerprint());
    }
  });

  test("two models train side by side as they do alone", async () => {
    const alone = [create({ seed: 1 }), create({ seed: 2 })];
    for (const model of alone) await train(model, text, small);
    const together = [create({ seed: 1 }), create({ seed: 2 })];
    await Promise.all(together.map((model) => train(model, text, small)));
    expect(together.map((m) => m.fingerprint())).toEqual(alone.map((m) => m.fingerprint()));
  });
});

describe("resume", () => {
  const begun = async (options: LanguageFitOptions = {}) => {
    const model = create();
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
    const straight = create();
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
    const model = createNames();
    await train(model, names, small, 5);
    const change = train(model, names, { ...small, maxLength: 5 });
    await refusedLater(change, InvalidInputError, "maxLength 1024, got 5");
    const fewer = train(model, names.slice(1), small);
    await refusedLater(fewer, InvalidInputError, "other data");
    const shuffled = train(model, [...names].reverse(), small);
    await refusedLater(shuffled, InvalidInputError, "other data");
  });

  test("a run that was begun but took no step may have any data", async () => {
    const model = create();
    const steps = model.fit(text.slice(0, 300), { ...small, lr: 1e-4, steps: 3 });
    await steps.return();
    const other = text.slice(9);
    const controller = new AbortController();
    controller.abort();
    const signal = controller.signal;
    await expect(train(model, other, { ...small, signal })).rejects.toThrow("abort");
    const straight = create();
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
    const fresh = LanguageModel.load(runtime, model.save());
    expect(fresh.run).toBeUndefined();
    expect(model.run?.finished).toBe("steps");
    await train(model, text, small);
    await train(fresh, text, small);
    expect(model.fingerprint()).toBe(fresh.fingerprint());
    expect(model.record).toEqual(fresh.record);
  });

  test("resume: true extends a finished run, as if it had been longer from the start", async () => {
    for (const batching of ["windows", "streams"] as const) {
      const straight = create();
      const expected = await train(straight, text, { ...small, batching });
      const model = create();
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
    const model = create();
    await train(model, text, small);
    const before = model.save({ training: true });
    expect(await train(model, text, { ...small, resume: true })).toEqual([]);
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
    expect((await train(model, text, small))[0].step).toBe(1);
  });

  test("resume: true without a run is refused", async () => {
    const work = train(create(), text, { ...small, resume: true });
    await refusedLater(work, InvalidInputError, "resume: true, but there is no run to continue");
  });

  test("options may change on the way; the moments stay", async () => {
    const model = await begun();
    const lower = await train(model, text, { ...small, lr: 1e-3, ema: 0.5, schedule: "cosine" });
    expect(lower[0].step).toBe(6);
    expect(lower[0].lr).toBeLessThan(1e-3);
    const other = await begun();
    const changed = await train(other, text, { ...small, steps: 10, weightDecay: 0 });
    expect(changed.map(({ step }) => step)).toEqual([6, 7, 8, 9, 10]);
    const straight = create();
    await train(straight, text, { ...small, steps: 10 });
    expect(other.fingerprint()).toBe(straight.fingerprint());
  });
});

describe("validation", () => {
  test("patience stops early and keeps the best weights", async () => {
    const model = create();
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
    expect(LanguageModel.load(runtime, model.save()).score(text)).toEqual(model.score(text));
  });

  test("a run with patience that ends by steps keeps the best weights too", async () => {
    const model = create();
    const fit = { ...small, steps: 16, val: 0.25, evalEvery: 2, patience: 100, lr: 0.5 };
    const reports = await train(model, text, fit);
    const measured = reports.flatMap(({ validation }) => validation ?? []);
    const best = Math.min(...measured);
    expect(measured[measured.length - 1]).toBeGreaterThan(best);
    expect(model.score(text.slice(-Math.round(text.length * 0.25))).nats).toBe(best);
  });

  test("patience that comes later searches from there, and one that goes lets go", async () => {
    const validation = text.slice(-Math.round(text.length * 0.25));
    const model = create();
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

    const other = create();
    await train(other, text, { ...fit, patience: 50 }, 10);
    await train(other, text, { ...fit, lr: 1 }, 3);
    const again = LanguageModel.load(runtime, other.save({ training: true }));
    const rest = await train(other, text, { ...fit, steps: 20, lr: 1 });
    const { validation: last } = rest[rest.length - 1];
    expect(last).toBeGreaterThan(other.run!.bestLoss!);
    expect(other.score(validation).nats).toBe(last);
    await train(again, text, { ...fit, steps: 20, lr: 1 });
    expect(again.fingerprint()).toBe(other.fingerprint());
  });

  test("documents are validated by document", async () => {
    const model = createNames();
    const reports = await train(model, names, { ...small, val: 0.25, evalEvery: 12 });
    const { validation } = reports[11];
    expect(model.score(names.slice(-Math.round(names.length * 0.25))).nats).toBeCloseTo(
      validation!,
      6,
    );
  });

  test("validation data is not trained on", async () => {
    const odd = `${text}${"z".repeat(100)}`;
    const model = create({ corpus: odd });
    const unseen = model.score(odd.slice(-100)).nats;
    const fit = { ...small, steps: 100, val: 100 / odd.length, evalEvery: 100 };
    const reports = await train(model, odd, fit);
    expect(reports[99].validation).toBe(model.score(odd.slice(-100)).nats);
    expect(reports[99].validation).toBeGreaterThan(unseen);
  });

  test("measuring changes no bit of the run", async () => {
    const run = async (evalEvery: number, ema = 0) => {
      const model = create({ dropout: 0.2 });
      const fit = { ...small, val: 0.2, batching: "streams", evalEvery, ema } as const;
      const reports = await train(model, text, fit);
      return [model.fingerprint(), losses(reports)];
    };
    expect(await run(1)).toEqual(await run(12));
    expect(await run(1, 0.9)).toEqual(await run(12, 0.9));
  });
});

describe("ema", () => {
  test("the run ends with the average, which is the mean that it claims to be", async () => {
    const raw = create();
    const decay = 0.8;
    const average = Float64Array.from(weights(raw));
    for await (const _ of raw.fit(text, small)) {
      const now = weights(raw);
      for (const [i, x] of now.entries()) average[i] = decay * average[i] + (1 - decay) * x;
    }
    const model = create();
    const reports = await train(model, text, { ...small, ema: decay, val: 0 });
    expect(model.fingerprint()).not.toBe(raw.fingerprint());
    const got = weights(model);
    const far = got.reduce((most, x, i) => Math.max(most, Math.abs(x - average[i])), 0);
    expect(far).toBeLessThan(1e-6);
    expect(reports).toHaveLength(12);
  });

  test("validation measures the average", async () => {
    const model = create();
    const reports = await train(model, text, { ...small, ema: 0.9, val: 0.25 });
    const validation = text.slice(-Math.round(text.length * 0.25));
    expect(model.score(validation).nats).toBe(reports[11].validation);
  });

  test("with patience the best average is kept", async () => {
    const model = create();
    const fit = { ...small, steps: 200, ema: 0.5, val: 0.25, evalEvery: 2, patience: 3, lr: 0.3 };
    const reports = await train(model, text, fit);
    const best = Math.min(...reports.flatMap(({ validation }) => validation ?? []));
    expect(reports[reports.length - 1].finished).toBe("patience");
    expect(model.score(text.slice(-Math.round(text.length * 0.25))).nats).toBe(best);
  });
});

describe("divergence", () => {
  const wild: Record<string, [LanguageFitOptions, RegExp]> = {
    "not a number": [
      { optimizer: "sgd", lr: 1e6, clip: 0, momentum: 0.9, weightDecay: 1e3 },
      /the loss is|the gradient is not finite/,
    ],
    "a finite blow-up": [
      { optimizer: "sgd", lr: 100, clip: 1 },
      /the loss has stayed above 10 times its first value \([\d.e+]+, it began at [\d.]+\)/,
    ],
  };

  test.each(Object.entries(wild))("%s stops the run at finite weights", async (_, [fit, what]) => {
    const model = create();
    const options = { ...small, steps: 200, ...fit };
    const seen: TextStepReport[] = [];
    const work = (async () => {
      for await (const report of model.fit(text, options)) seen.push(report);
    })();
    await refusedLater(
      work,
      DivergedError,
      what,
      /training diverged at step \d+: /,
      /The weights are those after step \d+/,
      "Try a smaller lr",
    );
    expect(seen.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(weights(model).every(Number.isFinite)).toBe(true);
    const { nats } = model.score(text);
    expect(nats).toBeLessThan(10);
    expect(model.run?.finished).toBeNull();
    // A file of it is sound, and a run that is gentler goes on from there.
    const again = LanguageModel.load(runtime, model.save({ training: true }));
    const gentle = { ...options, lr: 0.1, clip: 1, weightDecay: 0, steps: 60 };
    const [a, b] = [await train(model, text, gentle), await train(again, text, gentle)];
    expect(losses(a)).toEqual(losses(b));
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(a[a.length - 1].loss).toBeLessThan(nats);
    expect(a[0].step).toBe(model.run!.step - a.length + 1);
  });

  test("the weights kept are those of the step that it says", async () => {
    const model = create();
    const calm = { ...small, steps: 500, lr: 1e-3 };
    await train(model, text, calm, 3);
    const kept = model.fingerprint();
    const work = train(model, text, { ...calm, lr: 1e6, clip: 0, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, "those after step 3.");
    expect(model.fingerprint()).toBe(kept);
    expect(model.run?.step).toBe(3);
  });

  test("best weights and their loss go back together", async () => {
    const model = create();
    const fit = { ...small, steps: 70, val: 0.25, evalEvery: 1, patience: 60, lr: 1e-6 };
    await train(model, text, fit, 3);
    const { bestLoss } = model.run!;
    // Decay that first shrinks the weights, which is better than random, and then swings too far.
    const seen: TextStepReport[] = [];
    const work = (async () => {
      const swing = { ...fit, lr: 3e-4, warmup: 1000, weightDecay: 1e6, decay: "all" } as const;
      for await (const report of model.fit(text, swing)) seen.push(report);
    })();
    await refusedLater(work, DivergedError, "those after step 3.");
    expect(Math.min(...seen.map(({ validation }) => validation!))).toBeLessThan(bestLoss! - 0.01);
    expect(model.run!.bestLoss).toBe(bestLoss);
    const [worse] = await train(model, text, { ...fit, steps: 4, lr: 1 });
    expect(worse.validation).toBeGreaterThan(bestLoss!);
    const validation = text.slice(-Math.round(text.length * 0.25));
    expect(model.score(validation).nats).toBe(bestLoss);
  });

  test("what is kept is from before the rise", async () => {
    const model = create();
    await train(model, text, { ...small, steps: 100 }, 35);
    const kept = model.fingerprint();
    // Weights swing from side to side, half as large again each step: above ten times the first loss
    // some steps before the fiftieth, where a copy would be due.
    const work = train(model, text, { ...small, steps: 100, lr: 2.5e-6, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, /at step 6\d/, "those after step 35.");
    expect(model.fingerprint()).toBe(kept);
  });

  test("at the first step of a call: nothing is changed", async () => {
    const wild = {
      ...small,
      batching: "streams",
      steps: 200,
      lr: 2.5e-3,
      weightDecay: 1e6,
    } as const;
    const first = create();
    let steps = 0;
    const work = (async () => {
      for await (const { step } of first.fit(text, { ...wild, clip: 0 })) steps = step;
    })();
    await refusedLater(work, DivergedError, "the loss is");
    const model = create();
    await train(model, text, { ...wild, clip: 0 }, steps);
    const before = model.save({ training: true });
    const again = train(model, text, { ...wild, clip: 0 });
    await refusedLater(again, DivergedError, `those after step ${steps}.`);
    expect(Buffer.compare(model.save({ training: true }), before)).toBe(0);
  });

  test("of streams: the carried state goes back as well", async () => {
    const fit = { ...small, batching: "streams" } as const;
    const straight = create();
    await train(straight, text, fit);
    const model = create();
    await train(model, text, fit, 4);
    const work = train(model, text, { ...fit, steps: 90, lr: 1e6, clip: 0, weightDecay: 1e6 });
    await refusedLater(work, DivergedError, "those after step 4.");
    await train(model, text, fit);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });
});

describe("signals", () => {
  test("aborted already: nothing is begun", async () => {
    const model = create();
    const before = model.fingerprint();
    const signal = AbortSignal.abort();
    await expect(train(model, text, { ...small, signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    expect(model.fingerprint()).toBe(before);
    expect(model.record.steps).toBe(0);
    const straight = create();
    await train(straight, text, small);
    await train(model, text, small);
    expect(model.fingerprint()).toBe(straight.fingerprint());
  });

  test("aborted after fit was called, before its first step", async () => {
    const model = create();
    const controller = new AbortController();
    const steps = model.fit(text, { ...small, signal: controller.signal });
    controller.abort("no more");
    await expect(steps.next()).rejects.toBe("no more");
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(model.record.steps).toBe(0);
    await train(model, text, small);
  });

  test("aborted by a timer between steps, with the timer's reason", async () => {
    const model = create();
    const signal = AbortSignal.timeout(60);
    await expect(train(model, text, { ...small, steps: 1e6, signal })).rejects.toMatchObject({
      name: "TimeoutError",
    });
    expect(model.record.steps).toBeGreaterThan(0);
    expect(model.run?.finished).toBeNull();
    expect(Number.isFinite(model.score(text).nats)).toBe(true);
  });

  test("aborted after the last step: too late to matter", async () => {
    const model = create();
    const controller = new AbortController();
    for await (const { finished } of model.fit(text, { ...small, signal: controller.signal })) {
      if (finished) controller.abort();
    }
    expect(model.run?.finished).toBe("steps");
  });
});

describe("memory", () => {
  /** A runtime that shows the machines of its models. */
  function watched(): { machines: Machine[]; on: Runtime } {
    const machines: Machine[] = [];
    const machine = () => {
      machines.push(runtime.machine());
      return machines[machines.length - 1];
    };
    return { machines, on: { machine } as unknown as Runtime };
  }

  test("does not grow after the first steps, whatever is done between", async () => {
    const { machines, on } = watched();
    const model = LanguageModel.create(on, { ...tiny, corpus: text, dropout: 0.1, layers: 2 });
    const [machine] = machines;
    const fit = { ...small, steps: 200, batching: "streams", val: 0.2, ema: 0.9 } as const;
    const use = () => {
      expect(machine.activationBytes).toBe(0);
      const sample = model.generate({ tokens: 10, count: 3, seed: 1, banned: ["zz"] }).text;
      model.generate({ tokens: 5, beams: 3 });
      expect(model.score(text.slice(0, 100)).tokens).toBe(99);
      expect(machine.activationBytes).toBe(0);
      return { length: model.save().length, sample };
    };
    let bytes = 0;
    const lengths = new Set<number>();
    for await (const { step } of model.fit(text, fit)) {
      if (step % 20 === 0 || step <= 3) use();
      if (step === 3) bytes = machine.bytes;
      if (step > 3) lengths.add(machine.bytes);
    }
    expect([...lengths]).toEqual([bytes]);
    const first = use();
    for (let i = 0; i < 5; i++) expect(use()).toEqual(first);
    // Neither do further runs, refused ones, and stops.
    for (let i = 0; i < 5; i++) {
      await train(model, text, { ...fit, steps: 3, patience: 2 });
      await train(model, text, { ...fit, steps: 50, resume: false }, 1);
      await expect(train(model, text.slice(1), fit)).rejects.toThrow(InvalidInputError);
    }
    expect(machine.bytes).toBe(bytes);
    expect(machine.activationBytes).toBe(0);
    expect(machines).toHaveLength(1);
  });

  test("nothing stays allocated behind an error", async () => {
    const { machines, on } = watched();
    const model = LanguageModel.create(on, { ...tiny, corpus: text });
    await train(model, text, small);
    const spoilt = () =>
      model.generate({
        mask: () => {
          throw new Error("mine");
        },
      });
    expect(spoilt).toThrow("mine");
    expect(() => model.score("Ω")).toThrow(InvalidInputError);
    expect(machines[0].activationBytes).toBe(0);
  });
});
