// simdream fairness: whom a model treats how, by a specification of the user's.

import { basename } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { filesOf, readSpec } from "../io/fairness-files.js";
import type { LevelFlags } from "../io/levels.js";
import { readModel } from "../io/models.js";
import { checkPageOut, givePage, pageRows } from "../io/pages.js";
import { checkPaths, uses } from "../io/paths.js";
import type { PictureFlags } from "../io/pictures.js";
import { addOptions, command, count, examples, wholeNumber } from "../options/options.js";
import { clipTable, readTable } from "../options/picture-options.js";
import { rowsOf } from "../options/tables.js";
import { type Finding, performAudit } from "../run/fairness.js";
import { readAuditData } from "../run/fairness-data.js";
import { audited } from "../run/fairness-model.js";
import { AttributeReader } from "../run/fairness-read.js";
import { fairnessPage } from "../show/fairness-page.js";
import type { Language } from "../show/page.js";

interface FairnessFlags extends PictureFlags, LevelFlags {
  readonly spec?: string;
  readonly samples?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly language: Language;
  readonly json?: boolean;
}

/** Tokens of a text where nothing is said. */
const TOKENS = 60;

export function fairnessCommand(): Command {
  const target = command(
    "fairness",
    "Audits whom a model treats how: groups, attributes and audits are those of a specification.",
  );
  target.argument("<model>", "a file that train or import wrote");
  target.argument("[data...]", "data of the model's kind: for audits against data, and of quality");
  addOptions(target, "Audit", [
    ["--spec <file>", "what is audited, as JSON; docs/fairness.md has its fields"],
    [
      "--samples <n>",
      "samples of each distribution that says no other number (default: 400)",
      undefined,
      count,
    ],
    [
      "--seed <n>",
      "sample i is drawn with seed + i (default: the specification's, or 0)",
      undefined,
      wholeNumber,
    ],
  ]);
  addOptions(target, "Pictures", [
    ...rowsOf(readTable),
    ...rowsOf(clipTable),
    ["--pad <symbol>", "of levels, as of train"],
  ]);
  addOptions(target, "Output", pageRows);
  examples(target, [
    "simdream fairness faces.safetensors --spec spec.json",
    "simdream fairness faces.safetensors faces/ --labels labels.csv --spec spec.json --out fairness.html",
    "simdream fairness book.safetensors --spec words.json --json",
  ]);
  return target.action((path: string, paths: string[], flags: FairnessFlags) =>
    fairness(path, paths, flags),
  );
}

async function fairness(
  path: string,
  paths: readonly string[],
  flags: FairnessFlags,
): Promise<void> {
  const { spec: specPath, out, language, samples, seed } = flags;
  if (specPath === undefined)
    throw new UsageError("fairness needs --spec, a file that says what is audited");
  const read = [
    ...uses("the model", path),
    ...uses("the data", ...paths),
    ...uses("--spec", specPath),
    ...uses("--labels", flags.labels),
    ...uses("--captions", flags.captions),
  ];
  checkPaths(read, uses("--out", out));
  const given = readSpec(specPath);
  const spec = {
    ...given.spec,
    ...(samples === undefined ? {} : { samples }),
    ...(seed === undefined ? {} : { seed }),
  };
  const file = { ...given, spec };
  checkPaths(
    [...read, ...uses("a file of the specification", ...filesOf(file))],
    uses("--out", out),
  );
  checkPageOut(out);
  const { maxTokens = TOKENS, temperature, confidence = 0.95 } = spec;
  const model = audited(path, await readModel(path), { maxTokens, temperature });
  const data = paths.length > 0 ? await readAuditData(model, paths, flags) : undefined;
  const reader = new AttributeReader(file);
  const findings: Finding[] = [];
  for (const [i, one] of spec.audits.entries()) {
    findings.push(await performAudit({ model, file, reader, data }, one, i));
  }
  const name = basename(path);
  const page = fairnessPage(name, findings, language);
  const of = { model: name, fingerprint: model.read.model.fingerprint() };
  const limits = page.sections[page.sections.length - 1].parts.flatMap((part) =>
    "text" in part ? part.text : [],
  );
  givePage(page, { ...of, seed: spec.seed ?? 0, confidence, audits: findings, limits }, flags);
}
