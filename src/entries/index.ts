// The entry for browsers, and for every runtime without one of its own: the kernels are in the bundle.

import { setDefaultRuntime } from "../host/default-runtime.js";
import { load } from "../host/module.js";

export * from "../api.js";
export { load };

setDefaultRuntime(load);
