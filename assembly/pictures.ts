// The ABI of the second module: what only models of pictures need. It shares the first one's memory and imports its
// products. It must hold no static data: both modules would start theirs at the same address.
export * from "./pictures/activations";
export * from "./pictures/convolution";
export * from "./pictures/depthwise";
export * from "./pictures/likelihoods";
export * from "./pictures/noise";
export * from "./pictures/norms";
export * from "./pictures/pixel_losses";
export * from "./pictures/pool";
export * from "./pictures/resize";
export * from "./pictures/vectors";

/** Whether `madd` may be fused, as `fused` of the first module says of it: both must agree. */
export function pictures_fused(): bool {
  return ASC_FEATURE_RELAXED_SIMD;
}
