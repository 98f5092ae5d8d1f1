// Who computes the shards of a fit: the caller, its own workers, or a runner of somebody's.

import { InvalidInputError } from "../../host/errors.js";
import type { Runtime } from "../../host/runtime.js";
import type { ParameterRange, Parameters } from "../../nn/parameters.js";
import { InTurn, type Pause, roundHere, type ShardComputer } from "../computer.js";
import { checkWorkers } from "../options.js";
import { phasesOf, trainedBy, trainedRanges } from "../phases.js";
import { trainedRangesOfAll } from "../rounds/round.js";
import type { RoundResult, ShardRound, ShardState } from "../rounds/task.js";
import { isShardRunner, type Refusal, type ShardRunner, type ShardTask } from "../shard-runner.js";
import { gradientOf, packRanges, type Shard, type ShardGradient } from "../shards.js";
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
  readonly settle: ShardComputer["settle"];

  constructor(model: ShardedModel, runner: ShardRunner, close = async (): Promise<void> => {}) {
    const { parameters, base = parameters, network } = model;
    this.#model = model;
    this.#runner = runner;
    this.close = close;
    this.settle = runner.settle?.bind(runner);
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
    const { parameters, network } = this.#model;
    const task = this.#task(trainedRanges(parameters, shards[0].phase));
    const replies = shards.map((shard) => this.#runner.submit({ ...task, shard }, signal));
    for (const reply of replies) reply.catch(() => {});
    for (const [s, promise] of replies.entries()) {
      const reply = await given(promise);
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

  async *rounds(
    rounds: readonly ShardRound[],
    pause: Pause,
  ): AsyncGenerator<RoundResult, void, void> {
    const { parameters, network } = this.#model;
    const { signal } = pause;
    const task = this.#task(trainedRangesOfAll(parameters, network));
    // Those of the round's beginning: while one is computed here, the weights in place are others.
    const start = task.values();
    const values: ShardTask["values"] = (spare) => copied(start, spare);
    const replies = rounds.map(({ round, key, next, wanted, state }) => {
      const [id, after] = [key, next].map((one) => `${this.#frozen.id}.${one}`);
      const own = { id, next: after, wanted, values: () => copyOf(state()) };
      return this.#runner.round?.({ ...task, values, round, state: own }, signal);
    });
    for (const reply of replies) reply?.catch(() => {});
    for (const [s, promise] of replies.entries()) {
      const reply = promise && (await given(promise));
      if (reply) {
        yield reply;
        this.#runner.recycle?.({ values: reply.values });
        continue;
      }
      signal?.throwIfAborted();
      const begun = performance.now();
      yield await roundHere(parameters, network, rounds[s], pause);
      const { updates } = rounds[s].round;
      this.#runner.learn?.((performance.now() - begun) / updates.length);
    }
  }

  /** What every task of the model has. */
  #task(ranges: readonly ParameterRange[]): Omit<ShardTask, "shard"> {
    const size = ranges.reduce((sum, { length }) => sum + length, 0);
    const { parameters, description } = this.#model;
    const changing = this.#changing;
    const values: ShardTask["values"] = (spare) =>
      packRanges(parameters, parameters.address, changing, spare);
    const pictures = parameters.machine.hasPictures;
    return { network: description, pictures, changing, values, size, frozen: this.#frozen };
  }
}

/** A reply; undefined where the caller has to compute. @throws what a worker refuses the task with */
function given<Reply>(promise: Promise<Reply>): Promise<Reply | undefined> {
  return promise.catch((reason) => {
    const { refusal } = (reason ?? {}) as Partial<Refusal>;
    if (refusal) throw refusal;
    return undefined;
  });
}

function copied(
  values: Float32Array<ArrayBuffer>,
  into?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (into?.length !== values.length) return values.slice();
  into.set(values);
  return into;
}

function copyOf(state: ShardState): ShardState {
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [name, values.slice()]));
}
