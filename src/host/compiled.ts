// `load` where the platform has compiled the kernels already. There are no workers on such platforms.

import type { FurtherSource } from "./further.js";
import { compileRuntime, type ModuleSource, type Runtime } from "./runtime.js";

/** `load` as in every entry, with the compiled modules that it goes by where it is given none. */
export function compiledLoad(
  kernels: WebAssembly.Module,
  inside: { readonly pictures: FurtherSource; readonly quantized: FurtherSource },
): (
  source?: ModuleSource | Promise<ModuleSource>,
  pictures?: FurtherSource,
  quantized?: FurtherSource,
) => Promise<Runtime> {
  return async (source, pictures = inside.pictures, quantized = inside.quantized) =>
    compileRuntime((await source) ?? kernels, undefined, undefined, pictures, quantized);
}
