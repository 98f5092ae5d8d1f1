// What `train` says before it begins.

import { oneLine, plural, size, whole } from "../show/format.js";
import type { Job, Look, RunOptions } from "./job.js";

/** A few lines for people. @param readAs what the files are taken for, where that was found out */
export function describeJob({ model, options }: Job, look: Look, readAs?: string): string {
  const { run, config, stepBytes } = model;
  const memory = stepBytes === undefined ? "" : `, about ${size(stepBytes)} for a step`;
  const o: RunOptions = { ...options, ...run?.options };
  const seed = "seed" in config ? `, seed ${config.seed}` : "";
  const from = run && run.step > 0 ? `, from step ${whole(run.step)} on` : "";
  return [
    `data   ${look.data}`,
    ...(look.note ? [`note   ${look.note}`] : []),
    ...(readAs ? [`read   as ${readAs}`] : []),
    `model  ${look.model}${memory}`,
    `run    ${plural(o.steps!, "step")} = ${passes(o.steps! / look.pass)}${from}, batches of ${look.batch}, ` +
      `${o.optimizer}, lr ${o.lr} ${o.schedule}${seed}${shards(o)}`,
    ...(look.figures ? [`shown  ${look.figures}`] : []),
    ...sheetRows(look),
    ...(look.check ? [`check  on ${look.check}, every ${plural(o.evalEvery!, "step")}`] : []),
  ].join("\n");
}

/** What the rows of pictures show that it makes on the way. */
function sheetRows({ sheet }: Look): string[] {
  if (!sheet?.rows || sheet.every === 0) return [];
  return sheet.rows.map((text, i) => `${i === 0 ? "rows   " : "       "}${oneLine(text, 80)}`);
}

/** How often the training data are seen: a few with a decimal. */
function passes(n: number): string {
  const text = n < 9.95 ? n.toFixed(1).replace(/\.0$/, "") : whole(n);
  return text === "1" ? "1 pass" : `${text} passes`;
}

function shards({ shards = 1, workers = 1, rounds }: RunOptions): string {
  const of = rounds ? `, rounds of ${plural(rounds.steps, "step")}` : "";
  if (shards === 1) return of;
  if (typeof workers === "object") return `, ${plural(shards, "shard")} on a cluster${of}`;
  const threads = Math.min(shards, Number(workers));
  return `, ${plural(shards, "shard")} on ${plural(threads, "worker")}${of}`;
}
