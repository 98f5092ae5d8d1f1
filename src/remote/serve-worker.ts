// What runs in a worker, offered over comlink: shards of somebody's training, and whole models. It takes
// nothing from its runtime but `postMessage`, `addEventListener` and, where it has them, further workers.

import { expose } from "comlink";
import type { FurtherModules } from "../host/further.js";
import { compileRuntime, type ModuleSource } from "../host/runtime.js";
import type { WorkerFactory } from "../host/workers.js";
import type { ModelClass } from "../models/every-network.js";
import { ownBuilder } from "../models/own/registry.js";
import { shardWorker } from "../train/parallel/shard-worker.js";
import { sendErrors } from "./errors.js";
import type { WorkerService } from "./protocol.js";
import { modelService } from "./service.js";

/** Further workers run this same script, whether it came from a file or from a text. */
const likeThis: WorkerFactory | undefined =
  typeof Worker === "undefined"
    ? undefined
    : () => new Worker(globalThis.location?.href, { type: "module" });

/**
 * Makes this thread a worker of simdream.
 * @param classes whose models may live in it and whose shards it computes, by name
 */
export function serveWorker(classes: Readonly<Record<string, ModelClass>>): void {
  const service: Pick<WorkerService, "open"> = {
    async open(kernels) {
      const sources: Partial<Record<keyof FurtherModules, ModuleSource>> = {};
      const from = [() => sources.pictures!, () => sources.quantized!] as const;
      const runtime = await compileRuntime(kernels, likeThis, undefined, ...from);
      const further: WorkerService["further"] = async (kind, source) => {
        sources[kind] = source;
        await (kind === "pictures" ? runtime.withPictures() : runtime.withQuantized());
      };
      const shards = shardWorker(runtime, (description) =>
        description.own ? ownBuilder(description) : classes[description.model].builder(description),
      );
      Object.assign(service, shards, modelService(runtime, classes), { further });
    },
  };
  sendErrors();
  expose(service);
}
