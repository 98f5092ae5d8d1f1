// The entry for runtimes that have node:worker_threads: Node, Deno and Bun.

import {
  load as loadAnywhere,
  type ModuleSource,
  type Runtime,
  type WorkerThread,
} from "./index.js";

export * from "./index.js";

/** As `load` of the package's other entry, with workers from node:worker_threads. */
export async function load(source?: ModuleSource | Promise<ModuleSource>): Promise<Runtime> {
  return (await loadAnywhere(source)).withWorkers(nodeWorker);
}

/** Gives the thread the two globals of a Web Worker that the script uses. */
const prelude = `import { parentPort } from "node:worker_threads";
globalThis.postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
globalThis.addEventListener = (_, listen) => parentPort.on("message", (data) => listen({ data }));
`;

async function nodeWorker(script: () => Promise<string>): Promise<WorkerThread> {
  const { Worker } = await import("node:worker_threads");
  const url = `data:text/javascript,${encodeURIComponent(prelude + (await script()))}`;
  // The program's own flags (loaders, inspectors) are none of the worker's business.
  const worker = new Worker(new URL(url), { execArgv: [], name: "simdream" });
  const listeners = new Map<string, Set<EventListenerOrEventListenerObject>>();
  const tell = (type: string, detail: object) => {
    const event = { type, ...detail } as unknown as Event;
    for (const listener of listeners.get(type) ?? []) {
      if (typeof listener === "function") listener(event);
      else listener.handleEvent(event);
    }
  };
  worker.on("message", (data) => tell("message", { data }));
  worker.on("messageerror", (error) => tell("messageerror", { message: error.message }));
  worker.on("error", (error) => tell("error", { message: error.message }));
  worker.on("exit", (code) => tell("error", { message: `it ended with exit code ${code}` }));
  return {
    postMessage: (message, transfer) =>
      worker.postMessage(message, transfer as Parameters<typeof worker.postMessage>[1]),
    addEventListener(type, listener) {
      if (!listeners.has(type)) listeners.set(type, new Set());
      listeners.get(type)!.add(listener);
    },
    removeEventListener: (type, listener) => listeners.get(type)?.delete(listener),
    terminate: () => worker.terminate(),
    unref: () => worker.unref(),
  };
}
