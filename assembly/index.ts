// The ABI: every function exported here can be called by the host. Free functions over pointers
// (usize), sizes (i32) and scalars; shapes and bounds are checked by the host before a call.
export * from "./ops/encoder_attention";
export * from "./ops/cached_attention";
export * from "./ops/concat";
export * from "./ops/cross_entropy";
export * from "./ops/dropout";
export * from "./ops/elementwise";
export * from "./ops/embedding";
export * from "./ops/gated";
export * from "./product/linear";
export * from "./ops/lstm";
export * from "./product/matmul";
export * from "./ops/multi_head_attention";
export * from "./ops/norm";
export * from "./optim";
export * from "./random";
export * from "./ops/reduce";
export * from "./ops/rotary";
export * from "./sample";
export * from "./sha256";

/** Where the host's memory begins: the first byte after the module's own data. */
export function heap_base(): usize {
  return __heap_base;
}

/** Whether `madd` may be fused: the fast build, whose bits depend on the engine. */
export function fused(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}
