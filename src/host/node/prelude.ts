// Runs before the worker's script in a thread of node:worker_threads, and gives it the globals of a
// Web Worker that it uses.

import { parentPort, type TransferListItem } from "node:worker_threads";
import { nodeThread } from "./thread.js";

const globals = {
  postMessage: (message: unknown, transfer?: readonly TransferListItem[]) =>
    parentPort!.postMessage(message, transfer),
  addEventListener: (_: string, listen: (event: { data: unknown }) => void) =>
    parentPort!.on("message", (data) => listen({ data })),
  // Asked for another worker, it starts one like itself.
  Worker: function Worker() {
    return nodeThread(import.meta.url);
  },
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
