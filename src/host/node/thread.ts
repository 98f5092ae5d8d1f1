// A thread of node:worker_threads in the shape of a Web Worker.

import { Worker } from "node:worker_threads";
import type { WorkerThread } from "../workers.js";

/** Starts a thread that runs the module at `url`. */
export function nodeThread(url: string): WorkerThread {
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
    ref: () => worker.ref(),
  };
}
