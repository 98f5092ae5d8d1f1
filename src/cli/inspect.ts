// simdream inspect

import type { Command } from "commander";
import { type LanguageModel, numerics } from "../index.js";
import { readModel } from "./files.js";
import { oneLine, plural, size, whole } from "./format.js";
import { addOptions, command, examples } from "./options.js";
import { printJson } from "./terminal.js";

export function inspectCommand(): Command {
  const target = command("inspect", "Shows what a model file holds.");
  target.argument("<model>", "a file that train wrote");
  addOptions(target, "Options", [["--json", "print one JSON object"]]);
  examples(target, [
    "simdream inspect book.safetensors",
    "simdream inspect book.safetensors --json",
  ]);
  return target.action(async (path: string, flags: { json?: boolean }) => {
    const { model, bytes } = await readModel(path);
    if (flags.json) printJson(everything(path, bytes, model));
    else process.stdout.write(table(path, bytes, model));
  });
}

function everything(path: string, bytes: number, model: LanguageModel): object {
  const { config, parameters, tokenizer, record, run = null } = model;
  return {
    file: path,
    bytes,
    model: "LanguageModel",
    config,
    parameters,
    weights: weights(model),
    tokenizer: { size: tokenizer.size, ...tokenizer.toJSON() },
    record,
    run,
    version: model.savedBy ?? null,
    numerics,
    fingerprint: model.fingerprint(),
  };
}

function table(path: string, bytes: number, model: LanguageModel): string {
  const { config, record, run } = model;
  const rows: [string, string][] = [
    ["file", `${path}, ${size(bytes)}`],
    ["model", `lstm, ${config.documents ? "of documents" : "of one text"}`],
    ["embed", whole(config.embed)],
    ["hidden", whole(config.hidden)],
    ["layers", whole(config.layers)],
    ["dropout", String(config.dropout)],
    ["seed", String(config.seed)],
    [
      "parameters",
      `${whole(model.parameters)}, ${size((model.quantized ? 1 : 4) * model.parameters)}`,
    ],
    ["weights", weights(model)],
    ["tokenizer", tokens(model)],
    ["trained", `${plural(record.steps, "step")}, ${plural(record.tokens, "token")}`],
    ["loss", nats(record.loss)],
    ["validation", nats(record.validation)],
    ["run", run ? progress(run) : "none to go on with"],
    ["written by", `simdream ${model.savedBy ?? "of an older version"}, numerics ${numerics}`],
    ["fingerprint", model.fingerprint()],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}\n`).join("");
}

function weights({ quantized }: LanguageModel): string {
  return quantized ? "int8" : "f32";
}

function progress({ step, options, finished }: NonNullable<LanguageModel["run"]>): string {
  const { optimizer, lr, schedule } = options;
  const state = finished ? "finished" : "can be resumed";
  return `step ${whole(step)} of ${whole(options.steps)}, ${optimizer}, lr ${lr} ${schedule}; ${state}`;
}

function tokens({ tokenizer }: LanguageModel): string {
  const json = tokenizer.toJSON();
  const known = json.kind === "char" ? `: ${oneLine(json.characters, 60)}` : "";
  return `${json.kind}, ${plural(tokenizer.size, "token")}${known}`;
}

function nats(loss: number | null): string {
  return loss === null ? "none" : `${loss.toFixed(4)} nats a token`;
}
