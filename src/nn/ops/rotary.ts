import { InvalidInputError } from "../../host/errors.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { checkIndices } from "./embedding.js";
import { expectShape } from "./shape.js";

/** Positions from 0 to this, exclusive, have exact angles. */
const MOST_POSITIONS = 2 ** 20;

/**
 * Frequencies of rotary positions: theta^(-2i/d) for the pairs i of a head, in radians a position (Su et al.,
 * "RoFormer", 2021). `Math.pow` differs between engines; here are four operations only.
 *
 * @param d size of a head, even
 * @param theta at least 1; default 10,000
 */
export function rotaryFrequencies(d: number, theta = 10_000): Float64Array {
  const ratio = 1 / root(theta, d / 2);
  const frequencies = new Float64Array(d / 2);
  for (let i = 0, f = 1; i < d / 2; i++, f *= ratio) frequencies[i] = f;
  return frequencies;
}

/** x^(1/n) for x ≥ 1, by Newton's iteration from above (1 + (x - 1) / n, by Bernoulli), until it falls no more. */
function root(x: number, n: number): number {
  for (let y = 1 + (x - 1) / n; ; ) {
    let power = 1;
    for (let i = 1; i < n; i++) power *= y;
    const next = y - (y - x / power) / n;
    if (!(next < y)) return y;
    y = next;
  }
}

/**
 * Cosines and sines of positions, for `rotary`. Make it once a step: all layers share it.
 *
 * @param frequencies (d/2), those of `rotaryFrequencies` or made from them, at most 1
 * @param positions whole numbers, below 2²⁰
 * @returns (positions, d): d/2 cosines and d/2 sines in a row, without gradient
 * @throws InvalidInputError for another position
 */
export function rotaryTable(
  tape: Tape,
  frequencies: Float64Array,
  positions: ArrayLike<number>,
): Tensor {
  const { machine } = tape;
  checkIndices("rotaryTable: positions", positions, 0, MOST_POSITIONS);
  const half = frequencies.length;
  const table = tape.empty([positions.length, 2 * half]);
  machine.scoped(() => {
    const own = machine.alloc(8 * half);
    const { buffer } = machine.u8(own, 8 * half);
    new Float64Array(buffer, own, half).set(frequencies);
    const { address } = tape.indices(positions);
    machine.kernels.rotary_table(table.address, own, address, positions.length, half);
  });
  return table;
}

/**
 * Rotary positions: pair i of every head, (a, b), becomes (a cos - b sin, b cos + a sin).
 *
 * @param x (…, T, heads, d), d even
 * @param table (T, d), the same for all that come before T; or one row for each row of heads
 * @param form `"half"` (default): pairs are i and i + d/2, as in Hugging Face's Llama; `"interleaved"`: 2i and
 * 2i + 1, as in the original and llama2.c
 */
export function rotary(
  tape: Tape,
  x: Tensor,
  table: Tensor,
  form: "half" | "interleaved" = "half",
): Tensor {
  const { kernels } = tape.machine;
  const [heads, d] = x.shape.slice(-2);
  const [period] = table.shape;
  expectShape("rotary: table", table, [period, d]);
  const rows = x.size / (heads * d);
  if (d % 2 !== 0 || rows % period !== 0) {
    throw new InvalidInputError(
      `rotary: expected heads of an even size and a multiple of ${period} rows, got shape [${x.shape}]`,
    );
  }
  const interleaved = form === "interleaved";
  const angles = table.address;
  const y = tape.empty(x.shape, x);
  kernels.rotary_forward(y.address, x.address, angles, rows, period, heads, d, interleaved);
  tape.record([y], () => {
    const dx = tape.grad(x);
    kernels.rotary_backward(dx, y.gradAddress, angles, rows, period, heads, d, interleaved);
  });
  return y;
}
