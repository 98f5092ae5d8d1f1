// Shards and workers: the number of workers, a worker's death and a worker's silence change no bit.

import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type {
  LanguageFitOptions,
  Runtime,
  WorkerFactory,
  WorkerThread,
} from "../../src/entries/index.js";
import {
  InvalidInputError,
  LanguageModel,
  load as loadWeb,
  WorkerPool,
} from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { names, refused, refusedLater, text, tiny, train } from "./help.js";

const runtime = await load();
const nodeWorkers = runtime.workers!;
const shape = { ...tiny, layers: 2, dropout: 0.2 };

/** Ways to take the data, each with dropout, two layers and batches that add up. */
const ways: Record<string, { data: string | readonly string[]; options: LanguageFitOptions }> = {
  windows: { data: text, options: { batch: 6, seqLen: 16, accumulate: 2 } },
  streams: { data: text, options: { batch: 6, seqLen: 16, accumulate: 2, batching: "streams" } },
  documents: { data: names, options: { batch: 6, accumulate: 2 } },
};

/** The factory, noting the threads that it starts. */
function noting(threads: WorkerThread[], start: WorkerFactory = nodeWorkers): WorkerFactory {
  return async (script) => {
    const thread = await start(script);
    threads.push(thread);
    return thread;
  };
}

async function bits(
  way: keyof typeof ways,
  options: LanguageFitOptions,
  on: Runtime = runtime,
): Promise<{ weights: string; losses: number[] }> {
  const { data, options: own } = ways[way];
  const model = await LanguageModel.create({ runtime: on, ...shape, corpus: data });
  const reports = await train(model, data, { steps: 8, ...own, ...options });
  return { weights: model.fingerprint(), losses: reports.map(({ loss }) => loss) };
}

const pools: WorkerPool[] = [];
function pool(on: Runtime, workers: number, patience?: number): WorkerPool {
  const made = new WorkerPool(on, workers, { patience });
  pools.push(made);
  return made;
}
afterEach(async () => {
  for (const made of pools.splice(0)) await made.close();
});

describe("the number of workers changes no bit", () => {
  for (const way of Object.keys(ways)) {
    it.each([2, 4])(`${way}, %i shards`, async (shards) => {
      const alone = await bits(way, { shards, workers: 1 });
      for (const workers of [2, 3, 4]) {
        expect(await bits(way, { shards, workers }), `${workers} workers`).toEqual(alone);
      }
      expect(await bits(way, { shards }, await loadWeb()), "no workers to be had").toEqual(alone);
      expect((await bits(way, { shards: 1 })).weights).not.toBe(alone.weights);
    });
  }

  it("nor with averaged weights, validation and a row that is left over", async () => {
    const options = { shards: 4, val: 0.2, ema: 0.9, evalEvery: 3, patience: 2, batch: 7 };
    const alone = await bits("streams", options);
    expect(await bits("streams", { ...options, workers: 3 })).toEqual(alone);
  });

  it("one shard has the same bits on a pool", async () => {
    const alone = await bits("streams", {});
    const workers = pool(runtime, 1);
    expect(await bits("streams", { workers })).toEqual(alone);
    expect(workers.replaced).toBe(0);
  });
});

it("one shard gives what it gave before there were shards", async () => {
  const before = {
    windows: "2fe8e4b62686b381ccc9acdfa07d4637aeada73a5d8b926d75b00b7dfdb4e08e",
    streams: "ac5ec3e0340f9a0d2141a14bacba728a616e3697a6b1d8b01c4e10ee7639761d",
    documents: "2576066c1a688e42dd43504ceba85c46e6aa69f4387b924d2df115b62131f0d1",
  };
  for (const [way, weights] of Object.entries(before)) {
    expect((await bits(way, { steps: 12 })).weights, way).toBe(weights);
  }
});

it("shards add up to the gradient of the whole", async () => {
  const plain = { corpus: text, ...tiny };
  const gradient = async (shards: number) => {
    const model = await LanguageModel.create({ runtime, ...plain });
    const [first] = await train(model, text, { steps: 1, batch: 5, seqLen: 16, shards });
    return { loss: first.loss, gradNorm: first.gradNorm };
  };
  const whole = await gradient(1);
  const cut = await gradient(3);
  expect(cut.loss).toBeCloseTo(whole.loss, 5);
  expect(cut.gradNorm).toBeCloseTo(whole.gradNorm, 5);
});

it("goes on with another number of workers where it was, and keeps them out of the file", async () => {
  const { data, options } = ways.streams;
  const whole = await LanguageModel.create({ runtime, ...shape, corpus: data });
  await train(whole, data, { ...options, steps: 8, shards: 4, workers: 4 });
  const first = await LanguageModel.create({ runtime, ...shape, corpus: data });
  await train(first, data, { ...options, steps: 8, shards: 4, workers: 2 }, 3);
  const file = first.save({ training: true });
  const alone = await LanguageModel.create({ runtime, ...shape, corpus: data });
  await train(alone, data, { ...options, steps: 8, shards: 4 }, 3);
  expect(file).toEqual(alone.save({ training: true }));
  const second = await LanguageModel.load(file, { runtime });
  expect(second.run?.options.shards).toBe(4);
  await train(second, data, { ...options, steps: 8, shards: 4, workers: 3 });
  expect(second.save({ training: true })).toEqual(whole.save({ training: true }));
});

it("documents that leave shards without a row", async () => {
  const few = names.slice(0, 5);
  const options = { steps: 6, batch: 4, shards: 4 };
  const run = async (workers: number) => {
    const model = await LanguageModel.create({ runtime, ...shape, corpus: few });
    await train(model, few, { ...options, workers });
    return model.fingerprint();
  };
  expect(await run(3)).toBe(await run(1));
});

describe("a worker that fails", () => {
  it("is replaced where it is killed, idle or at work", async () => {
    const alone = await bits("streams", { shards: 4 });
    for (const at of ["idle", "work"]) {
      const threads: WorkerThread[] = [];
      const workers = pool(runtime.withWorkers(noting(threads)), 2);
      const { data, options } = ways.streams;
      const model = await LanguageModel.create({ runtime, ...shape, corpus: data });
      const losses: number[] = [];
      for await (const step of model.fit(data, { ...options, steps: 8, shards: 4, workers })) {
        losses.push(step.loss);
        if (step.step === 3 && at === "idle") await threads[0].terminate();
        if (step.step === 3 && at === "work") setTimeout(() => threads[1].terminate(), 0);
      }
      expect({ weights: model.fingerprint(), losses }, at).toEqual(alone);
      expect(threads.length, at).toBeGreaterThanOrEqual(3);
    }
  });

  it("is replaced where it hangs", async () => {
    const alone = await bits("windows", { shards: 4 });
    let started = 0;
    const factory: WorkerFactory = (script) =>
      nodeWorkers(started++ === 0 ? async () => "for (;;);" : script);
    const workers = pool(runtime.withWorkers(factory), 2, 500);
    expect(await bits("windows", { shards: 4, workers })).toEqual(alone);
    expect(workers.replaced).toBe(1);
    expect(started).toBe(3);
  });

  it("is done without where none can be had", async () => {
    const alone = await bits("windows", { shards: 4 });
    const broken: WorkerFactory[] = [
      () => Promise.reject(new Error("forbidden")),
      () => nodeWorkers(async () => "throw new Error('broken')"),
      () => nodeWorkers(async () => "process.exit(3)"),
    ];
    for (const factory of broken) {
      let asked = 0;
      const counted: WorkerFactory = (script) => {
        asked++;
        return factory(script);
      };
      const on = runtime.withWorkers(counted);
      expect(await bits("windows", { shards: 4, workers: 2 }, on)).toEqual(alone);
      expect(asked).toBeLessThan(10);
    }
  });
});

describe("the end", () => {
  const { data, options } = ways.windows;
  const begin = async (more: LanguageFitOptions, on: Runtime) => {
    const model = await LanguageModel.create({ runtime: on, ...shape, corpus: data });
    return { model, steps: model.fit(data, { ...options, steps: 8, shards: 2, ...more }) };
  };

  /** A runtime whose workers are counted while they live. */
  function counting(): { on: Runtime; alive: () => number } {
    let alive = 0;
    const factory: WorkerFactory = async (script) => {
      const thread = await nodeWorkers(script);
      alive++;
      const terminate = () => {
        alive--;
        return thread.terminate();
      };
      return { ...thread, terminate };
    };
    return { on: runtime.withWorkers(factory), alive: () => alive };
  }

  it("closes the workers of a fit that ends or is broken out of", async () => {
    for (const stopAfter of [2, Infinity]) {
      const { on, alive } = counting();
      const { steps } = await begin({ workers: 2 }, on);
      let n = 0;
      for await (const _ of steps) {
        expect(alive()).toBe(2);
        if (++n === stopAfter) break;
      }
      expect(alive()).toBe(0);
    }
  });

  it("closes them where the signal is aborted, between steps or within one", async () => {
    const reason = new Error("enough");
    const { on, alive } = counting();
    const between = new AbortController();
    const first = await begin({ workers: 2, signal: between.signal }, on);
    await first.steps.next();
    between.abort(reason);
    await expect(first.steps.next()).rejects.toBe(reason);
    expect(alive()).toBe(0);

    const within = new AbortController();
    const second = await begin({ workers: 2, signal: within.signal }, on);
    await second.steps.next();
    const step = second.steps.next();
    queueMicrotask(() => within.abort(reason));
    await expect(step).rejects.toBe(reason);
    expect(alive()).toBe(0);
    // The step that was given up left nothing behind.
    await train(second.model, data, { ...options, steps: 8, shards: 2 });
    expect(second.model.fingerprint()).toBe((await bits("windows", { shards: 2 })).weights);
  });

  it("leaves a pool that was given open, for several fits at once, until it is disposed of", async () => {
    const { on, alive } = counting();
    const workers = new WorkerPool(on, 2);
    const both = await Promise.all([
      bits("streams", { shards: 4, workers }, on),
      bits("documents", { shards: 2, workers }, on),
    ]);
    expect(both).toEqual([
      await bits("streams", { shards: 4 }),
      await bits("documents", { shards: 2 }),
    ]);
    expect({ alive: alive(), replaced: workers.replaced }).toEqual({ alive: 2, replaced: 0 });
    await workers[Symbol.asyncDispose]();
    expect(alive()).toBe(0);
    await refusedLater(bits("streams", { shards: 4, workers }), InvalidInputError, "was closed");
  });

  it("an abandoned fit keeps no process alive", async () => {
    const program = `
      import { LanguageModel } from ${JSON.stringify(new URL("../../dist/node.js", import.meta.url).href)};
      const model = await LanguageModel.create({ corpus: "abcabcabcabc", hidden: 4 });
      await model.fit("abcabcabcabc", { seqLen: 2, batch: 2, shards: 2, workers: 2 }).next();
      postMessage("one step");
    `;
    const prelude = `import { parentPort } from "node:worker_threads";
      const postMessage = (message) => parentPort.postMessage(message);`;
    const url = new URL(`data:text/javascript,${encodeURIComponent(prelude + program)}`);
    const worker = new Worker(url, { execArgv: [] });
    const messages: unknown[] = [];
    worker.on("message", (message) => messages.push(message));
    const code = await new Promise((resolve, reject) => {
      worker.on("exit", resolve);
      worker.on("error", reject);
    });
    expect({ code, messages }).toEqual({ code: 0, messages: ["one step"] });
  });
});

it("refuses what cannot be", async () => {
  const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
  const fit = (options: object) =>
    model.fit(text, { steps: 2, batch: 4, seqLen: 8, ...options }).next();
  for (const shards of [0, -1, 1.5, Number.NaN, "2", 1e6]) {
    await refusedLater(fit({ shards }), InvalidInputError, "shards must be a whole number");
  }
  for (const workers of [0, -1, 1.5, "2", {}, 1e6]) {
    await refusedLater(fit({ workers }), InvalidInputError, "workers must be a whole number");
  }
  await refusedLater(fit({ shards: 5 }), InvalidInputError, "at most batch", "5 shards of 4 rows");
  await refused(() => new WorkerPool(runtime, 0), InvalidInputError, "workers must be");
  await refused(() => new WorkerPool({} as Runtime, 2), InvalidInputError, "await load()");
  await refused(
    () => new WorkerPool(runtime, 2, { patience: -1 }),
    InvalidInputError,
    "patience must be",
  );
});
