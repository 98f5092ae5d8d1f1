// What the two sides of a worker say to each other. Models and running iterations stay in the worker
// and go by number. What a model can do is said by the worker, so no class is known here.

import type { ShardWorker } from "../train/parallel/shard-worker.js";

/** Properties of a model by name, packed; after the first time only those that are no longer the same. */
export type ModelState = Readonly<Record<string, unknown>>;

/** A model in the worker, as the other side shows it. */
export interface ModelDescription {
  readonly id: number;
  /** Name of its class. */
  readonly kind: string;
  /** Verbs that answer once. */
  readonly calls: readonly string[];
  /** Verbs that answer piece by piece: the async generators, and the training. */
  readonly iterations: readonly string[];
  readonly state: ModelState;
}

/** What a verb gave: a value, or another model, or the model itself. */
interface Answer {
  readonly value?: unknown;
  readonly model?: ModelDescription | "itself";
  readonly state: ModelState;
}

/** One piece of an iteration, and where the model stands now. */
interface Piece {
  readonly done: boolean;
  readonly value: unknown;
  readonly state: ModelState;
}

/** The verb of every model whose iteration is a training: it can be awaited as well. */
export const TRAINING = "fit";

/** What an iteration throws in the worker where its signal was aborted on the other side. */
export const ABORTED = "simdream: aborted";

/** Models in a worker. Arguments are packed. */
export interface ModelService {
  /** @param how the class's own way to make a model */
  make(kind: string, how: "create" | "load", args: readonly unknown[]): Promise<ModelDescription>;
  call(id: number, verb: string, args: readonly unknown[]): Promise<Answer>;
  /**
   * Begins an iteration and gives its number; nothing is computed yet.
   * @param signalAt which argument had a signal, which is here replaced; -1 where none had
   */
  begin(id: number, verb: string, args: readonly unknown[], signalAt: number): number;
  next(iteration: number): Promise<Piece>;
  abort(iteration: number): void;
  /** Ends an iteration wherever it is, and tells where the model stands. */
  end(iteration: number): Promise<ModelState>;
  /** Nobody has the model any more. */
  release(id: number): void;
}

/** All that a worker offers; everything but `open` only when it has been opened. */
export interface WorkerService extends ShardWorker, ModelService {}

/** The same as the other side has it: every answer is a promise. */
export type RemoteService = {
  readonly [Name in keyof WorkerService]: (
    ...args: Parameters<WorkerService[Name]>
  ) => Promise<Awaited<ReturnType<WorkerService[Name]>>>;
};
