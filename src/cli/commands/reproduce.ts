// simdream reproduce

import type { Command } from "commander";
import type { StepReport } from "../../entries/node.js";
import { FAILURE, INTERRUPTED } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, uses } from "../io/paths.js";
import {
  addOptions,
  command,
  examples,
  explicitOptions,
  number,
  repeated,
} from "../options/options.js";
import { addReadingOptions } from "../options/train-options.js";
import { Interruption } from "../run/interruption.js";
import { makeProgress, type Progress } from "../run/progress.js";
import { openRetake, type Retake, type RetakeFlags, type Subject } from "../run/retake.js";
import { plural } from "../show/format.js";
import { messageOutput, printJson } from "../show/terminal.js";

interface Flags extends RetakeFlags {
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function reproduceCommand(): Command {
  const target = command(
    "reproduce",
    "Trains a file's model again, by the recipe in the file, and compares all bits of the weights.",
  );
  target.argument("<model>", "a file of a model, or of an adapter");
  target.argument(
    "<files...>",
    "what its first run was trained on; all runs, where --then says nothing else",
  );
  addOptions(target, "Runs", [
    ["--then <file>", "what the next run was trained on (repeatable)", undefined, repeated],
    [
      "--from <file>",
      "a model that the file's was trained further from, or whose adapter it is: its runs are not taken again",
    ],
    ["--force", "train although the same bits are not promised, and compare"],
  ]);
  addReadingOptions(target);
  addOptions(target, "Speed", [
    ["--workers <n>", "threads that compute the shards; the result is the same", undefined, number],
  ]);
  addOptions(target, "Output", [
    ["--out <file>", "where the model that was trained again goes (default: nowhere)"],
    ["--json", "print one JSON object at the end"],
    ["--quiet", "print errors only"],
  ]);
  examples(target, [
    "simdream reproduce book.safetensors book.txt",
    "simdream reproduce letters.safetensors book.txt --then letters.txt",
    "simdream reproduce letters.adapter.safetensors letters.txt --from book.safetensors",
    "simdream reproduce pictures.safetensors pictures/ --json",
  ]);
  return target.action((path: string, paths: string[], flags: Flags) =>
    reproduce(path, paths, flags, explicitOptions(target)),
  );
}

async function reproduce(
  path: string,
  paths: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { out } = flags;
  checkPaths(
    [
      ...uses("the model", path),
      ...uses("what it was trained on", ...paths, ...(flags.then ?? [])),
      ...uses("--from", flags.from),
    ],
    uses("--out", out),
  );
  if (out !== undefined) checkWritable(out);
  const retake = await openRetake(path, paths, flags, explicit);
  const output = messageOutput(flags);
  for (const note of retake.notes) output?.write(`note   ${note}\n`);
  const taken = await takeAll(retake, flags);
  if (!taken) return;
  const { subject, seconds } = taken;
  const { bits } = retake.recipe;
  const fingerprint = bits ? await subject.narrow(bits) : subject.fingerprint();
  const same = fingerprint === retake.fingerprint;
  const [expected, found] = [retake.recipe.record, subject.record].map(({ loss, validation }) => ({
    loss,
    validation,
  }));
  if (out !== undefined) writeWhole(out, subject.save());
  const { steps, runs } = retake.recipe.record;
  if (flags.json) {
    printJson({
      same,
      fingerprint,
      expected: retake.fingerprint,
      steps,
      runs,
      ...found,
      record: expected,
      seconds,
      out,
    });
  } else {
    output?.write(
      same
        ? `the same: ${fingerprint} after ${plural(steps, "step")}\n`
        : `not the same: ${fingerprint}, the file has ${retake.fingerprint}\n`,
    );
  }
  if (!same) process.exitCode = FAILURE;
}

/** Takes all runs; undefined where it was interrupted. */
async function takeAll(
  retake: Retake,
  flags: Flags,
): Promise<{ readonly subject: Subject; readonly seconds: number } | undefined> {
  const started = performance.now();
  const output = messageOutput(flags);
  let progress: Progress | undefined;
  const interruption = new Interruption(() => progress?.end());
  const { runs } = retake.recipe.record;
  const steps = retake.take(interruption.signal, (job, run) => {
    progress?.end();
    const { bitsPerNat, targets, data } = job.look();
    progress = makeProgress(output, { bitsPerNat, targets, validated: true, samples: () => [] });
    const which = runs > 1 ? `run ${run + 1} of ${runs}, ` : "";
    progress.say(
      `again  ${which}${plural(retake.recipe.record.history[run].steps, "step")} on ${data}`,
    );
  });
  try {
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return { subject: value, seconds: (performance.now() - started) / 1000 };
      progress?.step(value.report as StepReport);
      if (interruption.asked) break;
    }
  } catch (error) {
    if (!interruption.caused(error)) throw error;
  } finally {
    progress?.end();
    interruption.end();
  }
  process.exitCode = INTERRUPTED;
  return undefined;
}
