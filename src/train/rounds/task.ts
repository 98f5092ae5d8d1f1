// What goes to whoever computes a round, and what comes back: plain data.

import type { Shard } from "../shards.js";
import type { EightBits } from "./eight-bits.js";

/** Options of the optimizers, as `fit` has them. */
export interface OptimizerOptions {
  readonly optimizer: "adamw" | "adam" | "sgd";
  readonly betas: readonly [number, number];
  readonly momentum: number;
  readonly weightDecay: number;
  readonly decay: "matrices" | "all";
  readonly clip: number;
}

/** An update of one phase. */
export interface RoundUpdate {
  /** Its place among the updates of the round, where the shard may have no row in some. */
  readonly place: number;
  /** The phase, by its place. */
  readonly phase: number;
  readonly lr: number;
  /** What its gradient is computed of; nothing is carried but by the round. */
  readonly shard: Shard;
}

/** What one worker computes in a round: structured-cloneable, and complete but for weights and the shard's state. */
export interface Round {
  /** The shard, by its place. */
  readonly shard: number;
  /** Steps of the run before the round, and after it. */
  readonly from: number;
  readonly to: number;
  readonly updates: readonly RoundUpdate[];
  /** Steps that the shard's optimizers have taken, by phase. */
  readonly taken: readonly number[];
  /** State of the shard's rows before the round; absent where none is carried. */
  readonly carried?: Float32Array[] | undefined;
  /** What the optimizers are, where a phase says nothing else. */
  readonly options: OptimizerOptions;
  /** Bits of a number of the difference. */
  readonly bits: 32 | 8;
}

/**
 * What a shard keeps from round to round, by name: its optimizers' moments, and with 8 bits what was rounded off (`rest`); each of
 * all that the phases train which have it.
 */
export type ShardState = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

/** A round, and what its shard has kept. */
export interface ShardRound {
  readonly round: Round;
  /** By what the shard's state may be kept where it was computed, and by what the one after the round. */
  readonly key: string;
  readonly next: string;
  /** Whether what the shard keeps must come back with the result. */
  readonly wanted: boolean;
  state(): ShardState;
}

/** A round whose shard kept its state where it was computed: what is needed to come to that state again. */
interface PastRound {
  readonly round: Round;
  /** All weights before it. */
  readonly start: Float32Array;
}

/** The last state of a shard that is here, and the rounds since. */
export interface ShardMemory {
  /** By what the last one may be kept elsewhere: never the same twice. */
  readonly key: string;
  readonly state: ShardState;
  readonly since: readonly PastRound[];
}

/** θ − θₛ of all that is trained, one range after the other. */
export type Difference = Float32Array<ArrayBuffer> | EightBits;

/** What an update of a shard came to. */
export interface UpdateResult {
  readonly loss: number;
  readonly parts: Readonly<Record<string, number>>;
  readonly gradNorm: number;
}

/** What comes of a shard's round. */
export interface RoundResult {
  /** Of each update; where one was not finite it is the last one, and the rest means nothing. */
  readonly updates: readonly UpdateResult[];
  /** Whether the weights are finite. */
  readonly finite: boolean;
  readonly difference: Difference;
  /** The shard's buffers, one range after the other. */
  readonly buffers: Float32Array<ArrayBuffer>;
  readonly taken: readonly number[];
  /** What the shard keeps; may be missing where nobody wanted it and whoever computed keeps it. */
  readonly state?: ShardState;
  readonly carried: Float32Array[];
}
