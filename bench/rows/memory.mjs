// The largest resident set of a fresh process that trains the model at hidden 256, batch 32, length 64
// for a few steps: the engine, the library, compilation and data, as the system counts them.

import { Child } from "../lib/child.mjs";

export const title = "Peak resident memory of training (hidden 256, batch 32, length 64)";

export async function run({ commands, quick, settings, labels, log, unless }) {
  const job = { kind: "train", hidden: 256, batch: 32, length: 64 };
  const peers = quick
    ? ["simdream", "fast", "torch1"]
    : ["simdream", "fast", "torch1", "jax", "tfjs", "tfjsCpu"];
  const results = [];
  for (const peer of peers) {
    const result = { peer: labels[peer] };
    results.push(result);
    try {
      result.value = await unless(() => peak(commands[peer], job, settings));
    } catch (error) {
      result.skipped = error.message;
    }
  }
  if (quick) {
    for (const peer of ["jax", "tfjs", "tfjsCpu"]) {
      results.push({ peer: labels[peer], skipped: "left out of --quick" });
    }
  }
  const [{ value: own }] = results;
  for (const result of results.slice(1)) if (result.value) result.ratio = result.value / own;
  const row = { name: "peak resident memory", unit: "MB", results };
  log(row);
  return [row];
}

async function peak(command, job, { patience }) {
  const child = await Child.start(command, patience);
  try {
    await child.ask({ op: "prepare", id: "a", job, warmMs: 1000, sampleMs: 1 }, patience);
    await child.ask({ op: "measure", id: "a" }, patience);
    return (await child.ask({ op: "memory" }, patience)).bytes / 1e6;
  } finally {
    await child.end();
  }
}
