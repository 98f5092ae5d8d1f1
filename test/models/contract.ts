// What every model promises, checked for one of them. A new model adds a row to contract.test.ts.

import { afterAll, describe, expect, test } from "vitest";
import { InvalidInputError, ModelFileError, type Runtime } from "../../src/entries/index.js";
import { audit, type AnyModel as Looked, patch, trace } from "../../src/entries/insight.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import type { Machine } from "../../src/host/machine.js";
import { type Reproducible as Retrained, reproduce } from "../../src/insight/reproduce.js";
import type { TrainingOptions } from "../../src/train/options.js";
import type { StepReport } from "../../src/train/progress.js";
import { isShardRunner, type ShardRunner, type ShardTask } from "../../src/train/shard-runner.js";
import { hasServer } from "../cluster/server.js";
import { endShared, sharedCluster } from "../cluster/shared.js";

/** What all models have. */
export interface AnyModel<Data> {
  readonly parameterCount: number;
  readonly quantized: boolean;
  readonly weights: string;
  readonly record: { readonly steps: number };
  fit(data: Data, options: object): AsyncGenerator<StepReport, void, void>;
  fingerprint(): string;
  quantize?(options?: { readonly bits?: never }): Promise<unknown>;
  save(options?: { readonly training?: boolean }): Uint8Array<ArrayBuffer>;
}

/** One model, and how it is tried. */
export interface Row<M extends AnyModel<Data>, Data, Options> {
  /** The class, and after a comma what is tried of it. */
  readonly name: string;
  /** With workers that know the model. */
  readonly runtime: Runtime;
  /** How models come to be: their class. */
  readonly of: {
    create(options: Options): Promise<M>;
    load(bytes: Uint8Array, options: { readonly runtime: Runtime }): Promise<M>;
  };
  /** Options of `create`. */
  readonly options: Options;
  readonly data: Data;
  /** Some steps of at least 6 rows a batch. */
  readonly fit: TrainingOptions & Readonly<Record<string, unknown>>;
  /** Whether `fit` takes weights of examples. Default: where the data are a list or a set. */
  readonly weighs?: boolean;
  /** What the model says of the data, or makes: anything that can be compared. */
  use(model: M): unknown;
  /** What is audited, where that is not the model itself. */
  audited?(model: M): Looked;
}

const STEPS = 7;

afterAll(endShared);

export function contract<M extends AnyModel<Data>, Data, Options extends object>(
  row: Row<M, Data, Options>,
): void {
  const { runtime, data } = row;
  const create = () => row.of.create({ ...row.options, runtime });
  const load = (bytes: Uint8Array) => row.of.load(bytes, { runtime });
  const options = { ...row.fit, steps: STEPS };
  const train = async (
    model: M,
    more: object = {},
    stopAfter = Infinity,
  ): Promise<StepReport[]> => {
    const reports: StepReport[] = [];
    for await (const report of model.fit(data, { ...options, ...more })) {
      reports.push(report);
      if (report.step === stopAfter) break;
    }
    return reports;
  };
  const timeless = (reports: readonly StepReport[]) =>
    reports.map((report) => ({ ...report, targetsPerSecond: 0, tokensPerSecond: 0, elapsed: 0 }));
  const trained = async (more: object = {}): Promise<M> => {
    const model = await create();
    await train(model, more);
    return model;
  };

  describe(row.name, () => {
    test("learns, and gives the same bits twice", async () => {
      const [one, two] = [await create(), await create()];
      const before = one.fingerprint();
      const reports = await train(one);
      expect(timeless(await train(two))).toEqual(timeless(reports));
      expect(one.fingerprint()).not.toBe(before);
      expect(two.fingerprint()).toBe(one.fingerprint());
      expect(row.use(two)).toEqual(row.use(one));
      expect(Buffer.compare(one.save({ training: true }), two.save({ training: true }))).toBe(0);
      const { examples, targets, finished } = reports[STEPS - 1];
      expect({ finished, whole: examples > 0 && targets >= examples }).toEqual({
        finished: "steps",
        whole: true,
      });
    });

    test("saves and loads", async () => {
      const model = await trained();
      const bytes = model.save();
      const again = await load(bytes);
      expect(again.fingerprint()).toBe(model.fingerprint());
      expect(again.record).toEqual(model.record);
      expect(row.use(again)).toEqual(row.use(model));
      expect(Buffer.compare(again.save(), bytes)).toBe(0);
      const json = JSON.parse(readSafetensors(bytes).metadata.get("simdream")!);
      expect(json).toMatchObject({
        format: 2,
        model: row.name.split(",")[0],
        record: { steps: 7 },
      });
      expect(json.network.kind).toBeTypeOf("string");
      await expect(load(bytes.subarray(0, bytes.length / 2))).rejects.toThrow(ModelFileError);
    });

    test("resumes exactly after any step", async () => {
      const straight = await trained();
      for (let step = 1; step < STEPS; step++) {
        const model = await create();
        await train(model, {}, step);
        const again = await load(model.save({ training: true }));
        await train(again);
        expect(again.fingerprint()).toBe(straight.fingerprint());
        const whole = straight.save({ training: true });
        expect(Buffer.compare(again.save({ training: true }), whole)).toBe(0);
      }
    });

    test("other options of a run are resumed as well", async () => {
      const more = { ema: 0.9, optimizer: "sgd", accumulate: 2, schedule: "cosine" };
      const straight = await trained(more);
      const model = await create();
      await train(model, more, 3);
      const again = await load(model.save({ training: true }));
      await train(again, more);
      expect(again.fingerprint()).toBe(straight.fingerprint());
    });

    test("resumes with the options that it was begun with, where none are given", async () => {
      const more = {
        ...{ ema: 0.9, emaFirst: 0.5, emaWarmup: false, optimizer: "sgd", momentum: 0.5 },
        ...{ accumulate: 2, shards: 2, clip: 0.5, decay: "all", schedule: "linear", warmup: 2 },
      };
      const straight = await trained(more);
      const model = await create();
      await train(model, more, 3);
      const again = await load(model.save({ training: true }));
      for await (const _ of again.fit(data, {}));
      const whole = straight.save({ training: true });
      expect(Buffer.compare(again.save({ training: true }), whole)).toBe(0);
    });

    test("the recipe in its file trains to the same bits", async () => {
      const model = await create();
      await train(model, { lr: 1e-2 }, 3);
      await train(model, { lr: 5e-3, shards: 2 });
      await train(model, { resume: false, steps: 3, lr: 2e-3 });
      const of = { load };
      const file = model.save();
      const again = await reproduce<Data, Retrained<Data>>(of as never, file, data);
      expect(again).toMatchObject({ same: true, fingerprint: model.fingerprint() });
      expect(Buffer.compare(again.model.save(), file)).toBe(0);
      const small = (await model.quantize?.().catch(() => undefined)) as M | undefined;
      if (!small || row.name.startsWith("StyleTransfer")) return;
      const narrow = await reproduce<Data, Retrained<Data>>(of as never, small.save(), data);
      expect(narrow).toMatchObject({ same: true, fingerprint: small.fingerprint() });
    });

    test("shards are a part of the computation, workers are not", async () => {
      const inTurn = await trained({ shards: 3 });
      const onWorkers = await trained({ shards: 3, workers: 2 });
      expect(onWorkers.fingerprint()).toBe(inTurn.fingerprint());
      expect(Buffer.compare(onWorkers.save(), inTurn.save())).toBe(0);
    });

    test("on workers for real: somebody's runner sees every shard", async () => {
      const { WorkerPool } = await import("../../src/train/parallel/worker-pool.js");
      await using pool = new WorkerPool(runtime, 2);
      let computed = 0;
      const runner: ShardRunner = {
        closed: false,
        serves: () => true,
        submit: async (task, signal) => {
          const reply = await pool.submit(task, signal);
          computed++;
          return reply;
        },
      };
      expect(isShardRunner(runner)).toBe(true);
      const model = await trained({ shards: 2, workers: runner });
      expect(computed).toBeGreaterThanOrEqual(2 * STEPS);
      expect(pool.replaced).toBe(0);
      expect(model.fingerprint()).toBe((await trained({ shards: 2 })).fingerprint());
    });

    test.skipIf(!hasServer)("on a cluster, it has the bits of one machine", async () => {
      const cluster = await sharedCluster(runtime);
      const { own } = cluster.stats;
      const model = await trained({ shards: 3, workers: cluster });
      const alone = await trained({ shards: 3 });
      expect(model.fingerprint()).toBe(alone.fingerprint());
      expect(Buffer.compare(model.save(), alone.save())).toBe(0);
      expect(cluster.stats).toMatchObject({ own, bad: 0, back: 0 });
    });

    test("killed in the middle of a step, it resumes from the last whole one", async () => {
      const straight = await trained({ shards: 2 });
      // Every shard fails here, so that the caller computes it; the fatal one ends the run.
      for (const fatal of [0, 1, 2, 3, 4, 5, 6, 9, 13]) {
        const model = await create();
        const controller = new AbortController();
        let saved: Uint8Array | undefined;
        let asked = 0;
        const runner: ShardRunner = {
          closed: false,
          serves: () => true,
          async submit(_: ShardTask) {
            if (asked++ === fatal) {
              saved = model.save({ training: true });
              controller.abort(new Error("killed"));
            }
            throw new Error("no worker");
          },
        };
        const options = { shards: 2, workers: runner, signal: controller.signal };
        await expect(train(model, options)).rejects.toThrow("killed");
        const before = model.save({ training: true });
        expect(Buffer.compare(before, saved!)).toBe(0);
        await train(model, { shards: 2 });
        expect(model.fingerprint()).toBe(straight.fingerprint());
        const again = await load(saved!);
        await train(again, { shards: 2 });
        expect(again.fingerprint()).toBe(straight.fingerprint());
      }
    });

    test("counts examples as their weights say", async () => {
      const count = (data as { readonly length: number }).length;
      const model = await create();
      if (!(row.weighs ?? typeof data !== "string")) {
        await expect(train(model, { weights: [1] })).rejects.toThrow(InvalidInputError);
        return;
      }
      const alike = { weights: new Array(count).fill(0.3) };
      expect((await trained(alike)).fingerprint()).toBe((await trained()).fingerprint());
      const weights = Float32Array.from({ length: count }, (_, i) => 1 + (i % 3));
      const straight = await trained({ weights, shards: 2, workers: 2 });
      expect(straight.fingerprint()).not.toBe((await trained({ shards: 2 })).fingerprint());
      await train(model, { weights, shards: 2 }, 3);
      const again = await load(model.save({ training: true }));
      const other = weights.map((weight) => 4 - weight);
      await expect(train(again, { shards: 2 })).rejects.toThrow("begun with weights");
      await expect(train(again, { shards: 2, weights: other })).rejects.toThrow("with weights");
      await train(again, { weights, shards: 2 });
      expect(again.fingerprint()).toBe(straight.fingerprint());
      await expect(train(await create(), { weights: [1] })).rejects.toThrow(`list of ${count}`);
    });

    test("computes the same bits while it is looked into, and where activations are replaced by themselves", async () => {
      const model = await create();
      await train(model);
      const plain = await row.use(model);
      const look = () => row.use(model);
      const { result, activations } = await trace(model as unknown as Looked, look);
      expect(result).toEqual(plain);
      const own = Object.entries(activations).map(([name, { values }]) => [name, values] as const);
      expect(own.length).toBeGreaterThan(0);
      const again = await patch(model as unknown as Looked, look, Object.fromEntries(own));
      expect(again.result).toEqual(plain);
      const others = Object.entries(again.activations);
      expect(others.map(([name]) => name)).toEqual(own.map(([name]) => name));
      const same = others.map(([, { values }], i) =>
        Buffer.compare(bytesOf(values), bytesOf(own[i][1])),
      );
      expect(same.every((order) => order === 0)).toBe(true);
    });

    test("is audited for what it has learned by heart", async () => {
      const model = await create();
      await train(model);
      const how = { heldOut: row.data, samples: 2, examples: 4 };
      const audited = row.audited?.(model) ?? (model as unknown as Looked);
      const found = await audit(audited, row.data, how);
      expect(typeof found.overfitted).toBe("boolean");
      expect(found.why.length).toBeGreaterThan(0);
      // The same data on both sides.
      if (found.gap) expect(Math.abs(found.gap.gap)).toBeLessThan(1e-9);
      if ("generate" in audited) {
        const { extractable, copied, neighbours, gap } = found;
        expect(extractable ?? copied ?? neighbours ?? gap).not.toBeNull();
      }
    });

    test("rounds: the same bits on workers, resumed after any of them, and after a kill in one", async () => {
      const { WorkerPool } = await import("../../src/train/parallel/worker-pool.js");
      const rounds = { shards: 2, rounds: { steps: 3, bits: 8 }, ema: 0.9, keep: "last" };
      const straight = await create();
      const reports = await train(straight, rounds);
      expect(reports.map(({ step, losses }) => [step, losses!.length])).toEqual([
        [3, 3],
        [6, 3],
        [7, 1],
      ]);
      const file = straight.save({ training: true });
      await using pool = new WorkerPool(runtime, 2);
      let computed = 0;
      const submit: ShardRunner["submit"] = () => Promise.reject(new Error("a gradient"));
      const runner: ShardRunner = {
        closed: false,
        serves: () => true,
        submit,
        round: async (task, signal) => {
          const reply = await pool.round(task, signal);
          computed++;
          return reply;
        },
      };
      const elsewhere = await create();
      const again = await train(elsewhere, { ...rounds, workers: runner });
      expect(timeless(again)).toEqual(timeless(reports));
      expect({ computed, replaced: pool.replaced }).toEqual({ computed: 6, replaced: 0 });
      expect(Buffer.compare(elsewhere.save({ training: true }), file)).toBe(0);
      for (const step of [3, 6]) {
        const model = await create();
        await train(model, rounds, step);
        const resumed = await load(model.save({ training: true }));
        await train(resumed, rounds);
        expect(Buffer.compare(resumed.save({ training: true }), file)).toBe(0);
      }
      for (const fatal of [0, 1, 3]) {
        const model = await create();
        const controller = new AbortController();
        let saved: Uint8Array | undefined;
        let asked = 0;
        const killer: ShardRunner = {
          closed: false,
          serves: () => true,
          submit,
          async round() {
            if (asked++ === fatal) {
              saved = model.save({ training: true });
              controller.abort(new Error("killed"));
            }
            throw new Error("no worker");
          },
        };
        const { signal } = controller;
        await expect(train(model, { ...rounds, workers: killer, signal })).rejects.toThrow(
          "killed",
        );
        expect(Buffer.compare(model.save({ training: true }), saved!)).toBe(0);
        await train(model, rounds);
        expect(Buffer.compare(model.save({ training: true }), file)).toBe(0);
      }
    });

    test("refuses what it does not know, and is as it was", async () => {
      const model = await create();
      const before = model.fingerprint();
      for (const wrong of [
        { epoch: 3 },
        { steps: 0 },
        { lr: -1 },
        { decay: "some" },
        { shards: 99 },
        { rounds: { steps: 0 } },
        { rounds: { steps: 2, bits: 16 } },
      ]) {
        await expect(train(model, wrong)).rejects.toThrow(InvalidInputError);
      }
      expect(() => model.save({ train: true } as object)).toThrow(InvalidInputError);
      await expect(load(new Uint8Array(9))).rejects.toThrow(ModelFileError);
      expect(model.fingerprint()).toBe(before);
      expect(model.record.steps).toBe(0);
    });

    test("needs no more memory with time", async () => {
      const model = await create();
      // What is reserved for good is below what a step takes: both are there after a second run.
      await train(model);
      row.use(model);
      await train(model, { resume: false });
      const { machine } = (model as unknown as { core: { machine: Machine } }).core;
      const { bytes } = machine;
      for (let i = 0; i < 3; i++) {
        await train(model, { resume: false });
        row.use(model);
        model.save({ training: true });
      }
      expect(machine.bytes).toBe(bytes);
      expect(machine.activationBytes).toBe(0);
    });

    test.each([8, 4] as const)("with %i-bit weights, where the model has them", async (bits) => {
      const model = await trained();
      const quantized = (await model.quantize?.({ bits } as never).catch(({ message }: Error) => {
        const why = "bits: 4 is for models without convolutions, this one takes 8";
        expect([bits, message]).toEqual([4, why]);
      })) as M | undefined;
      if (!quantized) return;
      expect(quantized.weights).toBe(`int${bits}`);
      expect(quantized.quantized).toBe(true);
      const again = await load(quantized.save());
      expect(again.fingerprint()).toBe(quantized.fingerprint());
      expect(row.use(again)).toEqual(row.use(quantized));
      await expect(train(quantized)).rejects.toThrow("cannot be trained");
    });
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
