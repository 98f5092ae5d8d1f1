// The entry for browsers, and for every runtime without one of its own: the kernels are in the bundle.

export * from "../api.js";
export { load } from "../host/module.js";
