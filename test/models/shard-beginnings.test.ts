// The pool and a worker's side of it where a shard ends before it has begun: given up, or of a network that cannot be built.

import { expect, test } from "vitest";
import { InvalidInputError } from "../../src/host/errors.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { shardWorker } from "../../src/train/parallel/shard-worker.js";
import { WorkerPool } from "../../src/train/parallel/worker-pool.js";
import type { ShardTask } from "../../src/train/shard-runner.js";
import { runtime } from "./help.js";

test("no worker is started for a shard that is given up at once", async () => {
  let started = 0;
  const none = runtime.withWorkers(() => {
    started++;
    throw new Error("there is none");
  });
  await using pool = new WorkerPool(none, 1);
  const reason = new Error("enough");
  const aborter = new AbortController();
  const reply = pool.submit({} as ShardTask, aborter.signal);
  aborter.abort(reason);
  await expect(reply).rejects.toBe(reason);
  await import("comlink");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(started).toBe(0);
});

test("a network that could not be built is built when it is asked for again", async () => {
  let asked = 0;
  const worker = shardWorker(runtime, () => {
    if (++asked === 1) throw new InvalidInputError("its module cannot be reached");
    return (source) => {
      const weight = source.add("weight", [1], () => {});
      return { loss: (tape) => ({ loss: sum(tape, weight) }) };
    };
  });
  const gradient = () =>
    worker.compute({
      network: { model: "One" },
      changing: [{ offset: 0, length: 1 }],
      values: Float32Array.of(3),
      frozen: "1",
      all: Float32Array.of(3),
      grads: new Float32Array(1),
      shard: {
        phase: { name: "" },
        parts: [{ batch: 0, rows: 1, dropout: [0, 0] }],
        totals: { targets: 1, rows: 1 },
        recompute: false,
      },
    });
  await expect(gradient()).rejects.toThrow("its module cannot be reached");
  expect(await gradient()).toMatchObject({ loss: 3, grads: Float32Array.of(1) });
});
