// Sources through an encoder in pieces, layer by layer and direction by direction: what one of them needs
// of the machine's memory does not grow with the source. Only its outputs do, and they stay outside.

import type { PairBatch } from "../../data/pairs.js";
import type { Machine } from "../../host/machine.js";
import type { Pieces } from "../../host/pieces.js";
import type { Embedding } from "../../nn/layers/embedding.js";
import type { LSTM, LSTMInput } from "../../nn/layers/lstm.js";
import { enter, leave, type RecurrentState } from "../../nn/layers/recurrent-state.js";
import { Tape } from "../../nn/tape.js";
import type { Indices } from "../../nn/tensor.js";

/** Lengths within the steps `from` to below `to`. */
export function lengthsWithin(lengths: Int32Array, from: number, to: number): Int32Array {
  return lengths.map((length) => Math.max(0, Math.min(length, to) - from));
}

/**
 * Every step's output (S, B, H · directions), and the final h and c of every layer (B, H · directions).
 * @param piece steps that are computed at a time; it changes no bit
 */
export function* encodeInPieces(
  machine: Machine,
  embedding: Embedding,
  lstm: LSTM,
  { sources, sourceSteps, sourceLengths, rows }: PairBatch,
  piece: number,
): Pieces<{ outputs: Float32Array; states: RecurrentState }> {
  const { directions } = lstm;
  const { layers, hidden } = lstm.config;
  const states: RecurrentState = [];
  let read: Float32Array | undefined;
  for (let layer = 0; layer < layers; layer++) {
    const written = new Float32Array(sourceSteps * rows * hidden * directions);
    const own: RecurrentState[] = [];
    for (let d = 0; d < directions; d++) {
      let state: RecurrentState | undefined;
      for (let n = 0; n < sourceSteps; n += piece) {
        const from = d === 0 ? n : Math.max(0, sourceSteps - n - piece);
        const to = d === 0 ? Math.min(n + piece, sourceSteps) : sourceSteps - n;
        machine.scoped(() => {
          const tape = new Tape(machine);
          const shape = [to - from, rows];
          const width = rows * hidden * directions;
          const x: LSTMInput = read
            ? tape.tensor(read.subarray(from * width, to * width), [...shape, hidden * directions])
            : { table: embedding.weight, ids: sources.subarray(from * rows, to * rows), shape };
          const lengths: Indices = tape.indices(lengthsWithin(sourceLengths, from, to));
          const initial = state && enter(tape, state, rows)[0];
          const result = lstm.direction(tape, x, layer * directions + d, initial, lengths);
          interleave(written, result.output.data, from * rows, hidden, directions, d);
          state = leave([result.state]);
        });
        yield;
      }
      own.push(state!);
    }
    for (const part of [0, 1]) {
      const whole = new Float32Array(rows * hidden * directions);
      own.forEach((state, d) => {
        interleave(whole, state[part], 0, hidden, directions, d);
      });
      states.push(whole);
    }
    read = written;
  }
  return { outputs: read!, states };
}

/** Vectors (n, H) as part `d` of those (…, parts · H) from place `at` on. */
function interleave(
  into: Float32Array,
  values: Float32Array,
  at: number,
  width: number,
  parts: number,
  d: number,
): void {
  for (let i = 0; i < values.length / width; i++) {
    into.set(values.subarray(i * width, (i + 1) * width), ((at + i) * parts + d) * width);
  }
}
