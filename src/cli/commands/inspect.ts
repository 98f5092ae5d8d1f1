// simdream inspect

import type { Command } from "commander";
import {
  LanguageModel,
  numerics,
  type RunProgress,
  type Seq2Seq,
  type Tokenizer,
} from "../../entries/index.js";
import { type AnyModel, readModel } from "../io/models.js";
import { addOptions, command, examples } from "../options/options.js";
import { oneLine, plural, size, whole } from "../show/format.js";
import { printJson } from "../show/terminal.js";

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

function everything(path: string, bytes: number, model: AnyModel): object {
  const { config, parameters, record, run = null } = model;
  const ofText = model instanceof LanguageModel;
  return {
    file: path,
    bytes,
    model: ofText ? "LanguageModel" : "Seq2Seq",
    config,
    parameters,
    weights: weights(model),
    ...(ofText ? { tokenizer: sized(model.tokenizer) } : { tokenizers: sizedPair(model) }),
    record,
    run,
    version: model.savedBy ?? null,
    numerics,
    fingerprint: model.fingerprint(),
  };
}

function sized(tokenizer: Tokenizer): object {
  return { size: tokenizer.size, ...tokenizer.toJSON() };
}

function sizedPair({ tokenizers, config }: Seq2Seq): object {
  const source = sized(tokenizers.source);
  return config.shared ? { source } : { source, target: sized(tokenizers.target) };
}

type Rows = readonly (readonly [name: string, value: string])[];

function table(path: string, bytes: number, model: AnyModel): string {
  const { config, record, run } = model;
  const { kind, traits, vocabularies } =
    model instanceof LanguageModel ? ofText(model) : ofPairs(model);
  const rows: Rows = [
    ["file", `${path}, ${size(bytes)}`],
    ["model", kind],
    ...traits,
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
    ...vocabularies,
    ["trained", `${plural(record.steps, "step")}, ${plural(record.targets, "token")}`],
    ["loss", nats(record.loss)],
    ["validation", nats(record.validation)],
    ["run", run ? progress(run) : "none to go on with"],
    ["written by", `simdream ${model.savedBy ?? "of an older version"}, numerics ${numerics}`],
    ["fingerprint", model.fingerprint()],
  ];
  return rows.map(([name, value]) => `${name.padEnd(12)} ${value}\n`).join("");
}

/** The rows that kinds of models do not share. */
interface OwnRows {
  readonly kind: string;
  readonly traits: Rows;
  readonly vocabularies: Rows;
}

function ofText({ config, tokenizer }: LanguageModel): OwnRows {
  return {
    kind: `lstm, ${config.documents ? "of documents" : "of one text"}`,
    traits: [],
    vocabularies: [["tokenizer", tokens(tokenizer)]],
  };
}

function ofPairs({ config, tokenizers }: Seq2Seq): OwnRows {
  const { attention, bidirectional, reverseSource, tied, shared, labels, clean = {} } = config;
  const flags = Object.entries({ bidirectional, reverseSource, tied, shared });
  const set = flags.filter(([, value]) => value).map(([name]) => name);
  const forms = Object.entries(clean).filter(([, value]) => value !== false);
  return {
    kind: ["seq2seq", ...set].join(", "),
    traits: [
      ["attention", attention],
      ["labels", labels.length > 0 ? oneLine(labels.join(", "), 60) : "none"],
      ["clean", forms.map(([name, value]) => `${name} ${value}`).join(", ") || "no"],
    ],
    vocabularies: shared
      ? [["tokenizer", tokens(tokenizers.source)]]
      : [
          ["source", tokens(tokenizers.source)],
          ["target", tokens(tokenizers.target)],
        ],
  };
}

function weights({ quantized }: AnyModel): string {
  return quantized ? "int8" : "f32";
}

function progress({ step, options, finished }: RunProgress): string {
  const { optimizer, lr, schedule } = options;
  const state = finished ? "finished" : "can be resumed";
  return `step ${whole(step)} of ${whole(options.steps)}, ${optimizer}, lr ${lr} ${schedule}; ${state}`;
}

function tokens(tokenizer: Tokenizer): string {
  const json = tokenizer.toJSON();
  const known = json.kind === "char" ? `: ${oneLine(json.characters, 60)}` : "";
  return `${json.kind}, ${plural(tokenizer.size, "token")}${known}`;
}

function nats(loss: number | null): string {
  return loss === null ? "none" : `${loss.toFixed(4)} nats a token`;
}
