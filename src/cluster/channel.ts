// One run on a server: its subjects, its two streams, its store, and the seal of its messages. Both sides use it.
//
//   tasks     a work queue: each task is given to one worker, and again where that one does not answer
//   results   kept for a while, so that a coordinator whose connection breaks misses none; duplicates dropped by id
//   store     parameters and whatever is too long for a message, by the SHA-256 of the bytes; the run's state, by name
//   notes     not kept: workers that say they are there, the coordinator that says who is shut out

import type {
  ConsumerMessages,
  JetStreamClient,
  JetStreamManager,
  StreamConfig,
} from "@nats-io/jetstream";
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection, Subscription } from "@nats-io/nats-core";
import { type ObjectStore, Objm } from "@nats-io/obj";
import { checkNumber, describe, InvalidInputError, SimdreamError } from "../host/errors.js";
import { decode, encode } from "./codec.js";
import { hashOf, Seal } from "./seal.js";

/** What both sides are told of a run. */
export interface ClusterOptions {
  /** The run's name: letters, digits, _ and -, at most 64. */
  readonly run: string;
  /** A secret of at least 16 characters that all of the run have, and nobody else. */
  readonly token: string;
  /**
   * Milliseconds after which a task whose worker has gone silent is given to another one, 100 or more; workers that are
   * alive say so three times as often. The coordinator's counts when it makes the run. Default 10 000.
   */
  readonly patience?: number;
}

/** Bytes that may go to or come from somewhere else than the message: its hash, and how many they are. */
export type Parcel =
  | { readonly bytes: Uint8Array }
  | { readonly hash: string; readonly size: number };

/** How the worker's durable consumer is called. */
export const WORKERS = "workers";

/** Nanoseconds, as the server counts. */
const NANO = 1e6;
const [KEPT_TASKS, KEPT_RESULTS, WINDOW] = [3_600_000, 600_000, 120_000];
/** What a message has beside its parcel. */
const ROOM = 16_384;
const CHUNK = 512 * 1024;
/** Chunks that are under way before the first of them is acknowledged, and milliseconds that a byte may take. */
const [AHEAD, SLOWEST] = [8, 0.004];
/** How often a task is given to workers by the server alone. */
const DELIVERIES = 20;

/** One run on one server. */
export class Channel {
  readonly connection: NatsConnection;
  readonly run: string;
  readonly patience: number;
  readonly seal: Seal;
  readonly js: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #store: ObjectStore;
  readonly #dropping = new Map<string, Promise<unknown>>();
  #uploading: Promise<unknown> = Promise.resolve();
  /** Bytes of payload that were sent and received. */
  sent = 0;
  received = 0;

  private constructor(
    connection: NatsConnection,
    { run, patience }: { run: string; patience: number },
    seal: Seal,
    parts: { js: JetStreamClient; manager: JetStreamManager; store: ObjectStore },
  ) {
    this.connection = connection;
    this.run = run;
    this.patience = patience;
    this.seal = seal;
    this.js = parts.js;
    this.#manager = parts.manager;
    this.#store = parts.store;
  }

  /**
   * Joins the run, and makes its streams where there are none.
   * @param make whether it is made where there is none
   * @throws InvalidInputError for options that cannot be; SimdreamError where the server does not serve
   */
  static async open(
    connection: NatsConnection,
    options: ClusterOptions,
    make = true,
  ): Promise<Channel> {
    const { run, token } = options;
    if (typeof connection?.subscribe !== "function") {
      const got = describe(connection);
      throw new InvalidInputError(`the first argument must be a connection to NATS, got ${got}`);
    }
    checkRun(run);
    const patience = checkNumber("patience", options.patience ?? 10_000, { min: 100, max: 1e8 });
    const seal = await Seal.of(token);
    try {
      const js = jetstream(connection);
      const manager = await js.jetstreamManager();
      if (make) await makeStreams(manager, run, patience);
      else await manager.streams.info(streamOf(run, "tasks"));
      const store = await new Objm(js).create(storeOf(run), { storage: StorageType.File });
      return new Channel(connection, { run, patience }, seal, { js, manager, store });
    } catch (cause) {
      const { message } = cause as Error;
      throw new SimdreamError(`the server does not serve the run ${run}: ${message}`, { cause });
    }
  }

  /** Makes again what a server has lost. */
  async repair(): Promise<void> {
    await makeStreams(this.#manager, this.run, this.patience);
    await new Objm(this.js).create(storeOf(this.run), { storage: StorageType.File });
  }

  subject(...parts: readonly (string | number)[]): string {
    return ["simdream", this.run, ...parts].join(".");
  }

  stream(kind: "tasks" | "results" | "lead"): string {
    return streamOf(this.run, kind);
  }

  /** Puts a message into a stream. @returns its place in it */
  async send(subject: string, value: unknown, id: string): Promise<number> {
    const message = await this.seal.close(subject, encode(value));
    this.sent += message.length;
    const { seq } = await this.js.publish(subject, message, { msgID: id, timeout: this.#timeout });
    return seq;
  }

  /** Says something to whoever listens now. */
  async note(subject: string, value: unknown): Promise<void> {
    const message = await this.seal.close(subject, encode(value));
    if (this.connection.isClosed()) return;
    this.sent += message.length;
    this.connection.publish(subject, message);
  }

  /** Listens to notes. */
  listen(subject: string, hear: (value: unknown, subject: string) => void): Subscription {
    return this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return;
        void this.read(message.subject, message.data).then((value) => {
          if (value !== undefined) hear(value, message.subject);
        });
      },
    });
  }

  /**
   * Results as they come.
   * @param after the place of the last one that is known; where it is 0, or the stream is another, those from now on
   */
  async results(after: number): Promise<ConsumerMessages> {
    const stream = this.stream("results");
    const { state } = await this.#manager.streams.info(stream);
    const known = after > 0 && after <= state.last_seq;
    const consumer = await this.js.consumers.get(
      stream,
      known
        ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }
        : { deliver_policy: DeliverPolicy.New },
    );
    return consumer.consume({ max_messages: 64, expires: 5000 });
  }

  /**
   * Calls back whenever the connection is there again: a server that was started anew has forgotten what it was asked for.
   * @returns ends it
   */
  onReturn(back: () => void): () => void {
    const status = this.connection.status();
    void (async () => {
      for await (const { type } of status) if (type === "reconnect") back();
    })();
    return () => (status as { stop?(): void }).stop?.();
  }

  /** What a message says; undefined where it is not the run's, or cannot be read. */
  async read(subject: string, whole: Uint8Array): Promise<unknown> {
    const message = await this.seal.open(subject, whole);
    if (!message) return undefined;
    this.received += whole.length;
    try {
      return decode(message, "a message");
    } catch {
      return undefined;
    }
  }

  /** Bytes to be sent with a message: in it where they are few, in the store else. */
  async parcel(bytes: Uint8Array): Promise<Parcel> {
    const most = (this.connection.info?.max_payload ?? 2 ** 20) - ROOM;
    if (bytes.length <= most / 2) return { bytes };
    return { hash: await this.put(bytes), size: bytes.length };
  }

  /** The bytes of a parcel. @throws SimdreamError where they are more than `most`, or others */
  async unpack(parcel: Parcel, most: number): Promise<Uint8Array> {
    const size = "bytes" in parcel ? parcel.bytes.length : parcel.size;
    if (!(size <= most))
      throw new SimdreamError(`${size} bytes came, at most ${most} were expected`);
    return "bytes" in parcel ? parcel.bytes : this.get(parcel.hash, size);
  }

  /** Keeps bytes under their hash. @returns the hash */
  async put(bytes: Uint8Array): Promise<string> {
    const hash = await hashOf(bytes);
    await this.#dropping.get(hash);
    if ((await this.#store.info(hash))?.size === bytes.length) return hash;
    // One after the other: they have one line, on which each is to come to its end in time.
    const before = this.#uploading;
    const nuid = crypto.randomUUID().replaceAll("-", "");
    const done = before.then(() => this.#upload(hash, bytes, nuid));
    done.catch(() => this.#purge(`C.${nuid}`).catch(() => {}));
    this.#uploading = done.catch(() => {});
    await done;
    return hash;
  }

  /**
   * Keeps bytes under their hash as the object store does, but for the time: its own way waits for the server after each
   * chunk, which on a long line takes as long as all chunks together.
   */
  async #upload(hash: string, bytes: Uint8Array, nuid: string): Promise<void> {
    const bucket = storeOf(this.run);
    const timeout = this.#timeout + SLOWEST * bytes.length;
    const acks: Promise<unknown>[] = [];
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const chunk = bytes.subarray(at, at + CHUNK);
      this.sent += chunk.length;
      const ack = this.js.publish(`$O.${bucket}.C.${nuid}`, chunk, { timeout });
      ack.catch(() => {});
      acks.push(ack);
      if (acks.length >= AHEAD) await acks[acks.length - AHEAD];
    }
    await Promise.all(acks);
    const digest = hash.replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16)));
    const info = {
      ...{ name: hash, bucket, nuid, size: bytes.length, chunks: acks.length, deleted: false },
      digest: `SHA-256=${inSubject(digest)}`,
      mtime: new Date().toISOString(),
      options: { max_chunk_size: CHUNK },
    };
    const subject = `$O.${bucket}.M.${inSubject(hash)}`;
    await this.js.publish(subject, JSON.stringify(info), { timeout });
  }

  /** The bytes of a hash. @throws SimdreamError where they are not there, or not those */
  async get(hash: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.find(hash, most);
    if (!bytes) throw new SimdreamError(`the store does not have ${hash}`);
    if ((await hashOf(bytes)) !== hash) throw new SimdreamError(`${hash} has other bytes`);
    return bytes;
  }

  /** Keeps bytes under a name. */
  async keep(name: string, bytes: Uint8Array): Promise<void> {
    this.sent += bytes.length;
    await this.#store.putBlob({ name, options: { max_chunk_size: CHUNK } }, bytes, {
      timeout: this.#timeout,
    });
  }

  /** The bytes of a name, where there are any. @throws SimdreamError where they are more than `most` */
  async find(name: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const result = await this.#store.get(name);
    if (!result) return undefined;
    const { size } = result.info;
    const bytes = size <= most ? new Uint8Array(size) : undefined;
    let at = 0;
    const reader = result.data.getReader();
    for (;;) {
      const { done, value } = bytes ? await this.#soon(reader.read()) : { done: true };
      if (done || !value) break;
      if (!bytes || at + value.length > size) {
        at = Infinity;
        break;
      }
      bytes.set(value, at);
      at += value.length;
    }
    if (bytes && at === size) {
      this.received += size;
      return bytes;
    }
    await reader.cancel();
    throw new SimdreamError(`${name} was to have ${size} bytes, of at most ${most}`);
  }

  /** A piece of an object; one that was taken out in the meantime never comes. */
  async #soon<T>(piece: Promise<T>): Promise<T | { done: true; value?: undefined }> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<{ done: true }>((resolve) => {
      timer = setTimeout(() => resolve({ done: true }), Math.max(this.patience, 5000));
    });
    return Promise.race([piece, late]).finally(() => clearTimeout(timer));
  }

  /** Forgets a name or a hash; that it cannot be is no trouble. */
  async drop(name: string): Promise<void> {
    const done = this.#forgotten(name).catch(() => {});
    this.#dropping.set(name, done);
    await done;
    if (this.#dropping.get(name) === done) this.#dropping.delete(name);
  }

  /** Takes an object out without the mark that it was deleted: of hashes, those would pile up. */
  async #forgotten(name: string): Promise<void> {
    const info = await this.#store.info(name);
    if (!info) return;
    await this.#purge(`M.${inSubject(name)}`);
    await this.#purge(`C.${info.nuid}`);
  }

  async #purge(subject: string): Promise<void> {
    const bucket = storeOf(this.run);
    await this.#manager.streams.purge(`OBJ_${bucket}`, { filter: `$O.${bucket}.${subject}` });
  }

  /** Forgets results up to a place. */
  async forget(place: number): Promise<void> {
    const stream = this.stream("results");
    await this.#manager.streams.purge(stream, { seq: place }).catch(() => {});
  }

  /** Takes tasks out of the queue: one, or all. */
  async discard(place?: number): Promise<void> {
    const stream = this.stream("tasks");
    const done =
      place === undefined
        ? this.#manager.streams.purge(stream)
        : this.#manager.streams.deleteMessage(stream, place, false);
    await done.catch(() => {});
  }

  /** How many tasks wait, and how many are being computed. */
  async queue(): Promise<{ waiting: number; computing: number; again: number }> {
    const info = await this.#manager.consumers.info(this.stream("tasks"), WORKERS);
    const { num_pending: waiting, num_ack_pending: computing, num_redelivered: again } = info;
    return { waiting, computing, again };
  }

  /** Removes all that the server has of the run. */
  async remove(): Promise<void> {
    for (const kind of ["tasks", "results", "lead"] as const) {
      await this.#manager.streams.delete(this.stream(kind)).catch(() => {});
    }
    await this.#store.destroy().catch(() => {});
  }

  get #timeout(): number {
    return Math.min(Math.max(this.patience, 1000), 5000);
  }
}

/** @throws InvalidInputError */
function checkRun(run: unknown): void {
  if (typeof run === "string" && /^[\w-]{1,64}$/.test(run)) return;
  throw new InvalidInputError(
    `run must be a name of letters, digits, _ and -, at most 64, got ${describe(run)}`,
  );
}

function streamOf(run: string, kind: string): string {
  return `simdream_${run}_${kind}`;
}

/** Base64 as the object store has it. */
function inSubject(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_");
}

function storeOf(run: string): string {
  return `simdream_${run}`;
}

async function makeStreams(
  manager: JetStreamManager,
  run: string,
  patience: number,
): Promise<void> {
  const make = (kind: string, config: Partial<StreamConfig>) =>
    manager.streams.add({
      name: streamOf(run, kind),
      subjects: [`simdream.${run}.${kind}.>`],
      storage: StorageType.File,
      duplicate_window: WINDOW * NANO,
      ...config,
    });
  await absent(manager.streams.info(streamOf(run, "tasks")), () =>
    make("tasks", { retention: RetentionPolicy.Workqueue, max_age: KEPT_TASKS * NANO }),
  );
  await absent(manager.streams.info(streamOf(run, "results")), () =>
    make("results", { retention: RetentionPolicy.Limits, max_age: KEPT_RESULTS * NANO }),
  );
  await absent(manager.consumers.info(streamOf(run, "tasks"), WORKERS), () =>
    manager.consumers.add(streamOf(run, "tasks"), {
      durable_name: WORKERS,
      ack_policy: AckPolicy.Explicit,
      ack_wait: patience * NANO,
      max_deliver: DELIVERIES,
    }),
  );
}

/** Makes what is not there. Two who make it at once make the same. */
async function absent(found: Promise<unknown>, make: () => Promise<unknown>): Promise<void> {
  const there = await found.then(
    () => true,
    () => false,
  );
  if (!there) await make();
}
