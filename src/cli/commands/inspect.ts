// simdream inspect

import type { Command } from "commander";
import { ModelFileError, numerics, type RunProgress } from "../../entries/node.js";
import { type AdapterFacts, adapterFacts } from "../../models/base/adapter-facts.js";
import { isAdapterFile } from "../io/adapters.js";
import { readBytes } from "../io/files.js";
import { type Read, readModel } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import type { Rows } from "../kinds/model.js";
import { addOptions, command, examples } from "../options/options.js";
import { oneLine, plural, size, whole } from "../show/format.js";
import { twoColumns } from "../show/model-rows.js";
import { printJson } from "../show/terminal.js";

export function inspectCommand(): Command {
  const target = command("inspect", "Shows what a model file holds.");
  target.argument("<model>", "a file that train or import wrote, an adapter too");
  addOptions(target, "Options", [["--json", "print one JSON object"]]);
  examples(target, [
    "simdream inspect book.safetensors",
    "simdream inspect book.safetensors --json",
  ]);
  return target.action(async (path: string, flags: { json?: boolean }) => {
    checkPaths(uses("the model", path));
    if (isAdapterFile(path)) {
      const bytes = readBytes(path);
      const facts = factsOf(path, bytes);
      const { savedBy: version = null, ...own } = facts;
      if (flags.json) {
        printJson({ file: path, bytes: bytes.length, model: "Adapter", ...own, version });
      } else process.stdout.write(twoColumns(adapterRows(path, bytes.length, facts), 12));
      return;
    }
    const read = await readModel(path);
    if (flags.json) printJson(everything(path, read));
    else process.stdout.write(twoColumns(rows(path, read), 12));
  });
}

function everything(path: string, { kind, model, bytes }: Read): object {
  const { config, parameterCount, record, run = null } = model;
  return {
    file: path,
    bytes,
    model: kind.model,
    config,
    parameterCount,
    weights: model.weights,
    ...kind.inspect(model).json,
    record,
    run,
    version: model.savedBy ?? null,
    numerics,
    fingerprint: model.fingerprint(),
  };
}

function rows(path: string, { kind, model, bytes }: Read): Rows {
  const { config, record, run } = model;
  const own = kind.inspect(model);
  const loss = (value: number | null, unit = own.unit) =>
    value === null ? "none" : `${value.toFixed(4)} ${unit}`;
  return [
    ["file", `${path}, ${size(bytes)}`],
    ["model", own.model],
    ...own.traits,
    ["seed", String(config.seed)],
    [
      "parameters",
      `${whole(model.parameterCount)}, ${size(BYTES[model.weights] * model.parameterCount)}`,
    ],
    ["weights", model.weights],
    ...own.assets,
    [
      "trained",
      `${plural(record.steps, "step")}, ${plural(record.targets, own.targets ?? "token")}`,
    ],
    ["loss", loss(record.loss)],
    ["validation", loss(record.validation, own.checked)],
    ["run", run ? progress(run) : "none to resume"],
    [
      "written by",
      `simdream ${oneLine(model.savedBy ?? "of an older version", 40)}, numerics ${numerics}`,
    ],
    ["fingerprint", model.fingerprint()],
  ];
}

/** @throws ModelFileError with the file's name */
function factsOf(path: string, bytes: Uint8Array): AdapterFacts {
  try {
    return adapterFacts(bytes);
  } catch (error) {
    // As packed, what is not the library's by name has classes of errors of its own.
    throw new ModelFileError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function adapterRows(path: string, bytes: number, facts: AdapterFacts): Rows {
  const { of, rank, alpha, targets, parameterCount, record, savedBy } = facts;
  const loss = (value: number | null) =>
    value === null ? "none" : `${value.toFixed(4)} nats a token`;
  return [
    ["file", `${path}, ${size(bytes)}`],
    ["model", `adapter of a ${of.model}`],
    ["of", `the one with the fingerprint ${of.fingerprint}`],
    ["rank", `${rank}, alpha ${alpha}`],
    ["targets", targets.join(", ")],
    ["parameters", whole(parameterCount)],
    ["trained", `${plural(record.steps, "step")}, ${plural(record.targets, "token")}`],
    ["loss", loss(record.loss)],
    ["validation", loss(record.validation)],
    ["written by", `simdream ${oneLine(savedBy ?? "of an older version", 40)}`],
  ];
}

/** Bytes of most of a model's numbers. */
const BYTES = { f32: 4, int8: 1, int4: 0.5625 };

function progress({ step, options, finished }: RunProgress): string {
  const { optimizer, lr, schedule } = options;
  const state = finished ? "finished" : "can be resumed";
  return `step ${whole(step)} of ${whole(options.steps)}, ${optimizer}, lr ${lr} ${schedule}; ${state}`;
}
