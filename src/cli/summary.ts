// What `train` says before it begins.

import type { LanguageModel } from "../index.js";
import { named, type TextFile } from "./files.js";
import { plural, size, whole } from "./format.js";
import type { Job } from "./training.js";

/** How much data there is, as the model sees it. */
export interface Sizes {
  readonly characters: number;
  readonly tokens: number;
  /** 0 for one text. */
  readonly documents: number;
  /** Bits a character for one nat a token; a document's end counts as one of each. */
  readonly bitsPerNat: number;
}

export function measure(model: LanguageModel, data: string | readonly string[]): Sizes {
  const texts = typeof data === "string" ? [data] : data;
  const documents = typeof data === "string" ? 0 : data.length;
  let characters = 0;
  let tokens = 0;
  for (const text of texts) {
    for (const _ of text) characters++;
    tokens += model.tokenizer.encode(text).length;
  }
  const ratio = (tokens + documents) / Math.max(1, characters + documents);
  return { characters, tokens, documents, bitsPerNat: ratio / Math.LN2 };
}

/** A few lines for people. */
export function describeJob(job: Job, files: readonly TextFile[], sizes: Sizes): string {
  const { model, options } = job;
  const { config, tokenizer } = model;
  const { run } = model;
  const o = { ...options, ...run?.options };
  const of = sizes.documents > 0 ? `${plural(sizes.documents, "document")}, ` : "";
  const row = sizes.documents > 0 ? "documents" : `${o.seqLen ?? 64} tokens`;
  const part = Number((100 * (options.val ?? 0)).toFixed(2));
  const validation =
    part > 0 ? [`check  on the last ${part} %, every ${plural(o.evalEvery!, "step")}`] : [];
  const from = run && run.step > 0 ? `, from step ${whole(run.step)} on` : "";
  return [
    `data   ${named(files)}: ${of}${plural(sizes.characters, "character")}, ` +
      `${plural(sizes.tokens, "token")} (${tokenizer.kind}, vocabulary of ${whole(tokenizer.size)})`,
    `model  lstm, embed ${config.embed}, hidden ${config.hidden}, ${plural(config.layers, "layer")}: ` +
      `${plural(model.parameters, "parameter")}, ${size(4 * model.parameters)}`,
    `run    ${plural(o.steps!, "step")}${from}, batches of ${o.batch ?? 32} × ${row}, ` +
      `${o.optimizer}, lr ${o.lr} ${o.schedule}, seed ${config.seed}${shards(o)}`,
    ...validation,
  ].join("\n");
}

function shards({ shards = 1, workers = 1 }: Job["options"]): string {
  if (shards === 1) return "";
  const threads = Math.min(shards, Number(workers));
  return `, ${plural(shards, "shard")} on ${plural(threads, "worker")}`;
}
