// Who computes shards: the caller, or workers on this machine or another.

import type { Parameters } from "../nn/parameters.js";
import { roundSteps } from "./rounds/round.js";
import type { RoundResult, ShardRound } from "./rounds/task.js";
import { gradientOf, type Settled, type Shard, type ShardGradient } from "./shards.js";
import type { Trainable } from "./trainable.js";

/** Computes the gradients of a phase's shards, somewhere. */
export interface ShardComputer {
  /** In the order of the shards; `grads` is good until the next one is asked for. */
  compute(shards: readonly Shard[], signal?: AbortSignal): AsyncIterable<ShardGradient>;
  /** Computes a round of each shard, with what it has kept. In the order of the shards; the weights stay as they are. */
  rounds(rounds: readonly ShardRound[], pause: Pause): AsyncIterable<RoundResult>;
  /**
   * Whether what it gave is to be relied on, where others are not to be believed at once; asked between steps.
   * @param last whether it has to be said now: the run is to end, or to be left
   */
  settle?(last: boolean): Promise<Settled>;
  /** Ends what was started for it. */
  close(): Promise<void>;
}

/** What lets others have a turn while a shard computes. */
export interface Pause {
  /** Whether it is time. */
  readonly due: boolean;
  readonly signal: AbortSignal | undefined;
  /** @throws the reason of the aborted signal */
  take(): Promise<void>;
}

/** Computes shards one after the other, in the caller. */
export class InTurn implements ShardComputer {
  readonly #parameters: Parameters;
  readonly #network: Trainable;

  constructor(parameters: Parameters, network: Trainable) {
    this.#parameters = parameters;
    this.#network = network;
  }

  async *compute(shards: readonly Shard[]): AsyncGenerator<ShardGradient, void, void> {
    for (const shard of shards) {
      const gradient = gradientOf(this.#parameters, this.#network, shard);
      // While it is handed over, others may use the model and grow the memory that a view is on. A
      // single one stays where it belongs and is not read from the view.
      yield shards.length === 1 ? gradient : { ...gradient, grads: gradient.grads.slice() };
    }
  }

  async *rounds(
    rounds: readonly ShardRound[],
    pause: Pause,
  ): AsyncGenerator<RoundResult, void, void> {
    for (const round of rounds) yield roundHere(this.#parameters, this.#network, round, pause);
  }

  async close(): Promise<void> {}
}

/** A round, computed here. Whenever others have a turn, and in the end, the weights are those of its beginning. */
export async function roundHere(
  parameters: Parameters,
  network: Trainable,
  { round, state }: ShardRound,
  pause: Pause,
): Promise<RoundResult> {
  const start = parameters.all(parameters.address).slice();
  const steps = roundSteps(parameters, network, round, state());
  try {
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
      if (!pause.due) continue;
      const present = parameters.all(parameters.address).slice();
      parameters.assign(start);
      await pause.take();
      parameters.assign(present);
    }
  } finally {
    parameters.assign(start);
  }
}
