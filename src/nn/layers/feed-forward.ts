// The layers of a Transformer's block that look at each position alone.

import { gated, gelu } from "../ops/gated.js";
import type { Initializer, Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Linear } from "./linear.js";

/** Sizes and initial values. */
export interface FeedForwardOptions {
  readonly channels: number;
  /** Width between the two products. */
  readonly inner: number;
  readonly bias: boolean;
  readonly init: Initializer;
  /** Of what is added to the residual stream. */
  readonly outInit: Initializer;
}

/** W_proj gelu(W_fc x), GPT-2's: tanh form of GELU. */
export class GELUFeedForward {
  readonly #inner: Linear;
  readonly #out: Linear;

  constructor(scope: Scope, { channels, inner, bias, init, outInit }: FeedForwardOptions) {
    this.#inner = new Linear(scope.child("c_fc"), channels, inner, { bias, init });
    this.#out = new Linear(scope.child("c_proj"), inner, channels, { bias, init: outInit });
  }

  /** x (…, C) → (…, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    return this.#out.forward(tape, gelu(tape, this.#inner.forward(tape, x), "tanh"));
  }
}

/** SwiGLU: W_down (silu(W_gate x) · W_up x), Llama's (Shazeer 2020). */
export class SwiGLUFeedForward {
  readonly #gate: Linear;
  readonly #up: Linear;
  readonly #down: Linear;

  constructor(scope: Scope, { channels, inner, bias, init, outInit }: FeedForwardOptions) {
    this.#gate = new Linear(scope.child("gate_proj"), channels, inner, { bias, init });
    this.#up = new Linear(scope.child("up_proj"), channels, inner, { bias, init });
    this.#down = new Linear(scope.child("down_proj"), inner, channels, { bias, init: outInit });
  }

  /** x (…, C) → (…, C) */
  forward(tape: Tape, x: Tensor): Tensor {
    const gate = this.#gate.forward(tape, x);
    return this.#down.forward(tape, gated(tape, gate, this.#up.forward(tape, x)));
  }
}
