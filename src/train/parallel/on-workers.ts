// Who computes the shards of a fit.

import { InvalidInputError } from "../../host/errors.js";
import type { Runtime } from "../../host/runtime.js";
import type { NetworkDescription } from "../../models/every-network.js";
import type { Parameters } from "../../nn/parameters.js";
import {
  InTurn,
  type Shard,
  type ShardComputer,
  type ShardGradient,
  shardGradient,
} from "../shards.js";
import type { Trainable } from "../trainable.js";
import { checkWorkers, WorkerPool } from "./worker-pool.js";

/** A model that shards are computed of. */
interface ShardedModel {
  readonly parameters: Parameters;
  readonly network: Trainable;
  readonly description: NetworkDescription;
}

/**
 * What computes the shards of a fit: its own workers, somebody's pool, or the caller.
 * @throws InvalidInputError
 */
export function shardComputer(
  runtime: Runtime,
  model: ShardedModel,
  shards: number,
  workers: number | WorkerPool = 1,
): ShardComputer {
  if (workers instanceof WorkerPool) {
    if (workers.closed) {
      throw new InvalidInputError("the pool in workers was closed; make a new one");
    }
    if (!workers.serves(runtime)) {
      throw new InvalidInputError(
        "the pool in workers was made with another module than the model; give both the same runtime",
      );
    }
    return new OnWorkers(model, workers);
  }
  const count = Math.min(checkWorkers(workers), shards);
  if (count === 1 || !runtime.workers) return new InTurn(model.parameters, model.network);
  const pool = new WorkerPool(runtime, count);
  return new OnWorkers(model, pool, () => pool.close());
}

/** Computes shards on a pool; what the pool cannot do is done in the caller. */
class OnWorkers implements ShardComputer {
  readonly #model: ShardedModel;
  readonly #pool: WorkerPool;
  readonly close: () => Promise<void>;

  constructor(model: ShardedModel, pool: WorkerPool, close = async (): Promise<void> => {}) {
    this.#model = model;
    this.#pool = pool;
    this.close = close;
  }

  async *compute(
    shards: readonly Shard[],
    signal?: AbortSignal,
  ): AsyncGenerator<ShardGradient, void, void> {
    const { parameters, network, description } = this.#model;
    const weights = (spare: Float32Array<ArrayBuffer> | undefined) => {
      const own = parameters.all(parameters.address);
      if (spare?.length !== own.length) return own.slice();
      spare.set(own);
      return spare;
    };
    const replies = shards.map((shard) => this.#pool.submit(description, weights, shard, signal));
    for (const reply of replies) reply.catch(() => {});
    for (const [s, promise] of replies.entries()) {
      const reply = await promise.catch(() => undefined);
      if (reply) {
        yield reply;
        this.#pool.recycle(reply);
        continue;
      }
      signal?.throwIfAborted();
      const begun = performance.now();
      yield shardGradient(parameters, network, shards[s]);
      this.#pool.learn(performance.now() - begun);
    }
  }
}
