// Spectral norm of a layer's weight. Its vectors are buffers, which forward never writes: the network advances them once
// before a phase's batch is cut, and all shards use the same ones.

import { kernelRowLayout } from "../file-layout.js";
import { normal } from "../init.js";
import { powerIteration, setUnit, spectralNormed } from "../ops/spectral-norm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Power iterations of a new layer, as PyTorch's. */
const FIRST = 15;

/** `torch.nn.utils.spectral_norm`: the buffers `weight_u` (O) and `weight_v` beside `weight_orig`. */
export class SpectralNorm {
  readonly #weight: Tensor;
  readonly #u: Tensor;
  readonly #v: Tensor;

  /** @param weight of a Linear (O, I), or of a Conv2d (O, kh, kw, I); its name is `weight_orig` */
  constructor(scope: Scope, weight: Tensor) {
    const [outputs, ...others] = weight.shape;
    this.#weight = weight;
    const draw = normal();
    this.#u = scope.buffer("weight_u", [outputs], (u, key) => {
      draw(u, key);
      setUnit(u.data, u.data.slice());
    });
    const first = (v: Tensor) => {
      for (let i = 0; i < FIRST; i++) powerIteration(weight, this.#u, v);
    };
    const form = others.length === 3 ? { file: kernelRowLayout(others) } : {};
    this.#v = scope.buffer("weight_v", [weight.size / outputs], first, form);
  }

  /** The weight over its largest singular value, as far as that is known. */
  weight(tape: Tape): Tensor {
    return spectralNormed(tape, this.#weight, this.#u, this.#v);
  }

  /** One more power iteration. */
  advance(): void {
    powerIteration(this.#weight, this.#u, this.#v);
  }
}
