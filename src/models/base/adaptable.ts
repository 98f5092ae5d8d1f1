// A model that adapters can be trained for. What does that is imported with the first one.

import { InvalidInputError } from "../../host/errors.js";
import type { TrainingOptions } from "../../train/options.js";
import type { StepReport } from "../../train/progress.js";
import type { Trainable } from "../../train/trainable.js";
import { Training } from "../../train/training.js";
import type { LoraOptions } from "./adapter-config.js";
import type { Adapter, Adapters, LoadAdapterOptions } from "./adapters.js";
import type { CheckRun, LaterSource, ModelCore } from "./core.js";
import { Model } from "./model.js";

const engine = () => import("./adapters.js");

/** Options of `fit` that train an adapter instead of the model. */
export interface AdaptOptions {
  /** Trains low-rank matrices beside the model's, which stays as it is. Default: the model itself is trained. */
  readonly lora?: LoraOptions;
}

/** A model that may have adapters. */
export abstract class Adaptable<N extends Trainable> extends Model<N> {
  /** A model of the same kind on another core. @internal */
  protected abstract over(core: ModelCore<N>): this;

  /** Names of the adapters: those that were trained here, and those that were loaded. */
  get adapters(): readonly string[] {
    return [...(this.#adapters?.all.keys() ?? [])];
  }

  /** Name of the adapter that is in force where nothing is said: the last one that was trained or loaded; or null. */
  get adapter(): string | null {
    return this.#adapters?.active ?? null;
  }

  /**
   * An adapter: its numbers, its record, and what saves it.
   * @param name default that of the one in force
   * @throws InvalidInputError where there is none
   */
  getAdapter(name: string | null = this.adapter): Adapter<N> {
    this.core.adapted(name);
    if (name !== null) return this.#adapters!.all.get(name)!;
    throw new InvalidInputError("no adapter is in force: say which one, or train one with lora");
  }

  /** Chooses the adapter that is in force where nothing is said; null: none. @throws InvalidInputError */
  useAdapter(name: string | null): void {
    this.core.adapted(name);
    this.#adapters?.use(name);
  }

  /**
   * An adapter from the bytes of a file that its `save` wrote, or of PEFT's adapter_model.safetensors. It is in force
   * from now on.
   * @throws ModelFileError, also for one that was trained on another model; InvalidInputError
   */
  async loadAdapter(
    bytes: Uint8Array | ArrayBuffer,
    options: LoadAdapterOptions = {},
  ): Promise<Adapter<N>> {
    const { Adapters } = await engine();
    return Adapters.of(this.core).load(bytes, options, this.checkRun());
  }

  /**
   * A new model whose matrices are W + α/r B A: what this one is with the adapter, without it.
   * @param name of the adapter; default the one in force
   * @throws InvalidInputError for a quantised model
   */
  async merge(name?: string): Promise<this> {
    const { Adapters } = await engine();
    return this.over(Adapters.of(this.core).merged(name));
  }

  /** Refuses a run in a file that does not fit. @internal */
  protected checkRun(): CheckRun<N> | undefined {
    return undefined;
  }

  /** `fit` of the model, or of an adapter. @internal */
  protected train<Report>(
    options: TrainingOptions & AdaptOptions,
    source: LaterSource<N>,
    as: (report: StepReport) => Report,
  ): Training<Report> {
    // What are no options at all is for the run to refuse.
    if (!("lora" in Object(options))) return this.core.fit(options, source, as);
    const { lora, ...rest } = options;
    return lora === undefined
      ? this.core.fit(rest, source, as)
      : new Training(this.#adapt(lora, rest, source, as));
  }

  async *#adapt<Report>(
    lora: LoraOptions,
    options: TrainingOptions,
    source: LaterSource<N>,
    as: (report: StepReport) => Report,
  ): AsyncGenerator<Report, void, void> {
    const { Adapters } = await engine();
    yield* Adapters.of(this.core).train(lora).own.fit(options, source, as);
  }

  get #adapters(): Adapters<N> | undefined {
    return this.core.adapters as Adapters<N> | undefined;
  }
}
