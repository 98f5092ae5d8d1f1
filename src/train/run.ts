// The training loop of every model. A run is a pure function of its options, data and seed: where it
// stands is a step counter and a few regions of memory, all of which a checkpoint holds.

import { DivergedError, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import { WeightAverage } from "../nn/optim/average.js";
import { clipGradNorm } from "../nn/optim/clip.js";
import type { Optimizer } from "../nn/optim/optimizer.js";
import type { Schedule } from "../nn/optim/schedule.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData } from "./data.js";
import { makeOptimizer, makeSchedule, type ResolvedTraining } from "./options.js";
import type { RunProgress, StepReport } from "./progress.js";
import { addShards, cutShards, type ShardComputer, type ShardGradient } from "./shards.js";
import { Snapshot } from "./snapshot.js";
import { Stopwatch } from "./stopwatch.js";

/** How often the loop keeps a copy to fall back on, in steps. */
const SNAPSHOT_EVERY = 50;
/** A finite loss this many times the first one, this many steps in a row, has diverged too. */
const RISE_FACTOR = 10;
const RISE_STEPS = 20;

/** One run of training. */
export class TrainingRun {
  readonly #parameters: Parameters;
  readonly #dropoutKey: Key;
  readonly #options: ResolvedTraining;
  readonly #optimizer: Optimizer;
  readonly #schedule: Schedule;
  readonly #average: WeightAverage | undefined;
  #best: Float32Array | undefined;
  #progress: RunProgress;
  /** The carried state that a checkpoint brought, until `fit` brings the data it belongs to. */
  #carried: Float32Array[] = [];
  #data: TrainingData | undefined;

  constructor(parameters: Parameters, key: Key, run: number, options: ResolvedTraining) {
    this.#parameters = parameters;
    this.#dropoutKey = key;
    this.#options = options;
    this.#schedule = makeSchedule(parameters.machine, options);
    this.#optimizer = makeOptimizer(parameters, options);
    this.#average = options.ema > 0 ? new WeightAverage(parameters, options.ema) : undefined;
    this.#progress = {
      options,
      data: "",
      dataOptions: {},
      run,
      step: 0,
      tokens: 0,
      optimizerSteps: 0,
      plateau: { ...this.#schedule.plateau },
      bestLoss: null,
      bestStep: 0,
      waited: 0,
      firstLoss: null,
      lastLoss: null,
      lastValidation: null,
      rising: 0,
      finished: null,
    };
  }

  get progress(): RunProgress {
    return this.#progress;
  }

  /** Regions of memory that a checkpoint holds besides the weights, by name. */
  get regions(): ReadonlyMap<string, number> {
    const regions = new Map(this.#optimizer.state);
    if (this.#average) regions.set("average", this.#average.region);
    return regions;
  }

  /** The best weights so far, in the parameters' layout. */
  get best(): Float32Array | undefined {
    return this.#best;
  }

  get carried(): readonly Float32Array[] {
    return this.#data?.carried ?? this.#carried;
  }

  /** Puts the run where a checkpoint says; the regions have been filled by the caller. */
  restore(progress: RunProgress, best: Float32Array | undefined, carried: Float32Array[]): void {
    this.#progress = { ...progress, options: this.#options };
    this.#optimizer.steps = progress.optimizerSteps;
    Object.assign(this.#schedule.plateau, progress.plateau);
    this.#best = best;
    this.#carried = carried;
  }

  /** The same run, going on with other options; `make` gives an empty run with them. */
  withOptions(
    make: (options: ResolvedTraining) => TrainingRun,
    options: ResolvedTraining,
  ): TrainingRun {
    const { optimizer } = this.#options;
    if (options.optimizer !== optimizer) {
      throw new InvalidInputError(
        `the run in progress has the optimizer ${optimizer}, got ${options.optimizer}; ` +
          "keep it, or begin a new run with resume: false",
      );
    }
    const parameters = this.#parameters;
    const copies = Array.from(
      this.regions,
      ([name, region]) => [name, parameters.all(region).slice()] as const,
    );
    const next = make(options);
    for (const [name, copy] of copies) {
      const region = next.regions.get(name);
      if (region !== undefined) parameters.all(region).set(copy);
    }
    // Best weights are kept only under patience; where it comes anew, so does the search for them.
    const best = options.patience > 0 ? this.#best : undefined;
    const searched = best || options.patience === 0;
    const unsearched = { bestLoss: null, bestStep: 0, waited: 0 };
    const progress = searched ? this.#progress : { ...this.#progress, ...unsearched };
    next.restore(progress, best, [...this.carried]);
    return next;
  }

  /** Takes the steps that are left. @throws DivergedError, or the reason of an aborted signal */
  async *steps(
    data: TrainingData,
    computer: ShardComputer,
    signal?: AbortSignal,
  ): AsyncGenerator<StepReport, void, void> {
    this.#bind(data);
    const { steps } = this.#options;
    if (this.#progress.step < steps) this.#set({ finished: null });
    const clock = new Stopwatch();
    let snapshot: Snapshot | undefined;
    while (this.#progress.step < steps && !this.#progress.finished) {
      signal?.throwIfAborted();
      const { step } = this.#progress;
      const lr = this.#options.lr * this.#schedule.factor(step);
      const { loss, parts, carried, gradNorm, tokens } = await this.#gradients(
        data,
        computer,
        signal,
      );
      if (!this.#sound(loss, gradNorm)) this.#diverged(loss, gradNorm, lr, snapshot);
      // Not while the loss is rising: what is kept must be from before.
      const due = step % SNAPSHOT_EVERY === 0 && this.#progress.rising === 0;
      if (!snapshot || due) snapshot = this.#take(snapshot, data.carried);
      data.carried = carried;
      this.#optimizer.step(lr);
      this.#average?.update();
      this.#set({
        step: step + 1,
        tokens: this.#progress.tokens + tokens,
        optimizerSteps: this.#optimizer.steps,
        lastLoss: loss,
        firstLoss: this.#progress.firstLoss ?? loss,
      });
      clock.count(tokens);
      const validated = clock.pause(() => this.#validate(data));
      if (this.#progress.step === steps && !this.#progress.finished) {
        this.#set({ finished: "steps" });
      }
      if (this.#progress.finished) this.#conclude();
      const { step: taken, finished, tokens: seen } = this.#progress;
      yield {
        step: taken,
        steps,
        loss,
        ...(Object.keys(parts).length > 0 ? { parts } : {}),
        ...validated,
        lr,
        gradNorm,
        tokens: seen,
        tokensPerSecond: clock.rate,
        elapsed: clock.elapsed,
        ...(finished ? { finished } : {}),
      };
      await clock.breathe();
    }
  }

  /** @throws InvalidInputError where the run, having taken a step, was begun on other data */
  checkData(data: TrainingData): void {
    const { step, data: known, dataOptions } = this.#progress;
    if (step === 0) return;
    if (known !== data.fingerprint) {
      throw new InvalidInputError(
        "the run in progress was begun on other data; give it the same, " +
          "or begin a new run with resume: false",
      );
    }
    for (const [name, value] of Object.entries(dataOptions)) {
      if (data.options[name] === value) continue;
      throw new InvalidInputError(
        `the run in progress was begun with ${name} ${value}, got ${data.options[name]}; ` +
          "keep it, or begin a new run with resume: false",
      );
    }
  }

  #bind(data: TrainingData): void {
    this.checkData(data);
    this.#set({ data: data.fingerprint, dataOptions: data.options });
    data.carried = [...this.carried];
    this.#carried = [];
    this.#data = data;
  }

  #set(change: Partial<RunProgress>): void {
    this.#progress = { ...this.#progress, ...change };
  }

  /** Fills the gradients of one step. */
  async #gradients(
    data: TrainingData,
    computer: ShardComputer,
    signal: AbortSignal | undefined,
  ): Promise<Omit<ShardGradient, "grads"> & { gradNorm: number; tokens: number }> {
    const { accumulate, shards, clip } = this.#options;
    const first = this.#progress.step * accumulate;
    const indices = Array.from({ length: accumulate }, (_, i) => first + i);
    const batches = indices.map((index) => data.batch(index));
    const keys = indices.map((index) => this.#dropoutKey.fold(index));
    const tokens = batches.reduce((sum, batch) => sum + batch.tokens, 0);
    const parts = cutShards(batches, shards, keys, data.carries ? data.carried : undefined);
    const sums = await addShards(this.#parameters, computer, parts, signal);
    const gradNorm = clipGradNorm(this.#parameters, clip > 0 ? clip : Infinity);
    return { ...sums, gradNorm, tokens };
  }

  #sound(loss: number, gradNorm: number): boolean {
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) return false;
    const { firstLoss, rising } = this.#progress;
    const risen = firstLoss !== null && loss > RISE_FACTOR * Math.max(firstLoss, 1);
    this.#set({ rising: risen ? rising + 1 : 0 });
    return this.#progress.rising < RISE_STEPS;
  }

  #take(previous: Snapshot | undefined, carried: readonly Float32Array[]): Snapshot {
    const regions = [this.#parameters.address, ...this.regions.values()];
    const snapshot = previous ?? new Snapshot(this.#parameters, regions);
    snapshot.take({
      progress: this.#progress,
      plateau: { ...this.#schedule.plateau },
      best: this.#best,
      carried: [...carried],
    });
    return snapshot;
  }

  #diverged(loss: number, gradNorm: number, lr: number, snapshot: Snapshot | undefined): never {
    const { step, firstLoss } = this.#progress;
    let kept = step;
    if (snapshot) {
      const { progress, plateau, best, carried } = snapshot.restore();
      this.#data!.carried = [...carried];
      this.#best = best;
      this.#progress = { ...progress, rising: 0 };
      this.#optimizer.steps = progress.optimizerSteps;
      Object.assign(this.#schedule.plateau, plateau);
      kept = progress.step;
    }
    const what = Number.isFinite(loss)
      ? Number.isFinite(gradNorm)
        ? `the loss has stayed above ${RISE_FACTOR} times its first value ` +
          `(${loss.toPrecision(3)}, it began at ${firstLoss?.toPrecision(3)})`
        : `the gradient is not finite (loss ${loss.toPrecision(3)})`
      : `the loss is ${loss}`;
    throw new DivergedError(
      `training diverged at step ${step + 1}: ${what}. The weights are those after step ${kept}. ` +
        `Try a smaller lr (it is ${lr.toPrecision(3)})${this.#options.clip > 0 ? "" : " or clip: 1"}`,
    );
  }

  /** Validation, when this step has one: schedule, best weights, patience. */
  #validate(data: TrainingData): Pick<StepReport, "validation" | "measures" | "best"> {
    const { step } = this.#progress;
    const { evalEvery, steps, patience } = this.#options;
    if (!data.validate || (step % evalEvery !== 0 && step !== steps)) return {};
    const { loss: validation, measures } = this.#averaged(data.validate);
    this.#schedule.observe(validation);
    const { bestLoss, waited } = this.#progress;
    const best = bestLoss === null || validation < bestLoss;
    this.#set({
      lastValidation: validation,
      plateau: { ...this.#schedule.plateau },
      ...(best ? { bestLoss: validation, bestStep: step, waited: 0 } : { waited: waited + 1 }),
    });
    if (patience > 0) {
      const weights = this.#average?.region ?? this.#parameters.address;
      if (best) this.#best = this.#parameters.all(weights).slice();
      else if (this.#progress.waited >= patience) this.#set({ finished: "patience" });
    }
    return { validation, ...(measures ? { measures } : {}), best };
  }

  /** Runs `measure` with the averaged weights in place, where there are any. */
  #averaged<T>(measure: () => T): T {
    if (!this.#average) return measure();
    const parameters = this.#parameters;
    const kept = parameters.all(parameters.address).slice();
    parameters.assign(parameters.all(this.#average.region));
    try {
      return measure();
    } finally {
      parameters.assign(kept);
    }
  }

  /** Puts the weights in place that the run ends with: the best, else the average, else the last. */
  #conclude(): void {
    const parameters = this.#parameters;
    if (this.#best) parameters.assign(this.#best);
    else if (this.#average) parameters.assign(parameters.all(this.#average.region));
  }
}
