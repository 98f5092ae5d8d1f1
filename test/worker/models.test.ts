// Off the main thread: whatever the class, the same verbs, the same bits and nothing odd about the object.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { inspect, promisify } from "node:util";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  InvalidInputError,
  ModelFileError,
  type Pair,
  type PairStepReport,
  Seq2Seq,
  type Seq2SeqConfig,
  type Seq2SeqOptions,
  type Tokenizer,
  type Training,
} from "../../src/entries/index.js";
import type { ModelWorker, RemoteLanguageModel, RemoteModel } from "../../src/entries/worker.js";
import type { RuntimeOption } from "../../src/host/default-runtime.js";
import { everyModel } from "../../src/models/every-network.js";
import { modelService } from "../../src/remote/service.js";
import { refusedLater, text } from "../models/help.js";
import { create, labelled, pairs } from "../models/pairs-help.js";
import { all, begin, runtime, shape, timeless } from "./help.js";

const lstm = { embed: 6, hidden: 12 };
const transformer = { kind: "transformer", hidden: 16, layers: 2, heads: 2, kvHeads: 1 };
const ways = {
  plain: { data: pairs, more: lstm },
  labelled: { data: labelled, more: { ...lstm, attention: "luong", bidirectional: true } },
  shared: { data: pairs, more: { ...lstm, shared: true, tokenizer: "bpe", vocab: 262 } },
  transformer: { data: labelled, more: { network: transformer } },
} as const;

/** A model in a worker and its like in this thread, both with this seed and these options. */
async function both(data: readonly Pair[], more: object) {
  const options = { corpus: data, seed: 1, dropout: 0.1, ...more } as Seq2SeqOptions;
  const worker = await begin();
  return {
    worker,
    own: await Seq2Seq.create({ runtime, ...options }),
    remote: await worker.Seq2Seq.create(options),
  };
}

const fit = { steps: 12, batch: 6, val: 0.2, evalEvery: 4 };

describe.each(Object.entries(ways))("Seq2Seq, %s", (_, { data, more }) => {
  it("has the bits of this thread in all its verbs", async () => {
    const { own, remote } = await both(data, more);
    const { config, parameterCount, quantized, savedBy } = own;
    expect(remote).toMatchObject({ config, parameterCount, quantized, savedBy });
    expect(JSON.stringify(remote.tokenizers)).toBe(JSON.stringify(own.tokenizers));
    expect(remote.tokenizers.source === remote.tokenizers.target).toBe(config.shared);
    expect(await remote.fingerprint()).toBe(own.fingerprint());

    expect(timeless(await all(remote.fit(data, fit)))).toEqual(
      timeless(await all(own.fit(data, fit))),
    );
    expect(await remote.fingerprint()).toBe(own.fingerprint());
    expect(remote.record).toEqual(own.record);
    expect(remote.run).toEqual(own.run);

    const asked = { source: "bad", maxTokens: 12, samples: 2, seed: 7, topK: 5, logprobs: 2 };
    expect(await remote.generate(asked)).toEqual(own.generate(asked));
    expect(await all(remote.stream(asked))).toEqual(await all(own.stream(asked)));
    expect(await remote.score(data)).toEqual(own.score(data));
    expect(await remote.encode("bad")).toEqual(own.encode("bad"));
    if (config.labels.length > 0) {
      expect(await remote.classify("bad")).toEqual(own.classify("bad"));
      expect(await remote.align("bad", "dab")).toEqual(own.align("bad", "dab"));
    } else {
      await refusedLater(remote.classify("bad"), InvalidInputError, "no labels");
      await refusedLater(remote.align("bad", "dab"), InvalidInputError, "without attention");
    }
    expect(await remote.save()).toEqual(own.save());
    expect(await remote.save({ training: true })).toEqual(own.save({ training: true }));

    const small = await remote.quantize();
    expect(small.quantized).toBe(true);
    expect(await small.quantize()).toBe(small);
    expect(await small.fingerprint()).toBe((await own.quantize()).fingerprint());
    expect(await small.generate(asked)).toEqual((await own.quantize()).generate(asked));
    const four = await remote.quantize({ bits: 4 });
    expect(four.weights).toBe("int4");
    expect(await four.generate(asked)).toEqual((await own.quantize({ bits: 4 })).generate(asked));
    await refusedLater(small.fit(data, fit).next(), InvalidInputError, "quantised");
    expect(remote.quantized).toBe(false);
  });

  it("resumes what was begun in the other thread, both ways", async () => {
    const { worker, own: first, remote } = await both(data, more);
    const whole = await Seq2Seq.load(await remote.save(), { runtime });
    await all(whole.fit(data, fit));

    for await (const { step } of first.fit(data, fit)) if (step === 3) break;
    const second = await worker.Seq2Seq.load(first.save({ training: true }));
    for await (const { step } of second.fit(data, { ...fit, resume: true })) if (step === 6) break;
    expect(second.run?.step).toBe(6);
    const third = await Seq2Seq.load(await second.save({ training: true }), { runtime });
    await all(third.fit(data, fit));
    await all(second.fit(data, fit));
    expect(third.fingerprint()).toBe(whole.fingerprint());
    expect(await second.fingerprint()).toBe(whole.fingerprint());
  });
});

it("gives buffers that hold the numbers and nothing else", async () => {
  const { remote } = await both(labelled, { attention: "luong" });
  await all(remote.fit(labelled, { steps: 1, batch: 6 }));
  const { weights } = await remote.align("bad", "dab");
  const file = await remote.save();
  for (const view of [await remote.encode("bad"), ...weights, file]) {
    expect(view.byteLength).toBe(view.buffer.byteLength);
  }
});

it("ends a training of pairs with the signal's reason", async () => {
  const { remote } = await both(pairs, {});
  const controller = new AbortController();
  const steps = remote.fit(pairs, { ...fit, signal: controller.signal });
  await steps.next();
  const reason = { any: "thing" };
  controller.abort(reason);
  await expect(steps.next()).rejects.toBe(reason);
  expect(remote.run?.step).toBe(1);
});

it("is an object as others are", async () => {
  const { remote } = await both(pairs, {});
  expect((remote as { then?: unknown }).then).toBeUndefined();
  expect(await Promise.resolve(remote)).toBe(remote);
  expect(Object.keys(remote).sort()).toEqual(
    [
      ...[
        "adapter",
        "adapters",
        "config",
        "parameterCount",
        "quantized",
        "record",
        "run",
        "savedBy",
        "weights",
        "stepBytes",
      ],
      "tokenizers",
    ].sort(),
  );
  expect(inspect(remote)).toMatch(/\[Seq2Seq\] \{.*parameterCount: \d+/s);
  const { fingerprint } = remote;
  expect(await fingerprint()).toMatch(/^[0-9a-f]{64}$/);
  expect("naturally" in remote).toBe(false);
});

it("has the types of the class, as promises", () => {
  type Remote = RemoteModel<Seq2Seq>;
  type Maker = ModelWorker["Seq2Seq"];
  expectTypeOf<ReturnType<Maker["create"]>>().toEqualTypeOf<Promise<Remote>>();
  expectTypeOf<Parameters<Maker["create"]>>().toMatchTypeOf<[Seq2SeqOptions]>();
  type File = Parameters<Maker["load"]>[0];
  expectTypeOf<Uint8Array>().toMatchTypeOf<File>();
  expectTypeOf<ArrayBuffer>().toMatchTypeOf<File>();
  expectTypeOf<Remote["config"]>().toEqualTypeOf<Seq2SeqConfig>();
  expectTypeOf<Remote["encode"]>().toEqualTypeOf<(source: string) => Promise<Float32Array>>();
  expectTypeOf<ReturnType<Remote["quantize"]>>().toEqualTypeOf<Promise<Remote>>();
  expectTypeOf<ReturnType<Remote["fit"]>>().toEqualTypeOf<Training<PairStepReport>>();
  type Asked = NonNullable<Parameters<RemoteLanguageModel["generate"]>[0]>;
  expectTypeOf<Asked>().not.toHaveProperty("mask");
  expectTypeOf<Asked["maxTokens"]>().toEqualTypeOf<number | undefined>();
  type Fitted = NonNullable<Parameters<Remote["fit"]>[1]>;
  expectTypeOf<Fitted["workers"]>().toEqualTypeOf<number | undefined>();
  type Loaded = NonNullable<Parameters<ModelWorker["LanguageModel"]["load"]>[1]>;
  expectTypeOf<Loaded["tokenizer"]>().toEqualTypeOf<Tokenizer | undefined>();
});

it("refuses a class that the worker does not have, and a file of another", async () => {
  const { LanguageModel } = everyModel;
  const service = modelService(runtime, { LanguageModel });
  for (const kind of ["Seq2Seq", "toString"]) {
    const made = service.make(kind, "create", [{ corpus: pairs }]);
    await refusedLater(made, InvalidInputError, `no model "${kind}", it has LanguageModel`);
  }
  const worker = await begin();
  await refusedLater(worker.LanguageModel.load((await create()).save()), ModelFileError, "Seq2Seq");
});

it("serves a class that it has never seen", async () => {
  class Counter {
    readonly step: number;
    constructor(step: number) {
      this.step = step;
    }
    static async create({ step }: RuntimeOption & { step?: number }): Promise<Counter> {
      return new Counter(step ?? 1);
    }
    static async load(): Promise<Counter> {
      return new Counter(0);
    }
    get twice(): number {
      return 2 * this.step;
    }
    get inner(): Counter {
      return this;
    }
    async *count(to: number): AsyncGenerator<number, void, void> {
      for (let i = 0; i < to; i += this.step) yield i;
    }
    add(by: number): number {
      return this.step + by;
    }
    faster(): Counter {
      return new Counter(this.twice);
    }
  }
  const service = modelService(runtime, {
    Counter: Object.assign(Counter, { builder: () => ({}) as never }),
  });
  const made = await service.make("Counter", "create", [{ step: 3 }]);
  expect(made).toMatchObject({
    kind: "Counter",
    calls: ["add", "faster"],
    iterations: ["count"],
    state: { step: 3, twice: 6 },
  });
  expect(made.state).not.toHaveProperty("inner");
  expect(await service.call(made.id, "add", [4])).toEqual({ value: 7, state: {} });
  const { model } = await service.call(made.id, "faster", []);
  expect(model).toMatchObject({ kind: "Counter", state: { step: 6 } });
  const run = service.begin(made.id, "count", [6], -1);
  const pieces = [await service.next(run), await service.next(run), await service.next(run)];
  expect(pieces.map(({ done, value }) => [done, value])).toEqual([
    [false, 0],
    [false, 3],
    [true, undefined],
  ]);
});

it("gives errors with a short stack, without the script", async () => {
  const worker = await begin();
  const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
  const several = [
    () => remote.generate({ maxTokens: -1 }),
    () => remote.generate({ nonsense: 1 } as object),
    () => remote.fit(text, { steps: 0 }).next(),
    () => worker.Seq2Seq.load(new Uint8Array(30)),
    () => worker.Seq2Seq.create({ corpus: [{ source: "a".repeat(5000), target: "" }] }),
  ];
  for (const work of several) {
    const error = (await work().then(
      () => expect.fail("nothing was thrown"),
      (thrown: unknown) => thrown,
    )) as Error;
    expect(error.stack).toContain(error.message);
    expect(error.stack).toMatch(/simdream\/worker-script:\d+:\d+/);
    expect(error.stack!.length).toBeLessThan(2000);
  }
});

it("runs as docs/workers.md shows it", async () => {
  const file = (path: string) => new URL(`../../${path}`, import.meta.url);
  const [, code] = /```js\n([\s\S]*?)```/.exec(readFileSync(file("docs/workers.md"), "utf8"))!;
  const program = code.replace('"simdream/worker"', JSON.stringify(file("dist/worker.js").href));
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  const { stdout } = await run;
  expect(stdout).toMatch(/^10 \d\.\d{3}\n20 /);
  expect(stdout).toMatch(/\n32 \d+ 60\n$/);
});
