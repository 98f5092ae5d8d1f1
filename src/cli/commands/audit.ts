// simdream audit: what a model remembers of its training data.

import { basename } from "node:path";
import type { Command } from "commander";
import { type Audit, audit, type Canary, type AnyModel as Inner } from "../../entries/insight.js";
import { ImageSet, pictureFeatures } from "../../entries/node.js";
import { Failure, flag, UsageError } from "../errors.js";
import { adapterRow, useAdapter } from "../io/adapters.js";
import { readText } from "../io/files.js";
import { readModel } from "../io/models.js";
import { checkPageOut, givePage, pageRows } from "../io/pages.js";
import { checkApart, checkPaths, uses } from "../io/paths.js";
import type { Kind } from "../kinds/kind.js";
import { kinds } from "../kinds/kinds.js";
import type { Flags } from "../kinds/model.js";
import {
  addOptions,
  command,
  count,
  examples,
  explicitOptions,
  given,
  type OptionRow,
  pick,
  repeated,
  rowName,
  wholeNumber,
} from "../options/options.js";
import { featureStore } from "../run/feature-store.js";
import { besides } from "../run/picture-files.js";
import { auditPage } from "../show/audit-page.js";
import type { Language } from "../show/page.js";
import { scaleFor } from "../show/scale.js";

interface AuditFlags {
  readonly heldOut?: readonly string[];
  readonly canaries?: string;
  readonly out?: string;
  readonly language: Language;
  readonly json?: boolean;
  readonly adapter?: string;
}

/** Options of `evaluate` that say what is measured and not how files are read. */
const measuring: ReadonlySet<string> = new Set([
  ...["resetEvery", "bleu", "beam", "maxTokens", "generated", "nearest", "importance"],
  ...["noise", "mask", "seed", "samples", "among", "check"],
  ...["sampler", "steps", "guidance", "schedule", "temperature", "eta"],
]);

const lengths = (text: string): number[] => text.split(",").map((one) => count(one));

const auditRows: readonly OptionRow[] = [
  [
    "--held-out <file>",
    "files of the same kind that the model did not learn; may be given several times",
    undefined,
    repeated,
  ],
  ["--samples <n>", "samples to look at (default: 50 texts, 200 pictures)", undefined, count],
  ["--seed <n>", "seed of the samples (default: 0)", undefined, wholeNumber],
  ["--run <n>", "characters of a run that counts as copied (default: 50)", undefined, count],
  ["--prefix <list>", "tokens that are given (default: 8,16,32,64)", undefined, lengths],
  ["--length <n>", "tokens that must follow word for word (default: 50)", undefined, count],
  ["--examples <n>", "places of the texts to try (default: 200)", undefined, count],
  ["--canaries <file>", "planted secrets, one a line: what stands before it, a tab, the secret"],
  ["--symbols <text>", "what secrets are made of (default: 0123456789)"],
];

export function auditCommand(): Command {
  const target = command(
    "audit",
    "Says whether a model has learned its training data by heart, and what it would give away.",
  );
  target.argument("<model>", "a file that train or import wrote");
  target.argument("<data...>", "what the model learned");
  addOptions(target, "Audit", auditRows);
  const known = new Set<string>([...measuring, ...auditRows.map(rowName)]);
  for (const { evaluation } of kinds) {
    const rows = evaluation.rows.filter((row) => !known.has(rowName(row)));
    addOptions(target, evaluation.group, rows);
    for (const row of rows) known.add(rowName(row));
  }
  addOptions(target, "Output", [adapterRow, ...pageRows]);
  examples(target, [
    "simdream audit book.safetensors book.txt --held-out another-book.txt",
    "simdream audit book.safetensors book.txt --held-out another-book.txt --out audit.html",
    "simdream audit names.safetensors names.txt --held-out more-names.txt --json",
    "simdream audit pictures.safetensors pictures/ --held-out test/ --language zh --out audit.html",
  ]);
  return target.action((path: string, paths: string[], flags: Flags) =>
    run(path, paths, flags, explicitOptions(target)),
  );
}

async function run(
  path: string,
  paths: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { heldOut = [], canaries, out, language, json, adapter } = flags as unknown as AuditFlags;
  checkPaths(
    [
      ...uses("the model", path),
      ...uses("what it learned", ...paths),
      ...uses("--held-out", ...heldOut),
      ...uses("--labels", flags.labels as string | undefined),
      ...uses("--captions", flags.captions as string | undefined),
      ...uses("--canaries", canaries),
      ...uses("--adapter", adapter),
    ],
    uses("--out", out),
  );
  checkApart(uses("--held-out", ...heldOut), uses("what it learned", ...paths));
  checkPageOut(out);
  const secrets = canaries === undefined ? undefined : readCanaries(canaries);
  const { kind, model } = await readModel(path);
  checkReading(path, kind, explicit);
  await useAdapter(path, model, adapter);
  const training = await kind.read(path, model, paths, flags);
  const others = heldOut.length > 0 ? await kind.read(path, model, heldOut, flags) : undefined;
  const pictures = training instanceof ImageSet && kind.pictures?.generate;
  const grids = kind.name === "grid";
  const isPage = out?.toLowerCase().endsWith(".html");
  let made: unknown;
  const options = given({
    heldOut: others,
    onMade: (all: unknown) => {
      made = all;
    },
    canaries: secrets,
    ...pick(flags, ["samples", "seed", "run", "prefix", "length", "examples", "symbols"]),
    features: pictures ? await pictureFeatures(training, { store: featureStore() }) : undefined,
    copied: grids ? (await import("../../entries/game.js")).copied : undefined,
  });
  const found: Audit = await audit(model as unknown as Inner, training, options);
  const near = isPage ? nearestOf(found) : [];
  const page = auditPage(found, language, {
    file: basename(path),
    kind: kind.title,
    steps: model.record.steps,
    data: paths.map((one) => basename(one)),
    heldOut: heldOut.map((one) => basename(one)),
    near:
      near.length > 0 && made instanceof ImageSet
        ? await besideNearest(made, training as ImageSet, near)
        : undefined,
  });
  givePage(page, found, { out, json });
}

/** Samples that are shown beside what is nearest to them: those that are nearest. */
const SHOWN = 12;

function nearestOf({ neighbours }: Audit): Near[] {
  if (!neighbours) return [];
  const all = neighbours.nearest.map((one, sample) => ({ ...one, sample }));
  return all.sort((a, b) => a.distance - b.distance).slice(0, SHOWN);
}

interface Near {
  readonly sample: number;
  readonly example: number;
}

/** A row of samples, and below each its nearest training picture. */
async function besideNearest(
  made: ImageSet,
  training: ImageSet,
  near: readonly Near[],
): Promise<Uint8Array> {
  const rows = [
    made.subset(near.map(({ sample }) => sample)),
    training.subset(near.map(({ example }) => example)),
  ];
  const pairs = besides(rows, near.length);
  const stills = made.frames > 1 ? pairs.frame(0) : pairs;
  return stills.grid({ columns: near.length, scale: scaleFor(made) });
}

/** @throws UsageError for an option that reads files of another kind */
function checkReading(path: string, kind: Kind, explicit: ReadonlySet<string>): void {
  const own = new Set(kind.evaluation.rows.map(rowName));
  for (const other of kinds) {
    for (const row of other.evaluation.rows) {
      const name = rowName(row);
      if (!explicit.has(name) || own.has(name) || measuring.has(name)) continue;
      throw new UsageError(`${flag(name)} is for ${other.title}; ${path} holds ${kind.title}`);
    }
  }
}

/** @throws Failure naming the line that is no secret */
function readCanaries(path: string): Canary[] {
  const lines = readText(path)
    .pieces.join("")
    .split(/\r\n|\r|\n/);
  const found = lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const at = line.lastIndexOf("\t");
    if (at >= 0) return [{ prefix: line.slice(0, at), secret: line.slice(at + 1) }];
    throw new Failure(`${path}:${i + 1}: expected a prefix, a tab and a secret`);
  });
  if (found.length > 0) return found;
  throw new Failure(`${path} is empty; expected secrets, one a line`);
}
