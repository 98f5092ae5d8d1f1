// A convolutional LSTM: states are maps, and products are convolutions.

import { concat } from "../ops/concat.js";
import { type LSTMState, lstmStep } from "../ops/lstm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { Conv2d } from "./convolution.js";

/** Shape of a convolutional LSTM's layer. */
export interface ConvLSTMConfig {
  /** Channels of what it reads. */
  readonly inputs: number;
  /** Channels of its states. */
  readonly hidden: number;
  /** Side of the kernel, odd: maps keep their size. Default 3. */
  readonly kernel?: number;
}

/**
 * One layer of a convolutional LSTM (Shi et al., "Convolutional LSTM Network", 2015) without peepholes:
 *
 *   i, f, g, o = σ, σ, tanh, σ of (conv([x, h]) + b);  c' = f c + i g;  h' = o tanh(c')
 *
 * `gates` is a torch.nn.Conv2d of `inputs + hidden` to `4 hidden` channels, in the order of nn.LSTM: i, f, g, o.
 */
export class ConvLSTMCell {
  readonly hidden: number;
  readonly #gates: Conv2d;
  readonly #name: string;

  constructor(scope: Scope, { inputs, hidden, kernel = 3 }: ConvLSTMConfig) {
    this.hidden = hidden;
    this.#name = scope.name;
    const how = { kernel, padding: (kernel - 1) / 2 };
    this.#gates = new Conv2d(scope.child("gates"), inputs + hidden, 4 * hidden, how);
  }

  /** States of zeros for N maps of height × width: h and c (N, height, width, hidden). */
  start(tape: Tape, [N, height, width]: readonly number[]): LSTMState {
    const shape = [N, height, width, this.hidden];
    const zeros = () => tape.tensor(new Float32Array(N * height * width * this.hidden), shape);
    return { h: zeros(), c: zeros() };
  }

  /** One step: x (N, height, width, inputs) and the states before → the states after it. */
  forward(tape: Tape, x: Tensor, { h, c }: LSTMState): LSTMState {
    const state = lstmStep(tape, this.#gates.forward(tape, concat(tape, x, h)), c);
    tape.name(this.#name, state.h);
    return state;
  }
}
