// The parameters of a quantised model: matrices as rows of 8-bit or 4-bit numbers, in a file and in the machine; the rest,
// and the embedding's table once it is read, as f32. They are made once and never change. With weights that
// are only stored in 8 bits everything is f32 once it is read. Loaded with the first quantised model.
//
// The file's tensors are kept as they are, outside the machine, beside the packed copies: a model is
// saved, and its fingerprint taken, from them.

import type { QuantizedWeights } from "../formats/model-file.js";
import { type Dtype, f32Data, f32Entry, type TensorEntry } from "../formats/safetensors.js";
import { describe, InvalidInputError, ModelFileError } from "../host/errors.js";
import type { Machine } from "../host/machine.js";
import {
  type Bits,
  type Matrix,
  packQuantized,
  quantizedBytes,
  quantizedShapes,
  quantizeRows,
} from "./ops/quantized.js";
import { keepPacked } from "./packed.js";
import {
  checkShapes,
  type Initializer,
  type MatrixForm,
  type ParameterRole,
  type ParameterShape,
  type ParameterSource,
  type Parameters,
  type TiedTable,
} from "./parameters.js";
import { sizeOf, Tensor } from "./tensor.js";

const SCALE = ".scale";

/** How the numbers of a quantised tensor and its scales stand in a file. */
const dtypes: Readonly<Record<Bits, { readonly values: Dtype; readonly scales: Dtype }>> = {
  8: { values: "I8", scales: "F32" },
  4: { values: "U8", scales: "BF16" },
};

/** The tensors of a quantised model. */
export interface QuantizedTensors {
  readonly weights: QuantizedWeights;
  /** By name: each matrix as I8, or U8 where it has 4 bits, with its scales after it; the rest F32. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/**
 * Bits of a parameter's numbers, 32 where it is f32. Few have matrices and tables; where weights are only stored so also
 * kernels, a row for each of the first axis. Logits are made in 8 bits, and looked up is what had 8.
 */
function bitsOf(
  weights: QuantizedWeights,
  { shape, coarse }: { readonly shape: readonly number[]; readonly coarse?: boolean },
): Bits | 32 {
  if (weights === "int8-stored") return shape.length >= 2 ? 8 : 32;
  if (shape.length !== 2) return 32;
  return weights === "int4" && coarse ? 4 : 8;
}

/** A source that gives what it holds. */
export class QuantizedParameters implements ParameterSource {
  readonly machine: Machine;
  readonly bytesPerNumber: number;
  readonly version = 0;
  readonly weights: QuantizedWeights;
  readonly tensors: QuantizedTensors["entries"];
  /** As those of `Parameters`. */
  readonly matrices: Map<string, Matrix> = new Map();
  #count = 0;

  constructor(machine: Machine, { weights, entries }: QuantizedTensors) {
    this.machine = machine;
    this.weights = weights;
    this.tensors = entries;
    this.bytesPerNumber = weights === "int8-stored" ? 8 : 1;
  }

  add(
    name: string,
    shape: readonly number[],
    _?: Initializer,
    { file, buffer }: Partial<ParameterRole> = {},
  ): Tensor {
    if (!buffer) this.#count += sizeOf(shape);
    const address = this.machine.reserve(4 * sizeOf(shape));
    const numbers = this.#numbers(name);
    this.machine.f32(address, numbers.length).set(file?.fromFile(numbers) ?? numbers);
    return new Tensor(this.machine, address, shape, false);
  }

  addMatrix(
    name: string,
    shape: readonly number[],
    init?: Initializer,
    form: MatrixForm = {},
  ): Matrix {
    if (this.weights === "int8-stored") {
      const tensor = this.add(name, shape, init, form);
      keepPacked(tensor, form.across ?? false, () => this.version);
      return tensor;
    }
    if (shape.length !== 2) {
      throw new InvalidInputError(
        `${name} has shape [${shape}]: only a matrix of two axes can be multiplied with in 8 or 4 bits`,
      );
    }
    this.#count += sizeOf(shape);
    const matrix = this.#packed(name, shape as [number, number]);
    this.matrices.set(name, matrix);
    return matrix;
  }

  /** Looked up as f32; multiplied in 8 bits, unless they are only stored so. */
  addTied(name: string, shape: readonly [number, number]): TiedTable {
    if (this.weights === "int8-stored") {
      const table = this.addMatrix(name, shape) as Tensor;
      return { table, matrix: table };
    }
    return { table: this.add(name, shape), matrix: this.#packed(name, shape) };
  }

  /** Number of parameters, as people count them: scales and buffers are none. */
  get count(): number {
    return this.#count;
  }

  #packed(name: string, shape: readonly [number, number]): Matrix {
    const { dtype, data: values } = this.tensors.get(name)!;
    const bits = dtype === "I8" ? 8 : 4;
    const scales = this.tensors.get(name + SCALE)!.data;
    const address = this.machine.reserve(quantizedBytes(this.machine, bits, shape));
    return packQuantized(this.machine, address, { bits, values, scales }, shape);
  }

  /** As f32: scale times value, rounded once. */
  #numbers(name: string): Float32Array {
    const entry = this.tensors.get(name)!;
    const scale = this.tensors.get(name + SCALE);
    if (!scale) return f32Data(entry);
    const scales = f32Data(scale);
    const columns = entry.data.length / scales.length;
    const values = new Int8Array(entry.data.slice().buffer);
    // A loop: a function for each of a large vocabulary's numbers takes seconds.
    const numbers = new Float32Array(values.length);
    for (let row = 0, i = 0; row < scales.length; row++) {
      for (let j = 0; j < columns; j++, i++) numbers[i] = scales[row] * values[i];
    }
    return numbers;
  }
}

/**
 * A parameter as a quantised model's file has it: one tensor, or two where it has few bits a number.
 *
 * @param machine one with the kernels of quantised weights
 * @param data (N, K) as in the file
 * @param parameter its name, shape, and whether 4 bits may suffice, as `recordShapes` has them
 * @throws InvalidInputError for a weight that is not a finite number
 */
export function quantizedEntries(
  machine: Machine,
  weights: QuantizedWeights,
  data: Float32Array,
  parameter: { readonly name: string } & Partial<ParameterShape> & Pick<ParameterShape, "shape">,
): TensorEntry[] {
  const { name, shape } = parameter;
  if (!data.every(Number.isFinite)) {
    throw new InvalidInputError(`${name} has numbers that are not finite: it cannot be quantised`);
  }
  const bits = bitsOf(weights, parameter);
  if (bits === 32) return [f32Entry(name, shape, data)];
  const rows = quantizeRows(machine, bits, data, shape[0]);
  const shapes = quantizedShapes(bits, shape);
  const of = dtypes[bits];
  return [
    { name, dtype: of.values, shape: shapes.values, data: rows.values },
    { name: name + SCALE, dtype: of.scales, shape: shapes.scales, data: rows.scales },
  ];
}

/**
 * All parameters of a model.
 * @param machine one with the kernels of quantised weights
 * @throws InvalidInputError for a weight that is not a finite number
 */
export function quantizedTensors(
  machine: Machine,
  parameters: Parameters,
  weights: QuantizedWeights,
): QuantizedTensors {
  const entries = new Map<string, TensorEntry>();
  for (const [name, tensor] of parameters.entries()) {
    const { file, coarse } = parameters.role(name);
    const data = file?.toFile(tensor.data) ?? tensor.data.slice();
    const parameter = { name, shape: file?.shape ?? tensor.shape, coarse };
    for (const entry of quantizedEntries(machine, weights, data, parameter)) {
      entries.set(entry.name, entry);
    }
  }
  return { weights, entries };
}

/**
 * A file's tensors, copied, in the order of the model's parameters.
 *
 * @param weights how the file stores them
 * @param shapes names and shapes of the parameters
 * @throws ModelFileError where a name, shape or dtype is another, or a number cannot be one of these
 */
export function readQuantized(
  weights: QuantizedWeights,
  shapes: ReadonlyMap<string, ParameterShape>,
  file: ReadonlyMap<string, TensorEntry>,
): QuantizedTensors {
  const expected = new Map<string, { shape: readonly number[]; dtype: Dtype; columns?: number }>();
  for (const [name, parameter] of shapes) {
    const { shape } = parameter;
    const bits = bitsOf(weights, parameter);
    if (bits === 32) {
      expected.set(name, { shape, dtype: "F32" });
      continue;
    }
    const { values, scales } = quantizedShapes(bits, shape);
    const of = dtypes[bits];
    expected.set(name, { shape: values, dtype: of.values, columns: shape[1] });
    expected.set(name + SCALE, { shape: scales, dtype: of.scales });
  }
  checkShapes(expected, file);
  const entries = new Map<string, TensorEntry>();
  for (const [name, { dtype, columns = 0 }] of expected) {
    const entry = file.get(name)!;
    if (entry.dtype !== dtype) {
      throw new ModelFileError(`tensor ${name} has dtype ${entry.dtype}, the model needs ${dtype}`);
    }
    if (dtype === "I8") checkValues(name, entry.data);
    else if (dtype === "U8") checkPairs(name, entry.data, columns);
    else checkNumbers(name, f32Data(entry), dtype);
    entries.set(name, { ...entry, data: entry.data.slice() });
  }
  return { weights, entries };
}

function checkValues(name: string, data: Uint8Array): void {
  if (!data.includes(0x80)) return;
  throw new ModelFileError(`tensor ${name} has the value -128, expected -127 to 127`);
}

/** Rows of an odd number of 4-bit numbers end with half a byte of zeros. */
function checkPairs(name: string, data: Uint8Array, columns: number): void {
  if (columns % 2 === 0) return;
  const bytes = (columns + 1) / 2;
  for (let end = bytes - 1; end < data.length; end += bytes) {
    if (data[end] < 16) continue;
    throw new ModelFileError(
      `tensor ${name} has a number after the last of a row of ${columns}, expected 0 in the high half of its last byte`,
    );
  }
}

/** Scales of 8 bits are at least 0, those of 4 have any sign. */
function checkNumbers(name: string, data: Float32Array, dtype: Dtype): void {
  const positive = name.endsWith(SCALE) && dtype === "F32";
  const odd = data.find((x) => !Number.isFinite(x) || (positive && x < 0));
  if (odd === undefined) return;
  const kind = positive ? "finite numbers of at least 0" : "finite numbers";
  throw new ModelFileError(`tensor ${name} must have ${kind}, got ${describe(odd)}`);
}
