// The entry for workerd, and so Cloudflare Workers: the kernels are a file that the platform compiles,
// because a program may not compile bytes there.

import { compiledLoad } from "../host/compiled.js";
import { setDefaultRuntime } from "../host/default-runtime.js";
import kernels from "./kernels.wasm";

export * from "../api.js";
export const load: ReturnType<typeof compiledLoad> = compiledLoad(kernels, {
  pictures: async () => (await import("./pictures.wasm")).default,
  quantized: async () => (await import("./quantized.wasm")).default,
});

setDefaultRuntime(load);
