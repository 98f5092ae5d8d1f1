// The caller's side: any model of a worker, under the names that it has in its own thread.

import { GridSet, ImageSet, Made, readTokenizer, Training, tokenizerFromJSON } from "../api.js";
import type { Connection } from "./connection.js";
import { sendable } from "./options.js";
import { type Makers, unpack, withTokenizers } from "./pack.js";
import { ABORTED, type ModelDescription, type ModelState, TRAINING } from "./protocol.js";
import type { ModelMaker, RemoteClass } from "./types.js";

/** A grammar goes into the worker, and none comes out. */
const makers: Omit<Makers, "grammar"> = {
  tokenizer: tokenizerFromJSON,
  images: (parts) => new ImageSet(parts),
  grids: (parts) => new GridSet(parts),
  made: ({ shape, rows, labels, captions, fps }) => new Made(shape, rows, labels, captions, fps),
};

/** Models that nobody has any more are let go of in the worker, too. */
const forgotten = new FinalizationRegistry<{ connection: Connection; id: number }>(
  ({ connection, id }) => {
    if (!connection.ended) connection.ask((remote) => remote.release(id)).catch(() => {});
  },
);

/**
 * Models of one class, which come to be in the worker.
 * @param pictures whether they need the second module
 */
export function remoteClass<Class extends ModelMaker>(
  connection: Connection,
  kind: string,
  pictures = false,
): RemoteClass<Class> {
  const maker =
    (how: "create" | "load") =>
    async (...given: unknown[]) => {
      const { args } = sendable(`${kind}.${how}`, given);
      if (pictures) await connection.further("pictures");
      // Its file may be of a quantised model.
      else if (how === "load") await connection.further("quantized");
      return remoteOf(connection, await connection.ask((remote) => remote.make(kind, how, args)));
    };
  return { create: maker("create"), load: maker("load") } as unknown as RemoteClass<Class>;
}

async function remoteOf(connection: Connection, description: ModelDescription): Promise<Remote> {
  const state = (await withTokenizers(description.state, readTokenizer)) as ModelState;
  return new Remote(connection, { ...description, state });
}

/** A model in a worker: verbs and properties are those that the worker says it has. */
class Remote {
  readonly #connection: Connection;
  readonly #id: number;

  constructor(connection: Connection, { id, kind, calls, iterations, state }: ModelDescription) {
    this.#connection = connection;
    this.#id = id;
    const hide = (name: PropertyKey, value: unknown) =>
      Object.defineProperty(this, name, { value, configurable: true });
    hide(Symbol.toStringTag, kind);
    for (const verb of calls) hide(verb, (...given: unknown[]) => this.#call(verb, given));
    for (const verb of iterations) {
      hide(verb, (...given: unknown[]) => {
        const pieces = this.#iterate(verb, given);
        return verb === TRAINING ? new Training(pieces) : pieces;
      });
    }
    this.#adopt(state);
    forgotten.register(this, { connection, id });
  }

  async #call(verb: string, given: readonly unknown[]): Promise<unknown> {
    const connection = this.#connection;
    const { args, signal } = sendable(verb, given);
    if (verb === "quantize") await connection.further("quantized");
    // The worker says everything once, so that it counts even where the signal has ended the wait.
    const { value, model } = await connection.ask(async (remote) => {
      const answer = await remote.call(this.#id, verb, args);
      this.#adopt(answer.state);
      return answer;
    }, signal);
    if (!model) return unpack(value, makers);
    return model === "itself" ? this : remoteOf(connection, model);
  }

  async *#iterate(verb: string, given: readonly unknown[]): AsyncGenerator<unknown, void, void> {
    const connection = this.#connection;
    const { args, signal, signalAt } = sendable(verb, given);
    const iteration = await connection.ask((remote) =>
      remote.begin(this.#id, verb, args, signalAt),
    );
    const abort = () => {
      if (!connection.ended) connection.ask((remote) => remote.abort(iteration)).catch(() => {});
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted) abort();
    try {
      for (;;) {
        const { done, value, state } = await connection.ask((remote) => remote.next(iteration));
        this.#adopt(state);
        if (done) return;
        yield unpack(value, makers);
      }
    } catch (error) {
      throw error === ABORTED ? signal!.reason : error;
    } finally {
      signal?.removeEventListener("abort", abort);
      if (!connection.ended) this.#adopt(await connection.ask((remote) => remote.end(iteration)));
    }
  }

  /** Properties are plain data, so that whoever prints or spreads a remote sees them. */
  #adopt(state: ModelState): void {
    for (const [name, value] of Object.entries(unpack(state, makers) as ModelState)) {
      Object.defineProperty(this, name, { value, enumerable: true, configurable: true });
    }
  }
}
