// Who leads a run. Several may offer to; one has the lease, a message that is gone some time after it was last renewed,
// and the others wait. Whoever comes next begins at the last state that was kept. Two leaders for a moment do no harm:
// a run is a pure function, so that both would write the same bits.

import type { JetStreamManager } from "@nats-io/jetstream";
import { StorageType } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { checkKeys, checkNumber, checkSignal, InvalidInputError } from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import { Channel } from "./channel.js";
import { type ClusterRunner, type JoinClusterOptions, join } from "./join.js";

/** A model of any class. */
interface SavedModel {
  save(options: { readonly training: boolean }): Uint8Array | Promise<Uint8Array>;
}

/** Options of `leadRun`. */
export interface LeadOptions<M extends SavedModel, R extends { readonly step: number }>
  extends JoinClusterOptions {
  /** A new model. */
  readonly create: () => Promise<M>;
  /** The model of a file, an ordinary one with its run. */
  readonly load: (file: Uint8Array) => Promise<M>;
  /** The fit, or what is left of it: `(model, workers, signal) => model.fit(data, { shards: 8, workers, signal })`. */
  readonly fit: (model: M, workers: ClusterRunner, signal: AbortSignal) => AsyncIterable<R>;
  /** Steps after which the state is kept. Default 100. */
  readonly every?: number;
  /** Milliseconds after which another one leads where this one has gone silent. Default 3 × patience. */
  readonly lease?: number;
  readonly signal?: AbortSignal;
  /** Called with every report. */
  readonly onReport?: (report: R, cluster: ClusterRunner) => void;
}

const keys = [
  ...["run", "token", "patience", "runtime", "check", "wait", "create", "load", "fit", "every"],
  ...["lease", "signal", "onReport"],
];

/** The names in the store. */
const [STATE, RESULT] = ["state", "result"];
/** The longest file that is read. */
const LONGEST = 2 ** 32;
const NANO = 1e6;

/**
 * @param runtime what computes where workers disagree
 * @throws InvalidInputError, SimdreamError
 */
export async function lead<M extends SavedModel, R extends { readonly step: number }>(
  connection: NatsConnection,
  options: LeadOptions<M, R>,
  runtime: Runtime,
): Promise<M> {
  checkKeys("leadRun", options, keys);
  const { run, token, patience, check, wait, create, load, fit, onReport } = options;
  for (const [name, value] of Object.entries({ create, load, fit })) {
    if (typeof value === "function") continue;
    throw new InvalidInputError(`leadRun needs the function ${name}`);
  }
  const every = checkNumber("every", options.every ?? 100, { integer: true, min: 1 });
  const signal = checkSignal(options.signal);
  const channel = await Channel.open(connection, options);
  const duration = options.lease ?? 3 * channel.patience;
  const lease = new Lease(
    channel,
    await channel.js.jetstreamManager(),
    checkNumber("lease", duration, { min: 300, max: 1e8 }),
  );
  for (;;) {
    const lost = await lease.take(signal);
    const ended = signal ? AbortSignal.any([signal, lost]) : lost;
    let cluster: ClusterRunner | undefined;
    try {
      const joined = await join(connection, { run, token, patience, check, wait }, runtime);
      cluster = joined;
      const result = await channel.find(RESULT, LONGEST);
      if (result) return await load(result);
      const state = await channel.find(STATE, LONGEST);
      const model = state ? await load(state) : await create();
      for await (const report of fit(model, joined, ended)) {
        onReport?.(report, joined);
        if (report.step % every === 0 && (await joined.confirm())) {
          await tried(channel.keep(STATE, await model.save({ training: true })));
        }
      }
      await channel.keep(RESULT, await model.save({ training: true }));
      return model;
    } catch (error) {
      // Another one leads, or the server was away when this one began: it waits for its turn again.
      if ((cluster && !lost.aborted) || signal?.aborted || connection.isClosed()) throw error;
    } finally {
      await cluster?.close();
      await lease.give();
    }
  }
}

/** A state that cannot be kept now is kept later. */
async function tried(kept: Promise<void>): Promise<void> {
  await kept.catch(() => {});
}

class Lease {
  readonly #channel: Channel;
  readonly #manager: JetStreamManager;
  readonly #duration: number;
  readonly #stream: string;
  readonly #subject: string;
  #timer: ReturnType<typeof setInterval> | undefined;
  #place = 0;

  constructor(channel: Channel, manager: JetStreamManager, duration: number) {
    this.#channel = channel;
    this.#manager = manager;
    this.#duration = duration;
    this.#stream = channel.stream("lead");
    this.#subject = channel.subject("lead");
  }

  /** Waits until nobody else has it. @returns aborted where it is lost */
  async take(signal: AbortSignal | undefined): Promise<AbortSignal> {
    for (;;) {
      signal?.throwIfAborted();
      try {
        await this.#make();
        this.#place = await this.#write(0);
        break;
      } catch {
        if (this.#channel.connection.isClosed()) throw new Error("the connection was closed");
        await new Promise((resolve) => setTimeout(resolve, this.#duration / 6));
      }
    }
    const lost = new AbortController();
    let renewed = performance.now();
    this.#timer = setInterval(() => {
      void this.#write(this.#place).then(
        (place) => {
          this.#place = place;
          renewed = performance.now();
        },
        () => {
          // The server may only be away for a while.
          if (performance.now() - renewed < this.#duration) return;
          lost.abort(new Error("another one leads the run"));
        },
      );
    }, this.#duration / 4);
    return lost.signal;
  }

  /** Gives it to whoever waits. */
  async give(): Promise<void> {
    clearInterval(this.#timer);
    await this.#manager.streams.purge(this.#stream, { seq: this.#place + 1 }).catch(() => {});
  }

  async #make(): Promise<void> {
    const there = await this.#manager.streams.info(this.#stream).catch(() => undefined);
    if (there) return;
    await this.#manager.streams.add({
      name: this.#stream,
      subjects: [this.#subject],
      storage: StorageType.File,
      max_msgs_per_subject: 1,
      max_age: this.#duration * NANO,
      duplicate_window: Math.min(this.#duration, 1000) * NANO,
    });
  }

  async #write(lastSubjectSequence: number): Promise<number> {
    const { js } = this.#channel;
    const timeout = Math.max(250, this.#duration / 4);
    const expect = { lastSubjectSequence };
    return (await js.publish(this.#subject, "", { expect, timeout })).seq;
  }
}
