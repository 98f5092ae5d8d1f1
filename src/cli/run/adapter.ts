// An adapter of a model: a run of its own, whose file is the adapter's.

import type { LoraOptions } from "../../entries/node.js";
import { Failure, UsageError } from "../errors.js";
import { isAdaptable, useAdapter } from "../io/adapters.js";
import { readModel } from "../io/models.js";
import { checkKind } from "../kinds/kinds.js";
import { given, pick } from "../options/options.js";
import {
  checkValidated,
  fitNames,
  fitOptions,
  type Task,
  type TrainFlags,
  withWorkers,
} from "../options/task.js";
import { noteGiven } from "./given.js";
import { begin, type Job, runOf } from "./job.js";
import { checkFixed } from "./resume.js";

/**
 * A job that begins an adapter, or resumes the one of --resume.
 * @throws UsageError for options that contradict the file; Failure, InvalidInputError
 */
export async function adapterJob(from: string, task: Task): Promise<Job> {
  const { flags, explicit } = task;
  const { kind, model } = await readModel(from);
  if (!isAdaptable(model)) {
    throw new UsageError(`--lora is for models of texts, ${from} holds ${kind.title}`);
  }
  if (model.quantized) {
    throw new Failure(
      `${from} is quantised: train the adapter on the file it was made from, and use it with this one`,
    );
  }
  await useAdapter(from, model, flags.resume);
  const trained = await kind.open(from, model, task);
  checkFixed(from, { ...trained.fixed, model: kind.name }, pick(flags, explicit));
  checkKind(kind, explicit);
  const names = fitNames(kind.options);
  const own = flags.resume === undefined ? names : names.filter((name) => explicit.has(name));
  const before = model.adapter === null ? undefined : runOf(model);
  if (flags.resume !== undefined && !before) {
    throw new Failure(
      `${flags.resume} holds an adapter without the optimizer's state; to train it further later, train with --keep-state`,
    );
  }
  const { workers } = withWorkers({ ...before?.options, ...fitOptions(flags, own) });
  const resume = before ? { resume: true } : {};
  const options = { ...fitOptions(flags, own), ...resume, workers, lora: loraOf(flags) };
  trained.check(options);
  checkValidated(options, task);
  const [job] = trained.jobs(options);
  await begin(job, flags.resume === undefined ? false : undefined);
  noteGiven(model.getAdapter(), task);
  const look: Job["look"] = () => {
    const { again, use, ...words } = job.look();
    return {
      ...words,
      again: ["--from", from, ...again],
      use(path) {
        const [verb, , ...rest] = use(from);
        return [verb, from, "--adapter", path, ...rest];
      },
    };
  };
  return { ...job, model: model.getAdapter(), look };
}

function loraOf({ lora: rank, loraAlpha: alpha, loraTargets }: TrainFlags): LoraOptions {
  const whole = loraTargets === "attention" || loraTargets === "all";
  const targets = whole ? loraTargets : loraTargets?.split(",").map((name) => name.trim());
  return given({ rank, alpha, targets }) as LoraOptions;
}
