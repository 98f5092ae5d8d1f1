// Finds the kernels' WebAssembly module: the one inside the package, or the caller's.

import { bytesOfText } from "./byte-text.js";
import type { FurtherSource } from "./further.js";
import { wasmText } from "./generated/wasm.js";
import { compileRuntime, type ModuleSource, type Runtime } from "./runtime.js";
import { webWorkers, workerScript } from "./workers.js";

/**
 * Compiles the kernels and returns the runtime that every model needs.
 *
 * @param source The module to use instead of the one inside the package: its bytes, a compiled
 *   `WebAssembly.Module`, or a promise of either.
 * @param pictures The same for the second module, which models of pictures need and only they load; or a
 *   function that gives it then.
 * @param quantized The same for the third module, which only quantised models need. Default: the one inside the package that
 *   uses relaxed products of whole numbers, which are exact, where the engine has them; else the plain one. Both
 *   give the same bits.
 * @throws InvalidInputError where the source is not simdream's module, or the engine lacks SIMD.
 */
export async function load(
  source?: ModuleSource | Promise<ModuleSource>,
  pictures: FurtherSource = async () =>
    bytesOfText((await import("./generated/wasm-pictures.js")).picturesText),
  quantized: FurtherSource = quantizedBytes,
): Promise<Runtime> {
  const kernels = (await source) ?? bytesOfText(wasmText);
  return compileRuntime(kernels, webWorkers, workerScript, pictures, quantized);
}

async function quantizedBytes(): Promise<BufferSource> {
  const relaxed = await import("./generated/wasm-quantized-relaxed.js");
  const bytes = bytesOfText(relaxed.relaxedQuantizedText);
  if (WebAssembly.validate(bytes)) return bytes;
  return bytesOfText((await import("./generated/wasm-quantized.js")).quantizedText);
}
