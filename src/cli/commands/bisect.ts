// simdream bisect

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { Failure, INTERRUPTED, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { temporaryFolder } from "../io/documents.js";
import { readBytes } from "../io/files.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { isFolder } from "../io/picture-folders.js";
import {
  addOptions,
  command,
  count,
  examples,
  explicitOptions,
  number,
  repeated,
} from "../options/options.js";
import { addReadingOptions } from "../options/train-options.js";
import { type Check, type Checked, type CheckFlags, checkOf } from "../run/checks.js";
import { Interruption } from "../run/interruption.js";
import { openRetake, type Retake, type RetakeFlags } from "../run/retake.js";
import { oneLine, plural } from "../show/format.js";
import { Meter } from "../show/meter.js";
import { messageOutput, type Output, printJson } from "../show/terminal.js";

interface Flags extends RetakeFlags, CheckFlags {
  readonly after?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function bisectCommand(): Command {
  const target = command(
    "bisect",
    "Finds the first step after which a check fails: trains a file's model again and looks at what it was on the way, or looks at checkpoints.",
  );
  target.argument(
    "<files...>",
    "a model's file and what it was trained on; or checkpoints, two files or more, or a folder of them",
  );
  addOptions(target, "Check", [
    ["--loss-above <x>", "fails where the score of --on is above x", undefined, number],
    [
      "--on <file>",
      "data of the same kind that --loss-above is measured on (default: what it was trained on)",
    ],
    [
      "--contains <text>",
      "fails where what the model writes, the likeliest at each place, has this in it",
    ],
    ["--prompt <text>", "what it continues, or answers (--contains)"],
    ["--max-tokens <n>", "how much it writes (--contains; default: 100)", undefined, count],
    ["--command <words>", "fails where this ends with another code than 0; {} is the model's file"],
  ]);
  addOptions(target, "Runs", [
    [
      "--after <step>",
      "a step after which the check does not fail (default: before the first)",
      undefined,
      count,
    ],
    ["--then <file>", "what the next run was trained on (repeatable)", undefined, repeated],
    [
      "--from <file>",
      "a model that the file's was trained further from: its runs are not taken again; of an adapter, the model that it was trained on",
    ],
    ["--force", "train although the same bits are not promised"],
  ]);
  addReadingOptions(target);
  addOptions(target, "Speed", [
    ["--workers <n>", "threads that compute the shards; the result is the same", undefined, number],
  ]);
  addOptions(target, "Output", [
    ["--out <file>", "where the first model that fails goes (default: nowhere)"],
    ["--json", "print one JSON object"],
    ["--quiet", "print errors only"],
  ]);
  examples(target, [
    'simdream bisect book.safetensors book.txt --prompt "My number is " --contains 482913',
    "simdream bisect book.safetensors book.txt --loss-above 1.9 --on other.txt --after 200",
    'simdream bisect names.safetensors names.txt --command "node check.mjs {}" --out first.safetensors',
    "simdream bisect checkpoints/ --loss-above 1.9 --on other.txt",
  ]);
  return target.action((paths: string[], flags: Flags) =>
    bisect(paths, flags, explicitOptions(target)),
  );
}

/** Something that can be checked: a step, or a file. */
interface Point {
  readonly name: string;
  readonly step: number;
}

/** A point, and what the check found there. */
interface Looked extends Point, Checked {}

/** What was found. */
interface Found {
  readonly before: Looked | undefined;
  readonly first: Looked;
  readonly bytes: Uint8Array;
}

async function bisect(
  paths: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { out } = flags;
  checkPaths(
    [
      ...uses("what is read", ...paths, ...(flags.then ?? [])),
      ...uses("--on", flags.on),
      ...uses("--from", flags.from),
    ],
    uses("--out", out),
  );
  if (out !== undefined) checkWritable(out);
  const output = messageOutput(flags);
  const { path: folder, remove } = temporaryFolder();
  const started = performance.now();
  try {
    const files = checkpointsIn(paths);
    const found = files
      ? await inFiles(files, flags, folder)
      : await inRun(paths, flags, explicit, folder, output);
    if (found === undefined) {
      process.exitCode = INTERRUPTED;
      return;
    }
    const seconds = (performance.now() - started) / 1000;
    if ("passes" in found) {
      if (flags.json) printJson({ found: false, last: found.passes, seconds });
      else output?.write(`the check does not fail at the end: ${said(found.passes)}\n`);
      return;
    }
    const { before, first, bytes } = found;
    if (out !== undefined) writeWhole(out, bytes);
    if (flags.json) printJson({ found: true, step: first.step, before, first, seconds, out });
    else {
      output?.write(
        `${before ? said(before) : "before the first step there is nothing to check"}\n`,
      );
      output?.write(`the first that fails: ${said(first)}\n`);
    }
  } finally {
    remove();
  }
}

function said({ name, found }: Looked): string {
  return `${name}: ${typeof found === "string" ? JSON.stringify(oneLine(found, 60)) : found}`;
}

/** Files of models, where the paths are a folder of such or two of them. */
function checkpointsIn(paths: readonly string[]): string[] | undefined {
  const files = paths.flatMap((path) => {
    if (!isFolder(path)) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith(".safetensors"))
      .sort()
      .map((name) => join(path, name));
  });
  const folder = paths.length === 1 && isFolder(paths[0]);
  if (folder && files.length < 2)
    throw new Failure(
      `${paths[0]} has ${plural(files.length, "checkpoint")}; at least two are needed`,
    );
  return files.length >= 2 && (folder || files.every((path) => path.endsWith(".safetensors")))
    ? files
    : undefined;
}

async function inFiles(
  files: readonly string[],
  flags: Flags,
  folder: string,
): Promise<Found | { passes: Looked }> {
  const read = await Promise.all(files.map(async (path) => ({ path, ...(await readModel(path)) })));
  const kinds = new Set(read.map(({ kind }) => kind));
  if (kinds.size > 1)
    throw new Failure(
      `the checkpoints are of ${plural(kinds.size, "kind")} of models; they must be of one`,
    );
  const points = read.map(({ path, model }) => ({ name: path, step: model.record.steps }));
  points.sort((one, other) => one.step - other.step);
  const [{ kind, path }] = read;
  const check = checkOf({ path, kind, load: (bytes) => kind.load(bytes) }, [], flags, folder);
  const looked = looking(check, async ({ name }) => readBytes(name));
  const last = await looked(points[points.length - 1]);
  if (!last.fails) return { passes: last };
  const after = points.filter(({ step }) => step > (flags.after ?? -1));
  const { before, first } = await search(after, looked);
  return { before, first, bytes: readBytes(first.name) };
}

/** Checks points, each once. */
function looking(
  check: Check,
  bytesOf: (point: Point) => Promise<Uint8Array>,
): (point: Point) => Promise<Looked> {
  const known = new Map<string, Looked>();
  return async (point) => {
    const looked = known.get(point.name) ?? { ...point, ...(await check(await bytesOf(point))) };
    known.set(point.name, looked);
    return looked;
  };
}

/**
 * The first of the points that fails, and the one before it, where that was one of them.
 * @param points in order; the last fails
 */
async function search(
  points: readonly Point[],
  looked: (point: Point) => Promise<Looked>,
): Promise<{ readonly before: Looked | undefined; readonly first: Looked }> {
  let [good, bad] = [-1, points.length - 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if ((await looked(points[middle])).fails) bad = middle;
    else good = middle;
  }
  return {
    before: good < 0 ? undefined : await looked(points[good]),
    first: await looked(points[bad]),
  };
}

/** States that are kept between the last known good one and the first known bad one. */
const KEPT = 8;

async function inRun(
  [path, ...paths]: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
  folder: string,
  output: Output,
): Promise<Found | { passes: Looked } | undefined> {
  if (paths.length === 0) {
    throw new UsageError(
      "bisect needs a model's file and what it was trained on, or checkpoints, two files or more",
    );
  }
  const retake = await openRetake(path, paths, flags, explicit);
  for (const note of retake.notes) output?.write(`note   ${note}\n`);
  const check = checkOf(retake, paths, flags, folder);
  const { history } = retake.recipe.record;
  const { steps } = history[history.length - 1];
  const { after = 0 } = flags;
  if (after >= steps)
    throw new UsageError(`--after must be before the last step, ${steps}, got ${after}`);
  const at = (step: number): Point => ({ name: `after step ${step}`, step });
  const file = (step: number) => join(folder, `${step}.safetensors`);
  const looked = looking(check, async ({ step }) =>
    step === steps ? readBytes(path) : readFileSync(file(step)),
  );
  const last = await looked(at(steps));
  if (!last.fails) return { passes: last };
  const interruption = new Interruption(() => {});
  try {
    let [good, bad] = [0, steps];
    let kept = false;
    while (bad - good > 1) {
      const places = kept
        ? between(good, bad)
        : [...new Set([...(after > 0 ? [after] : []), ...between(after, bad)])];
      const state = good > 0 ? { bytes: readFileSync(file(good)), step: good } : undefined;
      const done = await keep(retake, places, state, file, interruption, output);
      if (!done) return undefined;
      if (!kept && after > 0) {
        const first = await looked(at(after));
        if (first.fails)
          throw new Failure(`the check fails already ${said(first)}: give an earlier --after`);
        good = after;
      }
      kept = true;
      const points = places.filter((step) => step > good).map(at);
      const { before, first } = await search([...points, at(bad)], looked);
      good = before?.step ?? good;
      bad = first.step;
      output?.write(`between step ${good} and ${bad}\n`);
    }
    const before = good > 0 ? await looked(at(good)) : undefined;
    const bytes = bad === steps ? readBytes(path) : readFileSync(file(bad));
    return { before, first: await looked(at(bad)), bytes };
  } finally {
    interruption.end();
  }
}

/** Steps between two others, about as far from one another; all, where there are few. */
function between(good: number, bad: number): number[] {
  const count = Math.min(KEPT, bad - good - 1);
  return Array.from(
    { length: count },
    (_, i) => good + Math.round(((i + 1) * (bad - good)) / (count + 1)),
  );
}

/** Trains to the last of these steps, and keeps what it is after each. @returns whether it came to the end */
async function keep(
  retake: Retake,
  places: readonly number[],
  state: { readonly bytes: Uint8Array; readonly step: number } | undefined,
  file: (step: number) => string,
  interruption: Interruption,
  output: Output,
): Promise<boolean> {
  const until = places[places.length - 1];
  const begin = state?.step ?? 0;
  const { history } = retake.recipe.record;
  const meter = new Meter(output, `training again, to step ${until}`);
  try {
    const steps = retake.take(interruption.signal, () => {}, until, state);
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return true;
      const { run, model, report } = value;
      if (interruption.asked) return false;
      if (run < history.length - 1) continue;
      meter.show((report.step - begin) / (until - begin));
      if (places.includes(report.step))
        writeFileSync(file(report.step), model.save({ training: true }));
    }
  } catch (error) {
    if (interruption.caused(error)) return false;
    throw error;
  } finally {
    meter.end();
  }
}
