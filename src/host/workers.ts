// How a runtime starts a worker. Shared code never asks where it runs: `load` of each entry of the
// package puts the runtime's own way into the `Runtime`, and `withWorkers` puts in another.

/** What is needed of a worker: what a Web Worker is. Node's are given this shape by its entry. */
export interface WorkerThread {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  /** Events `message`, `messageerror`, and `error` where the worker died or could not start. */
  addEventListener(type: string, listener: EventListenerOrEventListenerObject): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject): void;
  terminate(): unknown;
  /** Called when the listeners are in place: from here on an idle worker keeps no process alive. */
  unref?(): void;
  /** The opposite: somebody waits for an answer. */
  ref?(): void;
}

/** Gives a worker's whole source, a script without imports. */
export type WorkerScript = () => Promise<string>;

/**
 * Starts a worker.
 * @param script the source; a factory that has it as a file (`simdream/worker-script`) does without
 */
export type WorkerFactory = (script: WorkerScript) => WorkerThread | Promise<WorkerThread>;

/** The source inside the package, fetched when the first worker is started. */
export const workerScript: WorkerScript = async () =>
  (await import("./generated/worker-text.js")).workerText;

let blobUrl: string | undefined;

/** Web Workers from a Blob: no file that a bundler would have to find. Undefined where there are none. */
export const webWorkers: WorkerFactory | undefined =
  typeof Worker === "undefined"
    ? undefined
    : async (script) => {
        blobUrl ??= URL.createObjectURL(new Blob([await script()], { type: "text/javascript" }));
        return new Worker(blobUrl, { type: "module" });
      };
