// The ABI: every function exported here can be called by the host. Free functions over pointers
// (usize), sizes (i32) and scalars; shapes and bounds are checked by the host before a call.
export * from "./attention";
export * from "./concat";
export * from "./cross_entropy";
export * from "./dropout";
export * from "./elementwise";
export * from "./embedding";
export * from "./linear";
export * from "./lstm";
export * from "./matmul";
export * from "./optim";
export * from "./quantized";
export * from "./random";
export * from "./reduce";
export * from "./sample";

/** Where the host's memory begins: the first byte behind the module's own data. */
export function heap_base(): usize {
  return __heap_base;
}

/** Whether `madd` may be fused: the fast build, whose bits depend on the engine. */
export function fused(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}
