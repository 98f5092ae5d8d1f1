// simdream train

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { DivergedError, LanguageModel } from "../index.js";
import { load } from "../node.js";
import { checkWritable, writeWhole } from "./atomic.js";
import { Failure, INTERRUPTED, UsageError } from "./errors.js";
import { arrange, readTexts, type TextFile } from "./files.js";
import { shellWords } from "./format.js";
import { Interruption } from "./interruption.js";
import { command, examples, explicitOptions, pick } from "./options.js";
import { makeProgress, type Progress } from "./progress.js";
import { resumeJob } from "./resume.js";
import { RunLog } from "./run-log.js";
import { describeJob, measure } from "./summary.js";
import { messageOutput, printJson } from "./terminal.js";
import {
  addTrainOptions,
  checkTogether,
  createNames,
  fitNames,
  type TrainFlags,
  withWorkers,
} from "./train-options.js";
import { begin, type Job, type Outcome, takeSteps } from "./training.js";

export function trainCommand(): Command {
  const target = command("train", "Trains a model on text files and writes it to a file.");
  target.argument("<files...>", "text in UTF-8; several files are joined in order");
  addTrainOptions(target);
  examples(target, [
    "simdream train book.txt --out book.safetensors",
    "simdream train names.txt --documents lines --hidden 128 --out names.safetensors",
    "simdream train book.txt --resume book.safetensors",
  ]);
  return target.action((paths: string[], flags: TrainFlags) =>
    train(paths, flags, explicitOptions(target)),
  );
}

async function train(
  paths: readonly string[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const out = flags.out ?? flags.resume;
  if (out === undefined) throw new UsageError("train needs --out, the file that the model goes to");
  const files = readTexts(paths);
  checkWritable(out);
  const { job, done } = flags.resume
    ? await resumeJob(flags.resume, files, flags, explicit)
    : { job: await newJob(files, flags, explicit), done: undefined };
  const { model, data } = job;
  const output = messageOutput(flags);
  const sizes = measure(model, data);
  const sample = () => model.generate({ tokens: 80, temperature: 0.8, seed: 1 }).text;
  const progress = makeProgress(output, { bitsPerNat: sizes.bitsPerNat, sample });
  if (done) {
    progress.say(done);
    if (!flags.out || resolve(out) !== resolve(flags.resume!)) {
      writeWhole(out, model.save({ training: flags.keepState }));
    }
    return report(job, { last: undefined, interrupted: false, seconds: 0 }, out, flags);
  }
  // From here on Ctrl-C loses nothing; before, there is nothing to lose.
  const interruption = new Interruption(() => progress.end());
  progress.say(describeJob(job, files, sizes));
  const outcome = await run(job, out, flags, progress, interruption);
  if (outcome.interrupted) {
    const step = model.run?.step ?? 0;
    const again = ["simdream", "train", ...paths, "--resume", out];
    progress.say(`stopped after step ${step}; the run is in ${out}. To go on with it:`);
    progress.say(`  ${shellWords(again)}`);
    process.exitCode = INTERRUPTED;
  } else {
    const early = model.run?.finished === "patience" ? ", no better validation in sight" : "";
    progress.say(`done after step ${model.run?.step}${early}; the model is in ${out}. Try:`);
    progress.say(`  ${shellWords(["simdream", "generate", out, "--temperature", "0.8"])}`);
  }
  report(job, outcome, out, flags);
}

async function newJob(
  files: readonly TextFile[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): Promise<Job> {
  const options = withWorkers(pick(flags, fitNames));
  checkTogether({ ...options, documents: flags.documents !== "none" }, explicit);
  const data = arrange(files, flags.documents);
  const runtime = await load();
  const model = LanguageModel.create(runtime, { corpus: data, ...pick(flags, createNames) });
  const job = { model, data, options };
  await begin(job);
  return job;
}

/** Trains, with checkpoints and log, and writes the file that the run ends with. */
async function run(
  job: Job,
  out: string,
  flags: TrainFlags,
  progress: Progress,
  interruption: Interruption,
): Promise<Outcome> {
  const { model } = job;
  const save = (training: boolean) => writeWhole(out, model.save({ training }));
  const every = flags.checkpointEvery ?? Math.max(1, Math.round(model.run!.options.steps / 20));
  const log = flags.log === undefined ? undefined : new RunLog(flags.log, model.run!.step);
  try {
    if (!existsSync(out)) save(true);
    const outcome = await takeSteps(job, interruption, (step) => {
      log?.write(step);
      progress.step(step);
      if (step.step % every === 0 && !step.finished) save(true);
    });
    progress.end();
    save(outcome.interrupted || flags.keepState === true);
    return outcome;
  } catch (error) {
    progress.end();
    throw rescued(error, out, save);
  } finally {
    interruption.end();
    log?.close();
  }
}

/** A run that fails keeps what it has learnt so far. */
function rescued(error: unknown, out: string, save: (training: boolean) => void): unknown {
  if (!(error instanceof DivergedError)) return error;
  save(true);
  const message = `${error.message}. The run is in ${out}, to go on with --resume and such options`;
  return new Failure(message, { cause: error });
}

function report({ model }: Job, outcome: Outcome, out: string, flags: TrainFlags): void {
  if (!flags.json) return;
  const { steps, loss, validation } = model.record;
  printJson({
    steps,
    loss,
    valLoss: validation,
    tokensPerSecond: outcome.last?.tokensPerSecond ?? 0,
    seconds: outcome.seconds,
    fingerprint: model.fingerprint(),
    out,
    ...(outcome.interrupted ? { interrupted: true } : {}),
  });
}
