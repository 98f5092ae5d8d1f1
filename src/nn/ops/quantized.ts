import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { expectShape, rowsAndColumns, withLast } from "./shape.js";

/** A matrix as 8-bit whole numbers with a scale a row: W[n, k] ≈ scales[n] values[n, k]. */
export interface QuantizedRows {
  /** (N, K), from -127 to 127. */
  readonly values: Int8Array<ArrayBuffer>;
  /** (N) */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** A weight (O, I) with 8 bits a number, packed in a machine's memory. It has no gradient. */
export class QuantizedMatrix {
  readonly address: number;
  readonly shape: readonly [outputs: number, inputs: number];

  constructor(address: number, shape: readonly [number, number]) {
    this.address = address;
    this.shape = shape;
  }
}

/** A weight (O, I) that is multiplied with. */
export type Matrix = Tensor | QuantizedMatrix;

/** The nearest 8-bit rows, ties to even; a row's scale is its largest |W| / 127. */
export function quantizeRows(machine: Machine, weight: Float32Array, rows: number): QuantizedRows {
  const size = weight.length;
  // A view of this memory would end where the memory grows.
  const numbers = weight.slice();
  return machine.scoped(() => {
    const from = machine.alloc(4 * size);
    machine.f32(from, size).set(numbers);
    const values = machine.alloc(bytesOf(size));
    const scales = machine.alloc(4 * rows);
    machine.kernels.quantize_rows(values, scales, from, rows, size / rows);
    return {
      values: new Int8Array(machine.u8(values, size).slice().buffer),
      scales: machine.f32(scales, rows).slice(),
    };
  });
}

/** Bytes of a packed matrix. */
export function quantizedBytes(machine: Machine, [outputs, inputs]: readonly number[]): number {
  return machine.kernels.quantized_pack_bytes(inputs, outputs) >>> 0;
}

/** Packs a matrix at `address`, where `quantizedBytes` are free. */
export function packQuantized(
  machine: Machine,
  address: number,
  { values, scales }: QuantizedRows,
  shape: readonly [number, number],
): QuantizedMatrix {
  const { kernels } = machine;
  const [outputs, inputs] = shape;
  machine.scoped(() => {
    const from = machine.alloc(bytesOf(values.length));
    const own = machine.alloc(4 * outputs);
    machine.u8(from, values.length).set(values);
    machine.f32(own, outputs).set(scales);
    kernels.quantized_pack(address, from, own, inputs, outputs);
  });
  return new QuantizedMatrix(address, shape);
}

/** Allocations are of whole words. */
function bytesOf(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/**
 * y = x Wᵀ + b with 8-bit weights: x is rounded, a row at a time, to 16 bits; sums are of whole
 * numbers, exact.
 *
 * @param x (…, I)
 * @param weight (O, I)
 * @param bias (O)
 * @returns (…, O), without gradient
 */
export function quantizedLinear(
  tape: Tape,
  x: Tensor,
  weight: QuantizedMatrix,
  bias?: Tensor,
): Tensor {
  if (tape.recording) throw new Error("a quantised weight has no gradient");
  const { kernels } = tape.machine;
  const { rows, columns } = rowsAndColumns(x);
  const [O, I] = weight.shape;
  expectShape("linear: x", x, withLast(x.shape, I));
  if (bias) expectShape("linear: bias", bias, [O]);

  const y = tape.empty(withLast(x.shape, O));
  tape.scratch(kernels.quantized_work(I), (work) =>
    kernels.quantized_linear(
      y.address,
      x.address,
      weight.address,
      bias?.address ?? 0,
      rows,
      columns,
      O,
      false,
      work,
    ),
  );
  return y;
}
