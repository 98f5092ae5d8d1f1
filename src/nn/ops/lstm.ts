import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";
import { packTransposed } from "./matmul.js";
import { expectShape } from "./shape.js";

/** One LSTM layer's weights in one direction, PyTorch's shapes: gates i, f, g, o. */
export interface LSTMWeights {
  /** (4H, I) */
  readonly weightIh: Tensor;
  /** (4H, H) */
  readonly weightHh: Tensor;
  /** (4H) */
  readonly biasIh?: Tensor;
  /** (4H) */
  readonly biasHh?: Tensor;
}

/** Hidden and cell state, each (B, H). */
export interface LSTMState {
  readonly h: Tensor;
  readonly c: Tensor;
}

/** How the sequence is walked. */
export interface LSTMOptions {
  /** Steps of each row (B); past it the state stays as it is. Default: all rows are T long. */
  readonly lengths?: Indices;
  /** From the last step to the first. */
  readonly reverse?: boolean;
}

/**
 * One LSTM layer over a sequence: i, f, g, o = σ, σ, tanh, σ (x Wihᵀ + bih + h Whhᵀ + bhh);
 * c' = f c + i g; h' = o tanh(c').
 *
 * @param x (T, B, I)
 * @param initial state before the first step; zeros where it is not given
 * @returns every step's h (T, B, H), and the state after the last step; at steps past a row's length
 *   the output repeats that row's state
 */
export function lstm(
  tape: Tape,
  x: Tensor,
  initial: LSTMState | undefined,
  weights: LSTMWeights,
  options: LSTMOptions = {},
): { output: Tensor; state: LSTMState } {
  const { machine } = tape;
  const { kernels } = machine;
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const [T, B, I] = x.shape;
  const H = weightHh.shape[1];
  expectShape("lstm: x", x, [T, B, I]);
  expectShape("lstm: weightIh", weightIh, [4 * H, I]);
  expectShape("lstm: weightHh", weightHh, [4 * H, H]);
  if (biasIh) expectShape("lstm: biasIh", biasIh, [4 * H]);
  if (biasHh) expectShape("lstm: biasHh", biasHh, [4 * H]);
  if (initial) expectShape("lstm: initial h", initial.h, [B, H]);
  if (initial) expectShape("lstm: initial c", initial.c, [B, H]);
  const reverse = options.reverse ?? false;
  const lengths = options.lengths?.address ?? 0;

  // (T + 1, B, H): a slot for the initial state at the end where the walk begins.
  const slot = 4 * B * H;
  const hs = machine.alloc(slot * (T + 1));
  const cs = machine.alloc(slot * (T + 1));
  const gates = machine.alloc(slot * T * 4);
  const first = reverse ? slot * T : 0;
  const last = reverse ? 0 : slot * T;
  for (const [address, tensor] of [
    [hs, initial?.h],
    [cs, initial?.c],
  ] as const) {
    const view = machine.f32(address + first, B * H);
    if (tensor) view.set(tensor.data);
    else view.fill(0);
  }
  const inputs = [x, initial?.h, initial?.c, weightIh, weightHh, biasIh, biasHh];
  const output = tape.view(reverse ? hs : hs + slot, [T, B, H], ...inputs);
  const h = tape.view(hs + last, [B, H], ...inputs);
  const c = tape.view(cs + last, [B, H], ...inputs);

  const wih = packTransposed(tape, weightIh);
  const whh = packTransposed(tape, weightHh);
  tape.scratch(kernels.lstm_forward_work(H), (work) =>
    kernels.lstm_forward(
      hs,
      cs,
      gates,
      x.address,
      wih,
      whh,
      biasIh?.address ?? 0,
      biasHh?.address ?? 0,
      lengths,
      T,
      B,
      I,
      H,
      reverse,
      work,
    ),
  );
  tape.record([output, h, c], () => {
    const dx = tape.grad(x);
    const [dh0, dc0] = [tape.grad(initial?.h), tape.grad(initial?.c)];
    const [dwih, dwhh] = [tape.grad(weightIh), tape.grad(weightHh)];
    const [dbih, dbhh] = [tape.grad(biasIh), tape.grad(biasHh)];
    tape.scratch(kernels.lstm_backward_work(T, B, I, H), (work) =>
      kernels.lstm_backward(
        dx,
        dh0,
        dc0,
        dwih,
        dwhh,
        dbih,
        dbhh,
        output.gradAddress,
        h.gradAddress,
        c.gradAddress,
        gates,
        hs,
        cs,
        x.address,
        weightIh.address,
        weightHh.address,
        lengths,
        T,
        B,
        I,
        H,
        reverse,
        work,
      ),
    );
  });
  return { output, state: { h, c } };
}
