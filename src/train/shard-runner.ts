// Who computes shards elsewhere: the pool of this machine, or somebody's cluster. All that it gets is
// plain data, so it may be anywhere.

import type { InvalidInputError } from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import type { ParameterRange } from "../nn/parameters.js";
import type { Shard, ShardGradient } from "./shards.js";
import type { NetworkDescription } from "./trainable.js";

/** A shard that waits to be computed, and all that is needed for it. */
export interface ShardTask {
  readonly network: NetworkDescription;
  readonly shard: Shard;
  /** Whether the network needs the second module, that of pictures. */
  readonly pictures: boolean;
  /** What changes from step to step: trained parameters and buffers. */
  readonly changing: readonly ParameterRange[];
  /** Their values, one range after the other; written into `spare` where it has their length. */
  values(spare?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer>;
  /** What does not change in this run, under a name of its own: needed once by whoever computes. */
  readonly frozen: { readonly id: string; values(): Float32Array<ArrayBuffer> };
}

/** A shard's gradient, and the buffer of the values to be used again. */
export interface ShardReply extends ShardGradient {
  readonly values?: Float32Array<ArrayBuffer>;
}

/**
 * What `submit` of the pool rejects with where the worker is whole and refuses the shard: to ask others is no use, and
 * whoever began the run is told.
 */
export class Refusal {
  readonly error: InvalidInputError;

  constructor(error: InvalidInputError) {
    this.error = error;
  }
}

/** Computes shards for `fit({ workers })`. A shard that it fails at is computed by the caller. */
export interface ShardRunner {
  readonly closed: boolean;
  /** Whether a model of this runtime gets the bits from it that it would compute itself. */
  serves(runtime: Runtime): boolean;
  /** The gradient of one shard; its buffers are the caller's until `recycle`. */
  submit(task: ShardTask, signal?: AbortSignal): Promise<ShardReply>;
  /** Gives the buffers of a reply back. */
  recycle?(reply: ShardReply): void;
  /** How long a shard took that the caller computed itself, in milliseconds. */
  learn?(duration: number): void;
}

/** Whether this is one. */
export function isShardRunner(value: unknown): value is ShardRunner {
  return typeof (value as ShardRunner | undefined)?.submit === "function";
}
