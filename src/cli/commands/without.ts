// simdream without

import type { Command } from "commander";
import type { StepReport } from "../../entries/node.js";
import { gap } from "../../models/base/recipe.js";
import { Failure, INTERRUPTED, UsageError } from "../errors.js";
import { isAdaptable } from "../io/adapters.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import {
  type DocumentsOf,
  type Part,
  part,
  temporaryFolder,
  wantedDocuments,
} from "../io/documents.js";
import { readModel } from "../io/models.js";
import { checkApart, checkPaths, uses } from "../io/paths.js";
import { holdRecords, type RecordFlags } from "../io/records.js";
import { holdVectors } from "../io/vectors.js";
import type { Kind } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import {
  addOptions,
  command,
  examples,
  explicitOptions,
  number,
  pick,
} from "../options/options.js";
import { addReadingOptions, readingNames } from "../options/train-options.js";
import { type Change, changeOf, type SampleChange, samplesOf } from "../run/differences.js";
import { Interruption } from "../run/interruption.js";
import type { Trainee } from "../run/job.js";
import { dataOf, type OtherRun, otherRun } from "../run/other-data.js";
import { makeProgress } from "../run/progress.js";
import { openRecipe } from "../run/retake.js";
import { clock, oneLine, plural } from "../show/format.js";
import { twoColumns } from "../show/model-rows.js";
import { messageOutput, printJson } from "../show/terminal.js";

interface Flags extends Readonly<Record<string, unknown>> {
  readonly documents: string;
  readonly from?: string;
  readonly heldOut?: string;
  readonly files?: string;
  readonly estimate?: boolean;
  readonly workers?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function withoutCommand(): Command {
  const target = command(
    "without",
    "Trains a file's model without some of its documents, and says what changes: exactly what train gives on the files without them.",
  );
  target.argument("<model>", "a file of a model, or of an adapter");
  target.argument("<files...>", "what it was trained on");
  addOptions(target, "Documents", [
    [
      "--documents <list>",
      "what is left out: lines, records, rows, pictures, clips or levels, from 1 over all files (17,18 or 3-9), or names of picture files",
    ],
    ["--held-out <file>", "data of the same kind that both models are measured on"],
    ["--files <folder>", "where the files without the documents go (default: nowhere for good)"],
    ["--from <file>", "the model that the file's was trained further from, or whose adapter it is"],
  ]);
  addReadingOptions(target, ["documents"]);
  addOptions(target, "Speed", [
    ["--estimate", "say how long it takes, and train nothing"],
    ["--workers <n>", "threads that compute the shards; the result is the same", undefined, number],
  ]);
  addOptions(target, "Output", [
    ["--out <file>", "where the model that was trained without them goes (default: nowhere)"],
    ["--json", "print one JSON object at the end"],
    ["--quiet", "print errors only"],
  ]);
  examples(target, [
    "simdream without names.safetensors names.txt --documents 17,18",
    "simdream without poems.safetensors poems.jsonl --documents 3-9 --held-out others.jsonl --out w.safetensors",
    "simdream without pictures.safetensors pictures/ --documents cat/7.png --json",
    "simdream without book.safetensors book.txt --documents 100-180 --estimate",
  ]);
  return target.action((path: string, paths: string[], flags: Flags) =>
    without(path, paths, flags, explicitOptions(target)),
  );
}

async function without(
  path: string,
  paths: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { out, heldOut, from } = flags;
  if (flags.documents === undefined) {
    throw new UsageError(
      "without needs --documents, what is left out: 17,18 or 3-9, or names of picture files",
    );
  }
  const wanted = wantedDocuments(flags.documents);
  checkPaths(
    [
      ...uses("the model", path),
      ...uses("what it was trained on", ...paths),
      ...uses("--held-out", heldOut),
      ...uses("--from", from),
      ...uses("--labels", flags.labels as string | undefined),
    ],
    uses("--out", out),
  );
  checkApart(uses("--held-out", heldOut), uses("what it was trained on", ...paths));
  if (out !== undefined) checkWritable(out);
  const { recipe, kind, model } = await openFile(path, from);
  const now = pick(flags, [
    ...readingNames.filter((name) => explicit.has(name) && name !== "documents"),
    "workers",
  ]);
  const { given } = recipe.record.history[recipe.record.history.length - 1];
  const said = { ...given?.train, ...now };
  const temporary = flags.files === undefined ? temporaryFolder() : undefined;
  try {
    const parted = part(
      paths,
      documentsOf(kind, model, paths, said),
      wanted,
      flags.files ?? temporary!.path,
    );
    const { rest, removed, names } = parted;
    const output = messageOutput(flags);
    const other = await otherRun({
      path,
      kind,
      model,
      recipe,
      paths: rest.paths,
      now: withLabels(now, rest),
      from,
    });
    output?.write(
      `without ${plural(names.length, "document")}: ${oneLine(names.join(", "), 60)}\n`,
    );
    for (const note of other.notes) output?.write(`note   ${note}\n`);
    if (other.words !== undefined) output?.write(`data   ${other.words}\n`);
    const trained = await train(other, flags);
    if (!trained) return;
    const { estimate, seconds, interrupted } = trained;
    if (flags.estimate || interrupted) {
      if (flags.json)
        printJson({ documents: names, estimate, ...(interrupted ? { interrupted } : {}) });
      return;
    }
    const { bits } = recipe;
    const whole = await wholeOf(other.model, recipe.model === "Adapter" ? from : undefined);
    const after = bits && whole.quantize ? await whole.quantize({ bits }) : whole;
    if (out !== undefined) writeWhole(out, bits ? after.save() : other.model.save());
    const both = [model, after] as const;
    const read = (some: Part) =>
      dataOf(kind, path, model, some.paths, withLabels(now, some), given?.train);
    const removedData = await read(removed);
    const restData = await read(rest);
    const scores = {
      removed: changeOf(both, removedData, names),
      rest: changeOf(both, restData),
      ...(heldOut === undefined
        ? {}
        : { heldOut: changeOf(both, await read({ paths: [heldOut] })) }),
    };
    const samples = await samplesOf(kind, both, removedData);
    const { steps, loss, validation } = other.model.record;
    const fingerprint = bits ? after.fingerprint() : other.model.fingerprint();
    if (flags.json) {
      printJson({
        ...{ documents: names, fingerprint, same: fingerprint === fingerprintOf(model) },
        ...{ steps, loss, validation, estimate, seconds, scores, samples, out },
      });
    } else {
      output?.write(twoColumns(rowsOf(scores, samples, fingerprint), 19));
    }
  } finally {
    temporary?.remove();
  }
}

/** @throws Failure where the file cannot be trained again */
async function openFile(path: string, from: string | undefined) {
  const { bytes, recipe, adapter, base, kind, load } = await openRecipe(path, from);
  const { record } = recipe;
  const runs = record.runs - (base && !adapter ? base.model.record.runs : 0);
  const why = base ? undefined : gap(record);
  if (why) throw new Failure(`${path} cannot be trained again: ${why}`);
  if (runs !== 1) {
    throw new Failure(
      `${path} was trained in ${plural(record.runs, "run")}: give --from, the model before its last run, whose data these are`,
    );
  }
  return { recipe, kind, model: await load(bytes) };
}

/** What documents are in these files. @throws UsageError for what cannot be parted */
function documentsOf(
  kind: Kind,
  model: AnyModel,
  paths: readonly string[],
  said: Readonly<Record<string, unknown>>,
): DocumentsOf {
  const labels = said.labels === true ? undefined : (said.labels as string | undefined);
  if (said.tile !== undefined) {
    throw new UsageError(
      "--documents is not for tiles of one picture: save them as files of their own",
    );
  }
  const { config, shape } = model as unknown as {
    config: { documents?: boolean };
    shape?: readonly number[];
  };
  if (kind.name === "language") {
    const known = (model as unknown as { labels: readonly unknown[] }).labels.length;
    const plain = said.documents !== undefined;
    if (!plain && holdRecords(paths, said as RecordFlags, known)) {
      return { unit: "line", head: !paths.every((path) => /\.(jsonl|ndjson)$/i.test(path)) };
    }
    if (!config.documents) return { unit: "text" };
    return { unit: said.documents === "files" ? "file" : "line" };
  }
  if (kind.name === "seq2seq") return { unit: "line" };
  if (kind.name === "grid") return { unit: "level", labels };
  if (shape?.length === 1 && holdVectors(paths)) return { unit: "line" };
  return { unit: shape?.length === 4 || kind.name === "frames" ? "clip" : "picture", labels };
}

/** Labels that were parted with their pictures. */
function withLabels(now: Readonly<Record<string, unknown>>, { labels }: Part) {
  return labels === undefined ? now : { ...now, labels };
}

/** Steps that are measured before it is said how long all take, and seconds that are enough. */
const [MEASURED, ENOUGH] = [20, 1];

/** Trains; undefined where nothing can be said. */
async function train(
  { model, fit, bitsPerNat, targets }: OtherRun,
  flags: Flags,
): Promise<
  | { estimate: { steps: number; seconds: number }; seconds: number; interrupted: boolean }
  | undefined
> {
  const output = messageOutput(flags);
  const progress = makeProgress(output, {
    ...{ bitsPerNat, targets, validated: true, timed: true, samples: () => [] },
  });
  const interruption = new Interruption(() => progress.end());
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const { steps } = model.run!.options;
  let estimate: { steps: number; seconds: number } | undefined;
  let first: { step: number; at: number } | undefined;
  const state = (step: number) => {
    // The first step also warms up, so it is no measure of the others.
    first ??= { step, at: elapsed() };
    const taken = step - first.step;
    if (
      estimate ||
      (step < steps && (taken === 0 || (taken < MEASURED && elapsed() - first.at < ENOUGH)))
    )
      return;
    const each = taken === 0 ? elapsed() / step : (elapsed() - first.at) / taken;
    const seconds = elapsed() + each * (steps - step);
    estimate = { steps, seconds };
    progress.say(
      `time   about ${seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : clock(seconds)} for ${plural(steps, "step")}, by ${plural(step, "step")} that were measured`,
    );
  };
  const held: StepReport[] = [];
  try {
    for await (const report of fit(interruption.signal)) {
      held.push(report);
      state(report.step);
      if (!estimate) continue;
      if (flags.estimate) break;
      for (const one of held.splice(0)) progress.step(one);
      if (interruption.asked && !report.finished) break;
    }
  } catch (error) {
    if (!interruption.caused(error)) throw error;
  } finally {
    progress.end();
    interruption.end();
  }
  const interrupted = interruption.asked && !model.run!.finished;
  if (interrupted) {
    process.exitCode = INTERRUPTED;
    progress.say(`stopped after step ${model.run!.step}; nothing was written`);
  }
  return estimate && { estimate, seconds: elapsed(), interrupted };
}

/** The model that was trained; of an adapter, its model with it. */
async function wholeOf(model: Trainee, base: string | undefined): Promise<AnyModel> {
  if (base === undefined) return model as unknown as AnyModel;
  const whole = (await readModel(base)).model;
  if (isAdaptable(whole)) await whole.loadAdapter(model.save());
  return whole;
}

function fingerprintOf(model: AnyModel): string {
  return isAdaptable(model) && model.adapter !== null
    ? model.getAdapter().fingerprint()
    : model.fingerprint();
}

const NAMES = { removed: "left out", rest: "the rest", heldOut: "held out" } as const;

/** For people. */
function rowsOf(
  scores: Readonly<Partial<Record<keyof typeof NAMES, Change | undefined>>>,
  samples: SampleChange | undefined,
  fingerprint: string,
): (readonly [string, string])[] {
  const figures = Object.entries(NAMES).flatMap(([key, name]) => {
    const change = scores[key as keyof typeof NAMES];
    if (!change) return [];
    const { documents = [] } = change;
    const each = documents.slice(0, 10).map((one) => [`  ${one.name}`, arrow(one)] as const);
    return [[`${name}, ${change.measure}`, arrow(change)] as const, ...each];
  });
  const texts = (samples?.samples ?? [])
    .slice(0, 3)
    .map(
      ({ seed, before, after }) =>
        [
          `sample ${seed}`,
          before === after ? "the same" : `${oneLine(before, 30)} → ${oneLine(after, 30)}`,
        ] as const,
    );
  const pixels = samples?.pixels;
  return [
    ["fingerprint", fingerprint],
    ...figures,
    ...texts,
    ...(pixels
      ? [
          [
            "samples",
            `${(100 * pixels.changed).toFixed(1)} % of the numbers differ, by ${pixels.mean.toFixed(4)} on average`,
          ] as const,
        ]
      : []),
  ];
}

function arrow({ before, after }: { readonly before: number; readonly after: number }): string {
  const change = after - before;
  return `${before.toFixed(4)} → ${after.toFixed(4)} (${change < 0 ? "−" : "+"}${Math.abs(change).toFixed(4)})`;
}
