// Rounds: shards that take some steps on their own. Where they are computed changes no bit, nor who keeps their moments.

import { describe, expect, it } from "vitest";
import { bytesPerExample } from "../../src/entries/cluster.js";
import {
  DivergedError,
  InvalidInputError,
  LanguageModel,
  WorkerPool,
} from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { reproduce } from "../../src/insight/reproduce.js";
import { addEightBits, roundToEightBits } from "../../src/train/rounds/eight-bits.js";
import type { ShardState } from "../../src/train/rounds/task.js";
import type { ShardRunner } from "../../src/train/shard-runner.js";
import { names, refused, refusedLater, text, tiny, train } from "./help.js";

const runtime = await load();
const shape = { ...tiny, layers: 2, dropout: 0.2 };
const ways = {
  windows: { data: text, options: { batch: 6, seqLen: 16, accumulate: 2 } },
  streams: { data: text, options: { batch: 6, seqLen: 16, batching: "streams" } },
  // The last batch of a pass leaves shards without a row.
  documents: { data: names.slice(0, 11), options: { batch: 6 } },
} as const;
type Way = keyof typeof ways;

const create = (way: Way) => LanguageModel.create({ runtime, ...shape, corpus: ways[way].data });
const fit = (model: LanguageModel, way: Way, options: object, stopAfter?: number) =>
  train(
    model,
    ways[way].data,
    { steps: 8, ...ways[way].options, shards: 3, ...options },
    stopAfter,
  );

async function bits(way: Way, options: object) {
  const model = await create(way);
  const reports = await fit(model, way, options);
  return { weights: model.fingerprint(), losses: reports.map(({ losses }) => losses) };
}

describe("who computes a round changes no bit", () => {
  const rounds = { steps: 3 };
  it.each(Object.keys(ways) as Way[])("%s", async (way) => {
    const alone = await bits(way, { rounds });
    expect(alone.losses.map((losses) => losses!.length)).toEqual([3, 3, 2]);
    for (const workers of [1, 2, 3]) {
      expect(await bits(way, { rounds, workers }), `${workers} workers`).toEqual(alone);
    }
    const small = await bits(way, { rounds: { ...rounds, bits: 8 } });
    expect(small.weights).not.toBe(alone.weights);
    expect(await bits(way, { rounds: { ...rounds, bits: 8 }, workers: 2 })).toEqual(small);
  });

  it("nor who keeps the moments, although some are lost", async () => {
    const options = { rounds: { steps: 2, bits: 8 }, steps: 48 };
    const straight = await create("streams");
    await fit(straight, "streams", options);
    await using pool = new WorkerPool(runtime, 2);
    const kept = new Map<string, ShardState>();
    let [rounds, known, came] = [0, 0, 0];
    const runner: ShardRunner = {
      closed: false,
      serves: () => true,
      submit: () => Promise.reject(new Error("a gradient")),
      async round(task, signal) {
        const { id, next, wanted, values } = task.state;
        const own = kept.get(id);
        if (own) known++;
        if (rounds++ % 7 === 5) {
          kept.clear();
          throw new Error("gone");
        }
        const state = { ...task.state, values: () => structuredClone(own) ?? values() };
        const { state: after, ...reply } = await pool.round({ ...task, state }, signal);
        kept.set(next, structuredClone(after!));
        if (wanted) came++;
        return wanted ? { ...reply, state: after! } : reply;
      },
    };
    const elsewhere = await create("streams");
    await fit(elsewhere, "streams", { ...options, workers: runner }, 7);
    const saved = elsewhere.save({ training: true });
    expect(saved).toEqual(elsewhere.save({ training: true }));
    await fit(elsewhere, "streams", { ...options, workers: runner });
    expect(elsewhere.save({ training: true })).toEqual(straight.save({ training: true }));
    const again = await LanguageModel.load(saved, { runtime });
    await fit(again, "streams", options);
    expect(again.save({ training: true })).toEqual(straight.save({ training: true }));
    // Rounds 10, 20 and 24 of 24, of three shards, but for those that were lost.
    expect(came).toBeGreaterThan(5);
    expect(came).toBeLessThanOrEqual(9);
    expect(known).toBeGreaterThan(rounds / 2);
  });
});

describe("what a round is", () => {
  it("with one shard, rate 1 and no momentum: the same steps", async () => {
    const options = { batch: 6, seqLen: 16, shards: 1, steps: 9, schedule: "cosine", warmup: 2 };
    const plain = await create("windows");
    const steps = await fit(plain, "windows", options);
    const rounds = { steps: 3, lr: 1, momentum: 0 };
    const model = await create("windows");
    const reports = await fit(model, "windows", { ...options, rounds });
    const losses = reports.flatMap(({ losses }) => losses!);
    expect(losses.length).toBe(9);
    for (const [i, { loss }] of steps.entries()) expect(losses[i]).toBeCloseTo(loss, 4);
    expect(reports.map(({ step, lr }) => [step, lr])).toEqual(
      [2, 5, 8].map((i) => [i + 1, steps[i].lr]),
    );
    const { examples, targets } = steps[8];
    expect(reports[2]).toMatchObject({ examples, targets });
    expect(reports[1].loss).toBeCloseTo((losses[3] + losses[4] + losses[5]) / 3, 12);
  });

  it("learns what steps learn", async () => {
    const options = { steps: 120, batch: 8, seqLen: 16, accumulate: 1, shards: 4, lr: 1e-2 };
    const loss = async (more: object) => {
      const model = await LanguageModel.create({ runtime, ...tiny, hidden: 24, corpus: text });
      await train(model, text, { ...options, ...more });
      return model.score(text).nats;
    };
    const before = await loss({ steps: 1 });
    for (const bits of [32, 8]) {
      expect(await loss({ rounds: { steps: 10, bits } })).toBeLessThan(0.5 * before);
    }
  });

  it("validations come with the round in which they are due; patience ends a run", async () => {
    const model = await create("streams");
    const options = { rounds: { steps: 4 }, steps: 30, val: 0.2, evalEvery: 6, ema: 0.9 };
    const reports = await fit(model, "streams", options);
    const due = reports.filter(({ validation }) => validation !== undefined);
    expect(due.map(({ step }) => step)).toEqual([8, 12, 20, 24, 30]);
    expect(reports.at(-1)!.finished).toBe("steps");
    const other = await create("streams");
    const impatient = { ...options, lr: 1e-9, patience: 1, resume: false };
    const short = await fit(other, "streams", impatient);
    expect(short.at(-1)!.finished).toBe("patience");
  });

  it("a run that diverges has the weights of the last good round", async () => {
    const model = await create("windows");
    const before = model.fingerprint();
    const wild = { optimizer: "sgd", lr: 1e6, clip: 0, weightDecay: 100, decay: "all" };
    const run = fit(model, "windows", { rounds: { steps: 4 }, ...wild });
    const error = await run.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(DivergedError);
    expect((error as Error).message).toContain("The weights are those after step 0");
    expect(model.fingerprint()).toBe(before);
  });

  it("the model can be used while its rounds are computed: it is as after the last one", async () => {
    const model = await create("windows");
    const whole = new Set([model.fingerprint()]);
    const during = new Set<string>();
    let training = true;
    const look = async () => {
      for (; training; await new Promise((resolve) => setTimeout(resolve))) {
        during.add(model.fingerprint());
        expect(model.save({ training: true }).length).toBeGreaterThan(0);
      }
    };
    const looking = look();
    const options = { ...ways.windows.options, steps: 240, shards: 3, rounds: { steps: 80 } };
    for await (const _ of model.fit(text, options)) whole.add(model.fingerprint());
    training = false;
    await looking;
    expect([...whole]).toEqual(expect.arrayContaining([...during]));
    expect(during.size).toBeGreaterThan(1);
    const alone = await bits("windows", { rounds: { steps: 80 }, steps: 240 });
    expect(model.fingerprint()).toBe(alone.weights);
  });

  it("the recipe of a run that was extended within a round trains to the same bits", async () => {
    const rounds = { rounds: { steps: 3, bits: 8 } };
    const model = await create("documents");
    await fit(model, "documents", { ...rounds, steps: 4 });
    await fit(model, "documents", { steps: 8, resume: true });
    const again = await reproduce(LanguageModel, model.save(), ways.documents.data);
    expect(again).toMatchObject({ same: true, fingerprint: model.fingerprint() });
    expect(model.run?.changes?.map(({ step }) => step)).toEqual([4]);
    const even = await create("documents");
    await fit(even, "documents", { ...rounds, steps: 6 });
    await fit(even, "documents", { steps: 8, resume: true });
    expect(even.run?.changes).toBeUndefined();
    expect(even.fingerprint()).toBe((await bits("documents", rounds)).weights);
  });

  it("an adapter learns in rounds, and weights of examples count", async () => {
    const model = await create("documents");
    await fit(model, "documents", {});
    const base = model.fingerprint();
    const fingerprints: string[] = [];
    for (const [i, more] of [{}, { workers: 2 }, { weights: [1, 5] }].entries()) {
      const { data, options } = ways.documents;
      const weights = "weights" in more ? data.map((_, i) => 1 + (i % 2)) : undefined;
      const lora = { name: `${i}`, targets: "all" } as const;
      const shared = { ...options, steps: 8, shards: 3, rounds: { steps: 3 }, lora };
      await train(model, data, { ...shared, ...more, ...(weights ? { weights } : {}) });
      fingerprints.push(model.getAdapter().fingerprint());
    }
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
    expect(model.fingerprint()).toBe(base);
  });

  it("is refused where a run has begun otherwise", async () => {
    const model = await create("windows");
    await fit(model, "windows", { rounds: { steps: 3, momentum: 0 } }, 1);
    await refusedLater(
      fit(model, "windows", { shards: 2 }),
      InvalidInputError,
      "rounds of 3 shards",
    );
    const plain = await create("windows");
    await fit(plain, "windows", {}, 1);
    const rounds = { steps: 3 };
    await refusedLater(
      fit(plain, "windows", { rounds }),
      InvalidInputError,
      "no rounds",
      "resume: false",
    );
    // Other rounds are another course of the same run.
    const more = { rounds: { steps: 2, momentum: 0.9, bits: 8 } };
    const reports = await fit(model, "windows", more);
    expect(reports.map(({ step }) => step)).toEqual([4, 6, 8]);
    for (const wrong of [{}, { steps: 1.5 }, { steps: 2, lr: 0 }, { steps: 2, momentum: 1 }]) {
      await refusedLater(
        fit(model, "windows", { rounds: wrong, resume: false }),
        InvalidInputError,
        "rounds.",
      );
    }
    await refusedLater(
      fit(model, "windows", { rounds: { steps: 2, rate: 1 }, resume: false }),
      InvalidInputError,
      "rate",
    );
  });
});

describe("differences in 8 bits", () => {
  it("round to even, in units of a power of two; what is rounded off stays", () => {
    const values = new Float32Array(600);
    values.set([127, 2.5, 3.5, -2.5, 0.25, -127]);
    values.set([1, -0.5 + 2 ** -20], 256);
    values.set([2 ** 100, -(2 ** 99)], 512);
    const before = values.slice();
    const { numbers, exponents } = roundToEightBits(values);
    expect([...numbers.subarray(0, 6)]).toEqual([127, 2, 4, -2, 0, -127]);
    expect([...exponents]).toEqual([0, -6, 94]);
    expect([...numbers.subarray(256, 258), ...numbers.subarray(512, 514)]).toEqual([
      64, -32, 64, -32,
    ]);
    const sum = new Float32Array(600);
    addEightBits(sum, { numbers, exponents });
    expect(sum.map((value, i) => value + values[i])).toEqual(before);
  });

  it("of nothing, and of the least and largest numbers", () => {
    const values = Float32Array.of(0, -0, 1e-45, 3.4028234663852886e38);
    const { exponents } = roundToEightBits(values.slice(0, 3));
    expect([...exponents]).toEqual([-126]);
    const { numbers } = roundToEightBits(values);
    expect(numbers[3]).toBeGreaterThan(63);
    expect(roundToEightBits(new Float32Array(0)).numbers.length).toBe(0);
  });
});

describe("bytes", () => {
  it("of the models of the task", async () => {
    for (const parameters of [359_105, 812_288]) {
      const common = { parameters, batch: 32, shards: 4, example: 512 };
      const synchronous = bytesPerExample(common);
      expect(synchronous / bytesPerExample({ ...common, rounds: { steps: 30 } })).toBeGreaterThan(
        25,
      );
      const few = bytesPerExample({ ...common, rounds: { steps: 100, bits: 8 } });
      expect(synchronous / few).toBeGreaterThan(100);
    }
    expect(bytesPerExample({ parameters: 100, batch: 10, shards: 2 })).toBe(160);
    await refused(
      () => bytesPerExample({ parameters: 0, batch: 1, shards: 1 }),
      InvalidInputError,
      "parameters",
    );
  });

  it("as they are sent", async () => {
    const model = await create("windows");
    await using pool = new WorkerPool(runtime, 1);
    let sent = 0;
    const size = (value: unknown): number =>
      ArrayBuffer.isView(value)
        ? value.byteLength
        : typeof value === "object" && value !== null
          ? Object.values(value).reduce((sum: number, one) => sum + size(one), 0)
          : 0;
    const runner: ShardRunner = {
      closed: false,
      serves: () => true,
      submit: (task) => pool.submit(task),
      async round(task) {
        sent += size(task.values());
        const reply = await pool.round(task);
        const { difference, buffers, state } = reply;
        sent += size([difference, buffers, task.state.wanted ? state : undefined]);
        return reply;
      },
    };
    const options = { rounds: { steps: 2, bits: 8 }, steps: 40, shards: 3, workers: runner };
    await fit(model, "windows", options);
    const { parameterCount: parameters } = model;
    const expected = bytesPerExample({
      ...{ parameters, batch: 12, shards: 3 },
      rounds: { steps: 2, bits: 8 },
    });
    // Exponents of a last block, and gaps.
    expect(sent / (40 * 12) / expected).toBeCloseTo(1, 1);
  });
});
