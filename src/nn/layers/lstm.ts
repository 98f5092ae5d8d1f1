import { uniform } from "../init.js";
import { concat } from "../ops/concat.js";
import { dropout } from "../ops/dropout.js";
import { add } from "../ops/elementwise.js";
import { embedding, embeddingLinear } from "../ops/embedding.js";
import { linear } from "../ops/linear.js";
import { type LSTMState, lstm } from "../ops/lstm.js";
import type { Matrix } from "../ops/quantized.js";
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
 * What the first layer reads: vectors (T, B, I); or rows by their ids (T, B), of a table (V, I) or of
 * what `projectTable` made of one.
 */
export type LSTMInput =
  | Tensor
  | { readonly table: Tensor; readonly ids: ArrayLike<number>; readonly shape: readonly number[] }
  | {
      readonly projected: Tensor;
      readonly ids: ArrayLike<number>;
      readonly shape: readonly number[];
    };

/** One layer's weights in one direction. */
interface Weights {
  readonly weightIh: Matrix;
  readonly weightHh: Matrix;
  readonly biasIh: Tensor;
  readonly biasHh: Tensor;
}

/**
 * Stacked LSTM layers, as torch.nn.LSTM: names `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`,
 * `bias_hh_l0`, with `_reverse` for the second direction; all uniform within 1 / √H.
 */
export class LSTM {
  readonly config: Required<LSTMConfig>;
  /** One entry a layer and direction: layer 0 forward, layer 0 reverse, layer 1 forward, … */
  readonly #weights: Weights[] = [];
  readonly #name: string;

  constructor(scope: Scope, config: LSTMConfig) {
    this.#name = scope.name;
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
   * A table (V, I) as the first layer's sums begin, table Wihᵀ + biases (V, 4H): made once, it saves that
   * product for every token. In one direction only, and without gradient.
   */
  projectTable(tape: Tape, table: Tensor): Tensor {
    return project(tape, table, this.#weights[0]);
  }

  /**
   * x (T, B, I) → output (T, B, H · directions) and the final states.
   *
   * @param initial one state a layer and direction; zeros where not given
   * @param lengths steps of each row (B); past it the row's state stays as it is
   */
  forward(
    tape: Tape,
    x: LSTMInput,
    initial?: readonly LSTMState[],
    lengths?: Indices,
  ): { output: Tensor; states: LSTMState[] } {
    const states: LSTMState[] = [];
    const run = (input: LSTMInput, index: number) => {
      const { output, state } = this.direction(tape, input, index, initial?.[index], lengths);
      states.push(state);
      return output;
    };
    const both = (input: LSTMInput, index: number) =>
      concat(tape, run(input, index), run(input, index + 1));

    const { layers, bidirectional } = this.config;
    let output = bidirectional ? both(x, 0) : run(x, 0);
    for (let layer = 1; layer < layers; layer++) {
      tape.name(`${this.#name}.l${layer - 1}`, output);
      const input = dropout(tape, output, this.config.dropout);
      output = bidirectional ? both(input, 2 * layer) : run(input, layer);
    }
    return { output: tape.name(this.#name, output), states };
  }

  /** One layer in one direction, by the number of its state: x (T, B, I) → output (T, B, H). */
  direction(
    tape: Tape,
    x: LSTMInput,
    index: number,
    initial?: LSTMState,
    lengths?: Indices,
  ): { output: Tensor; state: LSTMState } {
    const weights = this.#weights[index];
    const reverse = index % this.directions === 1;
    const projected = project(tape, x, weights);
    return lstm(tape, projected, initial, weights.weightHh, { lengths, reverse });
  }
}

/** Every step's x Wᵀ + b, all in one product. */
function project(tape: Tape, x: LSTMInput, { weightIh, biasIh, biasHh }: Weights): Tensor {
  if ("projected" in x) return embedding(tape, x.projected, x.ids, x.shape);
  const bias = add(tape, biasIh, biasHh);
  return "table" in x
    ? embeddingLinear(tape, x.table, x.ids, x.shape, weightIh, bias)
    : linear(tape, x, weightIh, bias);
}
