// The entry for edge functions in the manner of Vercel's: as `workerd.ts`, with the suffix by which
// such platforms know a file that they shall compile.

import { compiledLoad } from "../host/compiled.js";
import { setDefaultRuntime } from "../host/default-runtime.js";
import kernels from "./kernels.wasm?module";

export * from "../api.js";
export const load: ReturnType<typeof compiledLoad> = compiledLoad(kernels, {
  pictures: async () => (await import("./pictures.wasm?module")).default,
  // The plain one: a platform may refuse a file with relaxed instructions before the program runs.
  quantized: async () => (await import("./quantized.wasm?module")).default,
});

setDefaultRuntime(load);
