// `load` where the platform has compiled the kernels already. There are no workers on such platforms.

import { compileRuntime, type ModuleSource, type Runtime } from "./runtime.js";

/** `load` as in every entry, with the compiled kernels that it goes by where it is given none. */
export function compiledLoad(
  kernels: WebAssembly.Module,
): (source?: ModuleSource | Promise<ModuleSource>) => Promise<Runtime> {
  return async (source) => compileRuntime((await source) ?? kernels);
}
