// The third module: products with 8-bit and 4-bit weights. It shares the first one's memory and nothing else, and holds no
// static data. Built twice from these sources: plain, and with the relaxed product of whole numbers, which is exact.
export * from "./quantized/int4";
export * from "./quantized/int8";
