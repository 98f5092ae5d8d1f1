// The coordinator's side: gives shards to whoever is there, and takes answers that are to be believed. The run does not
// depend on it that anybody is: what nobody computes in time is computed by the caller.

import type { ConsumerMessages } from "@nats-io/jetstream";
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import { WorkerPool } from "../api.js";
import type { RuntimeOption } from "../host/default-runtime.js";
import { checkKeys, checkNumber, SimdreamError } from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import { version } from "../host/version.js";
import type { ShardState } from "../train/rounds/task.js";
import type {
  RoundReply,
  RoundTask,
  ShardReply,
  ShardRunner,
  ShardTask,
} from "../train/shard-runner.js";
import type { Settled } from "../train/shards.js";
import { Channel, type ClusterOptions, type Parcel } from "./channel.js";
import { allFinite, decode, encode } from "./codec.js";
import {
  type Answer,
  type AskMessage,
  checkAnswer,
  checkResult,
  checkWork,
  type HelloMessage,
  isKept,
  type Kept,
  mostBytes,
  type NoteMessage,
  type ResultMessage,
  type Said,
  type Shape,
  type Stored,
  shapeOf,
  type TaskMessage,
  type Work,
} from "./messages.js";
import { hashOf } from "./seal.js";
import { checkWorkersOf, computedBy, saidOf } from "./serve.js";
import { Trust, type Trusted } from "./trust.js";

/** Options of `joinCluster`. */
export interface JoinClusterOptions extends ClusterOptions, RuntimeOption {
  /** The fraction of tasks that two workers compute, from 0 to 1. Default 0.02. */
  readonly check?: number;
  /** How many workers to wait for, at most `patience` long. Default 0. */
  readonly wait?: number;
}

/** One worker, as the coordinator sees it. */
export interface ClusterWorker {
  readonly worker: string;
  readonly threads: number;
  /** Answers that were used. */
  readonly tasks: number;
  /** Milliseconds that it took for one, on average. */
  readonly ms: number;
  /** Whether it was heard of lately. */
  readonly present: boolean;
  /** Whether it was shut out. */
  readonly refused: boolean;
}

/** What has happened on the cluster so far. */
export interface ClusterStats {
  readonly run: string;
  readonly workers: readonly ClusterWorker[];
  /** Shards that were asked for, and those of them that the caller had to compute itself. */
  readonly tasks: number;
  readonly own: number;
  /** Tasks that were given out again. */
  readonly redelivered: number;
  /** Answers that were compared with another's. */
  readonly checks: number;
  /** Answers that were no good: damaged, not finite, too long, or wrong. */
  readonly bad: number;
  /** How often the run went back to the last state that all agreed upon. */
  readonly back: number;
  /** Bytes of payload that the coordinator has sent and received. */
  readonly sent: number;
  readonly received: number;
}

/** Values of the parameters that change, as of one step. */
interface Weights {
  readonly values: Float32Array<ArrayBuffer>;
  readonly stored: Promise<Stored>;
  /** Tasks that may need them again. */
  tasks: number;
}

/** An answer that came. */
interface Given {
  readonly hash: string;
  readonly answer: Said;
  /** Its place among all that came. */
  readonly place: number;
}

/** Whoever waits for an answer. */
interface Waiting {
  resolve(reply: Said): void;
  reject(reason: unknown): void;
}

/** What a shard keeps, and the worker with which it stays. */
interface Stays {
  readonly state: Kept;
  readonly worker: string;
  readonly shape: Shape;
}

/** A shard that was given out. */
interface Task {
  readonly number: number;
  readonly id: string;
  readonly task: ShardTask | RoundTask;
  readonly weights: Weights;
  readonly frozen: Promise<Stored>;
  /** What is computed, as bytes. */
  work: Uint8Array;
  readonly most: number;
  /** With a round: what its shard keeps; and who has that, where the task is not complete without it. */
  readonly shape: Shape;
  stays: Stays | undefined;
  /** The worker that was asked for it by name. */
  asked: string | undefined;
  parcel?: Promise<Parcel>;
  /** The one whose answer is to be compared, where this is a copy for that. */
  readonly of?: Task;
  /** Workers whose answers are not wanted. */
  readonly not: Set<string>;
  readonly given: Map<string, Given>;
  /** Workers that have answered, once and for all. */
  readonly heard: Set<string>;
  /** Ends the wait for the answer. */
  settle?: Waiting;
  check?: Promise<string | undefined>;
  /** How often it was given out, and where the copies are in the queue. */
  copies: number;
  readonly places: number[];
  begun: number;
  over: boolean;
}

/** Whose answer is this machine's own. */
const HERE = "";
/** Steps, or rounds, from one comparison of the last answers to the next: each costs an answer a worker. */
const EVERY = 50;
/** How much longer than usual a task may take before it is given out again, and how often it is. */
const [SLOW, COPIES] = [4, 3];
/** Fits whose frozen parameters stay in the store. */
const KEPT = 4;
/** States of shards whose workers are known. */
const STAYS = 4096;
/** How many results are forgotten at a time. */
const FORGET = 64;

const keys = ["run", "token", "patience", "runtime", "check", "wait"];

/**
 * @param runtime what computes where workers disagree
 * @throws InvalidInputError, SimdreamError
 */
export async function join(
  connection: NatsConnection,
  options: JoinClusterOptions,
  runtime: Runtime,
): Promise<ClusterRunner> {
  checkKeys("joinCluster", options, keys);
  const check = checkNumber("check", options.check ?? 0.02, { min: 0, max: 1 });
  const wait = checkNumber("wait", options.wait ?? 0, { integer: true, min: 0, max: 4096 });
  checkWorkersOf("joinCluster", runtime);
  const channel = await Channel.open(connection, options);
  const runner = new ClusterRunner(channel, runtime, check);
  await runner.begin(wait);
  return runner;
}

/** Gives the shards of a `fit` to a cluster. Made by `joinCluster`; `close` it at the end. */
export class ClusterRunner implements ShardRunner {
  readonly #channel: Channel;
  readonly #runtime: Runtime;
  readonly #check: number;
  /** Whoever decides: a worker of this machine, started when it is first needed. */
  #judge: WorkerPool | undefined;
  readonly #session = crypto.randomUUID().slice(0, 8);
  /** What chooses the tasks that are compared: known to nobody else. */
  readonly #secret = crypto.randomUUID();
  readonly #trust = new Trust<Task>(({ weights }) => this.#unuse(weights));
  readonly #tasks = new Map<string, Task>();
  #weights: { readonly of: ShardTask["values"]; readonly weights: Weights } | undefined;
  readonly #frozen = new Map<string, Promise<Stored>>();
  /** What shards keep with workers, by what their rounds call it. */
  readonly #stays = new Map<string, Stays>();
  /** How many sets of weights have this hash. */
  readonly #held = new Map<string, number>();
  #answers: ConsumerMessages | undefined;
  /** The place of the last result. */
  #place = 0;
  #heard: Subscription[] = [];
  #away: (() => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;
  /** Answers that have come. */
  #came = 0;
  /** Steps or rounds since all agreed. */
  #since = 0;
  #longest = 0;
  #closed = false;
  readonly #stats = { tasks: 0, own: 0, redelivered: 0, checks: 0, bad: 0, back: 0 };

  /** @internal */
  constructor(channel: Channel, runtime: Runtime, check: number) {
    this.#channel = channel;
    this.#runtime = runtime;
    this.#check = check;
  }

  /** @internal */
  async begin(wait: number): Promise<void> {
    const channel = this.#channel;
    await channel.discard();
    this.#heard = [
      channel.listen(channel.subject("workers", "*"), (value) =>
        this.#hello(value as HelloMessage),
      ),
      channel.listen(channel.subject("notes"), (value) => {
        if (!(value as NoteMessage).roll) return;
        void channel.note(channel.subject("stats"), this.stats).catch(() => {});
      }),
    ];
    this.#timer = setInterval(() => this.#tick(), channel.patience / 10);
    (this.#timer as { unref?(): void }).unref?.();
    this.#away = channel.onReturn(() => void this.#answers?.close());
    await new Promise<void>((ready) => void this.#listen(ready));
    const roll: NoteMessage = { roll: true };
    await channel.note(channel.subject("notes"), roll);
    await channel.connection.flush();
    const until = performance.now() + channel.patience;
    // Those who are there say so within a moment.
    const least = performance.now() + Math.min(300, channel.patience);
    while (performance.now() < until) {
      const present = this.#present().length;
      if (present >= wait && (present > 0 || performance.now() > least)) return;
      await pause(10);
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether a model of this runtime gets the bits from it that it would compute itself. */
  serves(runtime: Runtime): boolean {
    return this.#runtime.sameKernels(runtime);
  }

  /** What has happened so far. */
  get stats(): ClusterStats {
    const { run, sent, received } = this.#channel;
    const present = new Set(this.#present());
    const workers = this.#trust.all().map((one) => ({
      worker: one.worker,
      threads: one.threads,
      tasks: one.tasks,
      ms: one.tasks === 0 ? 0 : one.ms / one.tasks,
      present: present.has(one),
      refused: one.refused,
    }));
    return { run, workers, ...this.#stats, sent, received };
  }

  /** Has a shard computed by somebody. Rejects where nobody does. */
  submit(task: ShardTask, signal?: AbortSignal): Promise<ShardReply> {
    return this.#computed(task, signal) as Promise<ShardReply>;
  }

  /** Has a round computed by somebody: by the one with whom what its shard keeps has stayed, where it is there. */
  round(task: RoundTask, signal?: AbortSignal): Promise<RoundReply> {
    return this.#computed(task, signal) as Promise<RoundReply>;
  }

  #computed(task: ShardTask | RoundTask, signal?: AbortSignal): Promise<Answer> {
    this.#stats.tasks++;
    const made = this.#made(task);
    const abort = () => this.#fail(made, signal!.reason);
    signal?.addEventListener("abort", abort);
    return new Promise<Answer>((resolve, reject) => {
      made.settle = { resolve: (said) => resolve(said as Answer), reject };
      if (signal?.aborted) abort();
      else if (this.#present().length === 0) this.#fail(made, new Error("nobody is there"));
      else void this.#give(made);
    }).finally(() => signal?.removeEventListener("abort", abort));
  }

  learn(duration: number): void {
    this.#stats.own++;
    this.#longest = Math.max(this.#longest, duration);
  }

  /** Whether all that was given so far agrees, see `Settled`. */
  async settle(last: boolean): Promise<Settled> {
    this.#since++;
    for (;;) {
      if (this.#trust.broken) {
        this.#trust.forget();
        this.#stats.back++;
        this.#since = 0;
        return "false";
      }
      if (!last && this.#since < EVERY) return "open";
      if (!(await this.confirm())) continue;
      this.#since = 0;
      return "good";
    }
  }

  /**
   * Compares the last answers of all workers now.
   * @returns whether what was given so far is right, as far as anybody can say; else the run goes back by itself
   */
  async confirm(): Promise<boolean> {
    while (!this.#trust.broken) {
      const open = this.#trust.open();
      if (open.length === 0) return true;
      await this.#confirmed(open);
    }
    return false;
  }

  /** Ends it. Shards that wait are given back to their `fit`. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    for (const heard of this.#heard) heard.unsubscribe();
    this.#away?.();
    for (const task of [...this.#tasks.values()]) this.#fail(task, new Error("it was closed"));
    this.#trust.forget();
    if (this.#weights) this.#unuse(this.#weights.weights);
    await this.#answers?.close();
    if (!this.#channel.connection.isClosed()) await this.#channel.discard();
    await this.#judge?.close();
  }

  /** `await using` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @throws SimdreamError where nobody can say */
  async #confirmed(open: readonly (Trusted<Task> & { open: Task })[]): Promise<void> {
    const tasks = open.map((worker) => ({ worker, task: worker.open }));
    await Promise.all(tasks.map(({ task }) => this.#compare(task)));
    if (!tasks.some(({ worker, task }) => worker.open === task)) return;
    throw new SimdreamError("what workers of the cluster gave cannot be checked here");
  }

  #present(): Trusted<Task>[] {
    return this.#trust.present(performance.now() - this.#channel.patience);
  }

  #made(task: ShardTask | RoundTask): Task {
    const known = "round" in task ? this.#stays.get(task.state.id) : undefined;
    const there = this.#present().some(({ worker }) => worker === known?.worker);
    const stays = there ? known : undefined;
    const whole = stays ? undefined : wholeOf(task);
    const work = encode(whole ?? { ...roundOf(task as RoundTask), state: stays!.state });
    const shape =
      stays?.shape ?? (whole && "state" in whole ? shapeOf(whole.state as ShardState) : {});
    const weights = this.#weightsOf(task);
    weights.tasks++;
    const number = this.#count++;
    return {
      ...{ number, task, weights, work, id: `${this.#session}-${number}` },
      frozen: this.#frozenOf(task),
      most: mostBytes(task, work),
      ...{ shape, stays, asked: undefined },
      ...{ not: new Set<string>(), given: new Map<string, Given>(), heard: new Set<string>() },
      places: [],
      ...{ copies: 0, begun: performance.now(), over: false },
    };
  }

  /** The values of this step, in the store once for all of its tasks. */
  #weightsOf({ values }: Pick<ShardTask, "values">): Weights {
    if (this.#weights?.of === values) return this.#weights.weights;
    const before = this.#weights?.weights;
    const packed = values();
    const stored = this.#store(packed);
    stored.catch(() => {});
    // A reference of its own, until the next step's come.
    const weights = { values: packed, stored, tasks: 1 };
    this.#weights = { of: values, weights };
    if (before) this.#unuse(before);
    return weights;
  }

  #frozenOf({ frozen }: Pick<ShardTask, "frozen">): Promise<Stored> {
    const known = this.#frozen.get(frozen.id);
    if (known) return known;
    const stored = this.#store(frozen.values());
    this.#frozen.set(frozen.id, stored);
    stored.catch(() => this.#frozen.delete(frozen.id));
    // Those of fits before: of the last ones only, since two may take turns.
    for (const [id, old] of this.#frozen) {
      if (this.#frozen.size <= KEPT) break;
      this.#frozen.delete(id);
      this.#release(old);
    }
    return stored;
  }

  async #store({ buffer, byteLength }: Float32Array<ArrayBuffer>): Promise<Stored> {
    const bytes = new Uint8Array(buffer, 0, byteLength);
    const hash = await hashOf(bytes);
    this.#held.set(hash, (this.#held.get(hash) ?? 0) + 1);
    await this.#channel.put(bytes);
    return { hash, size: byteLength };
  }

  /** One less needs the weights; the last one takes them out of the store. */
  #unuse(weights: Weights): void {
    if (--weights.tasks === 0) this.#release(weights.stored);
  }

  #release(stored: Promise<Stored>): void {
    void stored.then(
      ({ hash }) => {
        const left = this.#held.get(hash)! - 1;
        this.#held.set(hash, left);
        if (left > 0) return;
        this.#held.delete(hash);
        void this.#channel.drop(hash);
      },
      () => {},
    );
  }

  /** Puts a task, or a further copy of it, into the queue. */
  async #give(task: Task): Promise<void> {
    const copy = task.copies++;
    task.begun = performance.now();
    task.asked = undefined;
    this.#tasks.set(task.id, task);
    if (copy > 0) this.#stats.redelivered++;
    // Whoever had what it lacks is gone, or does not answer.
    if (copy > 0 && task.stays && !task.of) this.#completes(task);
    const channel = this.#channel;
    try {
      task.parcel ??= channel.parcel(task.work);
      const [values, frozen, work] = await Promise.all([
        task.weights.stored,
        task.frozen,
        task.parcel,
      ]);
      if (task.over) return;
      const { network, pictures, changing, size } = task.task;
      const message: TaskMessage = {
        ...{ id: task.id, version, network, pictures, changing, values, frozen },
        ...{ size, work },
      };
      const { stays } = task;
      if (task.of) {
        // By name, not by the queue, from which the same worker might take it again and again.
        const others = this.#present().filter(({ worker }) => !task.not.has(worker));
        if (others.length === 0) return this.#fail(task, new Error("nobody else is there"));
        const { worker } = others[(task.number + copy) % others.length];
        task.asked = worker;
        if (stays && worker !== stays.worker) await this.#surrender(stays);
        const asked = { ...message, surrendered: true };
        return await channel.note(channel.subject("ask", worker), asked);
      }
      if (stays && this.#hasRoom(stays.worker)) {
        task.asked = stays.worker;
        return await channel.note(channel.subject("ask", stays.worker), message);
      }
      if (stays) await this.#surrender(stays);
      const given = stays ? { ...message, surrendered: true } : message;
      const subject = channel.subject("tasks", task.id, copy);
      const place = await channel.send(subject, given, `${task.id}.${copy}`);
      if (task.over) await channel.discard(place);
      else task.places.push(place);
    } catch (error) {
      this.#fail(task, error);
    }
  }

  /** Whether a worker has no more than its part of the tasks that wait, of those that it was asked for by name. */
  #hasRoom(worker: string): boolean {
    const present = this.#present();
    const threads = present.reduce((sum, one) => sum + one.threads, 0);
    const own = present.find((one) => one.worker === worker)?.threads ?? 0;
    const open = [...this.#tasks.values()].filter((task) => !task.of);
    const named = open.filter(({ asked }) => asked === worker).length;
    return named < Math.ceil((open.length * own) / threads);
  }

  /** Has what stays with a worker put into the store, for another one. */
  async #surrender({ state, worker }: Stays): Promise<void> {
    const ask: AskMessage = { surrender: state.kept };
    await this.#channel.note(this.#channel.subject("ask", worker), ask);
  }

  /** Makes a task one that anybody can compute, with what its shard keeps: that may have to be computed again. */
  #completes(task: Task): void {
    task.work = encode(wholeOf(task.task));
    task.parcel = undefined;
    task.stays = undefined;
  }

  /** Nobody computes it: the caller does, and this machine where it was to be compared. */
  #fail(task: Task, reason: unknown): void {
    if (!this.#end(task)) return;
    task.settle?.reject(reason);
    if (!task.of) this.#unuse(task.weights);
  }

  /** Ends the wait for a task. @returns whether there was one */
  #end(task: Task): boolean {
    if (task.over) return false;
    task.over = true;
    this.#tasks.delete(task.id);
    // A copy that nobody took is not needed any more; the one that was answered is gone by itself.
    if (task.copies > 1) for (const place of task.places) void this.#channel.discard(place);
    return true;
  }

  #hello({ worker, threads, leaving }: HelloMessage): void {
    if (typeof worker !== "string" || worker.length > 64) return;
    const known = this.#trust.of(worker, performance.now());
    if (known.refused) void this.#tell(worker);
    if (Number.isSafeInteger(threads)) known.threads = threads;
    if (leaving) known.seen = -Infinity;
  }

  async #tell(refused: string): Promise<void> {
    const note: NoteMessage = { refused };
    await this.#channel.note(this.#channel.subject("notes"), note).catch(() => {});
  }

  /** Gives out again what takes too long, and gives up what nobody computes. */
  #tick(): void {
    const { patience } = this.#channel;
    const now = performance.now();
    const alone = this.#present().length === 0;
    const present = new Set(this.#present().map(({ worker }) => worker));
    const allowed = Math.max(patience, SLOW * this.#longest);
    for (const task of [...this.#tasks.values()]) {
      const others = this.#present().some(({ worker }) => !task.not.has(worker));
      const lost = task.asked !== undefined && !present.has(task.asked);
      if (alone || (task.of && !others)) this.#fail(task, new Error("nobody is there"));
      else if (lost && task.copies < COPIES) void this.#give(task);
      else if (now - task.begun < allowed * updatesOf(task.task)) continue;
      else if (task.copies < COPIES) void this.#give(task);
      else this.#fail(task, new Error("nobody has answered"));
    }
    this.#trust.tidy(now - 10 * patience);
  }

  /** Takes what comes, until it is closed. */
  async #listen(ready: () => void): Promise<void> {
    const channel = this.#channel;
    while (!this.#closed && !channel.connection.isClosed()) {
      try {
        this.#answers = await channel.results(this.#place);
        ready();
        for await (const message of this.#answers) {
          this.#place = message.seq;
          const result = await channel.read(message.subject, message.data);
          if (result !== undefined) void this.#result(result);
          if (message.seq % FORGET === 0) void channel.forget(message.seq);
        }
      } catch {
        await pause(100);
        if (!this.#closed) await channel.repair().catch(() => {});
      }
    }
  }

  async #result(value: unknown): Promise<void> {
    let result: ResultMessage;
    try {
      result = checkResult(value);
    } catch {
      this.#stats.bad++;
      return;
    }
    const task = this.#tasks.get(result.id);
    const worker = this.#trust.of(result.worker, performance.now());
    const place = this.#came++;
    if (worker.refused) return this.#vain(task, worker);
    // What a worker has said it cannot take back by saying something else.
    if (!task || task.not.has(worker.worker) || task.heard.has(worker.worker)) return;
    task.heard.add(worker.worker);
    if (result.lacks) {
      if (task.of || task.copies >= COPIES) return this.#fail(task, new Error("it lacks a state"));
      return void this.#give(task);
    }
    // The caller finds out whether it is right to refuse it.
    if (result.refused !== undefined) return this.#fail(task, new Error(result.refused));
    if (result.again) this.#stats.redelivered++;
    const given = await this.#given(task, result, place);
    if (typeof given !== "object")
      return this.#suspect(task, given === "lost" ? undefined : worker);
    if (task.over) return;
    if (worker.refused) return this.#vain(task, worker);
    const ms = result.ms / updatesOf(task.task);
    this.#longest = Math.max(this.#longest, Math.min(ms, this.#channel.patience));
    worker.ms += result.ms;
    await this.#take(task, worker, given);
  }

  /** An answer that may be one. "false" for what cannot be; "lost" where the store does not give it. */
  async #given(
    task: Task,
    { hash, answer }: ResultMessage,
    place: number,
  ): Promise<Given | "false" | "lost"> {
    if (!answer || hash === undefined) return "false";
    try {
      if (("bytes" in answer ? answer.bytes.length : answer.size) > task.most) return "false";
      const bytes = await this.#channel.unpack(answer, task.most).catch(() => undefined);
      if (!bytes) return "lost";
      if ((await hashOf(bytes)) !== hash) return "false";
      const work = checkWork(decode(task.work, "a task"));
      const numbers = checkAnswer(decode(bytes, "an answer"), task.task.size, work, task.shape);
      return { hash, answer: numbers, place };
    } catch {
      return "false";
    } finally {
      // Not what others need, whatever a worker calls its answer.
      if ("hash" in answer && !this.#held.has(answer.hash)) void this.#channel.drop(answer.hash);
    }
  }

  /**
   * What was sent is no answer. Numbers that are not finite may be right: this machine knows.
   * @param worker that is to blame
   */
  async #suspect(task: Task, worker: Trusted<Task> | undefined): Promise<void> {
    this.#stats.bad++;
    const right = await this.#judged(task).catch(() => undefined);
    if (worker && right && allFinite(right.answer)) this.#refuse(worker);
    if (!right) return this.#fail(task, new Error("no answer that can be used"));
    if (!task.of) return this.#use(task, right);
    task.of.given.set(HERE, right);
    if (this.#end(task)) task.settle?.resolve(right.answer);
  }

  async #take(task: Task, worker: Trusted<Task>, given: Given): Promise<void> {
    if (task.of) {
      task.of.given.set(worker.worker, given);
      if (this.#end(task)) task.settle?.resolve(given.answer);
      return;
    }
    task.given.set(worker.worker, given);
    if (worker.agreed) {
      const chosen = await this.#chosen(task);
      if (worker.refused) {
        task.given.delete(worker.worker);
        return this.#vain(task, worker);
      }
      this.#use(task, given, worker);
      if (chosen) await this.#compare(task).catch(() => {});
      return;
    }
    // A stranger's first answer waits until another has said the same.
    this.#tasks.delete(task.id);
    const right = await this.#compare(task);
    const [name, one] = [...task.given].find(([, { hash }]) => hash === right) ?? [];
    if (!one) return this.#fail(task, new Error("no answer that can be used"));
    this.#use(task, one, name === HERE ? undefined : this.#trust.of(name!, performance.now()));
  }

  /** A worker that was shut out has answered, and so has taken the task out of the queue. */
  #vain(task: Task | undefined, worker: Trusted<Task>): void {
    void this.#tell(worker.worker);
    if (!task || task.over || task.given.size > 0 || task.copies >= COPIES) return;
    void this.#give(task);
  }

  /** Gives an answer to whoever waits for it. */
  #use(task: Task, { answer, place }: Given, worker?: Trusted<Task>): void {
    if (!this.#end(task)) return;
    const open = worker !== undefined && this.#trust.used(worker, task, place);
    task.settle?.resolve(
      worker && "round" in task.task ? this.#stayed(task, answer, worker) : answer,
    );
    if (!open) this.#unuse(task.weights);
  }

  /** Notes with whom what a shard keeps has stayed. @returns the answer without that */
  #stayed(task: Task, answer: Said, { worker }: Trusted<Task>): Said {
    const { state } = answer as { readonly state?: unknown };
    if (!isKept(state)) return answer;
    this.#stays.set((task.task as RoundTask).state.next, { state, worker, shape: task.shape });
    for (const id of this.#stays.keys()) {
      if (this.#stays.size <= STAYS) break;
      this.#stays.delete(id);
    }
    return { ...answer, state: undefined } as Said;
  }

  /** Whether a task is one of those that are compared. */
  async #chosen({ id }: Task): Promise<boolean> {
    if (this.#check === 0) return false;
    const hash = await hashOf(new TextEncoder().encode(`${this.#secret} ${id}`));
    return Number.parseInt(hash.slice(0, 8), 16) / 2 ** 32 < this.#check;
  }

  /**
   * Compares a task's answers with another worker's, or this machine's; whoever is wrong is shut out.
   * @returns the hash of what is right; undefined where nobody can say
   */
  #compare(task: Task): Promise<string | undefined> {
    task.check ??= this.#compared(task).finally(() => {
      task.check = undefined;
    });
    return task.check;
  }

  async #compared(task: Task): Promise<string | undefined> {
    this.#stats.checks++;
    task.weights.tasks++;
    if (this.#present().some(({ worker }) => !task.given.has(worker))) await this.#askAnother(task);
    const hashes = new Set(Array.from(task.given.values(), ({ hash }) => hash));
    if (!task.given.has(HERE) && (task.given.size < 2 || hashes.size > 1)) {
      const judged = await this.#judged(task).catch(() => undefined);
      if (judged) task.given.set(HERE, judged);
    }
    this.#unuse(task.weights);
    if (task.stays) void this.#channel.drop(task.stays.state.kept);
    const agreed = task.given.size > 1 && hashes.size === 1 ? [...hashes][0] : undefined;
    const right = task.given.get(HERE)?.hash ?? agreed;
    if (right === undefined) return undefined;
    for (const [name, { hash, place }] of task.given) {
      if (name === HERE) continue;
      const worker = this.#trust.of(name, performance.now());
      if (hash !== right) this.#refuse(worker);
      else this.#trust.confirm(worker, place);
    }
    return right;
  }

  /** Has a task computed by one who has not done so; nobody may come of it. */
  #askAnother(task: Task): Promise<void> {
    return new Promise((resolve) => {
      const done = () => resolve();
      void this.#give({
        ...task,
        ...{ id: `${task.id}-${this.#count++}`, of: task, not: new Set(task.given.keys()) },
        ...{ heard: new Set<string>(), copies: 0, places: [], over: false, check: undefined },
        settle: { resolve: done, reject: done },
      });
    });
  }

  /** What this machine says. */
  async #judged({ task, weights }: Task): Promise<Given | undefined> {
    this.#judge ??= new WorkerPool(this.#runtime, 1);
    const values = () => weights.values.slice();
    const asked = checkWork(decode(encode(wholeOf(task)), "a task"));
    const answer = await computedBy(this.#judge, asked, { ...task, values });
    const { said } = await saidOf(answer, asked);
    return { hash: await hashOf(encode(said)), answer, place: this.#came++ };
  }

  #refuse(worker: Trusted<Task>): void {
    this.#trust.refuse(worker);
    void this.#tell(worker.worker);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A task with all that it needs. */
function wholeOf(task: ShardTask | RoundTask): Work {
  if ("shard" in task) return { shard: task.shard };
  return { ...roundOf(task), state: task.state.values() };
}

function roundOf({ round, state: { wanted } }: RoundTask) {
  return { round, wanted };
}

/** How many updates are computed: a round is as long as many shards. */
function updatesOf(task: ShardTask | RoundTask): number {
  return "round" in task ? Math.max(1, task.round.updates.length) : 1;
}
