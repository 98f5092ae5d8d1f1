// Who computes the shards of a fit: the caller, its own workers, or a runner of somebody's.

import { InvalidInputError } from "../../host/errors.js";
import type { Runtime } from "../../host/runtime.js";
import type { ParameterRange, Parameters } from "../../nn/parameters.js";
import { checkWorkers } from "../options.js";
import { phasesOf, trainedBy } from "../phases.js";
import { isShardRunner, Refusal, type ShardRunner, type ShardTask } from "../shard-runner.js";
import {
  gradientOf,
  InTurn,
  packRanges,
  type Shard,
  type ShardComputer,
  type ShardGradient,
} from "../shards.js";
import type { NetworkDescription, Trainable } from "../trainable.js";

/** A model that shards are computed of. */
interface ShardedModel {
  readonly parameters: Parameters;
  /** What is under them and is not trained, where they are an adapter's. */
  readonly base?: Parameters | undefined;
  readonly network: Trainable;
  readonly description: NetworkDescription;
}

/**
 * What computes the shards of a fit. The pool is loaded only where one is asked for.
 * @throws InvalidInputError
 */
export async function shardComputer(
  runtime: Runtime,
  model: ShardedModel,
  shards: number,
  workers: number | ShardRunner = 1,
): Promise<ShardComputer> {
  if (isShardRunner(workers)) {
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
  const { WorkerPool } = await import("./worker-pool.js");
  const pool = new WorkerPool(runtime, count);
  return new OnWorkers(model, pool, () => pool.close());
}

let runs = 0;

/** Computes shards on a runner; what it cannot do is done in the caller. */
class OnWorkers implements ShardComputer {
  readonly #model: ShardedModel;
  readonly #runner: ShardRunner;
  readonly #changing: readonly ParameterRange[];
  readonly #frozen: ShardTask["frozen"];
  readonly close: () => Promise<void>;

  constructor(model: ShardedModel, runner: ShardRunner, close = async (): Promise<void> => {}) {
    const { parameters, base = parameters, network } = model;
    this.#model = model;
    this.#runner = runner;
    this.close = close;
    const phases = phasesOf(network);
    this.#changing = parameters.ranges(
      (name, { buffer }) => buffer || phases.some((phase) => trainedBy(parameters, phase, name)),
    );
    const values = () => base.all(base.address).slice();
    this.#frozen = { id: `${++runs}`, values };
  }

  async *compute(
    shards: readonly Shard[],
    signal?: AbortSignal,
  ): AsyncGenerator<ShardGradient, void, void> {
    const { parameters, network, description } = this.#model;
    const changing = this.#changing;
    const values: ShardTask["values"] = (spare) =>
      packRanges(parameters, parameters.address, changing, spare);
    const pictures = parameters.machine.hasPictures;
    const task = { network: description, pictures, changing, values, frozen: this.#frozen };
    const replies = shards.map((shard) => this.#runner.submit({ ...task, shard }, signal));
    for (const reply of replies) reply.catch(() => {});
    for (const [s, promise] of replies.entries()) {
      const reply = await promise.catch((reason) => {
        if (reason instanceof Refusal) throw reason.error;
      });
      if (reply) {
        yield reply;
        this.#runner.recycle?.(reply);
        continue;
      }
      signal?.throwIfAborted();
      const begun = performance.now();
      yield gradientOf(parameters, network, shards[s]);
      this.#runner.learn?.(performance.now() - begun);
    }
  }
}
