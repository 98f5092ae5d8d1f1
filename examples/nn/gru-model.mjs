// A gated recurrent unit (Cho et al. 2014) that reads a series and says, at every step, what comes next. Its parameters have
// the names and layouts of torch.nn.GRU and torch.nn.Linear, so files go both ways.
import {
  add,
  columns,
  defineModel,
  Linear,
  linear,
  mse,
  mul,
  scale,
  sigmoid,
  sub,
  tanh,
  uniform,
} from "simdream/nn";

/** One layer, as torch.nn.GRU: r, z = σ(…), n = tanh(W x + r ∘ (U h + b)), h' = (1 - z) ∘ n + z ∘ h */
class GRU {
  constructor(scope, inputs, hidden) {
    this.hidden = hidden;
    const init = uniform(1 / Math.sqrt(hidden));
    this.wx = scope.matrix("weight_ih_l0", [3 * hidden, inputs], init);
    this.wh = scope.matrix("weight_hh_l0", [3 * hidden, hidden], init);
    this.bx = scope.param("bias_ih_l0", [3 * hidden], init);
    this.bh = scope.param("bias_hh_l0", [3 * hidden], init);
  }

  /** x (B, I) and h (B, H) → the next h (B, H) */
  step(tape, x, h) {
    const [H, from, kept] = [
      this.hidden,
      linear(tape, x, this.wx, this.bx),
      linear(tape, h, this.wh, this.bh),
    ];
    const part = (y, i) => columns(tape, y, i * H, (i + 1) * H);
    const gate = (i) => sigmoid(tape, add(tape, part(from, i), part(kept, i)));
    const [reset, update] = [gate(0), gate(1)];
    const next = tanh(tape, add(tape, part(from, 2), mul(tape, reset, part(kept, 2))));
    return add(tape, next, mul(tape, update, sub(tape, h, next)));
  }
}

export const Forecaster = defineModel({
  name: "Forecaster",
  module: import.meta.url,
  defaults: { hidden: 32, window: 48 },

  build(scope, { hidden, window }) {
    const gru = new GRU(scope.child("gru"), 1, hidden);
    const out = new Linear(scope.child("out"), hidden, 1);
    const zeros = (tape, rows) => tape.tensor(new Float32Array(rows * hidden), [rows, hidden]);
    return {
      zeros,
      /** One number of the series and the state → what comes next, and the next state. */
      step(tape, x, h) {
        const state = gru.step(tape, x, h);
        return { next: out.forward(tape, state), state };
      },
      /** Of each window, the mean of the squared errors over its steps. */
      loss(tape, { steps }, { rows }) {
        let h = zeros(tape, rows);
        let total;
        for (let t = 0; t < window; t++) {
          const { next, state } = this.step(tape, tape.tensor(steps[t], [rows, 1]), h);
          const error = mse(tape, next, tape.tensor(steps[t + 1], [rows, 1]));
          total = total ? add(tape, total, error) : error;
          h = state;
        }
        return scale(tape, total, 1 / window);
      },
    };
  },

  // An example is a window of the series; a batch has the windows side by side, step by step.
  length: (series, { window }) => series.length - window,
  batch: (series, starts, { window }) => ({
    steps: Array.from({ length: window + 1 }, (_, t) =>
      Float32Array.from(starts, (i) => series[i + t]),
    ),
  }),
});
