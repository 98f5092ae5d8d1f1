// A job that begins a run: on a new model, or on one that is trained further.

import { isAdapterFile } from "../io/adapters.js";
import { checkKind, kindNamed } from "../kinds/kinds.js";
import {
  checkValidated,
  fitNames,
  fitOptions,
  type Task,
  type TrainFlags,
  withWorkers,
} from "../options/task.js";
import { furtherJob } from "./further.js";
import { noteGiven } from "./given.js";
import { begin, type Job } from "./job.js";
import { readAs } from "./read-as.js";

/** A job that begins a run, and what its files were taken for where that was found out. */
export interface Begun {
  readonly job: Job;
  readonly readAs?: string | undefined;
}

/** On a new model, or on the one of --from. */
export async function newJob(given: Task): Promise<Begun> {
  const { from } = given.flags;
  if (from !== undefined) return { job: await furtherJob(from, given) };
  const { task, note } = readAs(given);
  const { flags, explicit } = task;
  const kind = kindNamed(flags.model)!;
  checkKind(kind, explicit);
  const options = withWorkers(fitOptions(flags, fitNames(kind.options)));
  checkValidated(options, task);
  const job = await kind.create(task, options);
  noteGiven(job.model, task);
  return { job: await begin(job), readAs: note };
}

/** Whether an adapter is trained: a new one, or that of --resume on the model of --from. */
export function adapts({ lora, from, resume }: TrainFlags): boolean {
  if (from === undefined) return false;
  return lora !== undefined || (resume !== undefined && isAdapterFile(resume));
}
