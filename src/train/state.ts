// Where a run of training stands: its progress, the weights and what the optimizers remember, the best so far; all
// that a checkpoint holds, with copies to go back to.

import { f32Entry, type TensorEntry } from "../formats/safetensors.js";
import { InvalidInputError, NotFiniteError } from "../host/errors.js";
import { regionEntries } from "../nn/entries.js";
import { WeightAverage } from "../nn/optim/average.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData, Validation } from "./data.js";
import { checkDisjoint, Objective } from "./objective.js";
import type { ResolvedTraining } from "./options.js";
import { phasesOf } from "./phases.js";
import type { PhaseProgress, RunProgress } from "./progress.js";
import { OUTER } from "./rounds/outer.js";
import { emptyState, remembered, stateRanges } from "./rounds/round.js";
import type { ShardMemory, ShardState } from "./rounds/task.js";
import { Snapshot, type SnapshotNote } from "./snapshot.js";
import type { Trainable } from "./trainable.js";
import { validationTargets } from "./validation.js";

/** How often a copy to fall back on is kept, in steps. */
const SNAPSHOT_EVERY = 50;

/** The state of one run. */
export class RunState {
  readonly parameters: Parameters;
  readonly options: ResolvedTraining;
  readonly #network: Trainable;
  readonly objectives: readonly Objective[];
  readonly average: WeightAverage | undefined;
  /** Whether it takes a run again: its data and how batches are made of them are known before the first step. */
  again = false;
  /** The best weights so far, in the parameters' layout. */
  best: Float32Array | undefined;
  /** With rounds, what each shard has kept; replaced, never changed in place. */
  shards: readonly ShardMemory[] = [];
  /** The last weights, where the run has ended with others: what continues it begins from them. */
  #last: Float32Array | undefined;
  #progress: RunProgress;
  /** The carried state that a checkpoint brought, until `bind` brings the data it belongs to. */
  #carried: Float32Array[] = [];
  #data: TrainingData | undefined;
  /** The state to fall back on where training diverges. */
  #fallback: Snapshot | undefined;
  /** The last whole state, while the one in memory is between two. */
  #whole: Snapshot | undefined;
  #spare: Snapshot | undefined;
  /** The last state that others agreed upon, where others compute. */
  #agreed: Snapshot | undefined;

  constructor(parameters: Parameters, network: Trainable, run: number, options: ResolvedTraining) {
    this.parameters = parameters;
    this.options = options;
    this.#network = network;
    this.objectives = phasesOf(network).map((phase) => new Objective(parameters, phase, options));
    checkDisjoint(parameters, this.objectives);
    const { ema, emaWarmup } = options;
    const averaged = (name: string) =>
      network.averages?.some((prefix) => name.startsWith(prefix)) ?? true;
    if (options.rounds) {
      const empty = emptyState(
        stateRanges(parameters, network, this.objectives, options.rounds.bits),
      );
      this.shards = Array.from({ length: options.shards }, () => ({
        key: "",
        state: empty,
        since: [],
      }));
      if (options.rounds.momentum > 0) parameters.all(parameters.region(OUTER)).fill(0);
    }
    this.average = ema > 0 ? new WeightAverage(parameters, ema, emaWarmup, averaged) : undefined;
    this.#progress = {
      options,
      data: "",
      dataOptions: {},
      validationTargets: null,
      run,
      step: 0,
      examples: 0,
      targets: 0,
      phases: this.phases(),
      ...(options.rounds && { taken: this.shards.map(() => this.objectives.map(() => 0)) }),
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
    const { rounds } = this.options;
    // The optimizers' regions are where a shard computes; what it keeps is in `shards`.
    if (rounds && rounds.momentum > 0) regions.set(OUTER, this.parameters.region(OUTER));
    for (const { optimizer } of rounds ? [] : this.objectives) {
      for (const [name, address] of optimizer.state) regions.set(name, address);
    }
    if (this.average) regions.set("average", this.average.region);
    return regions;
  }

  /** Whether a region means something for a parameter: there are no moments of what nobody trains. */
  holds(region: string, parameter: string): boolean {
    if (region === "average") return true;
    return this.objectives.some(
      (objective) =>
        (region === OUTER || objective.optimizer.state.has(region)) && objective.trains(parameter),
    );
  }

  /** The state as tensors, named as a file has them after "training.". Views: do not keep them. */
  entries(): TensorEntry[] {
    const tensors = Array.from(this.regions, ([region, address]) =>
      regionEntries(this.parameters, `${region}.`, address, (name) => this.holds(region, name)),
    ).flat();
    if (this.best) tensors.push(f32Entry("best", [this.best.length], this.best));
    if (this.#last) tensors.push(f32Entry("last", [this.#last.length], this.#last));
    for (const [i, state] of this.carried.entries()) {
      tensors.push(f32Entry(`carried.${i}`, [state.length], state));
    }
    for (const s of this.shards.keys()) {
      for (const [name, numbers] of Object.entries(this.shardState(s))) {
        tensors.push(f32Entry(`${name}.shard.${s}`, [numbers.length], numbers));
      }
    }
    return tensors;
  }

  /** What a shard has kept: where it kept it elsewhere, computed again. */
  shardState(s: number): ShardState {
    return this.stateOf(this.shards[s]);
  }

  /** The same of a shard, as it was when this was all that is known of it. */
  stateOf(memory: ShardMemory): ShardState {
    if (memory.since.length === 0) return memory.state;
    const regions = this.objectives.flatMap(({ optimizer }) => [...optimizer.state.values()]);
    const state = remembered(this.parameters, this.#network, [...new Set(regions)], memory);
    this.shards = this.shards.map((one) =>
      one === memory ? { ...memory, state, since: [] } : one,
    );
    return state;
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
    shards: readonly ShardState[],
  ): void {
    this.#restorePhases(progress);
    this.#progress = { ...progress, options: this.options };
    this.shards = shards.map((state) => ({ key: "", state, since: [] }));
    this.best = best;
    this.#last = last;
    this.#carried = carried;
  }

  /**
   * The same run, continued with other options.
   * @param make gives an empty run with them
   * @param validated whether there are validations
   * @throws InvalidInputError for another optimizer
   */
  continueIn<Run extends { readonly state: RunState }>(
    make: () => Run,
    options: ResolvedTraining,
    validated: boolean,
  ): Run {
    const { optimizer } = this.options;
    if (options.optimizer !== optimizer) {
      throw new InvalidInputError(
        `the run in progress has the optimizer ${optimizer}, got ${options.optimizer}; ` +
          "keep it, or begin a new run with resume: false",
      );
    }
    const [known, asked] = [this.options, options].map(({ rounds, shards }) =>
      rounds ? `rounds of ${shards} shards` : "no rounds",
    );
    if (known !== asked) {
      throw new InvalidInputError(
        `the run in progress has ${known}, got ${asked}; keep them, or begin a new run with resume: false`,
      );
    }
    const parameters = this.parameters;
    const states = this.shards.map((_, s) => this.shardState(s));
    const copies = Array.from(
      this.regions,
      ([name, region]) => [name, parameters.all(region).slice()] as const,
    );
    const next = make();
    const { regions } = next.state;
    for (const [name, copy] of copies) {
      const region = regions.get(name);
      if (region !== undefined) parameters.all(region).set(copy);
    }
    // Best weights are kept only where they are wanted; where that is new, so is the search for them.
    const best = options.keep === "best" ? this.best : undefined;
    const searched = best || options.keep === "last";
    const unsearched = { bestLoss: null, bestStep: 0, waited: 0 };
    const { step, changes = [] } = this.#progress;
    const before = { step, options: this.options };
    // A round ends with a run that is extended later.
    const cut = options.rounds && step % options.rounds.steps !== 0;
    const other = step > 0 && (cut || !sameCourse(this.options, options, validated));
    const changed = other ? { changes: [...changes, before] } : {};
    const progress = { ...this.#progress, ...(searched ? {} : unsearched), ...changed };
    // What differences of fewer bits have not said is new with them.
    const shards = next.state.shards.map(({ state: empty }, s) => {
      const known = Object.entries(states[s]).filter(([name]) => name in empty);
      return { ...empty, ...Object.fromEntries(known) };
    });
    next.state.restore(progress, best, this.#last, [...this.carried], shards);
    next.state.again = this.again;
    return next;
  }

  /** @throws InvalidInputError where the run, having taken a step, was begun on other data */
  checkData(data: TrainingData): void {
    const { step, data: known, dataOptions } = this.#progress;
    if (step === 0 && (!this.again || known === "")) return;
    if (known !== data.fingerprint) {
      throw new InvalidInputError(
        this.again
          ? `the run was on data of the hash ${known}, these have ${data.fingerprint}`
          : "the run in progress was begun on other data; give it the same, " +
              "or begin a new run with resume: false",
      );
    }
    for (const [name, value] of Object.entries(dataOptions)) {
      if (data.options[name] === value) continue;
      const got = data.options[name] ?? "none";
      throw new InvalidInputError(
        this.again
          ? `the run was taken with ${name} ${value}, got ${got}: give the same`
          : `the run in progress was begun with ${name} ${value}, got ${got}; ` +
              "keep it, or begin a new run with resume: false",
      );
    }
    // A run that has none says nothing of them.
    if (data.options.weights === undefined || dataOptions.weights !== undefined) return;
    throw new InvalidInputError(
      "the run in progress was begun without weights; give none, or begin a new run with resume: false",
    );
  }

  /** Says what data the steps are taken on. @throws InvalidInputError where the run was begun on others */
  bind(data: TrainingData): void {
    this.checkData(data);
    this.set({ data: data.fingerprint, dataOptions: data.options });
    if (this.#progress.step === 0) {
      this.set({ validationTargets: validationTargets(data, this.options) });
    }
    for (const objective of this.objectives) {
      objective.change(data.phases?.[objective.phase.name]);
    }
    data.carried = [...this.carried];
    this.#carried = [];
    this.#data = data;
  }

  set(change: Partial<RunProgress>): void {
    this.#progress = { ...this.#progress, ...change };
  }

  /** Begins what has to be whole: until `end`, files and errors see the state as it is now. */
  begin(): void {
    this.#spare = this.#copy(this.#spare === this.#fallback ? undefined : this.#spare);
    this.#whole = this.#spare;
  }

  /** Back to where it began, where it has. */
  undo(): void {
    if (this.#whole) this.#putBack(this.#whole);
  }

  end(): void {
    this.#whole = undefined;
  }

  /** Forgets the copy to fall back on. */
  forget(): void {
    this.#fallback = undefined;
  }

  /** Back to the last good state, where there is a copy. */
  fallBack(): void {
    const snapshot = this.#fallback ?? this.#whole;
    if (!snapshot) return;
    this.#putBack(snapshot);
    this.set({ rising: 0 });
  }

  /** Keeps the state before a step now and then: not while the loss is rising. */
  keep(): void {
    const { step, rising } = this.#progress;
    const due = (this.options.rounds || step % SNAPSHOT_EVERY === 0) && rising === 0;
    if (this.#fallback && !due) return;
    // In a step of several changes, the copy of its beginning is this same state.
    this.#fallback = this.#whole ?? this.#copy(this.#fallback);
  }

  /** Keeps the state for `disagree`. */
  agree(): void {
    this.#agreed = this.#copy(this.#agreed);
  }

  /** Back to the state that `agree` kept. */
  disagree(): void {
    if (this.#agreed) this.#putBack(this.#agreed);
    this.#fallback = undefined;
  }

  #copy(previous: Snapshot | undefined): Snapshot {
    const regions = [this.parameters.address, ...this.regions.values()];
    const snapshot = previous ?? new Snapshot(this.parameters, regions);
    snapshot.take(this.#note());
    return snapshot;
  }

  #putBack(snapshot: Snapshot): void {
    this.#adopt(snapshot.restore());
    this.#restorePhases(this.#progress);
  }

  #note(): SnapshotNote {
    const { best, shards } = this;
    return { progress: this.#progress, best, carried: [...this.carried], shards };
  }

  #adopt({ progress, best, carried, shards }: SnapshotNote): void {
    this.#progress = progress;
    this.shards = shards;
    this.best = best;
    if (this.#data) this.#data.carried = [...carried];
  }

  /** How far each phase is. */
  phases(): PhaseProgress[] {
    return this.objectives.map(({ optimizer, schedule }) => ({
      optimizerSteps: optimizer.steps,
      plateau: { ...schedule.plateau },
    }));
  }

  #restorePhases({ phases }: RunProgress): void {
    for (const [p, { optimizer, schedule }] of this.objectives.entries()) {
      optimizer.steps = phases[p].optimizerSteps;
      Object.assign(schedule.plateau, phases[p].plateau);
    }
  }

  /** The same of a validation, whose loss is NaN where the model's numbers are not finite. */
  async averaged(measure: () => Promise<Validation>): Promise<Validation> {
    try {
      return await this.within(measure);
    } catch (error) {
      if (error instanceof NotFiniteError) return { loss: Number.NaN };
      throw error;
    }
  }

  /** Runs `work` with the averaged weights in place, where there are any. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const parameters = this.parameters;
    const kept = this.average && parameters.all(parameters.address).slice();
    if (this.average) parameters.assign(parameters.all(this.average.region));
    try {
      return await work();
    } finally {
      if (kept) parameters.assign(kept);
    }
  }

  /** Puts the weights in place that the run ends with: the best, else the average, else the last. */
  conclude(): void {
    const parameters = this.parameters;
    const { before, bestStep } = this.#progress;
    const present = before && this.options.keep === "best";
    if (present || this.best) this.set({ kept: bestStep });
    const average = this.average && parameters.all(this.average.region);
    const end = present ? average : (this.best ?? average);
    if (!end) return;
    this.#last = parameters.all(parameters.address).slice();
    parameters.assign(end);
  }

  /** Puts the last weights back in place, where the run that is continued had ended with others. */
  continue(): void {
    if (this.#last) this.parameters.assign(this.#last);
    this.#last = undefined;
    const { before, ...progress } = this.#progress;
    // So has a guard that had ended it: it compares with what comes.
    const { guard } = progress;
    const rested =
      guard && progress.finished === "guard" ? { guard: { ...guard, best: null } } : {};
    // One that patience had ended, and that shall go on, has its patience again.
    const waited = progress.finished === "patience" ? 0 : progress.waited;
    this.#progress = { ...progress, ...before, ...rested, waited, finished: null, kept: null };
  }
}

/** Whether a run with the one options and then the others takes the steps that it would with the others from its beginning. */
function sameCourse(one: ResolvedTraining, other: ResolvedTraining, validated: boolean): boolean {
  const { schedule } = one;
  const course = ({ steps, evalEvery, lrEvery, ...rest }: ResolvedTraining) =>
    JSON.stringify([
      rest,
      schedule === "linear" || schedule === "cosine" ? steps : 0,
      validated ? evalEvery : 0,
      schedule === "step" ? lrEvery : 0,
    ]);
  return course(one) === course(other);
}
