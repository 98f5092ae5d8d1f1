// simdream evaluate

import type { Command } from "commander";
import { flag, UsageError } from "../errors.js";
import { adapterRow, useAdapter } from "../io/adapters.js";
import { checkWritable } from "../io/atomic.js";
import { readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import type { Kind } from "../kinds/kind.js";
import { kinds } from "../kinds/kinds.js";
import type { Flags } from "../kinds/model.js";
import { addOptions, command, examples, explicitOptions, rowName } from "../options/options.js";
import { twoColumns } from "../show/model-rows.js";
import { printJson } from "../show/terminal.js";

export function evaluateCommand(): Command {
  const target = command(
    "evaluate",
    "Measures how well a model predicts text, answers sources, or makes pictures.",
  );
  target.argument("<model>", "a file that train or import wrote");
  target.argument(
    "<files...>",
    "what the model learned, of the same kind: text in UTF-8, pairs, one a line with a tab between, or pictures; several are joined",
  );
  const known = new Set<string>();
  for (const { evaluation } of kinds) {
    const rows = evaluation.rows.filter((row) => !known.has(rowName(row)));
    addOptions(target, evaluation.group, rows);
    for (const row of rows) known.add(rowName(row));
  }
  addOptions(target, "Output", [adapterRow, ["--json", "print one JSON object"]]);
  examples(target, [
    "simdream evaluate book.safetensors another-book.txt",
    "simdream evaluate names.safetensors more-names.txt --documents lines --json",
    "simdream evaluate pairs.safetensors more-pairs.tsv --beam 5",
    "simdream evaluate pictures.safetensors test/ --generated 500",
  ]);
  return target.action((path: string, paths: string[], flags: Flags) =>
    evaluate(path, paths, flags, explicitOptions(target)),
  );
}

async function evaluate(
  path: string,
  paths: readonly string[],
  flags: Flags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const adapter = flags.adapter as string | undefined;
  const nearest = flags.nearest as string | undefined;
  checkPaths(
    [
      ...uses("the model", path),
      ...uses("what it is measured on", ...paths),
      ...uses("--labels", flags.labels as string | undefined),
      ...uses("--captions", flags.captions as string | undefined),
      ...uses("--adapter", adapter),
    ],
    uses("--nearest", nearest),
  );
  if (nearest !== undefined) checkWritable(nearest);
  const { kind, model } = await readModel(path);
  await useAdapter(path, model, adapter);
  checkOptions(path, kind, explicit);
  const { json, rows } = await kind.evaluate(path, model, paths, flags);
  if (flags.json) printJson(json);
  else process.stdout.write(twoColumns(rows, 19));
}

/** Refuses options that are for models of another kind. @throws UsageError */
function checkOptions(path: string, kind: Kind, explicit: ReadonlySet<string>): void {
  const own = namesOf(kind);
  for (const other of kinds) {
    const name = namesOf(other).find((one) => explicit.has(one) && !own.includes(one));
    if (name === undefined) continue;
    throw new UsageError(`${flag(name)} is for ${other.title}, ${path} holds ${kind.title}`);
  }
}

function namesOf({ evaluation }: Kind): string[] {
  return evaluation.rows.map(rowName);
}
