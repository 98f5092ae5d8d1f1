// What the second module takes from the first: its products, over the same memory.

/** As in ../product/matmul.ts. */
@external("kernels", "matmul_packed")
export declare function matmul_packed(
  c: usize, a: usize, packed: usize, bias: usize, m: i32, k: i32, n: i32, accumulate: bool, work: usize,
): void;

/** As in ../product/matmul.ts. */
@external("kernels", "multiply_blocks")
export declare function multiply_blocks(
  kc: i32, a: usize, mc: i32, b: usize, n: i32, c: usize, cs: usize, spare: usize,
): void;
