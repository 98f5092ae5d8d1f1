// The training loop of every model. A run is a pure function of its options, data and seed.

import { DivergedError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import type { Parameters } from "../nn/parameters.js";
import type { TrainingData } from "./data.js";
import { risingSteps, trouble } from "./divergence.js";
import { afterValidation, guardedDropout, guardedRate, withLoss } from "./guard.js";
import type { Objective } from "./objective.js";
import type { ResolvedTraining } from "./options.js";
import type { PhaseReport, StepReport } from "./progress.js";
import { addShards, cutShards, type ShardComputer } from "./shards.js";
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

/** One run of training. */
export class TrainingRun {
  readonly state: RunState;
  readonly #network: Trainable;
  readonly #dropoutKey: Key;
  /** Whether a step changes the state more than once: then it begins with a copy of the state. */
  readonly #several: boolean;

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
    // What `observe` changes goes with the update before it: nothing is awaited between the two.
    this.#several = updates > 1 || network.advance !== undefined;
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
    while (this.state.progress.step < steps && !this.state.progress.finished) {
      signal?.throwIfAborted();
      const { updates, validated } = await this.#step(data, computer, clock, signal);
      if (this.state.progress.step === steps && !this.state.progress.finished) {
        this.state.set({ finished: "steps" });
      }
      if (this.state.progress.finished) this.state.conclude();
      const { step, finished, kept, examples, targets } = this.state.progress;
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

  /** One whole step, with the validation that is due after it: all of it, or none. */
  async #step(
    data: TrainingData,
    computer: ShardComputer,
    clock: Stopwatch,
    signal: AbortSignal | undefined,
  ): Promise<{ updates: readonly Update[]; validated: Validated }> {
    const { validate } = this.#isDue(this.state.progress.step + 1) ? data : {};
    if (this.#several || validate || data.watch) this.state.begin();
    try {
      const updates = await this.#updates(data, computer, signal);
      clock.count(updates[0].targets);
      const breathe = async () => {
        await clock.breathe();
        signal?.throwIfAborted();
      };
      const warned = await clock.pause(() => this.#watch(data, updates, breathe));
      const validated =
        validate && (await clock.pause(() => this.#validate(data, validate, breathe)));
      const warnings = [...(warned.warnings ?? []), ...(validated?.warnings ?? [])];
      return {
        updates,
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
    const { phase, repeats } = objective;
    const { accumulate } = this.state.options;
    const { options, progress } = this.state;
    const lr = guardedRate(options, progress) * objective.lr(progress.step);
    if (this.#network.advance) {
      this.#network.advance(phase.name);
      this.state.parameters.changed();
    }
    const first = (this.state.progress.step * repeats + repeat) * accumulate;
    const indices = Array.from({ length: accumulate }, (_, i) => first + i);
    const batches = indices.map((index) => data.batch(index, phase.name));
    const phaseKey = p === 0 ? this.#dropoutKey : this.#dropoutKey.fold(LATER_PHASES + p);
    const keys = indices.map((index) => phaseKey.fold(index));
    const carried = data.carries ? data.carried : undefined;
    const dropout = guardedDropout(options, progress);
    const parts = cutShards(phase, batches, { ...options, dropout }, keys, carried);
    const result = await addShards(this.state.parameters, computer, parts, signal);
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
    const reports = updates.map(({ report }, p) => [this.state.objectives[p].phase.name, report]);
    return Object.fromEntries(reports);
  }

  /** What the data say of the step that was taken. */
  async #watch(
    { watch }: TrainingData,
    updates: readonly Update[],
    breathe: () => Promise<void>,
  ): Promise<Pick<StepReport, "warnings">> {
    if (!watch) return {};
    const { step, watched = [] } = this.state.progress;
    const seen = await watch({ step, phases: this.#named(updates) }, watched, breathe);
    this.state.set({ watched: seen.watched });
    return seen.warnings.length > 0 ? { warnings: seen.warnings } : {};
  }

  /** @throws DivergedError where a phase's numbers are not finite, or its loss keeps rising */
  #check(p: number, report: PhaseReport): void {
    const { loss, lr } = report;
    const objective = this.state.objectives[p];
    if (Number.isFinite(loss) && p === 0 && this.#network.risingDiverges) {
      this.state.set({ rising: risingSteps(loss, this.state.progress) });
    }
    const what = trouble(report, objective.options.clip, this.state.progress, objective.whose);
    if (what) this.#diverged(objective, what, lr);
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

  /** Whether a validation follows this step, where there is one at all. */
  #isDue(step: number): boolean {
    const { evalEvery, steps } = this.state.options;
    return step % evalEvery === 0 || step === steps;
  }

  /** The validation: schedule, best weights, patience. */
  async #validate(
    data: TrainingData,
    validate: NonNullable<TrainingData["validate"]>,
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
    if (step % this.state.options.evalEvery !== 0) {
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

function named(parts: Readonly<Record<string, number>>): Pick<PhaseReport, "parts"> {
  return Object.keys(parts).length > 0 ? { parts } : {};
}
