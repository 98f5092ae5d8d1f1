// Group and batch norm as layers: their names, and the way of batch norm's statistics over shards into its buffers.

import { describe, expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { BatchNorm2d, BatchStatistics } from "../../src/nn/layers/batch-norm.js";
import { GroupNorm } from "../../src/nn/layers/group-norm.js";
import { groupNorm } from "../../src/nn/ops/channel-norm.js";
import { squaredError } from "../../src/nn/ops/pixel-losses.js";
import { Parameters, Scope } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { InTurn } from "../../src/train/computer.js";
import { addShards, cutShards } from "../../src/train/shards.js";
import type { Phase, Trainable } from "../../src/train/trainable.js";
import { generator } from "../kernels/harness.js";

const runtime = await (await load()).withPictures();

function parametersOf(): Parameters {
  const machine = runtime.machine();
  return new Parameters(machine, Key.fromSeed(machine, 0));
}

const random = generator(3);
const drawn = (n: number) => Float32Array.from({ length: n }, () => 4 * random() - 1);

test("group norm has PyTorch's names, and is its operation", () => {
  const parameters = parametersOf();
  const layer = new GroupNorm(new Scope(parameters).child("norm"), 2, 4);
  parameters.seal();
  const tensors = new Map(parameters.entries());
  expect([...tensors.keys()]).toEqual(["norm.weight", "norm.bias"]);
  expect(parameters.role("norm.weight").decayed).toBe(false);
  parameters.machine.scoped(() => {
    const tape = new Tape(parameters.machine);
    const x = tape.tensor(drawn(24), [1, 3, 2, 4]);
    const [w, b] = [tensors.get("norm.weight")!, tensors.get("norm.bias")!];
    w.data.set(drawn(4));
    expect(layer.forward(tape, x).data).toEqual(groupNorm(tape, x, 2, w, b).data);
  });
});

/** Pictures [rows, 2, 1, 3] through batch norm. */
class NormNetwork implements Trainable {
  readonly norm: BatchNorm2d;

  constructor(parameters: Parameters) {
    this.norm = new BatchNorm2d(new Scope(parameters).child("norm"), 3);
  }

  loss(tape: Tape, batch: unknown) {
    const x = batch as Float32Array;
    const shape = [x.length / 6, 2, 1, 3];
    const collected = tape.recording ? new BatchStatistics() : undefined;
    const y = this.norm.forward(tape, tape.tensor(x, shape), collected);
    const loss = squaredError(tape, y, tape.tensor(x, shape));
    return { loss, statistics: () => collected?.values ?? {} };
  }

  observe(_: string, statistics: Readonly<Record<string, Float32Array>>) {
    this.norm.observe(statistics);
  }
}

/** Mean and unbiased variance of one channel. */
function statisticsOf(x: Float32Array, c: number): { mean: number; variance: number } {
  const own = x.filter((_, i) => i % 3 === c);
  const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
  const squares = own.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  return { mean, variance: squares / (own.length - 1) };
}

describe("batch norm", () => {
  const parameters = parametersOf();
  const network = new NormNetwork(parameters);
  parameters.seal();
  parameters.enableGradients();
  const tensors = new Map(parameters.entries());
  const mean = tensors.get("norm.running_mean")!;
  const variance = tensors.get("norm.running_var")!;
  const rows = 7;
  const x = drawn(6 * rows);
  const cut = (from: number, to: number) => x.slice(6 * from, 6 * to);

  test("has PyTorch's names, and buffers for its averages", () => {
    const names = ["weight", "bias", "running_mean", "running_var"];
    expect([...tensors.keys()]).toEqual(names.map((name) => `norm.${name}`));
    const buffers = [...tensors.keys()].map((name) => parameters.role(name).buffer);
    expect(buffers).toEqual([false, false, true, true]);
  });

  test("reads PyTorch's file, which also counts batches", () => {
    const fresh = parametersOf();
    new NormNetwork(fresh);
    fresh.seal();
    const one = (values: number[]) => ({ shape: [3], read: () => Float32Array.from(values) });
    const count = { shape: [], read: () => Float32Array.of(12) };
    const values = new Map(
      ["weight", "bias", "running_mean", "running_var"].map((name, i) => {
        return [`norm.${name}`, one([i, i, i])];
      }),
    );
    values.set("norm.num_batches_tracked", count);
    fresh.prepareAssign(values)(fresh.address);
    expect([...new Map(fresh.entries()).get("norm.running_var")!.data]).toEqual([3, 3, 3]);
    values.set("other.num_batches_tracked", count);
    expect(() => fresh.prepareAssign(values)).toThrow("not expected: other.num_batches_tracked");
  });

  test("in training forward writes no buffer; its averages follow the mean over shards", async () => {
    const phase: Phase = { name: "" };
    const key = Key.fromSeed(parameters.machine, 1);
    const shards = cutShards(phase, [{ targets: 1, rows, cut }], { shards: 3 }, [key], undefined);
    const result = await addShards(
      parameters,
      shards,
      new InTurn(parameters, network).compute(shards),
    );
    expect([...mean.data]).toEqual([0, 0, 0]);
    expect([...variance.data]).toEqual([1, 1, 1]);
    network.observe("", result.statistics!);
    // Of 7 rows the shards have 2, 2 and 3.
    const parts = [cut(0, 2), cut(2, 4), cut(4, 7)].map((part) => ({
      part,
      rows: part.length / 6,
    }));
    for (let c = 0; c < 3; c++) {
      const all = parts.map(({ part, rows }) => ({ rows, ...statisticsOf(part, c) }));
      const joined = (name: "mean" | "variance") =>
        all.reduce((sum, one) => sum + one.rows * one[name], 0) / rows;
      expect(mean.data[c]).toBeCloseTo(0.1 * joined("mean"), 6);
      expect(variance.data[c]).toBeCloseTo(0.9 + 0.1 * joined("variance"), 6);
    }
  });

  test("in evaluation goes by the averages alone", () => {
    const outputs = [x, cut(0, 1)].map((some) =>
      parameters.machine.scoped(() => {
        const tape = new Tape(parameters.machine);
        return network.norm
          .forward(tape, tape.tensor(some, [some.length / 6, 2, 1, 3]))
          .data.slice();
      }),
    );
    expect(outputs[0].slice(0, 6)).toEqual(outputs[1]);
    const [want] = x.map((v, i) => (v - mean.data[i % 3]) / Math.sqrt(variance.data[i % 3] + 1e-5));
    expect(outputs[0][0]).toBeCloseTo(want, 5);
  });
});
