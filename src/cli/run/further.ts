// Training further: a new run, with a fresh optimizer, on the weights, the tokenizer and the network of a file.

import { Failure } from "../errors.js";
import { readModel } from "../io/models.js";
import { checkKind } from "../kinds/kinds.js";
import { pick } from "../options/options.js";
import { checkValidated, fitNames, fitOptions, type Task, withWorkers } from "../options/task.js";
import { noteGiven } from "./given.js";
import { begin, type Job } from "./job.js";
import { checkFixed } from "./resume.js";

/** @throws UsageError for options that contradict the file; Failure, InvalidInputError */
export async function furtherJob(path: string, task: Task): Promise<Job> {
  const { flags, explicit } = task;
  const { kind, model } = await readModel(path);
  if (model.quantized) {
    throw new Failure(`${path} is quantised, for sampling only; train the file it was made from`);
  }
  const trained = await kind.open(path, model, task);
  checkFixed(path, { ...trained.fixed, model: kind.name }, pick(flags, explicit));
  checkKind(kind, explicit);
  const options = withWorkers(fitOptions(flags, fitNames(kind.options)));
  trained.check(options);
  checkValidated(options, task);
  noteGiven(model, task);
  // Whatever run is in the file, this is another; once it has begun, it is the one that resumes.
  const [job] = trained.jobs(options);
  return begin(job, false);
}
