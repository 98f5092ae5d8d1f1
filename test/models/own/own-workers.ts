import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { WorkerFactory } from "../../../src/entries/index.js";
import { nodePrelude } from "../../../src/host/generated/node-prelude.js";
import { nodeThread } from "../../../src/host/node/thread.js";

/** Workers that know the models of this folder. */
export async function ownWorkers(): Promise<WorkerFactory> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    write: false,
  });
  const script = `${nodePrelude}\n${outputFiles[0].text}`;
  return () => nodeThread(`data:text/javascript,${encodeURIComponent(script)}`);
}
