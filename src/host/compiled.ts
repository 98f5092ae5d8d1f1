// `load` where the platform has compiled the kernels already. There are no workers on such platforms.

import type { PictureSource } from "./pictures.js";
import { compileRuntime, type ModuleSource, type Runtime } from "./runtime.js";

/** `load` as in every entry, with the compiled modules that it goes by where it is given none. */
export function compiledLoad(
  kernels: WebAssembly.Module,
  inside: PictureSource,
): (source?: ModuleSource | Promise<ModuleSource>, pictures?: PictureSource) => Promise<Runtime> {
  return async (source, pictures = inside) =>
    compileRuntime((await source) ?? kernels, undefined, undefined, pictures);
}
