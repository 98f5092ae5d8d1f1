// Finds the kernels' WebAssembly module: the one inside the package, or the caller's.

import { wasmBase64 } from "./generated/wasm.js";
import { compileRuntime, type ModuleSource, type Runtime } from "./runtime.js";
import { webWorkers } from "./workers.js";

/**
 * Compiles the kernels and returns the runtime that every model needs.
 *
 * @param source The module to use instead of the one inside the package: its bytes, a compiled
 *   `WebAssembly.Module`, or a promise of either.
 * @throws InvalidInputError where the source is not simdream's module, or the engine lacks SIMD.
 */
export async function load(source?: ModuleSource | Promise<ModuleSource>): Promise<Runtime> {
  return compileRuntime((await source) ?? defaultBytes(), webWorkers);
}

function defaultBytes(): Uint8Array<ArrayBuffer> {
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
