// A step has phases. Each has a loss, the parameters that it trains, an optimizer and a schedule. A model
// with one loss has one phase over everything; an adversarial one has two.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { clipGradNorm } from "../nn/optim/clip.js";
import type { Optimizer } from "../nn/optim/optimizer.js";
import { Schedule } from "../nn/optim/schedule.js";
import type { ParameterRange, Parameters } from "../nn/parameters.js";
import type { PhaseChange } from "./data.js";
import { makeOptimizer, type ResolvedTraining, resolveTraining } from "./options.js";
import { trainedBy, trainedRanges } from "./phases.js";
import type { Phase } from "./trainable.js";

/** A phase of a run: what it trains, and with what. */
export class Objective {
  readonly phase: Phase;
  readonly options: ResolvedTraining;
  readonly ranges: readonly ParameterRange[];
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly #parameters: Parameters;
  #change: PhaseChange = {};

  constructor(parameters: Parameters, phase: Phase, run: ResolvedTraining) {
    checkPhase(phase);
    this.#parameters = parameters;
    this.phase = phase;
    this.options = { ...run, ...phase.options };
    this.ranges = trainedRanges(parameters, phase);
    this.optimizer = makeOptimizer(parameters, this.options, (name) => this.trains(name));
    this.schedule = new Schedule(parameters.machine, run.steps, this.options);
  }

  get repeats(): number {
    return this.#change.repeats ?? this.phase.repeats ?? 1;
  }

  /** What the data ask of it. */
  change(asked: PhaseChange = {}): void {
    this.#change = asked;
  }

  /** " of generator", for messages; "" where there is one phase. */
  get whose(): string {
    return this.phase.name ? ` of ${this.phase.name}` : "";
  }

  /** Whether all that it trains is finite: the squares of finite f32 cannot overflow an f64. */
  finite(): boolean {
    const { machine, address } = this.#parameters;
    return this.ranges.every(({ offset, length }) =>
      Number.isFinite(machine.kernels.sum_squares(address + 4 * offset, length)),
    );
  }

  /** Learning rate of a step of the run. */
  lr(step: number): number {
    return this.options.lr * (this.#change.lr ?? 1) * this.schedule.factor(step);
  }

  /** Bounds the gradients' norm, and gives what it was. */
  clip(): number {
    const { clip } = this.options;
    return clipGradNorm(this.#parameters, clip > 0 ? clip : Infinity, this.ranges);
  }

  /** Whether it trains the parameter of this name, so that the optimizer keeps moments of it. */
  trains(name: string): boolean {
    return trainedBy(this.#parameters, this.phase, name);
  }
}

/** @throws InvalidInputError for what no phase can be */
function checkPhase(phase: Phase): void {
  checkKeys("a phase", phase, ["name", "trains", "options", "repeats"]);
  const { name, trains = [], options = {}, repeats = 1 } = phase;
  checkKeys(`options of the phase ${name}`, options, [
    ...["lr", "optimizer", "betas", "momentum", "weightDecay", "decay", "clip"],
  ]);
  resolveTraining(options);
  checkNumber(`repeats of the phase ${name}`, repeats, { integer: true, min: 1, max: 1e6 });
  if (Array.isArray(trains) && trains.every((prefix) => typeof prefix === "string")) return;
  throw new InvalidInputError(
    `the phase ${name}: trains must be a list of beginnings of names, got ${describe(trains)}`,
  );
}

/** @throws InvalidInputError where a phase trains nothing, or two train one parameter and would share its moments */
export function checkDisjoint(parameters: Parameters, objectives: readonly Objective[]): void {
  const idle = objectives.find(({ ranges }) => ranges.length === 0);
  if (idle) throw new InvalidInputError(`the phase ${idle.phase.name} trains nothing`);
  for (const [name] of parameters.entries()) {
    const trainers = objectives.filter((objective) => objective.trains(name));
    if (trainers.length > 1) throw new InvalidInputError(`two phases train ${name}`);
  }
}
