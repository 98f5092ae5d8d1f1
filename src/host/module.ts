// Finds and compiles the kernels' WebAssembly module. The only file that instantiates it.

import { instantiateSync } from "@assemblyscript/loader";
import { InvalidInputError } from "./errors.js";
import type { Kernels } from "./generated/kernels.js";
import { wasmBase64 } from "./generated/wasm.js";
import { Machine } from "./machine.js";

/** What `load` accepts: the bytes of the module, or the module compiled. */
export type ModuleSource = BufferSource | WebAssembly.Module;

/** The compiled kernels. Models are created on it; each gets an instance and memory of its own. */
export class Runtime {
  readonly #module: WebAssembly.Module;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** A fresh instance with its own memory. */
  machine(): Machine {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
    const { instance } = instantiateSync(this.#module, { env: { memory } });
    return new Machine(instance.exports as unknown as Kernels, memory);
  }
}

/**
 * Compiles the kernels and returns the runtime that every model needs.
 *
 * @param source The module to use instead of the one inside the package: its bytes, a compiled
 *   `WebAssembly.Module`, or a promise of either.
 * @throws InvalidInputError where the source is not simdream's module, or the engine lacks SIMD.
 */
export async function load(source?: ModuleSource | Promise<ModuleSource>): Promise<Runtime> {
  const given = (await source) ?? defaultBytes();
  const module = given instanceof WebAssembly.Module ? given : await compile(given);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  for (const name of ["heap_base", "lstm_forward", "threefry"]) {
    if (!exported.includes(name)) {
      throw new InvalidInputError(
        `load() was given a WebAssembly module that is not simdream's: it exports no ${name}`,
      );
    }
  }
  return new Runtime(module);
}

async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      `the WebAssembly module does not compile here (an engine with WebAssembly SIMD is needed): ${reason}`,
      { cause },
    );
  }
}

function defaultBytes(): Uint8Array<ArrayBuffer> {
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
