// What `train` says before it begins.

import { plural, whole } from "../show/format.js";
import type { Job, Look, RunOptions } from "./job.js";

/** A few lines for people. */
export function describeJob({ model, options }: Job, look: Look): string {
  const { run, config } = model;
  const o: RunOptions = { ...options, ...run?.options };
  const from = run && run.step > 0 ? `, from step ${whole(run.step)} on` : "";
  return [
    `data   ${look.data}`,
    `model  ${look.model}`,
    `run    ${plural(o.steps!, "step")}${from}, batches of ${look.batch}, ` +
      `${o.optimizer}, lr ${o.lr} ${o.schedule}, seed ${config.seed}${shards(o)}`,
    ...(look.check ? [`check  on ${look.check}, every ${plural(o.evalEvery!, "step")}`] : []),
  ].join("\n");
}

function shards({ shards = 1, workers = 1 }: RunOptions): string {
  if (shards === 1) return "";
  const threads = Math.min(shards, Number(workers));
  return `, ${plural(shards, "shard")} on ${plural(threads, "worker")}`;
}
