import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
export function attention(
  tape: Tape,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  o: { causal?: boolean; window?: number; dropout?: number },
): Tensor {
  throw new Error("stub", { cause: [tape, q, k, v, o] });
}
