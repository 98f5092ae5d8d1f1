// Matrices with 8 or 4 bits a number, and products with them. Loaded where a model has some: linear.ts and lstm.ts know
// `QuantizedMatrix` by its type alone.

import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Tensor } from "../tensor.js";

/** Bits of a number that is multiplied with. */
export type Bits = 4 | 8;

/** A matrix (N, K) as a file has it. */
export interface QuantizedRows {
  readonly bits: Bits;
  /**
   * 8 bits: (N, K) i8, from -127 to 127. 4 bits: (N, ⌈K / 2⌉) u8, two numbers plus 8 a byte, the earlier one in the
   * low half; a last one alone has 0 beside it.
   */
  readonly values: Uint8Array;
  /**
   * W[n, k] ≈ scale · value. 8 bits: (N) f32, one a row. 4 bits: (N, ⌈K / 32⌉) bf16, one for 32 columns.
   */
  readonly scales: Uint8Array;
}

/** Weights of a row that have one scale in 4 bits. */
const BLOCK = 32;

/** Shapes of the values and scales of a matrix (N, K), or with 8 bits of a kernel (N, …). */
export function quantizedShapes(
  bits: Bits,
  shape: readonly number[],
): { readonly values: readonly number[]; readonly scales: readonly number[] } {
  const [rows, columns] = shape;
  if (bits === 8) return { values: shape, scales: [rows] };
  const of = (count: number) => [rows, Math.ceil(columns / count)];
  return { values: of(2), scales: of(BLOCK) };
}

/** A weight (O, I) with few bits a number, packed in a machine's memory. It has no gradient. */
export class QuantizedMatrix {
  readonly bits: Bits;
  readonly address: number;
  readonly shape: readonly [outputs: number, inputs: number];

  constructor(bits: Bits, address: number, shape: readonly [number, number]) {
    this.bits = bits;
    this.address = address;
    this.shape = shape;
  }

  /**
   * y = x Wᵀ + b. Of x a row is rounded to 16 bits, or with 4-bit weights 32 numbers at a time to 8; the sums of these
   * whole numbers are exact.
   *
   * @param y address of (rows, O)
   * @param x address of (rows, I)
   * @param options.bias (O)
   * @param options.accumulate adds to y instead
   */
  product(
    tape: Tape,
    y: number,
    x: number,
    rows: number,
    { bias, accumulate = false }: { readonly bias?: Tensor; readonly accumulate?: boolean },
  ): void {
    if (tape.recording) throw new Error("a quantised weight has no gradient");
    const [O, I] = this.shape;
    const { room, linear } = kernelsOf(tape.machine, this.bits);
    tape.scratch(room(I), (work) =>
      linear(y, x, this.address, bias?.address ?? 0, rows, I, O, accumulate, work),
    );
  }
}

/** A weight (O, I) that is multiplied with. */
export type Matrix = Tensor | QuantizedMatrix;

/**
 * The nearest rows of so many bits, ties to even.
 * 8: a row's scale is its largest |W| / 127. 4: the scale of 32 numbers is the bf16 one with the least squared error.
 */
export function quantizeRows(
  machine: Machine,
  bits: Bits,
  weight: Float32Array,
  rows: number,
): QuantizedRows {
  const columns = weight.length / rows;
  const shapes = quantizedShapes(bits, [rows, columns]);
  const [size, count] = [sizeOf(shapes.values), sizeOf(shapes.scales) * (bits === 8 ? 4 : 2)];
  // A view of this memory would end where the memory grows.
  const numbers = weight.slice();
  return machine.scoped(() => {
    const from = machine.alloc(4 * numbers.length);
    machine.f32(from, numbers.length).set(numbers);
    const values = machine.alloc(whole(size));
    const scales = machine.alloc(whole(count));
    const { quantized: kernels } = machine;
    if (bits === 8) kernels.int8_quantize(values, scales, from, rows, columns);
    else {
      const work = machine.alloc(kernels.int4_quantize_work());
      kernels.int4_quantize(values, scales, from, rows, columns, work);
    }
    return {
      bits,
      values: machine.u8(values, size).slice(),
      scales: machine.u8(scales, count).slice(),
    };
  });
}

/** Bytes of a packed matrix. */
export function quantizedBytes(
  machine: Machine,
  bits: Bits,
  [outputs, inputs]: readonly number[],
): number {
  return kernelsOf(machine, bits).bytes(inputs, outputs) >>> 0;
}

/** Packs a matrix at `address`, where `quantizedBytes` are free. */
export function packQuantized(
  machine: Machine,
  address: number,
  { bits, values, scales }: QuantizedRows,
  shape: readonly [number, number],
): QuantizedMatrix {
  const [outputs, inputs] = shape;
  machine.scoped(() => {
    const from = machine.alloc(whole(values.length));
    const own = machine.alloc(whole(scales.length));
    machine.u8(from, values.length).set(values);
    machine.u8(own, scales.length).set(scales);
    kernelsOf(machine, bits).pack(address, from, own, inputs, outputs);
  });
  return new QuantizedMatrix(bits, address, shape);
}

/** The kernels of so many bits. */
function kernelsOf({ quantized: k }: Machine, bits: Bits) {
  return bits === 4
    ? {
        bytes: k.int4_pack_bytes,
        pack: k.int4_pack,
        room: k.int4_work,
        linear: k.int4_linear,
      }
    : {
        bytes: k.int8_pack_bytes,
        pack: k.int8_pack,
        room: k.int8_work,
        linear: k.int8_linear,
      };
}

function sizeOf([rows, columns = 1]: readonly number[]): number {
  return rows * columns;
}

/** Allocations are of whole words. */
function whole(length: number): number {
  return Math.ceil(length / 4) * 4;
}
