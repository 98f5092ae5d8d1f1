// A run's state out of a file, checked before anything is changed.

import { checkString, inFile, type ModelFile, orNull, TRAINING } from "../formats/model-file.js";
import { f32Data, type TensorEntry } from "../formats/safetensors.js";
import { checkNumber, ModelFileError } from "../host/errors.js";
import { readable } from "../nn/entries.js";
import type { Parameters } from "../nn/parameters.js";
import { storedTraining } from "./options.js";
import type { DataOptions, RunProgress } from "./progress.js";
import type { TrainingRun } from "./run.js";

/** Fills a new run from a checkpoint; nothing is changed unless everything fits. */
export function restoreRun(file: ModelFile, parameters: Parameters, run: TrainingRun): void {
  const missing = [];
  const fills: (() => void)[] = [];
  const left = new Set(file.training.keys());
  for (const [region, address] of run.regions) {
    const entries = new Map<string, TensorEntry>();
    for (const [name] of parameters.entries()) {
      const entry = file.training.get(`${region}.${name}`);
      if (entry) entries.set(name, entry);
      else missing.push(`${TRAINING}${region}.${name}`);
      left.delete(`${region}.${name}`);
    }
    if (missing.length === 0) {
      const assign = parameters.prepareAssign(readable(entries));
      fills.push(() => assign(address));
    }
  }
  const best = file.training.get("best");
  left.delete("best");
  const carried: Float32Array[] = [];
  for (let i = 0; file.training.has(`carried.${i}`); i++) {
    carried.push(f32Data(file.training.get(`carried.${i}`)!));
    left.delete(`carried.${i}`);
  }
  if (missing.length > 0) {
    throw new ModelFileError(`the checkpoint lacks ${missing.join(", ")}`);
  }
  const { options, bestLoss } = file.progress!;
  if (options.patience > 0 && bestLoss !== null && !best) {
    throw new ModelFileError(`the checkpoint lacks ${TRAINING}best`);
  }
  if (left.size > 0) {
    const names = Array.from(left, (name) => TRAINING + name);
    throw new ModelFileError(`the checkpoint has unexpected tensors: ${names.join(", ")}`);
  }
  if (best && best.data.byteLength !== 4 * parameters.length) {
    throw new ModelFileError(
      `tensor ${TRAINING}best has ${best.data.byteLength} bytes, the model needs ${4 * parameters.length}`,
    );
  }
  for (const fill of fills) fill();
  run.restore(file.progress!, best && f32Data(best), carried);
}

export function checkProgress(json: unknown): RunProgress {
  const p = (json ?? {}) as RunProgress;
  const count = { integer: true, min: 0 };
  return inFile("the run's progress", () => ({
    options: checkOptions(p.options),
    data: checkString("data", p.data),
    dataOptions: checkDataOptions(p.dataOptions),
    run: checkNumber("run", p.run, count),
    step: checkNumber("step", p.step, count),
    tokens: checkNumber("tokens", p.tokens, count),
    optimizerSteps: checkNumber("optimizerSteps", p.optimizerSteps, count),
    plateau: {
      factor: checkNumber("plateau.factor", p.plateau?.factor, { min: 0, max: 1 }),
      best: checkNumber("plateau.best", p.plateau?.best, {}),
      waited: checkNumber("plateau.waited", p.plateau?.waited, count),
    },
    bestLoss: orNull("bestLoss", p.bestLoss),
    bestStep: checkNumber("bestStep", p.bestStep, count),
    waited: checkNumber("waited", p.waited, count),
    firstLoss: orNull("firstLoss", p.firstLoss),
    lastLoss: orNull("lastLoss", p.lastLoss),
    lastValidation: orNull("lastValidation", p.lastValidation),
    rising: checkNumber("rising", p.rising, count),
    finished: p.finished === "steps" || p.finished === "patience" ? p.finished : null,
  }));
}

export function checkOptions(json: unknown): RunProgress["options"] {
  return storedTraining(json);
}

export function checkDataOptions(json: unknown): DataOptions {
  const options: [string, string | number][] = [];
  for (const [name, value] of Object.entries(json ?? {})) {
    if (typeof value === "string" || typeof value === "number") options.push([name, value]);
  }
  return Object.fromEntries(options);
}
