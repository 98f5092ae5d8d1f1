// The entry for runtimes that have node:worker_threads: Node, Deno and Bun.

import { nodePrelude } from "../host/generated/node-prelude.js";
import { nodeThread } from "../host/node/thread.js";
import {
  type FurtherSource,
  load as loadAnywhere,
  type ModuleSource,
  type Runtime,
  setDefaultRuntime,
  type WorkerFactory,
} from "./index.js";

export * from "./index.js";

/** As `load` of the package's other entry, with workers from node:worker_threads. */
export async function load(
  source?: ModuleSource | Promise<ModuleSource>,
  pictures?: FurtherSource,
  quantized?: FurtherSource,
): Promise<Runtime> {
  return (await loadAnywhere(source, pictures, quantized)).withWorkers(nodeWorkers);
}

setDefaultRuntime(load);

const nodeWorkers: WorkerFactory = async (script) => {
  return nodeThread(
    `data:text/javascript,${encodeURIComponent(`${nodePrelude}\n${await script()}`)}`,
  );
};
