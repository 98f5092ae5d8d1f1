// From the start of the process to the end of one that has generated its first token, against a process
// that does nothing. All wall time, taken in turn; the file of the model is in the disk's cache. Beside the
// median stands the least: what is left of it where nobody else uses the machine.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languageModel } from "../lib/onnx.mjs";
import { bench } from "../lib/peers.mjs";
import { library } from "../lib/simdream.mjs";
import { median } from "../lib/stats.mjs";
import { text } from "../peers/work.mjs";

export const title = "Cold start: process start to first generated token (hidden 256)";

export async function run({ engine, quick, labels, log, unless }) {
  const folder = mkdtempSync(join(tmpdir(), "simdream-bench-"));
  try {
    const ours = join(folder, "model.safetensors");
    const theirs = join(folder, "model.onnx");
    const { runtime, LanguageModel } = await library("default");
    const model = await LanguageModel.create({ runtime, corpus: text(), hidden: 256 });
    for await (const _ of model.fit(text(), { steps: 1, batch: 1, seqLen: 8 }));
    writeFileSync(ours, model.save());
    writeFileSync(theirs, languageModel(256));
    const script = (name, file) => [join(bench, "peers", name), file];
    const contenders = [
      { peer: "node -e 0", program: engine, args: ["-e", "0"] },
      { peer: labels.simdream, program: engine, args: script("first-token.mjs", ours) },
      { peer: labels.onnx, program: engine, args: script("first-token-onnx.mjs", theirs) },
      {
        peer: "PyTorch (import only)",
        program: "python3",
        args: ["-c", "import torch"],
        slow: true,
      },
    ];
    const rounds = quick ? 7 : 21;
    const results = await unless(() => measure(contenders, rounds));
    const row = { name: "process start to first token", unit: "ms", results };
    log(row);
    return [row];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(contenders, rounds) {
  const results = contenders.map(({ peer }) => ({ peer, samples: { wall: [] } }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { program, args, slow }] of contenders.entries()) {
      if (results[i].skipped || (slow && round > 3)) continue;
      const begun = performance.now();
      const { status, error, stderr } = spawnSync(program, args, { encoding: "utf8" });
      const took = performance.now() - begun;
      if (status !== 0) {
        const lines = (error?.message ?? stderr).trim().split("\n");
        results[i].skipped = lines.findLast((line) => line.includes("Error")) ?? lines.at(-1);
      }
      // The first round warms the disk's cache.
      if (round > 0) results[i].samples.wall.push(took);
    }
  }
  const [idle] = results;
  idle.value = median(idle.samples.wall);
  for (const result of results.slice(1)) {
    const { wall } = result.samples;
    if (result.skipped) continue;
    result.value = median(wall);
    result.beyond = median(wall.map((took, i) => took - idle.samples.wall[i]));
    result.least = Math.min(...wall) - Math.min(...idle.samples.wall);
  }
  return results;
}
