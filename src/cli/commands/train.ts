// simdream train

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import type { ClusterRunner } from "../../entries/cluster.js";
import { DivergedError, type StepReport } from "../../entries/node.js";
import { FAILURE, Failure, INTERRUPTED, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { clusterOptions, connectCluster } from "../io/cluster.js";
import { checkApart, checkPaths, type PathUse, uses } from "../io/paths.js";
import { command, examples, explicitOptions } from "../options/options.js";
import type { Task, TrainFlags } from "../options/task.js";
import { addTrainOptions } from "../options/train-options.js";
import { adapterJob } from "../run/adapter.js";
import { Checkpoints } from "../run/checkpoints.js";
import { Interruption } from "../run/interruption.js";
import { type Job, type Outcome, passes, type Trainee, takeSteps } from "../run/job.js";
import { adapts, type Begun, newJob } from "../run/new-job.js";
import { makeProgress, type Progress, type ProgressOptions } from "../run/progress.js";
import { type Resumed, resumeJob } from "../run/resume.js";
import { endOfRise } from "../run/rise.js";
import { checkLog, RunLog } from "../run/run-log.js";
import { SampleSheet } from "../run/sample-sheet.js";
import { describeJob } from "../run/summary.js";
import { visible } from "../show/escape.js";
import { shellWords } from "../show/format.js";
import { messageOutput, printJson, warn } from "../show/terminal.js";
import { clusterLine } from "./cluster.js";

export function trainCommand(): Command {
  const target = command("train", "Trains a model on files and writes it to a file.");
  target.argument(
    "<files...>",
    "text in UTF-8, or pairs of texts, one a line with a tab between; several files are joined. Or pictures: a folder, an IDX file, PNG or JPEG files. Or clips: animated GIF or PNG files, a folder of them, folders of frames, a sheet with --tile. Or, for a GAN or a diffusion model, rows of numbers (CSV)",
  );
  addTrainOptions(target);
  examples(target, [
    "simdream train book.txt --out book.safetensors",
    "simdream train names.txt --hidden 128 --out names.safetensors",
    "simdream train poems.jsonl --label-fields title,author --out poems.safetensors",
    "simdream train chats.jsonl --network transformer --out chat.safetensors",
    "simdream train pairs.tsv --attention luong --out pairs.safetensors",
    "simdream train pictures/ --model vae --size 32 --out pictures.safetensors",
    "simdream train digits.idx.gz --model gan --labels labels.idx.gz --out digits.safetensors",
    "simdream train pictures/ --model diffusion --size 32 --out d.safetensors",
    "simdream train pictures/ --captions captions.tsv --model diffusion --size 32 --out d.safetensors",
    "simdream train points.csv --model gan --network dense --out points.safetensors",
    "simdream train book.txt --resume book.safetensors",
    "simdream train letters.txt --from book.safetensors --out letters.safetensors",
    "simdream train book.txt --shards 8 --cluster nats://10.0.0.1 --out book.safetensors",
    "simdream train letters.txt --from book.safetensors --lora 8 --out letters.adapter.safetensors",
  ]);
  return target.action((paths: string[], flags: TrainFlags) =>
    trainOn(paths, flags, explicitOptions(target)),
  );
}

/** Milliseconds between two lines on the cluster. */
const SAID_EVERY = 10_000;

/** Trains, on a cluster where there is one. */
async function trainOn(
  paths: readonly string[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  if (flags.cluster === undefined) return train(paths, flags, explicit);
  if (explicit.has("workers")) throw new UsageError("give --workers or --cluster, not both");
  const options = clusterOptions(flags);
  const { connection, cluster } = await connectCluster(flags);
  try {
    const workers = await cluster.joinCluster(connection, options);
    try {
      await train(paths, { ...flags, workers }, new Set([...explicit, "workers"]), workers);
    } finally {
      await workers.close();
    }
  } finally {
    await connection.close();
  }
}

async function train(
  paths: readonly string[],
  flags: TrainFlags,
  explicit: ReadonlySet<string>,
  cluster?: ClusterRunner,
): Promise<void> {
  const task = { paths, flags, explicit };
  const out = outputOf(flags);
  const reads = readBy(task);
  checkPaths(reads, [...uses("--out", out), ...uses("--log", flags.log)]);
  const validated = uses("--val-file", flags.valFile as string | undefined);
  checkApart(validated, uses("what it is trained on", ...task.paths));
  checkWritable(out);
  if (flags.log !== undefined) checkLog(flags.log);
  const found: Resumed | Begun = adapts(flags)
    ? { job: await adapterJob(flags.from!, task) }
    : flags.resume
      ? await resumeJob(flags.resume, task)
      : await newJob(task);
  if ("done" in found) {
    messageOutput(flags)?.write(`${visible(found.done)}\n`);
    if (!flags.out || resolve(out) !== resolve(flags.resume!)) {
      writeWhole(out, found.model.save({ training: flags.keepState ?? false }));
    }
    return report(found.model, undefined, out, flags);
  }
  const { job } = found;
  const { model } = job;
  const look = job.look();
  if (look.warnings && !flags.quiet) warn(look.warnings);
  const output = messageOutput(flags);
  const progress = makeProgress(output, {
    bitsPerNat: look.bitsPerNat,
    targets: look.targets,
    validated: look.check !== undefined,
    samples: look.preview,
    best: bestOf(model.run),
  });
  // From here on Ctrl-C loses nothing; before, there is nothing to lose.
  const interruption = new Interruption(() => progress.end());
  progress.say(describeJob(job, look, "readAs" in found ? found.readAs : undefined));
  const { sheet } = look;
  const shows = sheet && sheet.every > 0;
  const samples = shows ? new SampleSheet(sheet, out, reads, progress, output) : undefined;
  const outcome = await run(job, out, flags, { progress, samples, cluster }, interruption);
  if (cluster) progress.say(`cluster  ${clusterLine(cluster.stats, outcome.seconds)}`);
  if (outcome.interrupted) {
    const step = model.run?.step ?? 0;
    const again = ["simdream", "train", ...paths, "--resume", out, ...look.again];
    progress.say(`stopped after step ${step}; the run is in ${out}. To resume it:`);
    progress.say(`  ${shellWords(again)}`);
    process.exitCode = INTERRUPTED;
  } else {
    const rise = endOfRise(model.run!);
    if (rise) progress.say(rise);
    const early = endings[model.run?.finished ?? "steps"];
    const made = adapts(flags) ? "adapter" : "model";
    progress.say(`done after step ${model.run?.step}${early}; the ${made} is in ${out}. Try:`);
    progress.say(`  ${shellWords(["simdream", ...look.use(out)])}`);
  }
  report(model, outcome, out, flags, look.targets, samples?.path);
}

/** Why a run ended before all its steps. */
const endings = {
  steps: "",
  patience: ", no better validation in sight",
  guard: ", where it began to learn by heart",
} as const;

/** Where the model goes. @throws UsageError */
function outputOf(flags: TrainFlags): string {
  const { out, resume, from, unknown } = flags;
  const lora = [flags.lora, flags.loraAlpha, flags.loraTargets].some((one) => one !== undefined);
  if (lora && from === undefined) {
    throw new UsageError("--lora needs --from, the model that the adapter is of");
  }
  if (lora && flags.lora === undefined && resume === undefined) {
    throw new UsageError("--lora-alpha and --lora-targets need --lora, the adapter's rank");
  }
  if (resume !== undefined && from !== undefined && !adapts(flags)) {
    throw new UsageError(
      "give --resume or --from, not both: one continues a run, the other begins one",
    );
  }
  if (unknown !== undefined && from === undefined)
    throw new UsageError("--unknown needs --from: a new model knows its text");
  const path = out ?? resume;
  if (path === undefined)
    throw new UsageError("train needs --out, the file that the model goes to");
  return path;
}

/** Files that are read, which nothing is written over. */
function readBy({ paths, flags }: Task): PathUse[] {
  return [
    ...uses("what it is trained on", ...paths),
    ...uses("--val-file", flags.valFile as string | undefined),
    ...uses("--labels", flags.labels as string | undefined),
    ...uses("--captions", flags.captions as string | undefined),
    ...uses("--weights", flags.weights as string | undefined),
    ...uses("--resume", flags.resume),
    ...uses("--from", flags.from),
    ...uses("--reflow", flags.reflow as string | undefined),
  ];
}

/** A resumed run's best validation. */
function bestOf(run: Trainee["run"]): ProgressOptions["best"] {
  return run?.bestLoss == null ? undefined : { step: run.bestStep, loss: run.bestLoss };
}

/** Whoever watches a run. */
interface Watching {
  readonly progress: Progress;
  readonly samples: SampleSheet | undefined;
  readonly cluster: ClusterRunner | undefined;
}

/** Trains, with checkpoints and log, and writes the file that the run ends with. */
async function run(
  job: Job,
  out: string,
  flags: TrainFlags,
  { progress, samples, cluster }: Watching,
  interruption: Interruption,
): Promise<Outcome> {
  const { model } = job;
  const file = new Checkpoints(model, out);
  const every = flags.checkpointEvery ?? Math.max(1, Math.round(model.run!.options.steps / 20));
  const log = flags.log === undefined ? undefined : new RunLog(flags.log, model.run!.step);
  try {
    if (!existsSync(out)) file.begin();
    const onStep = (step: StepReport) => {
      log?.write(step);
      progress.step(step);
      const due = passes(step, every) && !step.finished;
      if (due && !cluster) file.keep();
      if (due && cluster) return onCluster(cluster, step);
      return samples?.after(step);
    };
    let said = performance.now();
    const onCluster = async (workers: ClusterRunner, step: StepReport) => {
      if (performance.now() - said > SAID_EVERY) {
        said = performance.now();
        progress.say(`cluster  ${clusterLine(workers.stats, step.elapsed)}`);
      }
      // What is kept is what all agree upon.
      if (await workers.confirm()) file.keep();
      await samples?.after(step);
    };
    const outcome = await takeSteps(job.fit(interruption.signal), interruption, onStep);
    progress.end();
    file.end(outcome.interrupted || flags.keepState === true);
    return outcome;
  } catch (error) {
    progress.end();
    throw rescued(error, out, file);
  } finally {
    interruption.end();
    const missing = log?.close();
    if (missing !== undefined) {
      warn(missing);
      process.exitCode = FAILURE;
    }
  }
}

/** A run that fails keeps what it has learnt so far. */
function rescued(error: unknown, out: string, file: Checkpoints): unknown {
  if (!(error instanceof DivergedError)) return error;
  file.end(true);
  const message = `${error.message}. The run is in ${out}, to resume with --resume and such options`;
  return new Failure(message, { cause: error });
}

function report(
  model: Trainee,
  outcome: Outcome | undefined,
  out: string,
  flags: TrainFlags,
  targets = "token",
  samples?: string,
): void {
  if (!flags.json) return;
  const { steps, loss, validation } = model.record;
  printJson({
    steps,
    loss,
    validation,
    measures: outcome?.measures,
    [`${targets}sPerSecond`]: outcome?.last?.targetsPerSecond ?? 0,
    seconds: outcome?.seconds ?? 0,
    fingerprint: model.fingerprint(),
    out,
    samples,
    ...(outcome?.warnings.length ? { warnings: outcome.warnings } : {}),
    ...(outcome?.interrupted ? { interrupted: true } : {}),
  });
}
