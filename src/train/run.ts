// The training loop of every model. A run is a pure function of its options, data and seed.

import { DivergedError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import type { Parameters } from "../nn/parameters.js";
import type { ShardComputer } from "./computer.js";
import type { TrainingData } from "./data.js";
import { risingSteps, trouble } from "./divergence.js";
import { afterValidation, guardedDropout, guardedRate, withLoss } from "./guard.js";
import type { GuardState } from "./guard-options.js";
import type { Objective } from "./objective.js";
import { type ResolvedTraining, returnedEvery } from "./options.js";
import type { PhaseReport, StepReport, TrainingWarning } from "./progress.js";
import { OuterStep } from "./rounds/outer.js";
import { cutUpdates, joinUpdates, roundOptions, type WholeUpdate } from "./rounds/round.js";
import type { RoundResult } from "./rounds/task.js";
import { addShards, cutCarried, cutShards, joinCarried, type StepBatch } from "./shards.js";
import { RunState } from "./state.js";
import { Stopwatch } from "./stopwatch.js";
import type { Trainable } from "./trainable.js";

/** What one update of a phase did. */
interface Update {
  readonly report: PhaseReport;
  readonly carried: Float32Array[];
  readonly rows: number;
  readonly targets: number;
}

/** What a validation adds to a report, and whoever watches. */
type Validated = Pick<StepReport, "validation" | "measures" | "best" | "warnings" | "guard">;

/** A whole step. */
interface Taken {
  readonly updates: readonly Update[];
  readonly losses: Pick<StepReport, "losses">;
  readonly validated: Validated;
}

/** One run of training. */
export class TrainingRun {
  readonly state: RunState;
  readonly #network: Trainable;
  readonly #dropoutKey: Key;
  /** Whether a step changes the state more than once: then it begins with a copy of the state. */
  readonly #several: boolean;
  /** States of shards so far, by which each has a key of its own. */
  #keys = 0;

  constructor(
    parameters: Parameters,
    network: Trainable,
    key: Key,
    run: number,
    options: ResolvedTraining,
  ) {
    this.state = new RunState(parameters, network, run, options);
    this.#network = network;
    this.#dropoutKey = key;
    const updates = this.state.objectives.reduce((sum, { repeats }) => sum + repeats, 0);
    // What `observe` changes goes with the update before it: nothing is awaited between the two. A round changes the state at
    // its end alone.
    this.#several = !options.rounds && (updates > 1 || network.advance !== undefined);
  }

  /** Takes the steps that are left. @throws DivergedError, or the reason of an aborted signal */
  async *steps(
    data: TrainingData,
    computer: ShardComputer,
    signal?: AbortSignal,
  ): AsyncGenerator<StepReport, void, void> {
    this.state.bind(data);
    const { steps } = this.state.options;
    if (this.state.progress.step < steps) this.state.continue();
    const clock = new Stopwatch();
    this.state.forget();
    // What others gave to another run before this one is no matter of this one.
    while (await this.#settle(computer, true));
    let left = true;
    try {
      while (this.state.progress.step < steps && !this.state.progress.finished) {
        signal?.throwIfAborted();
        await this.#settle(computer, false);
        const taken = await this.#taken(data, computer, clock, signal);
        if (!taken) continue;
        const { updates, losses, validated } = taken;
        if (this.state.progress.step === steps && !this.state.progress.finished) {
          this.state.set({ finished: "steps" });
        }
        // What the run ends with is to be relied on.
        if (this.state.progress.finished && (await this.#settle(computer, true))) continue;
        if (this.state.progress.finished) this.state.conclude();
        const { step, finished, kept, examples, targets } = this.state.progress;
        left = !finished;
        yield {
          step,
          steps,
          ...this.#summary(updates),
          ...losses,
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
    } finally {
      if (left) await this.#settle(computer, true);
    }
  }

  /** A step, where it counts: one that seems to diverge on false numbers is taken again. */
  async #taken(
    data: TrainingData,
    computer: ShardComputer,
    clock: Stopwatch,
    signal: AbortSignal | undefined,
  ): Promise<Taken | undefined> {
    try {
      return await this.#step(data, computer, clock, signal);
    } catch (error) {
      if (!(error instanceof DivergedError) || !(await this.#settle(computer, true))) throw error;
      return undefined;
    }
  }

  /**
   * Keeps the state where all that others computed for it is right, and goes back to the state that was kept where some
   * of it was not.
   * @returns whether it went back
   */
  async #settle(computer: ShardComputer, last: boolean): Promise<boolean> {
    const settled = await computer.settle?.(last);
    if (settled === "good") this.state.agree();
    if (settled === "false") this.state.disagree();
    return settled === "false";
  }

  /** One whole step or round, with the validation that is due after it: all of it, or none. */
  async #step(
    data: TrainingData,
    computer: ShardComputer,
    clock: Stopwatch,
    signal: AbortSignal | undefined,
  ): Promise<Taken> {
    const { step } = this.state.progress;
    const { evalEvery, steps: all, rounds } = this.state.options;
    const end = rounds ? Math.min(all, step - (step % rounds.steps) + rounds.steps) : step + 1;
    const regular = Math.floor(end / evalEvery) > Math.floor(step / evalEvery);
    const { validate } = regular || end === all ? data : {};
    if (this.#several || validate || data.watch) this.state.begin();
    try {
      const steps = rounds
        ? await this.#round(end, data, computer, clock, signal)
        : [await this.#updates(data, computer, signal)];
      const updates = rounds ? meanOf(steps) : steps[0];
      clock.count(updates[0].targets);
      const breathe = async () => {
        await clock.breathe();
        signal?.throwIfAborted();
      };
      const warned = await clock.pause(() => this.#watch(data, step, steps, breathe));
      const validated =
        validate && (await clock.pause(() => this.#validate(data, validate, regular, breathe)));
      const warnings = [...(warned.warnings ?? []), ...(validated?.warnings ?? [])];
      return {
        updates,
        losses: rounds ? { losses: steps.map(sum) } : {},
        validated: { ...validated, ...(warnings.length > 0 ? { warnings } : {}) },
      };
    } catch (error) {
      if (!(error instanceof DivergedError)) this.state.undo();
      throw error;
    } finally {
      this.state.end();
    }
  }

  /** All updates of all phases. The last update of each phase is given. */
  async #updates(
    data: TrainingData,
    computer: ShardComputer,
    signal: AbortSignal | undefined,
  ): Promise<readonly Update[]> {
    const first = this.state.progress;
    const last: Update[] = [];
    for (const [p, objective] of this.state.objectives.entries()) {
      for (let repeat = 0; repeat < objective.repeats; repeat++) {
        last[p] = await this.#update(p, repeat, data, computer, signal);
      }
    }
    data.carried = last[last.length - 1].carried;
    this.state.average?.update(first.step, this.#averageDecay(data));
    const [{ report, rows, targets }] = last;
    this.state.set({
      step: first.step + 1,
      examples: first.examples + rows,
      targets: first.targets + targets,
      phases: this.state.phases(),
      lastLoss: sum(last),
      firstLoss: first.firstLoss ?? report.loss,
      ...(this.state.options.guard ? { guard: withLoss(first.guard, report.loss) } : {}),
    });
    return last;
  }

  /** Decay of the average in this step: in the first pass it may be another one. */
  #averageDecay({ pass }: TrainingData): number {
    const { ema, emaFirst, accumulate } = this.state.options;
    const first = emaFirst && pass && this.state.progress.step * accumulate < pass.batches;
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
    const objective = this.state.objectives[p];
    const { phase } = objective;
    const { options, progress } = this.state;
    const lr = guardedRate(options, progress) * objective.lr(progress.step);
    if (this.#network.advance) {
      this.#network.advance(phase.name);
      this.state.parameters.changed();
    }
    const { batches, keys } = this.#drawn(p, this.state.progress.step, repeat, data);
    const carried = data.carries ? data.carried : undefined;
    const dropout = guardedDropout(options, progress);
    const parts = cutShards(phase, batches, { ...options, dropout }, keys, carried);
    const gradients = computer.compute(parts, signal);
    const result = await addShards(this.state.parameters, parts, gradients);
    const gradNorm = objective.clip();
    const report = { loss: result.loss, lr, gradNorm, ...named(result.parts) };
    this.#check(p, report);
    if (p === 0 && repeat === 0) this.state.keep();
    objective.optimizer.step(lr);
    if (!objective.finite()) {
      this.#diverged(objective, `the weights${objective.whose} are not finite`, lr);
    }
    if (result.statistics && this.#network.observe) {
      this.#network.observe(phase.name, result.statistics);
      this.state.parameters.changed();
    }
    return {
      report,
      carried: result.carried,
      ...sizeOf(batches),
    };
  }

  /** The batches of an update, and their keys. */
  #drawn(p: number, step: number, repeat: number, data: TrainingData) {
    const { phase, repeats } = this.state.objectives[p];
    const { accumulate } = this.state.options;
    const first = (step * repeats + repeat) * accumulate;
    const indices = Array.from({ length: accumulate }, (_, i) => first + i);
    const batches = indices.map((index) => data.batch(index, phase.name));
    const phaseKey = p === 0 ? this.#dropoutKey : this.#dropoutKey.fold(LATER_PHASES + p);
    return { batches, keys: indices.map((index) => phaseKey.fold(index)) };
  }

  /** The steps of a round, up to `end`: of each the last update of each phase. The state changes when all shards are there. */
  async #round(
    end: number,
    data: TrainingData,
    computer: ShardComputer,
    clock: Stopwatch,
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly Update[])[]> {
    const { parameters, objectives, options, shards: kept, progress: first } = this.state;
    const drawn: (WholeUpdate & { readonly step: number; readonly last: boolean })[] = [];
    for (let step = first.step; step < end; step++) {
      for (const [phase, objective] of objectives.entries()) {
        const lr = guardedRate(options, first) * objective.lr(step);
        for (let repeat = 0; repeat < objective.repeats; repeat++) {
          const last = repeat === objective.repeats - 1;
          drawn.push({ step, last, phase, lr, ...this.#drawn(phase, step, repeat, data) });
        }
      }
    }
    const [{ rows }] = drawn[0].batches;
    const own = roundOptions(options);
    const dropout = guardedDropout(options, first);
    const span = { from: first.step, to: end };
    const { bits, steps: most } = options.rounds!;
    const wanted = end === options.steps || Math.ceil(end / most) % returnedEvery === 0;
    const rounds = kept.flatMap(({ key }, shard) => {
      const updates = cutUpdates(shard, this.#network, drawn, { ...options, dropout });
      if (updates.length === 0) return [];
      const carried = data.carries ? cutCarried(shard, options, rows, data.carried) : undefined;
      const taken = first.taken![shard];
      const round = { shard, ...span, updates, taken, carried, options: own, bits };
      const next = `${++this.#keys}`;
      const memory = kept[shard];
      return [{ round, key, next, wanted, state: () => this.state.stateOf(memory) }];
    });
    const outer = new OuterStep(parameters, this.#network);
    const results: RoundResult[] = [];
    const pause = {
      get due() {
        return clock.due;
      },
      signal,
      async take() {
        await clock.breathe();
        signal?.throwIfAborted();
      },
    };
    for await (const result of computer.rounds(rounds, pause)) {
      outer.add(result);
      results.push(result);
    }
    const joined = joinUpdates(
      drawn,
      rounds.map(({ round }) => round),
      results,
    );
    const steps: Update[][] = [];
    for (const [i, { step, last, phase, lr, batches }] of drawn.entries()) {
      const { loss, parts, gradNorm } = joined[i];
      const report = { loss, lr, gradNorm, ...named(parts) };
      this.#check(phase, report, step + 1);
      if (!last) continue;
      steps[step - first.step] ??= [];
      steps[step - first.step].push({ report, carried: [], ...sizeOf(batches) });
    }
    const bad = results.findIndex(({ finite }) => !finite);
    if (bad >= 0) {
      const what = `the weights of shard ${rounds[bad].round.shard} are not finite`;
      this.#diverged(objectives[0], what, objectives[0].lr(first.step), end);
    }
    // Where a state stays elsewhere, what it comes from is kept.
    const start = results.every(({ state }) => state)
      ? undefined
      : parameters.all(parameters.address).slice();
    this.state.keep();
    outer.take(options.rounds!);
    if (!objectives.every((objective) => objective.finite())) {
      this.#diverged(objectives[0], "the weights are not finite", objectives[0].lr(end - 1), end);
    }
    if (data.carries) data.carried = joinCarried(results.map(({ carried }) => carried));
    const [shards, taken] = [[...this.state.shards], [...first.taken!]];
    for (const [i, { round, next: key }] of rounds.entries()) {
      const { state } = results[i];
      const { shard } = round;
      const { state: known, since } = shards[shard];
      shards[shard] = state
        ? { key, state, since: [] }
        : { key, state: known, since: [...since, { round, start: start! }] };
      taken[shard] = results[i].taken;
    }
    this.state.shards = shards;
    this.state.average?.update(first.step, this.#averageDecay(data), end - first.step);
    const [{ rows: examples, targets }] = meanOf(steps);
    this.state.set({
      step: end,
      examples: first.examples + examples,
      targets: first.targets + targets,
      phases: this.state.phases(),
      taken,
      lastLoss: sum(meanOf(steps)),
      firstLoss: first.firstLoss ?? steps[0][0].report.loss,
      ...(options.guard ? { guard: steps.reduce(guardedBy, first.guard) } : {}),
    });
    return steps;
  }

  #summary(updates: readonly Update[]): Pick<StepReport, "loss" | "lr" | "gradNorm" | "phases"> {
    if (updates.length === 1) return updates[0].report;
    const { lr, gradNorm } = updates[0].report;
    return { loss: sum(updates), lr, gradNorm, phases: this.#named(updates) };
  }

  #named(updates: readonly Update[]): Readonly<Record<string, PhaseReport>> {
    const reports = updates.map(({ report }, p) => [this.state.objectives[p].phase.name, report]);
    return Object.fromEntries(reports);
  }

  /** What the data say of the steps that were taken, after `first`. */
  async #watch(
    { watch }: TrainingData,
    first: number,
    steps: readonly (readonly Update[])[],
    breathe: () => Promise<void>,
  ): Promise<Pick<StepReport, "warnings">> {
    const warnings: TrainingWarning[] = [];
    for (const [i, updates] of watch ? steps.entries() : []) {
      const { watched = [] } = this.state.progress;
      const step = { step: first + i + 1, phases: this.#named(updates) };
      const seen = await watch!(step, watched, breathe);
      this.state.set({ watched: seen.watched });
      warnings.push(...seen.warnings);
    }
    return warnings.length > 0 ? { warnings } : {};
  }

  /** @throws DivergedError where a phase's numbers are not finite, or its loss keeps rising */
  #check(p: number, report: PhaseReport, at = this.state.progress.step + 1): void {
    const { loss, lr } = report;
    const objective = this.state.objectives[p];
    if (Number.isFinite(loss) && p === 0 && this.#network.risingDiverges) {
      this.state.set({ rising: risingSteps(loss, this.state.progress) });
    }
    const what = trouble(report, objective.options.clip, this.state.progress, objective.whose);
    if (what) this.#diverged(objective, what, lr, at);
  }

  #diverged(
    { options }: Objective,
    what: string,
    lr: number,
    at = this.state.progress.step + 1,
  ): never {
    this.state.fallBack();
    throw new DivergedError(
      `training diverged at step ${at}: ${what}. The weights are those after step ` +
        `${this.state.progress.step}. Try a smaller lr (it is ${lr.toPrecision(3)})` +
        `${options.clip > 0 ? "" : " or clip: 1"}`,
    );
  }

  /**
   * The validation: schedule, best weights, patience.
   * @param regular whether it is more than the one of the run's end
   */
  async #validate(
    data: TrainingData,
    validate: NonNullable<TrainingData["validate"]>,
    regular: boolean,
    breathe: () => Promise<void>,
  ): Promise<Validated> {
    const { step, validationTargets } = this.state.progress;
    const { patience, keep } = this.state.options;
    const { loss: validation, measures } = await this.state.averaged(() =>
      validate(breathe, validationTargets ?? Infinity),
    );
    if (!Number.isFinite(validation)) {
      const [objective] = this.state.objectives;
      this.#diverged(
        objective,
        `the validation loss is ${validation}`,
        objective.lr(step - 1),
        step,
      );
    }
    const { bestLoss, bestStep, waited } = this.state.progress;
    const best = bestLoss === null || validation < bestLoss;
    const found = best ? { bestLoss: validation, bestStep: step } : {};
    const report = { validation, ...(measures ? { measures } : {}), best };
    this.state.set({ lastValidation: validation, ...found });
    if (!regular) {
      // It came because the run ends; for what continues the run, it has never been.
      if (best) this.state.set({ before: { bestLoss, bestStep } });
      return report;
    }
    for (const { schedule } of this.state.objectives) schedule.observe(validation);
    this.state.set({ phases: this.state.phases(), waited: best ? 0 : waited + 1 });
    if (best && keep === "best") {
      const weights = this.state.average?.region ?? this.state.parameters.address;
      this.state.best = this.state.parameters.all(weights).slice();
    }
    if (patience > 0 && this.state.progress.waited >= patience)
      this.state.set({ finished: "patience" });
    return { ...report, ...(await this.#guard(data, validation, breathe)) };
  }

  /** What the guard does after a validation. */
  async #guard(
    { copying }: TrainingData,
    validation: number,
    breathe: () => Promise<void>,
  ): Promise<Pick<StepReport, "warnings" | "guard">> {
    const { guard } = this.state.options;
    if (!guard) return {};
    const { step, guard: before, finished } = this.state.progress;
    const copied = copying ? await this.state.within(() => copying(breathe)) : null;
    const comparable = this.state.objectives.length === 1;
    const { state, guarded, ends, warning } = afterValidation(
      guard,
      before,
      step,
      validation,
      copied,
      comparable,
    );
    this.state.set({ guard: state, ...(ends && !finished ? { finished: "guard" } : {}) });
    return { ...(guarded ? { guard: guarded } : {}), ...(warning ? { warnings: [warning] } : {}) };
  }
}

/** Keys of phases after the first are apart from those of its batches. */
const LATER_PHASES = 0x80000000;

/** The loss of a step: of all its phases together. */
function sum(updates: readonly Update[]): number {
  return updates.reduce((all, { report }) => all + report.loss, 0);
}

/** A guard's state after a step. */
function guardedBy(state: GuardState | undefined, [{ report }]: readonly Update[]): GuardState {
  return withLoss(state, report.loss);
}

/** The mean of a round's steps, and how much they were of. */
function meanOf(steps: readonly (readonly Update[])[]): Update[] {
  return steps[0].map((_, p) => {
    const of = steps.map((updates) => updates[p]);
    const mean = (value: (report: PhaseReport) => number) =>
      of.reduce((sum, { report }) => sum + value(report), 0) / of.length;
    const names = Object.keys(of[0].report.parts ?? {});
    const parts = names.map((name) => [name, mean(({ parts }) => parts?.[name] ?? 0)]);
    return {
      report: {
        loss: mean(({ loss }) => loss),
        lr: of[of.length - 1].report.lr,
        gradNorm: mean(({ gradNorm }) => gradNorm),
        ...named(Object.fromEntries(parts)),
      },
      carried: [],
      rows: of.reduce((sum, { rows }) => sum + rows, 0),
      targets: of.reduce((sum, { targets }) => sum + targets, 0),
    };
  });
}

function sizeOf(batches: readonly StepBatch[]): Pick<Update, "rows" | "targets"> {
  return {
    rows: batches.reduce((all, { rows }) => all + rows, 0),
    targets: batches.reduce((all, { targets }) => all + targets, 0),
  };
}

function named(parts: Readonly<Record<string, number>>): Pick<PhaseReport, "parts"> {
  return Object.keys(parts).length > 0 ? { parts } : {};
}
