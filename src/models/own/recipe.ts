// What somebody says of a model of their own.

import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Phase, Statistics } from "../../train/trainable.js";

/** A setting of a model: what JSON has of plain values, and lists of them. */
export type Setting = number | boolean | string | readonly number[] | readonly string[];

/** Settings of a model, by name. */
export type Settings = Readonly<Record<string, Setting>>;

/** Settings with the types of their defaults, and no narrower ones: 32 is any number. */
export type Config<Defaults extends Settings> = {
  readonly [Name in keyof Defaults]: Defaults[Name] extends number
    ? number
    : Defaults[Name] extends boolean
      ? boolean
      : Defaults[Name] extends string
        ? string
        : Defaults[Name] extends readonly number[]
          ? readonly number[]
          : readonly string[];
};

/** Where a loss is computed. */
export interface LossContext {
  /** Examples of this batch, or of the shard of it. */
  readonly rows: number;
  /** Name of the phase; "" where there is one. */
  readonly phase: string;
}

/** A loss with more to say. */
export interface LossParts {
  /** A loss for each example: (rows) or (rows, 1). */
  readonly loss: Tensor;
  /** A scalar that does not depend on the examples, such as a price of large weights: added to the mean once. */
  readonly penalty?: Tensor;
  /** What the loss is made of, for reports: each (rows), or (rows, 1). */
  readonly parts?: Readonly<Record<string, Tensor>>;
  /** Numbers of the batch that `observe` is given, such as a batch norm's: joined over shards, weighted by rows. */
  readonly statistics?: Statistics;
}

/** A network: what `build` makes. Further members are its own, for `model.compute`. */
export interface Network<Batch> {
  /**
   * The loss of a batch, one number for each example. Their sum is divided by the targets of the whole step, whatever
   * the shards: the loss of a step is a mean, and never has to be divided here.
   */
  loss(tape: Tape, batch: Batch, context: LossContext): Tensor | LossParts;
  /** The phases of a step, in order. Default: one over all parameters. */
  readonly phases?: readonly Phase[];
  /** Beginnings of the names of what `ema` averages; the rest is taken as it is. Default: everything. */
  readonly averages?: readonly string[];
  /** Called once before a phase's batches are computed: changes buffers. */
  advance?(phase: string): void;
  /** Called once after a phase's update with the statistics of the whole batch: changes buffers. */
  observe?(phase: string, statistics: Statistics): void;
}

/** What `defineModel` is given. */
export interface ModelRecipe<
  Defaults extends Settings,
  Data,
  Batch,
  Own extends Network<Batch> = Network<Batch>,
> {
  /** In files, errors and workers: letters, digits, `-` and `_`, at most 60. */
  readonly name: string;
  /** `import.meta.url` of the module that calls `defineModel`: where workers import it from. */
  readonly module?: string;
  /** Whether layers and operations of pictures are used. Default false. */
  readonly pictures?: boolean;
  /** The settings and their defaults: what `create` takes, `build` is given and the file keeps. */
  readonly defaults: Defaults;
  /** Makes the parameters through the scope, always the same ones for the same settings; and gives the network. */
  build(scope: Scope, config: Config<Defaults>): Own;
  /**
   * The batch of some examples, by their numbers: plain data (typed arrays, numbers, texts, lists and objects of these),
   * always the same for the same examples. With shards, each has a batch of its own.
   */
  batch(data: Data, indices: Int32Array, config: Config<Defaults>): Batch;
  /** Number of examples. Default: `data.length`. */
  length?(data: Data, config: Config<Defaults>): number;
  /** What a batch predicts, such as its tokens: what the loss is divided by. Default: its examples. */
  targets?(batch: Batch, config: Config<Defaults>): number;
}
