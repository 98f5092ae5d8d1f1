// The opt-in twin, from the same sources: multiply and add may be fused into one rounding, which is
// faster and, on engines that fuse, a little more accurate. The price is promise 1: bits depend on the
// engine. Models trained with it say so in their record.

import { bytesOfText } from "../host/byte-text.js";
import { fastWasmText } from "../host/generated/wasm-fast.js";
import { InvalidInputError, load as loadKernels, type Runtime } from "./index.js";

export * from "./index.js";

/**
 * As `load` of `simdream`, with kernels that use relaxed SIMD.
 * @throws InvalidInputError where the engine lacks it (Node 20 and Safari, for example)
 */
export async function load(): Promise<Runtime> {
  const bytes = bytesOfText(fastWasmText);
  if (!WebAssembly.validate(bytes)) {
    throw new InvalidInputError(
      "simdream/fast needs an engine with relaxed SIMD (Node 22, Deno, Bun, Chromium or Firefox); " +
        'this one lacks it: import "simdream" instead',
    );
  }
  return loadKernels(bytes, async () =>
    bytesOfText((await import("../host/generated/wasm-pictures-fast.js")).fastPicturesText),
  );
}
