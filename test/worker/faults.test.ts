// Off the main thread: what is stopped, refused or dies there is told here as if it had been here.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import {
  DivergedError,
  InvalidInputError,
  LanguageModel,
  load as loadWeb,
  ModelFileError,
  SimdreamError,
  WorkerPool,
} from "../../src/entries/index.js";
import type { RemoteLanguageModel } from "../../src/entries/worker.js";
import { startWorker } from "../../src/entries/worker.js";
import { refusedLater, text } from "../models/help.js";
import { all, begin, beginThread, nodeWorkers, runtime, shape } from "./help.js";

const fit = { steps: 8, batch: 4, seqLen: 8 };

async function trained(steps = 4): Promise<{ remote: RemoteLanguageModel; own: LanguageModel }> {
  const worker = await begin();
  const own = await LanguageModel.create({ runtime, ...shape, corpus: text });
  const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
  await all(own.fit(text, { ...fit, steps }));
  await all(remote.fit(text, { ...fit, steps }));
  return { remote, own };
}

describe("cancellation", () => {
  it("a loop that is left has the model at its last report", async () => {
    const worker = await begin();
    const own = await LanguageModel.create({ runtime, ...shape, corpus: text });
    const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
    for (const stop of [2, 5]) {
      for await (const { step } of own.fit(text, fit)) if (step === stop) break;
      for await (const { step } of remote.fit(text, fit)) if (step === stop) break;
      expect(await remote.save({ training: true })).toEqual(own.save({ training: true }));
    }
    await all(own.fit(text, fit));
    await all(remote.fit(text, fit));
    expect(await remote.fingerprint()).toBe(own.fingerprint());
  });

  it.each([{}, { shards: 2, workers: 2 }])(
    "a training ends with the signal's reason %j",
    async (more) => {
      const worker = await begin();
      const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
      const reason = { any: "thing" };
      const controller = new AbortController();
      const steps = remote.fit(text, { ...fit, ...more, signal: controller.signal });
      await steps.next();
      controller.abort(reason);
      await expect(steps.next()).rejects.toBe(reason);
      expect(remote.run?.step).toBe(1);
      const early = remote.fit(text, { ...fit, signal: AbortSignal.abort(reason) });
      await expect(early.next()).rejects.toBe(reason);
      const whole = await LanguageModel.create({ runtime, ...shape, corpus: text });
      await all(whole.fit(text, { ...fit, ...more, workers: 1 }));
      await all(remote.fit(text, { ...fit, ...more }));
      expect(await remote.fingerprint()).toBe(whole.fingerprint());
    },
  );

  it("a stream and a generation end with it too", async () => {
    const { remote, own } = await trained();
    const reason = new Error("enough");
    const controller = new AbortController();
    const chunks = remote.stream({ maxTokens: 1000, signal: controller.signal });
    await chunks.next();
    controller.abort(reason);
    await expect(chunks.next()).rejects.toBe(reason);
    const waiting = new AbortController();
    const generation = remote.generate({ maxTokens: 3000, signal: waiting.signal });
    waiting.abort(reason);
    await expect(generation).rejects.toBe(reason);
    expect(await remote.generate({ maxTokens: 9 })).toEqual(own.generate({ maxTokens: 9 }));
  });
});

describe("errors", () => {
  /** The error that somebody gets. */
  const thrown = async (work: () => unknown): Promise<unknown> => {
    try {
      await work();
    } catch (error) {
      return error;
    }
    return expect.fail("nothing was thrown");
  };

  it("keep class and message", async () => {
    const { remote, own } = await trained();
    const cases: ((model: RemoteLanguageModel | LanguageModel) => unknown)[] = [
      (model) => model.generate({ temperature: -1 }),
      (model) => model.generate({ prompt: "日" }),
      (model) => model.generate({ nonsense: 1 } as object),
      (model) => model.generate(3 as unknown as object),
      (model) => model.generate({ signal: 3 as unknown as AbortSignal }),
      (model) => model.stream({ topP: 7 }).next(),
      (model) => model.fit(text, { steps: 0 }).next(),
      (model) => model.fit(text, { signal: "stop" as unknown as AbortSignal }).next(),
      (model) => model.fit(7 as unknown as string).next(),
      (model) => model.score(""),
      (model) => model.save({ training: 1 as unknown as boolean }),
    ];
    for (const work of cases) {
      const here = (await thrown(() => work(own))) as Error;
      const there = (await thrown(() => work(remote))) as Error;
      expect(there.constructor).toBe(here.constructor);
      expect({ name: there.name, message: there.message }).toEqual({
        name: here.name,
        message: here.message,
      });
      expect(there).toBeInstanceOf(InvalidInputError);
      expect(there.stack).toContain(there.name);
    }
  });

  it("of models that cannot be made keep them too", async () => {
    const worker = await begin();
    const { create, load } = worker.LanguageModel;
    await refusedLater(create({ hidden: 0, corpus: text }), InvalidInputError, "hidden must be");
    await refusedLater(create(undefined!), InvalidInputError, "an object of options");
    const odd = { corpus: text, tokenizer: {} as never };
    await refusedLater(create(odd), InvalidInputError, "a tokenizer made before");
    await refusedLater(load(new Uint8Array(20)), ModelFileError);
    await refusedLater(load("file" as never), InvalidInputError, "Uint8Array");
  });

  it("tell of a training that diverged, and keep its last good state", async () => {
    const options = {
      ...fit,
      resume: false,
      lr: 1e6,
      clip: 0,
      optimizer: "sgd",
      steps: 100,
    } as const;
    const { remote, own } = await trained();
    const here = (await thrown(() => all(own.fit(text, options)))) as Error;
    const there = (await thrown(() => all(remote.fit(text, options)))) as Error;
    expect(there).toBeInstanceOf(DivergedError);
    expect(there.message).toBe(here.message);
    expect(remote.record).toEqual(own.record);
    expect(await remote.fingerprint()).toBe(own.fingerprint());
  });

  it("refuse what belongs to this thread", async () => {
    const { remote } = await trained();
    const mask = () => {};
    const masked = { mask } as object;
    await refusedLater(remote.generate(masked), InvalidInputError, "a function", "mask");
    await refusedLater(remote.stream(masked).next(), InvalidInputError, "a function", "mask");
    await using pool = new WorkerPool(runtime, 2);
    const pooled = { ...fit, workers: pool as unknown as number };
    await refusedLater(remote.fit(text, pooled).next(), InvalidInputError, "number of workers");
    const deep = { logitBias: { a: mask as unknown as number } };
    await refusedLater(remote.generate(deep), InvalidInputError, "cannot be sent");
    expect((await remote.generate({ maxTokens: 3 })).text.length).toBe(3);
  });
});

it("a model that nobody has any more is let go of in the worker", async () => {
  const released = vi.fn();
  const watching = runtime.withWorkers(async (script) => {
    const thread = await nodeWorkers(script);
    const postMessage: typeof thread.postMessage = (message, transfer) => {
      if ((message as { path?: string[] }).path?.[0] === "release") released();
      thread.postMessage(message, transfer);
    };
    return { ...thread, postMessage };
  });
  const worker = await begin(watching);
  const kept = await worker.LanguageModel.create({ ...shape, corpus: text });
  for (let i = 0; i < 3; i++) await worker.LanguageModel.create({ ...shape, corpus: text });
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await vi.waitFor(
    () => {
      collect();
      expect(released).toHaveBeenCalled();
    },
    { timeout: 60_000, interval: 50 },
  );
  expect(await kept.fingerprint()).toMatch(/^[0-9a-f]{64}$/);
});

describe("the worker's end", () => {
  it("is told to all that wait, and to whoever asks later", async () => {
    const { worker, thread } = await beginThread();
    const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
    await all(remote.fit(text, { ...fit, steps: 1 }));
    const waiting = [
      remote.generate({ maxTokens: 100_000 }),
      remote.fingerprint(),
      all(remote.fit(text, { ...fit, resume: false })),
    ].map((work) => refusedLater(work, SimdreamError, "the worker died", "start another"));
    await thread.terminate();
    await Promise.all(waiting);
    expect(worker.closed).toBe(true);
    await refusedLater(remote.save(), SimdreamError, "the worker died");
    await refusedLater(worker.LanguageModel.create({ corpus: text }), SimdreamError, "died");
  });

  it("is orderly where it is closed or disposed of", async () => {
    const worker = await startWorker(runtime);
    const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
    const steps = remote.fit(text, { ...fit, steps: 1000 });
    await steps.next();
    const waiting = refusedLater(steps.next(), SimdreamError, "the worker was closed");
    await worker[Symbol.asyncDispose]();
    await waiting;
    expect(worker.closed).toBe(true);
    await worker.close();
    await refusedLater(remote.score(text), SimdreamError, "the worker was closed");
  });

  it("lets a loop be left that is at a report", async () => {
    const worker = await startWorker(runtime);
    const remote = await worker.LanguageModel.create({ ...shape, corpus: text });
    let steps = 0;
    for await (const _ of remote.fit(text, fit)) {
      steps++;
      await worker.close();
      break;
    }
    expect(steps).toBe(1);
  });

  it("is told where it does not even start", async () => {
    const none = await loadWeb();
    await refusedLater(startWorker(none), InvalidInputError, "no workers", "withWorkers");
    const odd = runtime.withWorkers(() => 3 as never);
    await refusedLater(startWorker(odd), InvalidInputError, "factory of workers", "got 3");
    const forbidden = new Error("forbidden");
    const refusing = runtime.withWorkers(() => Promise.reject(forbidden));
    await expect(startWorker(refusing)).rejects.toBe(forbidden);
    for (const script of ["throw new Error('broken')", "process.exit(3)"]) {
      const broken = runtime.withWorkers(() => nodeWorkers(async () => script));
      await refusedLater(startWorker(broken), SimdreamError, "the worker died", /broken|code 3/);
    }
  });

  it("an idle worker keeps no process alive, one at work or being closed does", async () => {
    const url = (file: string) => JSON.stringify(new URL(`../../${file}`, import.meta.url).href);
    const program = `
      import { startWorker } from ${url("dist/worker.js")};
      const worker = await startWorker();
      const { LanguageModel } = worker;
      const model = await LanguageModel.create({ corpus: "abcabcabcabc", hidden: 4 });
      for await (const step of model.fit("abcabcabcabc", { steps: 3, seqLen: 2, batch: 2 }))
        console.log(step.step);
      if (process.argv.includes("close")) {
        model.generate({ maxTokens: 100000 }).catch(({ message }) => console.log(message));
        await worker.close();
        console.log("closed");
      }
    `;
    const run = async (...words: string[]) => {
      const all = ["--input-type=module", "--eval", program, ...words];
      return (await promisify(execFile)(process.execPath, all)).stdout;
    };
    expect(await run()).toBe("1\n2\n3\n");
    expect(await run("close")).toBe("1\n2\n3\nthe worker was closed\nclosed\n");
  });
});
