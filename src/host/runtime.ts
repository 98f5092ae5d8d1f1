// Compiles and instantiates the kernels' WebAssembly module. The only file that does.

import { compiled, isModule, type ModuleSource } from "./compile.js";
import { describe, InvalidInputError } from "./errors.js";
import { fnv1a } from "./fnv.js";
import type { Further, FurtherModules, FurtherSource } from "./further.js";
import { type Kernels, kernelsHash } from "./generated/kernels.js";
import { Machine } from "./machine.js";
import type { WorkerFactory, WorkerScript, WorkerThread } from "./workers.js";

export type { ModuleSource };

/** The compiled kernels. Models are created on it; each gets an instance and memory of its own. */
export class Runtime {
  /** What the kernels were compiled from, for workers to compile their own. */
  readonly source: ModuleSource;
  /** How a worker is started; undefined where the runtime has none. */
  readonly workers: WorkerFactory | undefined;
  /** The further modules, where they have been loaded. @internal */
  readonly further: FurtherModules;
  readonly #module: WebAssembly.Module;
  readonly #script: WorkerScript;

  constructor(
    module: WebAssembly.Module,
    source: ModuleSource,
    workers?: WorkerFactory,
    script: WorkerScript = fromFileOnly,
    further: FurtherModules = { pictures: {}, quantized: {} },
  ) {
    this.#module = module;
    this.source = source;
    this.workers = workers;
    this.#script = script;
    this.further = further;
  }

  /**
   * The same kernels with another way to start workers, for example from a file where a page's
   * Content-Security-Policy forbids `blob:` workers:
   * `new Worker(new URL("simdream/worker-script", import.meta.url), { type: "module" })`.
   */
  withWorkers(workers: WorkerFactory | undefined): Runtime {
    return new Runtime(this.#module, this.source, workers, this.#script, this.further);
  }

  /**
   * Starts a worker with the package's script in it.
   * @throws InvalidInputError where there are no workers, or the factory gave something else
   * @internal
   */
  async startWorker(): Promise<WorkerThread> {
    if (!this.workers) {
      throw new InvalidInputError(
        "this runtime has no workers; give it a way to start them: runtime.withWorkers(factory)",
      );
    }
    const thread = await this.workers(this.#script);
    if (typeof thread?.postMessage === "function") return thread;
    throw new InvalidInputError(`withWorkers needs a factory of workers, got ${describe(thread)}`);
  }

  /** Whether the other one has the same kernels, as far as can be seen: so that the bits agree. */
  sameKernels(other: Runtime): boolean {
    if (this.#module === other.#module || this.source === other.source) return true;
    if (isModule(this.source) || isModule(other.source)) return false;
    const [own, others] = [bytesOf(this.source), bytesOf(other.source)];
    return own.length === others.length && own.every((byte, i) => byte === others[i]);
  }

  /**
   * Loads the second module, so that machines made from now on have its kernels; models of pictures do so themselves.
   * @throws InvalidInputError where there is none, or it is not simdream's
   */
  async withPictures(): Promise<Runtime> {
    return this.#with("pictures");
  }

  /**
   * The same with the third module: products with 8-bit and 4-bit weights. Quantised models load it themselves.
   * @throws InvalidInputError where there is none, or it is not simdream's
   */
  async withQuantized(): Promise<Runtime> {
    return this.#with("quantized");
  }

  async #with(kind: keyof FurtherModules): Promise<Runtime> {
    await (await import("./further.js")).loadFurther(this.further, kind, this.#module);
    return this;
  }

  /** A fresh instance with its own memory. */
  machine(): Machine {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
    const { exports: kernels } = new WebAssembly.Instance(this.#module, { env: { memory } });
    const instance = ({ module }: Further) =>
      module && new WebAssembly.Instance(module, { env: { memory }, kernels }).exports;
    const { pictures, quantized } = this.further;
    const further = { pictures: instance(pictures), quantized: instance(quantized) };
    return new Machine(kernels as unknown as Kernels, memory, further as never);
  }
}

/**
 * @throws InvalidInputError where the source is not simdream's module, or the engine cannot run it: it
 *   has no WebAssembly or no SIMD, or forbids to compile
 */
export async function compileRuntime(
  source: ModuleSource,
  workers?: WorkerFactory,
  script?: WorkerScript,
  pictures?: FurtherSource,
  quantized?: FurtherSource,
): Promise<Runtime> {
  checkEngine();
  const module = await compiled(source);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (fnv1a(names.join()) === kernelsHash) {
    const further = { pictures: { from: pictures }, quantized: { from: quantized } };
    return new Runtime(module, source, workers, script, further);
  }
  const why = names.includes("heap_base") ? "it has other kernels" : "it exports no heap_base";
  throw new InvalidInputError(
    `load() was given a WebAssembly module that is not simdream's, or not of this version: ${why}`,
  );
}

/** The smallest module that needs SIMD: a function that returns `i8x16.splat(0)`. */
const simd = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b],
);

function checkEngine(): void {
  const lacks =
    typeof WebAssembly === "undefined" ? "" : WebAssembly.validate(simd) ? null : " SIMD";
  if (lacks === null) return;
  throw new InvalidInputError(
    `simdream needs an engine with WebAssembly SIMD (Node 16.4, Chromium 91, Firefox 89, Safari 16.4 ` +
      `or newer, on a processor that has it); this one has no WebAssembly${lacks}`,
  );
}

async function fromFileOnly(): Promise<string> {
  throw new InvalidInputError(
    "this runtime does not have the worker's script as a text; start workers from the file of " +
      "simdream/worker-script",
  );
}

function bytesOf(source: BufferSource): Uint8Array {
  if (!ArrayBuffer.isView(source)) return new Uint8Array(source);
  const { buffer, byteOffset, byteLength } = source;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
