// What the tests of simdream/worker share: workers that end with the test, and small models.

import { afterEach } from "vitest";
import type {
  LanguageModelOptions,
  Runtime,
  WorkerFactory,
  WorkerThread,
} from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { type ModelWorker, startWorker } from "../../src/entries/worker.js";
import { tiny } from "../models/help.js";

export const runtime: Runtime = await load();
export const nodeWorkers: WorkerFactory = runtime.workers!;
export const shape: Omit<LanguageModelOptions, "corpus"> = { ...tiny, layers: 2, dropout: 0.2 };

const started: ModelWorker[] = [];
afterEach(async () => {
  for (const worker of started.splice(0)) await worker.close();
});

/** A worker that is closed after the test. */
export async function begin(on: Runtime = runtime): Promise<ModelWorker> {
  const worker = await startWorker(on);
  started.push(worker);
  return worker;
}

/** A worker, and the thread that it is. */
export async function beginThread(): Promise<{ worker: ModelWorker; thread: WorkerThread }> {
  let thread: WorkerThread | undefined;
  const factory: WorkerFactory = async (script) => {
    thread = await nodeWorkers(script);
    return thread;
  };
  const worker = await begin(runtime.withWorkers(factory));
  return { worker, thread: thread! };
}

/** Everything that comes. */
export async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

/** Reports without their clock. */
export const timeless = <
  T extends { tokensPerSecond?: number; targetsPerSecond: number; elapsed: number },
>(
  reports: readonly T[],
): Omit<T, "tokensPerSecond" | "targetsPerSecond" | "elapsed">[] =>
  reports.map(({ tokensPerSecond, targetsPerSecond, elapsed, ...report }) => report);
