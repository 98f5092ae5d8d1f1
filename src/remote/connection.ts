// A worker and the questions that wait for its answer. A worker may end at any moment: whoever waits
// is told so, and so is whoever asks later.

import { wrap } from "comlink";
import {
  DivergedError,
  GrammarError,
  InvalidInputError,
  ModelFileError,
  NotFiniteError,
  OutOfMemoryError,
  RefusedError,
  type Runtime,
  SimdreamError,
  type WorkerThread,
} from "../api.js";
import type { FurtherModules } from "../host/further.js";
import { receiveErrors } from "./errors.js";
import type { RemoteService, WorkerService } from "./protocol.js";

receiveErrors({
  DivergedError,
  GrammarError,
  InvalidInputError,
  ModelFileError,
  NotFiniteError,
  OutOfMemoryError,
  RefusedError,
  SimdreamError,
  RangeError,
  TypeError,
});

export class Connection {
  readonly #runtime: Runtime;
  readonly #thread: WorkerThread;
  readonly #remote: RemoteService;
  readonly #waiting = new Set<(reason: unknown) => void>();
  #ended: Error | undefined;
  readonly #further = new Map<keyof FurtherModules, Promise<void>>();

  private constructor(runtime: Runtime, thread: WorkerThread) {
    this.#runtime = runtime;
    this.#thread = thread;
    this.#remote = wrap<WorkerService>(thread) as unknown as RemoteService;
    const died = (event: Event) => {
      event.preventDefault?.();
      const { message = "no reason given" } = event as { message?: string };
      this.#end(`the worker died (${message}), and its models with it; start another`);
    };
    for (const type of ["error", "messageerror"]) thread.addEventListener(type, died);
    thread.unref?.();
  }

  /** Starts a worker with the runtime's kernels. @throws SimdreamError where it does not start */
  static async open(runtime: Runtime): Promise<Connection> {
    const connection = new Connection(runtime, await runtime.startWorker());
    try {
      await connection.ask((remote) => remote.open(runtime.source));
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** Gives the worker a further module, once. @throws InvalidInputError where there is none */
  further(kind: keyof FurtherModules): Promise<void> {
    const given = this.#further.get(kind) ?? this.#give(kind);
    this.#further.set(kind, given);
    return given;
  }

  async #give(kind: keyof FurtherModules): Promise<void> {
    const runtime = this.#runtime;
    await (kind === "pictures" ? runtime.withPictures() : runtime.withQuantized());
    await this.ask((remote) => remote.further(kind, runtime.further[kind].source!));
  }

  /** Whether the worker has been closed or has died. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * The worker's answer; while somebody waits for one, the worker keeps the process alive.
   * @throws what the worker throws; SimdreamError where it ends first; the signal's reason
   */
  async ask<T>(question: (remote: RemoteService) => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#ended) throw this.#ended;
    signal?.throwIfAborted();
    let fail!: (reason: unknown) => void;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const abort = () => fail(signal!.reason);
    signal?.addEventListener("abort", abort);
    this.#waiting.add(fail);
    if (this.#waiting.size === 1) this.#thread.ref?.();
    try {
      return await Promise.race([question(this.#remote), failed]);
    } catch (error) {
      throw (error as Error | undefined)?.name === "DataCloneError" ? uncloneable(error) : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#waiting.delete(fail);
      // A thread that is being ended keeps the process alive until it is: somebody waits for that.
      if (this.#waiting.size === 0 && !this.#ended) this.#thread.unref?.();
    }
  }

  /** Ends the worker; whoever waits is told so. */
  async close(): Promise<void> {
    this.#end("the worker was closed");
    await this.#thread.terminate();
  }

  #end(message: string): void {
    if (this.#ended) return;
    this.#ended = new SimdreamError(message);
    for (const fail of this.#waiting) fail(this.#ended);
  }
}

function uncloneable(cause: unknown): InvalidInputError {
  const { message } = cause as Error;
  return new InvalidInputError(`this cannot be sent to the worker: ${message}`, { cause });
}
