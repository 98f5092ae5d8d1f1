// The state of recurrent layers while it is outside the machine: between a sampler's steps, and from
// one training step to the next.

import { dropout } from "../ops/dropout.js";
import type { LSTMState } from "../ops/lstm.js";
import type { Tape } from "../tape.js";
import type { Embedding } from "./embedding.js";
import type { LSTMInput } from "./lstm.js";

/** The state of B rows: h and c (B, H) of each layer in turn. */
export type RecurrentState = Float32Array[];

/** Copies a state into the machine. */
export function enter(tape: Tape, state: RecurrentState, rows: number): LSTMState[] {
  const entered: LSTMState[] = [];
  for (let i = 0; i < state.length; i += 2) {
    const shape = [rows, state[i].length / rows];
    entered.push({ h: tape.tensor(state[i], shape), c: tape.tensor(state[i + 1], shape) });
  }
  return entered;
}

/** A copy of what is in the machine. */
export function leave(states: readonly LSTMState[]): RecurrentState {
  return states.flatMap(({ h, c }) => [h.data.slice(), c.data.slice()]);
}

/** Overwrites a state with what is in the machine. */
export function advance(state: RecurrentState, states: readonly LSTMState[]): void {
  states.forEach(({ h, c }, layer) => {
    state[2 * layer].set(h.data);
    state[2 * layer + 1].set(c.data);
  });
}

/** Some rows of values (of, width), in this order; a row may be repeated. */
export function selectRows(
  values: Float32Array,
  width: number,
  rows: ArrayLike<number>,
): Float32Array {
  const chosen = new Float32Array(rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    chosen.set(values.subarray(rows[r] * width, (rows[r] + 1) * width), r * width);
  }
  return chosen;
}

/** What an LSTM reads: vectors where dropout changes them or somebody listens, else the table and the tokens. */
export function readTokens(
  tape: Tape,
  embedding: Embedding,
  ids: ArrayLike<number>,
  shape: readonly number[],
  p: number,
): LSTMInput {
  if ((!tape.dropping || tape.dropped(p) === 0) && !tape.listener)
    return { table: embedding.weight, ids, shape };
  return dropout(tape, embedding.forward(tape, ids, shape), p);
}
