import { InvalidInputError } from "../../host/errors.js";
import { adapterOf } from "../adapter.js";
import { packedCopy } from "../packed.js";
import type { Tape } from "../tape.js";
import { type Indices, isTensor, type Tensor } from "../tensor.js";
import type { Matrix } from "./quantized.js";
import { expectShape, rowsAndColumns, withLast } from "./shape.js";

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
 * The recurrence of one LSTM layer: i, f, g, o = σ, σ, tanh, σ (inputs + h Whhᵀ); c' = f c + i g;
 * h' = o tanh(c').
 *
 * @param inputs (T, B, 4H), every step's x Wihᵀ + bias. Used up: its memory holds the gates
 *   afterwards and, in backward, its own gradient; so nothing else may read it
 * @param initial state before the first step; zeros where it is not given
 * @param own Whh (4H, H), gates i, f, g, o as in PyTorch; a quantised one has no gradient
 * @returns every step's h (T, B, H), and the state after the last step; at steps past a row's length
 *   the output repeats that row's state
 */
export function lstm(
  tape: Tape,
  inputs: Tensor,
  initial: LSTMState | undefined,
  own: Matrix,
  options: LSTMOptions = {},
): { output: Tensor; state: LSTMState } {
  const { machine } = tape;
  const weight = adapterOf(tape)?.whole(tape, own) ?? own;
  const { kernels } = machine;
  const [T, B] = inputs.shape;
  const H = weight.shape[1];
  expectShape("lstm: inputs", inputs, [T, B, 4 * H]);
  expectShape("lstm: weight", weight, [4 * H, H]);
  if (initial) expectShape("lstm: initial h", initial.h, [B, H]);
  if (initial) expectShape("lstm: initial c", initial.c, [B, H]);
  const { lengths, reverse = false } = options;
  if (lengths && lengths.length !== B) {
    throw new InvalidInputError(`lstm: expected ${B} lengths, got ${lengths.length}`);
  }

  // (T + 1, B, H): a slot for the initial state at the end where the walk begins.
  const slot = 4 * B * H;
  const hs = machine.alloc(slot * (T + 1));
  const cs = machine.alloc(slot * (T + 1));
  const last = reverse ? 0 : slot * T;
  const h0 = initial?.h.address ?? 0;
  const c0 = initial?.c.address ?? 0;
  const sources = [inputs, initial?.h, initial?.c, isTensor(weight) ? weight : undefined];
  const output = tape.view(reverse ? hs : hs + slot, [T, B, H], ...sources);
  const h = tape.view(hs + last, [B, H], ...sources);
  const c = tape.view(cs + last, [B, H], ...sources);

  const gates = inputs.address;
  const at = lengths?.address ?? 0;
  if (!isTensor(weight)) {
    const first = reverse ? T : 0;
    for (const [states, begun] of [
      [hs, initial?.h],
      [cs, initial?.c],
    ] as const) {
      const before = machine.f32(states + slot * first, B * H);
      if (begun) before.set(begun.data);
      else before.fill(0);
    }
    for (let s = 0; s < T; s++) {
      const t = reverse ? T - 1 - s : s;
      const [from, to] = reverse ? [slot * (t + 1), slot * t] : [slot * t, slot * (t + 1)];
      const own = gates + 4 * slot * t;
      // A state of zeros adds nothing to the first step's sums.
      if (s > 0 || initial) weight.product(tape, own, hs + from, B, { accumulate: true });
      kernels.lstm_step(hs + to, cs + to, own, hs + from, cs + from, at, t, B, H);
    }
    return { output, state: { h, c } };
  }
  const whh = packedCopy(tape, weight);
  tape.scratch(kernels.matmul_packed_work(), (work) =>
    kernels.lstm_forward(hs, cs, h0, c0, gates, whh, at, T, B, H, reverse, work),
  );
  tape.record([output, h, c], () => {
    const [dh0, dc0] = [tape.grad(initial?.h), tape.grad(initial?.c)];
    const dwhh = tape.grad(weight);
    const [dy, dhn, dcn] = [output.gradAddress, h.gradAddress, c.gradAddress];
    tape.scratch(kernels.lstm_backward_work(T, B, H), (work) =>
      kernels.lstm_backward(
        gates,
        dh0,
        dc0,
        dwhh,
        dy,
        dhn,
        dcn,
        h0,
        hs,
        cs,
        weight.address,
        at,
        T,
        B,
        H,
        reverse,
        work,
      ),
    );
    if (inputs.gradAddress !== 0) throw new Error("lstm: something else has read its inputs");
    if (inputs.requiresGrad) inputs.gradAddress = gates;
  });
  return { output, state: { h, c } };
}

/**
 * One step of an LSTM whose sums are there already, such as those of a convolution: i, f, g, o = σ, σ, tanh, σ (gates);
 * c' = f c + i g; h' = o tanh(c').
 *
 * @param gates (…, 4H), in the order i, f, g, o. Used up, as the inputs of `lstm` are
 * @param c (…, H)
 * @returns h' and c' (…, H)
 */
export function lstmStep(tape: Tape, gates: Tensor, c: Tensor): LSTMState {
  const { kernels } = tape.machine;
  const { rows, columns: H } = rowsAndColumns(c);
  expectShape("lstmStep: gates", gates, withLast(c.shape, 4 * H));
  const h = tape.empty(c.shape, gates, c);
  const next = tape.empty(c.shape, gates, c);
  // Without lengths no row keeps the h before, so there need not be one.
  kernels.lstm_step(h.address, next.address, gates.address, 0, c.address, 0, 0, rows, H);
  tape.record([h, next], () => {
    const dc = tape.grad(c);
    const [dh, dn] = [h.gradAddress, next.gradAddress];
    tape.scratch(kernels.lstm_step_backward_work(H), (work) =>
      kernels.lstm_step_backward(gates.address, dc, dh, dn, next.address, c.address, rows, H, work),
    );
    if (gates.gradAddress !== 0) throw new Error("lstmStep: something else has read its gates");
    if (gates.requiresGrad) gates.gradAddress = gates.address;
  });
  return { h, c: next };
}
