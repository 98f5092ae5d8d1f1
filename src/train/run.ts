// The training loop of every model. A run is a pure function of its options, data and seed: where it
// stands is a step counter and a few regions of memory, all of which a checkpoint holds.

import { f32Entry, type TensorEntry } from "../formats/safetensors.js";
import { DivergedError, InvalidInputError, NotFiniteError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import { regionEntries } from "../nn/entries.js";
import { WeightAverage } from "../nn/optim/average.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData, Validation } from "./data.js";
import { risingSteps, trouble } from "./divergence.js";
import { checkDisjoint, Objective } from "./objective.js";
import type { ResolvedTraining } from "./options.js";
import { phasesOf } from "./phases.js";
import type { PhaseProgress, PhaseReport, RunProgress, StepReport } from "./progress.js";
import { addShards, cutShards, type ShardComputer } from "./shards.js";
import { Snapshot, type SnapshotNote } from "./snapshot.js";
import { Stopwatch } from "./stopwatch.js";
import type { Trainable } from "./trainable.js";
import { validationTargets } from "./validation.js";

/** How often the loop keeps a copy to fall back on, in steps. */
const SNAPSHOT_EVERY = 50;

/** What one update of a phase did. */
interface Update {
  readonly report: PhaseReport;
  readonly carried: Float32Array[];
  readonly rows: number;
  readonly targets: number;
}

/** What a validation adds to a report, and whoever watches. */
type Validated = Pick<StepReport, "validation" | "measures" | "best" | "warnings">;

/** One run of training. */
export class TrainingRun {
  readonly #parameters: Parameters;
  readonly #network: Trainable;
  readonly #dropoutKey: Key;
  readonly #options: ResolvedTraining;
  readonly #objectives: readonly Objective[];
  readonly #average: WeightAverage | undefined;
  /** Whether a step changes the state more than once: then it begins with a copy of the state. */
  readonly #several: boolean;
  #best: Float32Array | undefined;
  /** The last weights, where the run has ended with others: what continues it begins from them. */
  #last: Float32Array | undefined;
  #progress: RunProgress;
  /** The carried state that a checkpoint brought, until `fit` brings the data it belongs to. */
  #carried: Float32Array[] = [];
  #data: TrainingData | undefined;
  /** The state to fall back on where training diverges. */
  #fallback: Snapshot | undefined;
  /** The last whole state, while the one in memory is between two. */
  #whole: Snapshot | undefined;
  #spare: Snapshot | undefined;

  constructor(
    parameters: Parameters,
    network: Trainable,
    key: Key,
    run: number,
    options: ResolvedTraining,
  ) {
    this.#parameters = parameters;
    this.#network = network;
    this.#dropoutKey = key;
    this.#options = options;
    this.#objectives = phasesOf(network).map((phase) => new Objective(parameters, phase, options));
    checkDisjoint(parameters, this.#objectives);
    const updates = this.#objectives.reduce((sum, { repeats }) => sum + repeats, 0);
    // What `observe` changes goes with the update before it: nothing is awaited between the two.
    this.#several = updates > 1 || network.advance !== undefined;
    const { ema, emaWarmup } = options;
    const averaged = (name: string) =>
      network.averages?.some((prefix) => name.startsWith(prefix)) ?? true;
    this.#average = ema > 0 ? new WeightAverage(parameters, ema, emaWarmup, averaged) : undefined;
    this.#progress = {
      options,
      data: "",
      dataOptions: {},
      validationTargets: null,
      run,
      step: 0,
      examples: 0,
      targets: 0,
      phases: this.#phases(),
      bestLoss: null,
      bestStep: 0,
      waited: 0,
      firstLoss: null,
      lastLoss: null,
      lastValidation: null,
      rising: 0,
      finished: null,
      kept: null,
    };
  }

  /** Where the run stands after its last whole step. */
  get progress(): RunProgress {
    return this.#progress;
  }

  /** Regions of memory that a checkpoint holds besides the weights, by name. */
  get regions(): ReadonlyMap<string, number> {
    const regions = new Map<string, number>();
    for (const { optimizer } of this.#objectives) {
      for (const [name, address] of optimizer.state) regions.set(name, address);
    }
    if (this.#average) regions.set("average", this.#average.region);
    return regions;
  }

  /** Whether a region means something for a parameter: there are no moments of what nobody trains. */
  holds(region: string, parameter: string): boolean {
    if (region === "average") return true;
    return this.#objectives.some(
      (objective) => objective.optimizer.state.has(region) && objective.trains(parameter),
    );
  }

  /** The state as tensors, named as a file has them after "training.". Views: do not keep them. */
  entries(): TensorEntry[] {
    const tensors = Array.from(this.regions, ([region, address]) =>
      regionEntries(this.#parameters, `${region}.`, address, (name) => this.holds(region, name)),
    ).flat();
    if (this.#best) tensors.push(f32Entry("best", [this.#best.length], this.#best));
    if (this.#last) tensors.push(f32Entry("last", [this.#last.length], this.#last));
    for (const [i, state] of this.carried.entries()) {
      tensors.push(f32Entry(`carried.${i}`, [state.length], state));
    }
    return tensors;
  }

  /** The best weights so far, in the parameters' layout. */
  get best(): Float32Array | undefined {
    return this.#best;
  }

  get carried(): readonly Float32Array[] {
    return this.#data?.carried ?? this.#carried;
  }

  /** Runs `work` on the state after the last whole step, also in the middle of one. */
  whole<T>(work: () => T): T {
    const before = this.#whole;
    if (!before) return work();
    const now = this.#note();
    this.#adopt(before.note);
    try {
      return before.within(work);
    } finally {
      this.#adopt(now);
    }
  }

  /** Puts the run where a checkpoint says; the regions have been filled by the caller. */
  restore(
    progress: RunProgress,
    best: Float32Array | undefined,
    last: Float32Array | undefined,
    carried: Float32Array[],
  ): void {
    this.#restorePhases(progress);
    this.#progress = { ...progress, options: this.#options };
    this.#best = best;
    this.#last = last;
    this.#carried = carried;
  }

  /** The same run, continued with other options; `make` gives an empty run with them. */
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
    // Best weights are kept only where they are wanted; where that is new, so is the search for them.
    const best = options.keep === "best" ? this.#best : undefined;
    const searched = best || options.keep === "last";
    const unsearched = { bestLoss: null, bestStep: 0, waited: 0 };
    const progress = searched ? this.#progress : { ...this.#progress, ...unsearched };
    next.restore(progress, best, this.#last, [...this.carried]);
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
    if (this.#progress.step < steps) this.#continue();
    const clock = new Stopwatch();
    this.#fallback = undefined;
    while (this.#progress.step < steps && !this.#progress.finished) {
      signal?.throwIfAborted();
      const { updates, validated } = await this.#step(data, computer, clock, signal);
      if (this.#progress.step === steps && !this.#progress.finished) {
        this.#set({ finished: "steps" });
      }
      if (this.#progress.finished) this.#conclude();
      const { step, finished, kept, examples, targets } = this.#progress;
      yield {
        step,
        steps,
        ...this.#summary(updates),
        ...validated,
        examples,
        targets,
        targetsPerSecond: clock.rate,
        elapsed: clock.elapsed,
        ...(finished ? { finished } : {}),
        ...(kept === null ? {} : { kept }),
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
    if (this.#progress.step === 0) {
      this.#set({ validationTargets: validationTargets(data, this.#options) });
    }
    for (const objective of this.#objectives) {
      objective.change(data.phases?.[objective.phase.name]);
    }
    data.carried = [...this.carried];
    this.#carried = [];
    this.#data = data;
  }

  #set(change: Partial<RunProgress>): void {
    this.#progress = { ...this.#progress, ...change };
  }

  /** One whole step, with the validation that is due after it: all of it, or none. */
  async #step(
    data: TrainingData,
    computer: ShardComputer,
    clock: Stopwatch,
    signal: AbortSignal | undefined,
  ): Promise<{ updates: readonly Update[]; validated: Validated }> {
    const { validate } = this.#isDue(this.#progress.step + 1) ? data : {};
    if (this.#several || validate || data.watch) {
      this.#spare = this.#copy(this.#spare === this.#fallback ? undefined : this.#spare);
      this.#whole = this.#spare;
    }
    try {
      const updates = await this.#updates(data, computer, signal);
      clock.count(updates[0].targets);
      const breathe = async () => {
        await clock.breathe();
        signal?.throwIfAborted();
      };
      const warned = await clock.pause(() => this.#watch(data, updates, breathe));
      const validated = validate && (await clock.pause(() => this.#validate(validate, breathe)));
      return { updates, validated: { ...warned, ...validated } };
    } catch (error) {
      if (this.#whole && !(error instanceof DivergedError)) this.#putBack(this.#whole);
      throw error;
    } finally {
      this.#whole = undefined;
    }
  }

  /** All updates of all phases. The last update of each phase is given. */
  async #updates(
    data: TrainingData,
    computer: ShardComputer,
    signal: AbortSignal | undefined,
  ): Promise<readonly Update[]> {
    const first = this.#progress;
    const last: Update[] = [];
    for (const [p, objective] of this.#objectives.entries()) {
      for (let repeat = 0; repeat < objective.repeats; repeat++) {
        last[p] = await this.#update(p, repeat, data, computer, signal);
      }
    }
    data.carried = last[last.length - 1].carried;
    this.#average?.update(first.step, this.#averageDecay(data));
    const [{ report, rows, targets }] = last;
    this.#set({
      step: first.step + 1,
      examples: first.examples + rows,
      targets: first.targets + targets,
      phases: this.#phases(),
      lastLoss: sum(last),
      firstLoss: first.firstLoss ?? report.loss,
    });
    return last;
  }

  /** Decay of the average in this step: in the first pass it may be another one. */
  #averageDecay({ pass }: TrainingData): number {
    const { ema, emaFirst, accumulate } = this.#options;
    const first = emaFirst && pass && this.#progress.step * accumulate < pass.batches;
    return first ? emaFirst : ema;
  }

  /** One update of a phase: gradients, then the optimizer's step. */
  async #update(
    p: number,
    repeat: number,
    data: TrainingData,
    computer: ShardComputer,
    signal: AbortSignal | undefined,
  ): Promise<Update> {
    const objective = this.#objectives[p];
    const { phase, repeats } = objective;
    const { accumulate } = this.#options;
    const lr = objective.lr(this.#progress.step);
    if (this.#network.advance) {
      this.#network.advance(phase.name);
      this.#parameters.changed();
    }
    const first = (this.#progress.step * repeats + repeat) * accumulate;
    const indices = Array.from({ length: accumulate }, (_, i) => first + i);
    const batches = indices.map((index) => data.batch(index, phase.name));
    const phaseKey = p === 0 ? this.#dropoutKey : this.#dropoutKey.fold(LATER_PHASES + p);
    const keys = indices.map((index) => phaseKey.fold(index));
    const carried = data.carries ? data.carried : undefined;
    const parts = cutShards(phase, batches, this.#options, keys, carried);
    const result = await addShards(this.#parameters, computer, parts, signal);
    const gradNorm = objective.clip();
    const report = { loss: result.loss, lr, gradNorm, ...named(result.parts) };
    this.#check(p, report);
    if (p === 0 && repeat === 0) this.#keep();
    objective.optimizer.step(lr);
    if (!objective.finite()) {
      this.#diverged(objective, `the weights${objective.whose} are not finite`, lr);
    }
    if (result.statistics && this.#network.observe) {
      this.#network.observe(phase.name, result.statistics);
      this.#parameters.changed();
    }
    return {
      report,
      carried: result.carried,
      rows: batches.reduce((all, { rows }) => all + rows, 0),
      targets: batches.reduce((all, { targets }) => all + targets, 0),
    };
  }

  #summary(updates: readonly Update[]): Pick<StepReport, "loss" | "lr" | "gradNorm" | "phases"> {
    if (updates.length === 1) return updates[0].report;
    const { lr, gradNorm } = updates[0].report;
    return { loss: sum(updates), lr, gradNorm, phases: this.#named(updates) };
  }

  #named(updates: readonly Update[]): Readonly<Record<string, PhaseReport>> {
    const reports = updates.map(({ report }, p) => [this.#objectives[p].phase.name, report]);
    return Object.fromEntries(reports);
  }

  /** What the data say of the step that was taken. */
  async #watch(
    { watch }: TrainingData,
    updates: readonly Update[],
    breathe: () => Promise<void>,
  ): Promise<Pick<StepReport, "warnings">> {
    if (!watch) return {};
    const { step, watched = [] } = this.#progress;
    const seen = await watch({ step, phases: this.#named(updates) }, watched, breathe);
    this.#set({ watched: seen.watched });
    return seen.warnings.length > 0 ? { warnings: seen.warnings } : {};
  }

  /** @throws DivergedError where a phase's numbers are not finite, or its loss keeps rising */
  #check(p: number, report: PhaseReport): void {
    const { loss, lr } = report;
    const objective = this.#objectives[p];
    if (Number.isFinite(loss) && p === 0 && this.#network.risingDiverges) {
      this.#set({ rising: risingSteps(loss, this.#progress) });
    }
    const what = trouble(report, objective.options.clip, this.#progress, objective.whose);
    if (what) this.#diverged(objective, what, lr);
  }

  /** Keeps the state before a step now and then: not while the loss is rising. */
  #keep(): void {
    const { step, rising } = this.#progress;
    const due = step % SNAPSHOT_EVERY === 0 && rising === 0;
    if (this.#fallback && !due) return;
    // In a step of several changes, the copy of its beginning is this same state.
    this.#fallback = this.#whole ?? this.#copy(this.#fallback);
  }

  #copy(previous: Snapshot | undefined): Snapshot {
    const regions = [this.#parameters.address, ...this.regions.values()];
    const snapshot = previous ?? new Snapshot(this.#parameters, regions);
    snapshot.take(this.#note());
    return snapshot;
  }

  #putBack(snapshot: Snapshot): void {
    this.#adopt(snapshot.restore());
    this.#restorePhases(this.#progress);
  }

  #note(): SnapshotNote {
    return { progress: this.#progress, best: this.#best, carried: [...this.carried] };
  }

  #adopt({ progress, best, carried }: SnapshotNote): void {
    this.#progress = progress;
    this.#best = best;
    if (this.#data) this.#data.carried = [...carried];
  }

  #diverged({ options }: Objective, what: string, lr: number, at = this.#progress.step + 1): never {
    const snapshot = this.#fallback ?? this.#whole;
    if (snapshot) {
      this.#putBack(snapshot);
      this.#set({ rising: 0 });
    }
    throw new DivergedError(
      `training diverged at step ${at}: ${what}. The weights are those after step ` +
        `${this.#progress.step}. Try a smaller lr (it is ${lr.toPrecision(3)})` +
        `${options.clip > 0 ? "" : " or clip: 1"}`,
    );
  }

  #phases(): PhaseProgress[] {
    return this.#objectives.map(({ optimizer, schedule }) => ({
      optimizerSteps: optimizer.steps,
      plateau: { ...schedule.plateau },
    }));
  }

  #restorePhases({ phases }: RunProgress): void {
    for (const [p, { optimizer, schedule }] of this.#objectives.entries()) {
      optimizer.steps = phases[p].optimizerSteps;
      Object.assign(schedule.plateau, phases[p].plateau);
    }
  }

  /** Whether a validation follows this step, where there is one at all. */
  #isDue(step: number): boolean {
    const { evalEvery, steps } = this.#options;
    return step % evalEvery === 0 || step === steps;
  }

  /** The validation: schedule, best weights, patience. */
  async #validate(
    validate: NonNullable<TrainingData["validate"]>,
    breathe: () => Promise<void>,
  ): Promise<Validated> {
    const { step, validationTargets } = this.#progress;
    const { patience, keep } = this.#options;
    const { loss: validation, measures } = await this.#averaged(() =>
      validate(breathe, validationTargets ?? Infinity),
    );
    if (!Number.isFinite(validation)) {
      const [objective] = this.#objectives;
      this.#diverged(
        objective,
        `the validation loss is ${validation}`,
        objective.lr(step - 1),
        step,
      );
    }
    const { bestLoss, bestStep, waited } = this.#progress;
    const best = bestLoss === null || validation < bestLoss;
    const found = best ? { bestLoss: validation, bestStep: step } : {};
    const report = { validation, ...(measures ? { measures } : {}), best };
    this.#set({ lastValidation: validation, ...found });
    if (step % this.#options.evalEvery !== 0) {
      // It came because the run ends; for what continues the run, it has never been.
      if (best) this.#set({ before: { bestLoss, bestStep } });
      return report;
    }
    for (const { schedule } of this.#objectives) schedule.observe(validation);
    this.#set({ phases: this.#phases(), waited: best ? 0 : waited + 1 });
    if (best && keep === "best") {
      const weights = this.#average?.region ?? this.#parameters.address;
      this.#best = this.#parameters.all(weights).slice();
    }
    if (patience > 0 && this.#progress.waited >= patience) this.#set({ finished: "patience" });
    return report;
  }

  /** Runs `measure` with the averaged weights in place, where there are any. */
  async #averaged(measure: () => Promise<Validation>): Promise<Validation> {
    const parameters = this.#parameters;
    const kept = this.#average && parameters.all(parameters.address).slice();
    if (this.#average) parameters.assign(parameters.all(this.#average.region));
    try {
      return await measure();
    } catch (error) {
      if (error instanceof NotFiniteError) return { loss: Number.NaN };
      throw error;
    } finally {
      if (kept) parameters.assign(kept);
    }
  }

  /** Puts the weights in place that the run ends with: the best, else the average, else the last. */
  #conclude(): void {
    const parameters = this.#parameters;
    const { before, bestStep } = this.#progress;
    const present = before && this.#options.keep === "best";
    if (present || this.#best) this.#set({ kept: bestStep });
    const average = this.#average && parameters.all(this.#average.region);
    const end = present ? average : (this.#best ?? average);
    if (!end) return;
    this.#last = parameters.all(parameters.address).slice();
    parameters.assign(end);
  }

  /** Puts the last weights back in place, where the run that is continued had ended with others. */
  #continue(): void {
    if (this.#last) this.#parameters.assign(this.#last);
    this.#last = undefined;
    const { before, ...progress } = this.#progress;
    // One that patience had ended, and that shall go on, has its patience again.
    const waited = progress.finished === "patience" ? 0 : progress.waited;
    this.#progress = { ...progress, ...before, waited, finished: null, kept: null };
  }
}

/** Keys of phases after the first are apart from those of its batches. */
const LATER_PHASES = 0x80000000;

/** The loss of a step: of all its phases together. */
function sum(updates: readonly Update[]): number {
  return updates.reduce((all, { report }) => all + report.loss, 0);
}

function named(parts: Readonly<Record<string, number>>): Pick<PhaseReport, "parts"> {
  return Object.keys(parts).length > 0 ? { parts } : {};
}
