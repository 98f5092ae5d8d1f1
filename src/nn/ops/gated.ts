import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { binary, unary } from "./elementwise.js";

/**
 * GELU: x Φ(x), Φ the normal distribution (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016).
 *
 * @param form `"erf"` (default): exact, as PyTorch's `nn.GELU()` and nanoGPT have it; `"tanh"`: GPT-2's
 * approximation x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), Hugging Face's `gelu_new`
 */
export function gelu(tape: Tape, x: Tensor, form: "erf" | "tanh" = "erf"): Tensor {
  const { kernels } = tape.machine;
  const [forward, backward] =
    form === "erf"
      ? [kernels.gelu_forward, kernels.gelu_backward]
      : [kernels.gelu_tanh_forward, kernels.gelu_tanh_backward];
  return unary(tape, x, forward, (dx, dy) => backward(dx, dy, x.address, x.size));
}

/** SiLU, or swish: x / (1 + e⁻ˣ) */
export function silu(tape: Tape, x: Tensor): Tensor {
  const { kernels } = tape.machine;
  return unary(tape, x, kernels.silu_forward, (dx, dy) =>
    kernels.silu_backward(dx, dy, x.address, x.size),
  );
}

/** silu(a) b, element by element: the gate of SwiGLU (Shazeer, "GLU Variants Improve Transformer", 2020). */
export function gated(tape: Tape, a: Tensor, b: Tensor): Tensor {
  const { kernels } = tape.machine;
  return binary("gated", tape, a, b, kernels.gated_forward, (da, db, dy) =>
    kernels.gated_backward(da, db, dy, a.address, b.address, a.size),
  );
}
