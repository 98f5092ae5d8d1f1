import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/**
 * W / σ, σ = uᵀ W v: with the first singular vectors u and v of W that is W with a largest singular value of 1 (Miyato et
 * al., "Spectral Normalization for Generative Adversarial Networks", 2018). No gradient flows into u and v:
 * dW = (dŴ - ⟨dŴ, Ŵ⟩ u vᵀ) / σ, Ŵ = W / σ. Sums are in f64.
 *
 * @param weight (O, …)
 * @param u (O), of length 1
 * @param v the numbers of the other axes, of length 1
 */
export function spectralNormed(tape: Tape, weight: Tensor, u: Tensor, v: Tensor): Tensor {
  const sigma = bilinear(weight.data, u.data, v.data);
  const y = tape.empty(weight.shape, weight);
  tape.machine.kernels.scale_forward(y.address, weight.address, 1 / sigma, weight.size);
  tape.record([y], () => {
    if (tape.grad(weight) === 0) return;
    const [dw, dy, values, left, right] = [weight.grad!, y.grad!, y.data, u.data, v.data];
    let along = 0;
    for (let i = 0; i < dy.length; i++) along += dy[i] * values[i];
    const columns = right.length;
    for (let o = 0, at = 0; o < left.length; o++) {
      const factor = along * left[o];
      for (let i = 0; i < columns; i++, at++) dw[at] += (dy[at] - factor * right[i]) / sigma;
    }
  });
  return y;
}

/** uᵀ W v */
function bilinear(weight: Float32Array, u: Float32Array, v: Float32Array): number {
  let total = 0;
  for (let o = 0, at = 0; o < u.length; o++) {
    let row = 0;
    for (let i = 0; i < v.length; i++, at++) row += weight[at] * v[i];
    total += u[o] * row;
  }
  return total;
}

/** One power iteration, in place: v = Wᵀu / |Wᵀu|, u = Wv / |Wv|. */
export function powerIteration(weight: Tensor, u: Tensor, v: Tensor): void {
  const [w, left, right] = [weight.data, u.data, v.data];
  const columns = right.length;
  const across = new Float64Array(columns);
  for (let o = 0, at = 0; o < left.length; o++) {
    for (let i = 0; i < columns; i++, at++) across[i] += w[at] * left[o];
  }
  setUnit(right, across);
  const down = Float64Array.from(left, (_, o) => {
    let row = 0;
    for (let i = 0, at = o * columns; i < columns; i++, at++) row += w[at] * right[i];
    return row;
  });
  setUnit(left, down);
}

/** As torch.nn.functional.normalize: a vector of zeros stays one. */
export function setUnit(into: Float32Array, values: ArrayLike<number>): void {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  const norm = Math.max(Math.sqrt(squares), 1e-12);
  for (let i = 0; i < into.length; i++) into[i] = values[i] / norm;
}
