import { uniform } from "../init.js";
import { concat } from "../ops/concat.js";
import { dropout } from "../ops/dropout.js";
import { type LSTMOptions, type LSTMState, type LSTMWeights, lstm } from "../ops/lstm.js";
import type { Scope } from "../parameters.js";
import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";

/** Shape of an LSTM stack. */
export interface LSTMConfig {
  readonly inputs: number;
  readonly hidden: number;
  /** Default 1. */
  readonly layers?: number;
  /** Probability of dropping an output between layers. Default 0. */
  readonly dropout?: number;
  /** Two directions, their outputs side by side. Default false. */
  readonly bidirectional?: boolean;
}

/**
 * Stacked LSTM layers, as torch.nn.LSTM: names `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, with `_reverse` for the second direction; all uniform within 1 / √H.
 */
export class LSTM {
  readonly config: Required<LSTMConfig>;
  /** One entry a layer and direction: layer 0 forward, layer 0 reverse, layer 1 forward, … */
  readonly #weights: LSTMWeights[] = [];

  constructor(scope: Scope, config: LSTMConfig) {
    this.config = { layers: 1, dropout: 0, bidirectional: false, ...config };
    const { inputs, hidden, layers } = this.config;
    const init = uniform(1 / Math.sqrt(hidden));
    for (let layer = 0; layer < layers; layer++) {
      const I = layer === 0 ? inputs : hidden * this.directions;
      for (const suffix of [`l${layer}`, `l${layer}_reverse`].slice(0, this.directions)) {
        this.#weights.push({
          weightIh: scope.matrix(`weight_ih_${suffix}`, [4 * hidden, I], init),
          weightHh: scope.matrix(`weight_hh_${suffix}`, [4 * hidden, hidden], init),
          biasIh: scope.param(`bias_ih_${suffix}`, [4 * hidden], init),
          biasHh: scope.param(`bias_hh_${suffix}`, [4 * hidden], init),
        });
      }
    }
  }

  get directions(): number {
    return this.config.bidirectional ? 2 : 1;
  }

  /** Number of states: one a layer and direction, in PyTorch's order. */
  get states(): number {
    return this.#weights.length;
  }

  /**
   * x (T, B, I) → output (T, B, H · directions) and the final states.
   *
   * @param initial one state a layer and direction; zeros where not given
   */
  forward(
    tape: Tape,
    x: Tensor,
    initial?: readonly LSTMState[],
    lengths?: Indices,
  ): { output: Tensor; states: LSTMState[] } {
    const states: LSTMState[] = [];
    let output = x;
    for (let layer = 0; layer < this.config.layers; layer++) {
      if (layer > 0) output = dropout(tape, output, this.config.dropout);
      const run = (direction: number, options: LSTMOptions) => {
        const index = layer * this.directions + direction;
        const result = lstm(tape, output, initial?.[index], this.#weights[index], options);
        states.push(result.state);
        return result.output;
      };
      const forward = run(0, { lengths });
      output = this.config.bidirectional
        ? concat(tape, forward, run(1, { lengths, reverse: true }))
        : forward;
    }
    return { output, states };
  }
}
