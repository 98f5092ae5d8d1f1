// The GRU as a language model's network: logits = Linear(GRU(Embedding(tokens))) (Cho et al. 2014, with the reset gate
// after the recurrent product, as in PyTorch and cuDNN). Three products a step where the LSTM has four, and one state
// instead of two. Its layer is composed of operations: they keep what each of them computed, so a step of training
// needs about five times the memory of an LSTM's.

import type { Batch } from "../../data/texts.js";
import type { Machine } from "../../host/machine.js";
import { finite } from "../../nn/finite.js";
import { uniform } from "../../nn/init.js";
import { Embedding } from "../../nn/layers/embedding.js";
import { Linear } from "../../nn/layers/linear.js";
import { selectRows } from "../../nn/layers/recurrent-state.js";
import { columns, stack, unstack } from "../../nn/ops/concat.js";
import { dropout } from "../../nn/ops/dropout.js";
import { add, mul, sigmoid, sub, tanh } from "../../nn/ops/elementwise.js";
import { embeddingLinear } from "../../nn/ops/embedding.js";
import { linear } from "../../nn/ops/linear.js";
import { linearCrossEntropy } from "../../nn/ops/linear-cross-entropy.js";
import type { Matrix } from "../../nn/ops/quantized.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { StepTotals } from "../../train/trainable.js";
import type { CausalFile, CausalNetwork } from "./causal-network.js";
import { type RecurrentConfig, type RecurrentSizes, recurrentSizes } from "./recurrent.js";

/** h (B, H) of each layer of B rows. */
type State = Float32Array[];

/**
 * One layer of torch.nn.GRU, its names with `l0`, `l1` …, all uniform within 1 / √H:
 *
 *   r, z = σ(x Wirᵀ + bir + h Whrᵀ + bhr), σ(x Wizᵀ + biz + h Whzᵀ + bhz)
 *   n = tanh(x Winᵀ + bin + r ∘ (h Whnᵀ + bhn))      h' = (1 - z) ∘ n + z ∘ h
 */
class Layer {
  /** Wih (3H, I), Whh (3H, H), rows r, z, n. */
  readonly weightIh: Matrix;
  readonly weightHh: Matrix;
  readonly biasIh: Tensor;
  readonly biasHh: Tensor;

  constructor(scope: Scope, layer: number, inputs: number, H: number) {
    const init = uniform(1 / Math.sqrt(H));
    this.weightIh = scope.matrix(`weight_ih_l${layer}`, [3 * H, inputs], init);
    this.weightHh = scope.matrix(`weight_hh_l${layer}`, [3 * H, H], init);
    this.biasIh = scope.param(`bias_ih_l${layer}`, [3 * H], init);
    this.biasHh = scope.param(`bias_hh_l${layer}`, [3 * H], init);
  }

  /** x Wihᵀ + bih of all steps (T, B, 3H) and the first h (B, H) → h after each step (B, H). */
  forward(tape: Tape, projected: Tensor, first: Tensor): Tensor[] {
    const H = this.weightHh.shape[1];
    const part = (x: Tensor, gate: number) => columns(tape, x, gate * H, (gate + 1) * H);
    const [xr, xz, xn] = [0, 1, 2].map((gate) => unstack(tape, part(projected, gate)));
    let h = first;
    return xn.map((x, t) => {
      const recurrent = linear(tape, h, this.weightHh, this.biasHh);
      const r = sigmoid(tape, add(tape, xr[t], part(recurrent, 0)));
      const z = sigmoid(tape, add(tape, xz[t], part(recurrent, 1)));
      const n = tanh(tape, add(tape, x, mul(tape, r, part(recurrent, 2))));
      h = add(tape, n, mul(tape, z, sub(tape, h, n)));
      return h;
    });
  }
}

/** Embedding, GRU and linear layer, with the loss for training and the steps for sampling. */
class GRUNetwork implements CausalNetwork<State> {
  readonly machine: Machine;
  readonly classes: number;
  readonly risingDiverges = true;
  readonly work: { readonly read: number; readonly predict: number };
  readonly carries: readonly number[];
  readonly #config: RecurrentConfig;
  readonly #embedding: Embedding;
  readonly #layers: readonly Layer[];
  readonly #scope: string;
  readonly #linear: Linear;

  constructor(parameters: ParameterSource, classes: number, config: RecurrentConfig) {
    this.machine = parameters.machine;
    this.classes = classes;
    this.#config = config;
    const { embed, hidden: H, layers } = config;
    const read = 3 * H * (embed + H * (2 * layers - 1));
    this.work = { read, predict: read + H * classes };
    this.carries = new Array(layers).fill(H);
    const root = new Scope(parameters);
    this.#embedding = new Embedding(root.child("embedding"), classes, embed);
    const scope = root.child("gru");
    this.#scope = scope.name;
    const inputs = (layer: number) => (layer === 0 ? embed : H);
    this.#layers = Array.from({ length: layers }, (_, i) => new Layer(scope, i, inputs(i), H));
    this.#linear = new Linear(root.child("linear"), H, classes, { logits: true });
  }

  /**
   * Loss of a batch, its rows' losses (T · B), and the state after it. It begins with `carried` where it continues the
   * batch before. What is computed past the end of a shorter row is in no loss.
   */
  loss(
    tape: Tape,
    { steps, rows, inputs, targets, continues, weights }: Batch,
    carried: State | undefined,
    totals?: StepTotals,
  ): { loss: Tensor; losses: Tensor; state: () => State } {
    const begun = carried && continues ? carried : this.start(rows);
    const { said, states } = this.#forward(tape, inputs, [steps, rows], begun);
    const output = tape.name(this.#scope, stack(tape, said));
    const y = dropout(tape, output, this.#config.dropout);
    const options = { denominator: totals?.targets, weights };
    const result = linearCrossEntropy(tape, y, this.#linear, targets, options);
    return { ...result, state: () => states.map((h) => h.data.slice()) };
  }

  async activationBytes(rows: number, steps: number): Promise<number> {
    const { lossBytes } = await import("../base/memory.js");
    const { embed, hidden: H, layers, dropout: p } = this.#config;
    const dropped = p > 0 ? 1 : 0;
    // A layer's projection and its parts, its recurrent product and its parts, ten elementwise results, the stack.
    const layer = 6 + 6 + 10 + 1 + dropped;
    const numbers = (1 + dropped) * embed + layer * layers * H;
    const work = this.machine.kernels.linear_backward_work(rows * steps, H, 3 * H) >>> 0;
    const loss = lossBytes(this.machine, rows * steps, H, this.classes);
    const once = 4 * rows * steps * numbers;
    return once + loss.kept + Math.max(loss.work, once + work);
  }

  /** The state of `rows` rows before any token. */
  start(rows: number): State {
    return this.carries.map((width) => new Float32Array(rows * width));
  }

  step(state: State, tokens: ArrayLike<number>, into?: Float32Array, steps = 1): void {
    this.machine.scoped(() => {
      const tape = new Tape(this.machine);
      const { states } = this.#forward(tape, tokens, [steps, tokens.length / steps], state);
      into?.set(finite(this.#linear.forward(tape, states[states.length - 1])).data);
      for (const [layer, h] of states.entries()) state[layer].set(h.data);
    });
  }

  /** A state is nothing but numbers outside the machine. */
  free(): void {}

  select(state: State, rows: ArrayLike<number>): State {
    return state.map((values) => selectRows(values, this.#config.hidden, rows));
  }

  /** Tokens (T, B) → h (B, H) of the last layer after each step, and of each layer after the last. */
  #forward(
    tape: Tape,
    ids: ArrayLike<number>,
    [T, B]: readonly [number, number],
    begun: State,
  ): { said: readonly Tensor[]; states: readonly Tensor[] } {
    const { hidden: H, dropout: p } = this.#config;
    const states: Tensor[] = [];
    let said: Tensor[] = [];
    for (const [i, layer] of this.#layers.entries()) {
      const below = () => tape.name(`${this.#scope}.l${i - 1}`, stack(tape, said));
      const projected =
        i === 0
          ? this.#read(tape, ids, [T, B], layer)
          : linear(tape, dropout(tape, below(), p), layer.weightIh, layer.biasIh);
      said = layer.forward(tape, projected, tape.tensor(begun[i], [B, H]));
      states.push(said[T - 1]);
    }
    return { said, states };
  }

  /** The first layer's projection of the tokens' vectors. */
  #read(
    tape: Tape,
    ids: ArrayLike<number>,
    shape: readonly number[],
    { weightIh, biasIh }: Layer,
  ): Tensor {
    const { dropout: p } = this.#config;
    const { weight } = this.#embedding;
    if ((!tape.dropping || tape.dropped(p) === 0) && !tape.listener)
      return embeddingLinear(tape, weight, ids, shape, weightIh, biasIh);
    const x = dropout(tape, this.#embedding.forward(tape, ids, shape), p);
    return linear(tape, x, weightIh, biasIh);
  }
}

/** The GRU as a language model's choice. */
export const network: CausalFile<RecurrentSizes, RecurrentConfig> = {
  ...recurrentSizes,
  Network: GRUNetwork,
};
