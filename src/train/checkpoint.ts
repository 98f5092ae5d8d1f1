// A run's state out of a file, checked before anything is changed.

import { checkObject, checkString, type Json } from "../formats/json.js";
import {
  type GivenOptions,
  HISTORY,
  inFile,
  type ModelFile,
  orNull,
  type RunChange,
  TRAINING,
} from "../formats/model-file.js";
import { f32Data, type TensorEntry } from "../formats/safetensors.js";
import {
  checkChoice,
  checkNumber,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../host/errors.js";
import { numerics, version } from "../host/version.js";
import { readable } from "../nn/entries.js";
import type { Parameters } from "../nn/parameters.js";
import type { GuardState } from "./guard-options.js";
import { storedTraining } from "./options.js";
import type { DataOptions, PhaseProgress, RunProgress } from "./progress.js";
import type { ShardState } from "./rounds/task.js";
import type { RunState } from "./state.js";

/** @throws InvalidInputError where a run was computed with this version of the numerics, which is not the present one */
export function checkNumerics(other: number | undefined): void {
  if (other === undefined) return;
  throw new InvalidInputError(
    `the run in the file was computed with numerics version ${other}, this version of ` +
      `simdream (${version}) computes with ${numerics}: it would not come to the same bits. Begin a ` +
      "new run on its weights with resume: false",
  );
}

/** For models without a state that goes from batch to batch. @throws ModelFileError */
export function checkNothingCarried({ carried }: RunState): void {
  if (carried.length === 0) return;
  throw new ModelFileError(
    "the checkpoint carries a state from batch to batch; this model has none",
  );
}

/** Fills a new run from a checkpoint; nothing is changed unless everything fits. */
export function restoreRun(
  file: ModelFile,
  progress: RunProgress,
  parameters: Parameters,
  run: RunState,
): void {
  checkNumbers(file);
  const left = new Map(file.training);
  const fill = regionsOf(left, parameters, run);
  const carried = carriedOf(left);
  const shards = shardsOf(left, run);
  checkTaken(progress, run);
  const [best, last] = ["best", "last"].map((name) => weightsOf(left, name, parameters.length));
  const { phases } = run.progress;
  if (progress.phases.length !== phases.length) {
    throw new ModelFileError(
      `the run in the file has ${progress.phases.length} phases, the model ${phases.length}`,
    );
  }
  const { bestLoss } = progress.before ?? progress;
  if (progress.options.keep === "best" && bestLoss !== null && !best) {
    throw new ModelFileError(`the checkpoint lacks ${TRAINING}best`);
  }
  if (left.size > 0) {
    const names = Array.from(left.keys(), (name) => TRAINING + name);
    throw new ModelFileError(`the checkpoint has unexpected tensors: ${listed(names)}`);
  }
  fill();
  run.restore(progress, best, last, carried, shards);
}

/** Tensors of a run that nobody has asked for yet, by name. */
type Left = Map<string, TensorEntry>;

function taken(left: Left, name: string): TensorEntry | undefined {
  const entry = left.get(name);
  left.delete(name);
  return entry;
}

/** What fills the run's regions. @throws ModelFileError where the file lacks some of them, or has other shapes */
function regionsOf(left: Left, parameters: Parameters, run: RunState): () => void {
  const missing: string[] = [];
  const found = Array.from(run.regions, ([region, address]) => {
    const entries = new Map<string, TensorEntry>();
    for (const [name] of parameters.entries()) {
      if (!run.holds(region, name)) continue;
      const entry = taken(left, `${region}.${name}`);
      if (entry) entries.set(name, entry);
      else missing.push(`${TRAINING}${region}.${name}`);
    }
    return { region, address, entries };
  });
  if (missing.length > 0) throw new ModelFileError(`the checkpoint lacks ${listed(missing)}`);
  const fills = found.map(({ region, address, entries }) => {
    const assign = parameters.prepareAssign(readable(entries), (name) => run.holds(region, name));
    return () => assign(address);
  });
  return () => {
    for (const fill of fills) fill();
  };
}

/** The state that flows from batch to batch. @throws ModelFileError */
function carriedOf(left: Left): Float32Array[] {
  const carried: Float32Array[] = [];
  for (;;) {
    const name = `carried.${carried.length}`;
    const state = taken(left, name);
    if (!state) return carried;
    if (state.shape.length !== 1) {
      throw new ModelFileError(
        `tensor ${TRAINING}${name} must have one axis, got ${state.shape.length}`,
      );
    }
    carried.push(f32Data(state));
  }
}

/** What the shards of a run with rounds have kept. @throws ModelFileError */
function shardsOf(left: Left, { shards }: RunState): ShardState[] {
  return shards.map(({ state: empty }, s) => {
    const kept = Object.entries(empty).map(([name, { length }]) => {
      const whole = `${name}.shard.${s}`;
      const numbers = weightsOf(left, whole, length);
      if (!numbers) throw new ModelFileError(`the checkpoint lacks ${TRAINING}${whole}`);
      return [name, numbers] as const;
    });
    return Object.fromEntries(kept);
  });
}

/** @throws ModelFileError where the steps of shards are not those of the run's shards and phases */
function checkTaken({ taken = [] }: RunProgress, { shards, objectives }: RunState): void {
  const fits = taken.every((steps) => steps.length === objectives.length);
  if (taken.length === shards.length && fits) return;
  throw new ModelFileError(
    `the checkpoint must say the steps of ${shards.length} shards, got ${taken.length}`,
  );
}

/** Weights in the layout of the parameters, where the file has them. @throws ModelFileError */
function weightsOf(
  left: Left,
  name: string,
  length: number,
): Float32Array<ArrayBuffer> | undefined {
  const entry = taken(left, name);
  if (!entry) return undefined;
  if (entry.shape.length === 1 && entry.shape[0] === length) return f32Data(entry);
  throw new ModelFileError(
    `tensor ${entry.name} has shape [${entry.shape.join(", ")}], the model needs [${length}]`,
  );
}

/**
 * A run computes with finite f32: rounded numbers, of the weights too, would give other bits, and others
 * none. @throws ModelFileError
 */
function checkNumbers({ weights, training }: ModelFile): void {
  for (const { name, dtype } of [...weights.values(), ...training.values()]) {
    if (dtype === "F32") continue;
    throw new ModelFileError(`tensor ${describe(name)} has dtype ${dtype}, a run needs F32`);
  }
  for (const [name, { data }] of training) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const least = name.startsWith(SQUARES) ? 0 : -Infinity;
    for (let at = 0; at < data.length; at += 4) {
      const value = view.getFloat32(at, true);
      if (Number.isFinite(value) && value >= least) continue;
      const numbers = least === 0 ? "numbers of at least 0" : "finite numbers";
      throw new ModelFileError(
        `tensor ${describe(TRAINING + name)} must have ${numbers}, got ${value}: the file is damaged`,
      );
    }
  }
}

/** Adam's means of squares. */
const SQUARES = "exp_avg_sq.";

/** Why a run ended. */
const ENDS = ["steps", "patience", "guard"] as const;

/** A run's progress out of a file. @throws ModelFileError */
export function checkProgress(json: unknown): RunProgress {
  return inFile("the run's progress", () => progressOf(checkObject("it", json)));
}

/** @throws ModelFileError */
function checkChanges(json: unknown): readonly RunChange[] {
  if (!Array.isArray(json) || json.length > HISTORY) {
    throw new ModelFileError(`changes must be a list of at most ${HISTORY}, got ${describe(json)}`);
  }
  for (const one of json) {
    const { step, options } = checkObject("a change of a run", one);
    checkNumber("step", step, count);
    checkObject("options", options);
  }
  return json as readonly RunChange[];
}

/** @throws ModelFileError */
function checkGiven(json: unknown): GivenOptions {
  const given = checkObject("given", json);
  for (const name of ["create", "fit", "train"]) {
    if (given[name] !== undefined) checkObject(name, given[name]);
  }
  return given as GivenOptions;
}

/** What a recipe says of the run that is to be taken again. */
type Begun = Pick<RunProgress, "run" | "options" | "data" | "dataOptions" | "given">;

/** The run of a recipe, before its first step. @throws ModelFileError */
function checkBegun(json: unknown): Begun {
  return inFile("the recipe", () => {
    const p = checkObject("it", json);
    return {
      run: checkNumber("run", p.run, count),
      options: storedTraining(p.options),
      data: checkString("data", p.data),
      dataOptions: checkDataOptions(p.dataOptions),
      ...(p.given == null ? {} : { given: checkGiven(p.given) }),
    };
  });
}

const count = { integer: true, min: 0 };

function progressOf(p: Json): RunProgress {
  return {
    options: storedTraining(p.options),
    data: checkString("data", p.data),
    dataOptions: checkDataOptions(p.dataOptions),
    validationTargets:
      p.validationTargets == null
        ? null
        : checkNumber("validationTargets", p.validationTargets, { ...count, min: 1 }),
    run: checkNumber("run", p.run, count),
    step: checkNumber("step", p.step, count),
    examples: checkNumber("examples", p.examples, count),
    targets: checkNumber("targets", p.targets, count),
    phases: checkPhases(p.phases),
    ...(p.taken == null ? {} : { taken: checkSteps(p.taken) }),
    bestLoss: orNull("bestLoss", p.bestLoss),
    bestStep: checkNumber("bestStep", p.bestStep, count),
    ...(p.before == null ? {} : { before: checkBefore(checkObject("before", p.before)) }),
    waited: checkNumber("waited", p.waited, count),
    firstLoss: orNull("firstLoss", p.firstLoss),
    lastLoss: orNull("lastLoss", p.lastLoss),
    lastValidation: orNull("lastValidation", p.lastValidation),
    rising: checkNumber("rising", p.rising, count),
    finished: p.finished === null ? null : checkChoice("finished", p.finished, ENDS),
    // Older files do not say it, and a run that had finished with its best then had a best.
    kept: p.kept == null ? null : checkNumber("kept", p.kept, count),
    ...(p.given == null ? {} : { given: checkGiven(p.given) }),
    ...(p.guard == null ? {} : { guard: checkGuardState(checkObject("guard", p.guard)) }),
    ...(p.watched == null ? {} : { watched: checkWatched(p.watched) }),
    ...(p.changes == null ? {} : { changes: checkChanges(p.changes) }),
  };
}

function checkBefore({ bestLoss, bestStep }: Json): RunProgress["before"] {
  return {
    bestLoss: orNull("bestLoss", bestLoss),
    bestStep: checkNumber("bestStep", bestStep, count),
  };
}

function checkGuardState(state: Json): GuardState {
  const optional = (name: string) => orNull(name, state[name]);
  return {
    losses: checkNumber("losses", state.losses, {}),
    steps: checkNumber("steps", state.steps, count),
    at: checkNumber("at", state.at, count),
    best: optional("best"),
    gap: checkNumber("gap", state.gap, {}),
    copying: optional("copying"),
    acted: checkNumber("acted", state.acted, { ...count, max: 1000 }),
  };
}

function checkWatched(json: unknown): readonly number[] {
  if (!Array.isArray(json) || json.length > 1000) {
    throw new ModelFileError(`watched must be a list of at most 1000, got ${describe(json)}`);
  }
  return json.map((value) => checkNumber("watched", value, {}));
}

function checkSteps(json: unknown): readonly (readonly number[])[] {
  const lists = Array.isArray(json) && json.length <= 65536 ? json : [json];
  return lists.map((steps) => {
    if (!Array.isArray(steps) || steps.length > 100) {
      throw new ModelFileError(`taken must be lists of steps, got ${describe(steps)}`);
    }
    return steps.map((one) => checkNumber("taken", one, count));
  });
}

function checkPhases(json: unknown): readonly PhaseProgress[] {
  if (!Array.isArray(json) || json.length === 0 || json.length > 100) {
    throw new ModelFileError(`phases must be a list, got ${describe(json)}`);
  }
  return json.map((one) => {
    const phase = checkObject("a phase", one);
    const plateau = checkObject("plateau", phase.plateau);
    return {
      optimizerSteps: checkNumber("optimizerSteps", phase.optimizerSteps, count),
      plateau: {
        factor: checkNumber("plateau.factor", plateau.factor, { min: 0, max: 1 }),
        best: checkNumber("plateau.best", plateau.best, {}),
        waited: checkNumber("plateau.waited", plateau.waited, count),
      },
    };
  });
}

function checkDataOptions(json: unknown): DataOptions {
  const options = Object.entries(checkObject("dataOptions", json));
  for (const [name, value] of options) {
    if (typeof value === "string" || typeof value === "number") continue;
    throw new ModelFileError(`${name} must be a string or a number, got ${describe(value)}`);
  }
  return Object.fromEntries(options) as DataOptions;
}

/** Puts a new run before the first step of the one that a recipe is of. @throws ModelFileError */
export function recipeRun<Run extends { readonly state: RunState }>(
  file: ModelFile,
  make: (run: number, options: RunProgress["options"]) => Run,
): Run {
  const { run: number, options, ...begun } = checkBegun(file.progress);
  const run = make(number, options);
  run.state.set(begun);
  run.state.again = true;
  return run;
}
