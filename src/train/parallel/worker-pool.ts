/// <reference lib="esnext.disposable" preserve="true" />
// Workers that compute shards. A worker may fail at any moment: it is replaced and its shard computed
// again, which gives the same bits because nothing but the request makes them.

import type { Remote } from "comlink";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import type { Runtime } from "../../host/runtime.js";
import type { WorkerThread } from "../../host/workers.js";
import { checkWorkers } from "../options.js";
import type {
  Recycled,
  Refusal,
  RoundReply,
  RoundTask,
  ShardReply,
  ShardRunner,
  ShardTask,
} from "../shard-runner.js";
import type { RoundRequest, ShardRequest, ShardWorker } from "./shard-worker.js";

/** How long a worker may take for a shard, as a multiple of the longest so far. */
const SLOW = 20;
/** The same for the first shard, for which nothing is known, as a multiple of the patience. */
const FIRST = 6;
/** How often a shard is given to a worker before the caller computes it. */
const ATTEMPTS = 2;

/** Options of `WorkerPool`. */
export interface WorkerPoolOptions {
  /**
   * Milliseconds that a worker may take in any case. It counts as hung, and is replaced, where it
   * takes longer than this and than 20 times the longest time so far. Default 10 000.
   */
  readonly patience?: number;
}

/** A shard, or a round of one, that waits for a worker. */
interface Job {
  readonly task: ShardTask | RoundTask;
  readonly signal: AbortSignal | undefined;
  resolve(reply: unknown): void;
  reject(reason: unknown): void;
}

/** A worker that has been started. */
interface Started {
  readonly thread: WorkerThread;
  readonly remote: Remote<ShardWorker>;
  /** The model whose frozen parameters it has. */
  has?: string;
  /** Whether it has the second module. */
  pictures?: boolean;
}

/** A place for one worker; it is started when a shard comes, and again where it died. */
interface Lane {
  busy: boolean;
  worker?: Started;
  /** Ends the wait for the worker's answer. */
  fail?: (reason: unknown) => void;
}

/**
 * Workers for `fit`, started when they are first needed. `fit({ workers: 4 })` makes a pool of its own
 * and closes it; one made here serves several fits, one after the other or at once, until it is closed:
 *
 * ```ts
 * await using pool = new WorkerPool(runtime, 4);
 * for await (const step of model.fit(text, { shards: 4, workers: pool })) console.log(step.loss);
 * ```
 */
export class WorkerPool implements ShardRunner {
  /** Most workers at a time. */
  readonly workers: number;
  readonly #runtime: Runtime;
  readonly #patience: number;
  readonly #lanes: readonly Lane[];
  readonly #queue: Job[] = [];
  #spare: Float32Array<ArrayBuffer>[] = [];
  #longest = 0;
  #replaced = 0;
  /** Failures since the last success. */
  #failures = 0;
  #closed = false;

  /** @throws InvalidInputError for a number of workers that is not 1 to 1024 */
  constructor(runtime: Runtime, workers: number, options: WorkerPoolOptions = {}) {
    checkKeys("WorkerPool", options, ["patience"]);
    if (typeof runtime?.machine !== "function") {
      const got = describe(runtime);
      throw new InvalidInputError(`the first argument must be what await load() gives, got ${got}`);
    }
    this.#runtime = runtime;
    this.workers = checkWorkers(workers);
    this.#patience = checkNumber("patience", options.patience ?? 10_000, { min: 1, max: 1e8 });
    this.#lanes = Array.from({ length: workers }, () => ({ busy: false }));
  }

  /** Whether a model of this runtime gets the bits from the pool that it would compute itself. */
  serves(runtime: Runtime): boolean {
    return this.#runtime.sameKernels(runtime);
  }

  /** Workers that died or hung, and were replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Ends all workers. A shard that is being computed is given back to its `fit`. */
  async close(): Promise<void> {
    this.#closed = true;
    const reason = new Error("the pool was closed");
    const ends = this.#lanes.map((lane) => this.#discard(lane, reason));
    for (const job of this.#queue.splice(0)) job.reject(reason);
    this.#spare = [];
    await Promise.all(ends);
  }

  /** `await using` closes the pool. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Has a shard computed. The reply's buffers are the caller's until `recycle`. */
  submit(task: ShardTask, signal?: AbortSignal): Promise<ShardReply>;
  submit(task: RoundTask, signal?: AbortSignal): Promise<RoundReply>;
  submit(task: ShardTask | RoundTask, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, signal, resolve, reject });
      this.#assign();
    });
  }

  /** Has a round computed. */
  round(task: RoundTask, signal?: AbortSignal): Promise<RoundReply> {
    return this.submit(task, signal);
  }

  /** Takes the buffers of a reply back. */
  recycle({ values, grads }: Recycled): void {
    if (this.#closed || this.#spare.length >= 4 * this.workers) return;
    this.#spare.push(...[values, grads].flatMap((buffer) => buffer ?? []));
  }

  /** How long a shard took that the caller computed itself, in milliseconds; of a round, an update of it. */
  learn(duration: number): void {
    this.#longest = Math.max(this.#longest, duration);
  }

  #assign(): void {
    for (const lane of this.#lanes) {
      if (lane.busy) continue;
      const job = this.#queue.shift();
      if (!job) return;
      void this.#serve(lane, job);
    }
  }

  async #serve(lane: Lane, job: Job): Promise<void> {
    lane.busy = true;
    try {
      job.resolve(await this.#attempt(lane, job));
    } catch (error) {
      job.reject(error);
    } finally {
      lane.busy = false;
      this.#assign();
    }
  }

  async #attempt(lane: Lane, job: Job): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      // Where workers cannot be had at all, there is no use in asking again and again.
      if (this.#closed || this.#failures > 2 * this.workers) throw new Error("no worker to be had");
      job.signal?.throwIfAborted();
      try {
        const reply = await this.#ask(lane, job);
        this.#failures = 0;
        return reply;
      } catch (error) {
        if ((error as Partial<Refusal> | undefined)?.refusal) throw error;
        void this.#discard(lane, error);
        if (this.#closed || job.signal?.aborted) throw error;
        this.#failures++;
        this.#replaced++;
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** The worker's answer, unless it dies, takes too long, or nobody waits for it any more. */
  async #ask(lane: Lane, job: Job): Promise<unknown> {
    const begun = performance.now();
    const updates = (job.task as RoundTask).round?.updates.length ?? 1;
    const allowed =
      updates * Math.max(this.#patience, SLOW * this.#longest || FIRST * this.#patience);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort: (() => void) | undefined;
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const hung = () => reject(new Error(`no answer for ${Math.round(allowed)} ms`));
        // In two parts: after a pause of the whole program the answer may be there already.
        timer = setTimeout(() => {
          timer = setTimeout(hung, allowed / 10);
        }, allowed);
        abort = () => reject(job.signal!.reason);
        job.signal?.addEventListener("abort", abort);
        lane.fail = reject;
        this.#compute(lane, job).then((reply) => {
          this.learn((performance.now() - begun) / updates);
          resolve(reply);
        }, reject);
      });
    } finally {
      clearTimeout(timer);
      if (abort) job.signal?.removeEventListener("abort", abort);
      lane.fail = undefined;
    }
  }

  async #compute(lane: Lane, { task }: Job): Promise<unknown> {
    const waiting = lane.fail;
    const { transfer } = await import("comlink");
    // Given up in the meantime: the lane may be another shard's by now.
    if (lane.fail !== waiting) throw new Error("too late");
    const worker = lane.worker ?? (await this.#start(lane));
    if (task.pictures && !worker.pictures) {
      const { further } = await this.#runtime.withPictures();
      await worker.remote.further("pictures", further.pictures.source!);
      worker.pictures = true;
    }
    const { network, changing, frozen, shard, round, state } = task as ShardTask & RoundTask;
    const values = task.values(this.#spare.pop());
    // Values of before, for a worker that has those of another run.
    const model = `${frozen.id} ${JSON.stringify(network)}`;
    const all = worker.has === model ? undefined : frozen.values();
    worker.has = model;
    const kept = state?.values();
    const grads = round ? undefined : (this.#spare.pop() ?? new Float32Array(values.length));
    const buffers = [values, all, grads, ...Object.values(kept ?? {})];
    const request = transfer(
      { network, changing, values, frozen: frozen.id, all, shard, grads, round, state: kept },
      buffers.flatMap((numbers) => numbers?.buffer ?? []),
    );
    return worker.remote.compute(request as ShardRequest | RoundRequest).catch((error: unknown) => {
      const { name, message } = error as Error;
      if (name !== "InvalidInputError") throw error;
      // Whether it got as far as to keep what is frozen, nobody knows.
      worker.has = undefined;
      throw { refusal: new InvalidInputError(message) } satisfies Refusal;
    });
  }

  async #start(lane: Lane): Promise<Started> {
    const waiting = lane.fail;
    const { wrap } = await import("comlink");
    const thread = await this.#runtime.startWorker();
    // Late, and in the meantime given up.
    if (lane.fail !== waiting || this.#closed) {
      thread.terminate();
      throw new Error("too late");
    }
    const worker: Started = { thread, remote: wrap<ShardWorker>(thread) };
    const died = (event: Event) => {
      event.preventDefault?.();
      if (lane.worker !== worker) return;
      const { message = "no reason given" } = event as { message?: string };
      if (lane.fail) lane.fail(new Error(`the worker failed: ${message}`));
      else void this.#discard(lane, undefined);
    };
    for (const type of ["error", "messageerror"]) thread.addEventListener(type, died);
    lane.worker = worker;
    thread.unref?.();
    await worker.remote.open(this.#runtime.source);
    return worker;
  }

  async #discard(lane: Lane, reason: unknown): Promise<void> {
    const { worker } = lane;
    lane.worker = undefined;
    lane.fail?.(reason);
    await worker?.thread.terminate();
  }
}
