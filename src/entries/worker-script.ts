// What runs in a worker, offered over comlink: shards of somebody's training, and whole models. It has
// no imports once it is built, and takes nothing from its runtime but `postMessage`,
// `addEventListener` and, where it has them, further workers.

import { expose } from "comlink";
import { compileRuntime } from "../host/runtime.js";
import type { WorkerFactory } from "../host/workers.js";
import { everyModel } from "../models/every-model.js";
import { sendErrors } from "../remote/errors.js";
import type { WorkerService } from "../remote/protocol.js";
import { modelService } from "../remote/service.js";
import { shardWorker } from "../train/parallel/shard-worker.js";

/** Further workers run this same script, whether it came from a file or from a text. */
const likeThis: WorkerFactory | undefined =
  typeof Worker === "undefined"
    ? undefined
    : () => new Worker(globalThis.location?.href, { type: "module" });

const service: Pick<WorkerService, "open"> = {
  async open(kernels) {
    const runtime = await compileRuntime(kernels, likeThis);
    Object.assign(service, shardWorker(runtime), modelService(runtime, everyModel));
  },
};

sendErrors();
expose(service);
