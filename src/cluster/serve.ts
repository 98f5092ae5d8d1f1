// A worker's side: takes tasks from the queue, computes them on threads of this machine, and answers. It keeps nothing
// that a result depends on; it may be killed at any moment, and its task is another's.

import type { Consumer, JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { WorkerPool } from "../api.js";
import type { RuntimeOption } from "../host/default-runtime.js";
import {
  checkKeys,
  checkNumber,
  checkSignal,
  describe,
  InvalidInputError,
  SimdreamError,
} from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import { version } from "../host/version.js";
import type { ShardState } from "../train/rounds/task.js";
import type { Refusal, ShardTask } from "../train/shard-runner.js";
import { Channel, type ClusterOptions, WORKERS } from "./channel.js";
import { decode, encode } from "./codec.js";
import {
  type Answer,
  type AskMessage,
  checkTask,
  checkWork,
  type HelloMessage,
  isKept,
  type NoteMessage,
  type ResultMessage,
  type Said,
  type TaskMessage,
  type Work,
} from "./messages.js";
import { hashOf } from "./seal.js";

/** Options of `serveShards`. */
export interface ServeShardsOptions extends ClusterOptions, RuntimeOption {
  /** Threads that compute, a task each. Default 1. */
  readonly workers?: number;
  /** Ends it. A task that is being computed is given to others. */
  readonly signal?: AbortSignal;
  /** Part of how the coordinator and `simdream cluster status` call it. Default "worker". */
  readonly name?: string;
  /** The most bytes that it takes for one model or one batch. Default 1 GiB. */
  readonly maxBytes?: number;
  /**
   * Addresses of modules that define models of their own (`defineModel({ module })`) and that it may import: those on
   * this list, and no others. Default none.
   */
  readonly modules?: readonly string[];
  /** Called after every task. */
  readonly onTask?: (done: ServedTask) => void;
}

/** A task that was answered. */
export interface ServedTask {
  /** This worker, as the coordinator calls it. */
  readonly worker: string;
  /** How many it has answered. */
  readonly tasks: number;
  /** How long this one was computed, in milliseconds. */
  readonly ms: number;
  /** Why it was refused, where it was. */
  readonly refused?: string;
  /** Bytes that this worker has sent and received. */
  readonly sent: number;
  readonly received: number;
}

const keys = [
  ...["run", "token", "patience", "workers", "signal", "runtime", "name", "maxBytes", "modules"],
  "onTask",
];

/** How long it waits for a task before it asks again, in milliseconds. */
const EXPIRES = 5000;
/** How many sets of frozen parameters and of changing ones are kept. */
const KEPT = 3;

/**
 * @param runtime what computes
 * @param bytesOf how an answer becomes bytes; another way is for tests of how liars are found out
 * @throws InvalidInputError, SimdreamError
 */
export async function serve(
  connection: NatsConnection,
  options: ServeShardsOptions,
  runtime: Runtime,
  bytesOf: (answer: Said) => Uint8Array = encode,
): Promise<void> {
  checkKeys("serveShards", options, keys);
  const rule = { integer: true, min: 1, max: 1024 };
  const threads = checkNumber("workers", options.workers ?? 1, rule);
  const { name = "worker", modules = [], onTask } = options;
  if (typeof name !== "string" || !/^[\w-]{1,32}$/.test(name)) {
    const got = describe(name);
    throw new InvalidInputError(`name must be letters, digits, _ and -, at most 32, got ${got}`);
  }
  const maxBytes = checkNumber("maxBytes", options.maxBytes ?? 2 ** 30, { min: 2 ** 16 });
  const signal = checkSignal(options.signal);
  checkWorkersOf("serveShards", runtime);
  signal?.throwIfAborted();
  const channel = await Channel.open(connection, options);
  const pool = new WorkerPool(runtime, threads);
  const own = `${name}-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await new ShardServer(channel, pool, {
      name: own,
      threads,
      maxBytes,
      modules,
      onTask,
      bytesOf,
    }).run(signal);
  } finally {
    await pool.close();
  }
}

/** @throws InvalidInputError where a runtime has no workers */
export function checkWorkersOf(who: string, runtime: Runtime): void {
  if (runtime.workers) return;
  throw new InvalidInputError(
    `${who} computes in workers, and this runtime has none; give it a way to start them: ` +
      "runtime.withWorkers(factory)",
  );
}

/** What a server is told. */
interface Serving {
  readonly name: string;
  readonly threads: number;
  readonly maxBytes: number;
  readonly modules: readonly string[];
  readonly onTask: ServeShardsOptions["onTask"];
  readonly bytesOf: (answer: Said) => Uint8Array;
}

class ShardServer {
  readonly #channel: Channel;
  readonly #pool: WorkerPool;
  readonly #options: Serving;
  readonly #kept = new Map<string, Promise<Float32Array<ArrayBuffer>>>();
  /** What shards have kept, as bytes by their hash: the last ones. */
  readonly #states = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #ended = new AbortController();
  /** Ends what waits for the server. */
  readonly #waiting = new Set<() => void>();
  #tasks = 0;

  constructor(channel: Channel, pool: WorkerPool, options: Serving) {
    this.#channel = channel;
    this.#pool = pool;
    this.#options = options;
  }

  async run(signal: AbortSignal | undefined): Promise<void> {
    const channel = this.#channel;
    const end = () => this.#ended.abort(new Done());
    signal?.addEventListener("abort", end);
    const leave = () => {
      for (const left of [...this.#waiting]) left();
    };
    this.#ended.signal.addEventListener("abort", leave);
    const away = channel.onReturn(leave);
    void channel.connection.closed().then(() => {
      this.#ended.abort(new SimdreamError("the connection to the cluster was closed"));
    });
    const heard = channel.listen(channel.subject("notes"), (value) => {
      const { refused, roll } = value as NoteMessage;
      if (roll) void this.#hello(false);
      if (refused !== this.#options.name) return;
      const why = "this worker gave other numbers than others, and was shut out of the run";
      this.#ended.abort(new SimdreamError(why));
    });
    const asked = channel.listen(channel.subject("ask", this.#options.name), (value) => {
      void this.#asked(value);
    });
    const beat = setInterval(() => void this.#hello(false), channel.patience / 3);
    try {
      if (signal?.aborted) return;
      await this.#hello(false);
      const lanes = Array.from({ length: this.#options.threads }, () => this.#lane());
      await Promise.all(lanes);
      const { reason } = this.#ended.signal;
      if (!(reason instanceof Done)) throw reason;
    } finally {
      clearInterval(beat);
      away();
      heard.unsubscribe();
      asked.unsubscribe();
      signal?.removeEventListener("abort", end);
      if (!channel.connection.isClosed()) await this.#hello(true);
    }
  }

  async #hello(leaving: boolean): Promise<void> {
    const { name: worker, threads } = this.#options;
    const hello: HelloMessage = { worker, threads, done: this.#tasks, leaving };
    await this.#channel.note(this.#channel.subject("workers", worker), hello).catch(() => {});
  }

  /** Takes one task after the other. */
  async #lane(): Promise<void> {
    const channel = this.#channel;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        const consumer = await channel.js.consumers.get(channel.stream("tasks"), WORKERS);
        while (!signal.aborted) {
          const message = await this.#next(consumer);
          if (message) await this.#take(message);
        }
      } catch {
        // The server is away or has lost the stream: whoever has the run makes it again.
        await this.#pause(250);
        if (!signal.aborted) await channel.repair().catch(() => {});
      }
    }
  }

  /** A task; undefined where none comes for a while, where it is over, or where the connection was away meanwhile. */
  #next(consumer: Consumer): Promise<JsMsg | undefined> {
    return new Promise((resolve, reject) => {
      const left = this.#left(() => resolve(undefined));
      consumer.next({ expires: EXPIRES }).then(
        (message) => {
          // One that comes when nobody waits for it is another's at once.
          if (!this.#waiting.delete(left)) message?.nak();
          else resolve(message ?? undefined);
        },
        (error) => {
          this.#waiting.delete(left);
          reject(error);
        },
      );
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const left = this.#left(resolve);
      setTimeout(left, ms);
    });
  }

  /** What is called when it is over, or the connection was away. Not a promise, on which races would pile up. */
  #left(leave: () => void): () => void {
    const left = () => {
      if (this.#waiting.delete(left)) leave();
    };
    this.#waiting.add(left);
    return left;
  }

  async #take(message: JsMsg): Promise<void> {
    const channel = this.#channel;
    const working = setInterval(() => message.working(), channel.patience / 3);
    try {
      const task = checkTask(await channel.read(message.subject, message.data));
      if (this.#suits(task) && (await this.#compute(task, message.redelivered))) message.ack();
      else message.nak();
    } catch (error) {
      // What cannot be read is nobody's; what could not be done is another's.
      if ((error as Error).name === "ModelFileError") message.term();
      else message.nak(channel.patience / 10);
    } finally {
      clearInterval(working);
    }
  }

  /** Computes a task that this worker is asked for by name: to be compared with another's answer. */
  async #asked(value: unknown): Promise<void> {
    try {
      const { surrender } = (value ?? {}) as AskMessage;
      if (surrender !== undefined) {
        const state = this.#states.get(surrender);
        if (state) await this.#channel.put(state);
        return;
      }
      const task = checkTask(value);
      if (this.#suits(task)) await this.#compute(task, false);
    } catch {
      // Whoever asked asks another.
    }
  }

  /** Whether the run is of this version: else it ends here. */
  #suits(task: TaskMessage): boolean {
    if (task.version === version) return true;
    const why = `the run is of simdream ${task.version}, this worker of ${version}: their bits may differ`;
    this.#ended.abort(new SimdreamError(why));
    return false;
  }

  /** @returns whether it was answered */
  async #compute(task: TaskMessage, again: boolean): Promise<boolean> {
    const channel = this.#channel;
    const { name: worker, onTask } = this.#options;
    const begun = performance.now();
    const said = await this.#answer(task);
    const ms = performance.now() - begun;
    if (this.#ended.signal.aborted) return false;
    const result: ResultMessage = { id: task.id, worker, ms, again, ...said };
    await channel.send(channel.subject("results", task.id, worker), result, `${task.id}/${worker}`);
    this.#tasks++;
    const { sent, received } = channel;
    const { refused } = said;
    const done = { worker, tasks: this.#tasks, ms, sent, received };
    onTask?.(refused === undefined ? done : { ...done, refused });
    return true;
  }

  async #answer(
    task: TaskMessage,
  ): Promise<Pick<ResultMessage, "hash" | "answer" | "refused" | "lacks">> {
    const channel = this.#channel;
    const { maxBytes, modules } = this.#options;
    if (Math.max(task.values.size, task.frozen.size) > maxBytes) {
      return { refused: `it needs more than the ${maxBytes} bytes that this worker takes` };
    }
    const bytes = await channel.unpack(task.work, maxBytes);
    const asked = checkWork(decode(bytes, "a task"));
    const work = await this.#complete(asked, task.surrendered);
    if (!work) return { lacks: true };
    const [values, frozen] = await Promise.all([task.values, task.frozen].map(this.#numbers));
    const module = task.network.module as string | undefined;
    const network =
      module === undefined || modules.includes(module)
        ? task.network
        : { ...task.network, module: undefined };
    const { changing, pictures, size } = task;
    try {
      const answer = await computedBy(this.#pool, work, {
        ...{ network, changing, pictures, size },
        values: () => values.slice(),
        frozen: { id: task.frozen.hash, values: () => frozen.slice() },
      });
      const { said, state } = await saidOf(answer, work);
      if (state) this.#keep(state.hash, state.bytes);
      const numbers = this.#options.bytesOf(said);
      return { hash: await hashOf(numbers), answer: await channel.parcel(numbers) };
    } catch (error) {
      const { refusal } = (error ?? {}) as Partial<Refusal>;
      if (refusal) return { refused: refusal.message.slice(0, 2000) };
      throw error;
    }
  }

  /** A task with what its shard has kept; undefined where that cannot be had. */
  async #complete(work: Work, surrendered = false): Promise<Work | undefined> {
    if ("shard" in work || !isKept(work.state)) return work;
    const { kept: hash, size } = work.state;
    const until = performance.now() + this.#channel.patience;
    for (;;) {
      const known =
        this.#states.get(hash) ??
        (surrendered ? await this.#channel.get(hash, size).catch(() => undefined) : undefined);
      if (known) {
        this.#keep(hash, known);
        const state = decode(known, "a state") as ShardState;
        return checkWork({ ...work, state });
      }
      if (!surrendered || this.#ended.signal.aborted || performance.now() > until) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** The last ones, as many as there is room for. */
  #keep(hash: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#states.delete(hash);
    this.#states.set(hash, bytes);
    let size = 0;
    for (const { length } of this.#states.values()) size += length;
    for (const [old, { length }] of this.#states) {
      if (size <= this.#options.maxBytes) break;
      this.#states.delete(old);
      size -= length;
    }
  }

  /** Numbers of the store; the last ones are kept. */
  readonly #numbers = ({ hash, size }: { hash: string; size: number }) => {
    const known = this.#kept.get(hash);
    const numbers =
      known ?? this.#channel.get(hash, size).then(({ buffer }) => new Float32Array(buffer));
    this.#kept.delete(hash);
    this.#kept.set(hash, numbers);
    numbers.catch(() => this.#kept.delete(hash));
    for (const [old] of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(old);
    }
    return numbers;
  };
}

/** What a pool says, with its names in one order, whoever made it: the same bytes for the same numbers. */
export async function computedBy(
  pool: WorkerPool,
  work: Work,
  model: Omit<ShardTask, "shard">,
): Promise<Answer> {
  if ("shard" in work) {
    const reply = await pool.submit({ ...model, shard: work.shard });
    const { loss, parts, carried, statistics, grads } = reply;
    return { loss, parts, carried, statistics, grads };
  }
  const { round } = work;
  const state = { id: "", next: "", wanted: true, values: () => work.state as ShardState };
  const reply = await pool.round({ ...model, round, state });
  const { updates, finite, difference, buffers, taken, state: next, carried } = reply;
  return { updates, finite, difference, buffers, taken, state: next, carried };
}

/** What is said of an answer, and what its shard has kept. */
export async function saidOf(
  answer: Answer,
  work: Work,
): Promise<{
  readonly said: Said;
  readonly state?: { readonly hash: string; readonly bytes: Uint8Array<ArrayBuffer> };
}> {
  if (!("state" in answer) || answer.state === undefined || "shard" in work)
    return { said: answer };
  const bytes = encode(answer.state);
  const hash = await hashOf(bytes);
  const said = { ...answer, state: { kept: hash, size: bytes.length } };
  return { said: work.wanted ? answer : said, state: { hash, bytes } };
}

/** Ended by whoever began it. */
class Done {}
