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

/**
 * In a Web Worker of Firefox (153) `new Worker` now and then never returns, and nothing in that worker
 * ever runs again; from a page it does. A page has a document.
 */
const hangs = typeof document === "undefined" && /Firefox\//.test(globalThis.navigator?.userAgent);

/** Web Workers from a Blob: no file that a bundler would have to find. Undefined where there are none. */
export const webWorkers: WorkerFactory | undefined =
  typeof Worker === "undefined" || hangs
    ? undefined
    : async (script) => {
        const text = await script();
        blobUrl ??= URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
        return new Worker(blobUrl, { type: "module" });
      };
