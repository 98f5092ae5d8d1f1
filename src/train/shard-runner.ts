// Who computes shards elsewhere: the pool of this machine, or somebody's cluster. All that it gets is
// plain data, so it may be anywhere.

import type { InvalidInputError } from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import type { ParameterRange } from "../nn/parameters.js";
import type { Round, RoundResult, ShardState } from "./rounds/task.js";
import type { Settled, Shard, ShardGradient } from "./shards.js";
import type { NetworkDescription } from "./trainable.js";

/** What is needed of a model to compute a part of its training. */
interface ModelTask {
  readonly network: NetworkDescription;
  /** Whether the network needs the second module, that of pictures. */
  readonly pictures: boolean;
  /** What changes from step to step: trained parameters and buffers. */
  readonly changing: readonly ParameterRange[];
  /** Their values, one range after the other; written into `spare` where it has their length. */
  values(spare?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /** Numbers of the gradient, or of a round's difference. */
  readonly size: number;
  /** What does not change in this run, under a name of its own: needed once by whoever computes. */
  readonly frozen: { readonly id: string; values(): Float32Array<ArrayBuffer> };
}

/** A shard that waits to be computed, and all that is needed for it. */
export interface ShardTask extends ModelTask {
  readonly shard: Shard;
}

/** A round of a shard, which is some steps of its own. */
export interface RoundTask extends ModelTask {
  readonly round: Round;
  /**
   * What the shard has kept from the rounds before. Who keeps it under `next` may give a reply without it, unless it is `wanted`,
   * and needs no `values` in the round whose `id` that is.
   */
  readonly state: {
    readonly id: string;
    readonly next: string;
    readonly wanted: boolean;
    /** A copy. Where it was kept elsewhere and is lost, up to nine rounds are computed again. */
    values(): ShardState;
  };
}

/** What came of it, and the buffer of the values to be used again. */
export interface RoundReply extends RoundResult {
  readonly values?: Float32Array<ArrayBuffer>;
}

/** A shard's gradient, and the buffer of the values to be used again. */
export interface ShardReply extends ShardGradient {
  readonly values?: Float32Array<ArrayBuffer>;
}

/** Buffers of a reply, to be used again. */
export type Recycled = Partial<Pick<ShardReply, "values" | "grads">>;

/**
 * What `submit` rejects with where a worker is whole and refuses the shard: to ask others is no use, and whoever began
 * the run is told. Plain, because a runner may be of another bundle.
 */
export interface Refusal {
  readonly refusal: InvalidInputError;
}

/** Computes shards for `fit({ workers })`. A shard or round that it fails at is computed by the caller. */
export interface ShardRunner {
  readonly closed: boolean;
  /** Whether a model of this runtime gets the bits from it that it would compute itself. */
  serves(runtime: Runtime): boolean;
  /** The gradient of one shard; its buffers are the caller's until `recycle`. */
  submit(task: ShardTask, signal?: AbortSignal): Promise<ShardReply>;
  /** A round of one shard; the caller computes it where this is missing. */
  round?(task: RoundTask, signal?: AbortSignal): Promise<RoundReply>;
  /** Gives the buffers of a reply back. */
  recycle?(reply: Recycled): void;
  /** How long a shard took that the caller computed itself, in milliseconds; of a round, an update of it. */
  learn?(duration: number): void;
  /** Says whether what it has given is to be relied on, where that may be otherwise. */
  settle?(last: boolean): Promise<Settled>;
}

/** Whether this is one. */
export function isShardRunner(value: unknown): value is ShardRunner {
  return typeof (value as ShardRunner | undefined)?.submit === "function";
}
