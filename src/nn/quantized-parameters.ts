// The parameters of a quantised model: matrices as 8-bit rows, in a file and in the machine; the rest,
// and the embedding's table once it is read, as f32. They are made once and never change. With weights that
// are only stored in 8 bits everything is f32 once it is read.
//
// The file's tensors are kept as they are, outside the machine, beside the packed copies: a model is
// saved, and its fingerprint taken, from them.

import type { QuantizedWeights } from "../formats/model-file.js";
import { f32Data, f32Entry, type TensorEntry } from "../formats/safetensors.js";
import { describe, InvalidInputError, ModelFileError } from "../host/errors.js";
import type { Machine } from "../host/machine.js";
import {
  type Matrix,
  packQuantized,
  type QuantizedRows,
  quantizedBytes,
  quantizeRows,
} from "./ops/quantized.js";
import { keepPacked } from "./packed.js";
import {
  checkShapes,
  type Initializer,
  type MatrixForm,
  type ParameterRole,
  type ParameterSource,
  type Parameters,
  type TiedTable,
} from "./parameters.js";
import { sizeOf, Tensor } from "./tensor.js";

const SCALE = ".scale";

/** The tensors of a quantised model. */
export interface QuantizedTensors {
  readonly weights: QuantizedWeights;
  /** By name: each matrix as I8 with its rows' scales, F32, after it; the rest F32. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Whether a tensor has 8 bits: a matrix, and where weights are only stored so also kernels, a row for each of the first axis. */
function narrow(weights: QuantizedWeights, { length }: readonly number[]): boolean {
  return weights === "int8" ? length === 2 : length >= 2;
}

/** A source that gives what it holds. */
export class QuantizedParameters implements ParameterSource {
  readonly machine: Machine;
  readonly bytesPerNumber: number;
  readonly version = 0;
  readonly weights: QuantizedWeights;
  readonly tensors: QuantizedTensors["entries"];
  readonly #buffers = new Set<string>();

  constructor(machine: Machine, { weights, entries }: QuantizedTensors) {
    this.machine = machine;
    this.weights = weights;
    this.tensors = entries;
    this.bytesPerNumber = weights === "int8" ? 1 : 8;
  }

  add(
    name: string,
    shape: readonly number[],
    _?: Initializer,
    { file, buffer }: Partial<ParameterRole> = {},
  ): Tensor {
    if (buffer) this.#buffers.add(name);
    const address = this.machine.reserve(4 * sizeOf(shape));
    const numbers = this.tensors.has(name + SCALE)
      ? widened(this.#rows(name))
      : f32Data(this.tensors.get(name)!);
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
        `${name} has shape [${shape}]: only a matrix of two axes can be multiplied with in 8 bits`,
      );
    }
    const address = this.machine.reserve(quantizedBytes(this.machine, shape));
    return packQuantized(this.machine, address, this.#rows(name), shape as [number, number]);
  }

  /** Looked up as f32; multiplied in 8 bits, unless they are only stored so. */
  addTied(name: string, shape: readonly [number, number]): TiedTable {
    if (this.weights === "int8-stored") {
      const table = this.addMatrix(name, shape) as Tensor;
      return { table, matrix: table };
    }
    return { table: this.add(name, shape), matrix: this.addMatrix(name, shape) };
  }

  /** Number of parameters, as people count them: scales and buffers are none. */
  get count(): number {
    let count = 0;
    for (const [name, { shape }] of this.tensors) {
      if (!name.endsWith(SCALE) && !this.#buffers.has(name)) count += sizeOf(shape);
    }
    return count;
  }

  #rows(name: string): QuantizedRows {
    const bytes = this.tensors.get(name)!.data;
    const scales = f32Data(this.tensors.get(name + SCALE)!);
    return { values: new Int8Array(bytes.slice().buffer), scales };
  }
}

/** Rows as f32: scale times value, rounded once. */
function widened({ values, scales }: QuantizedRows): Float32Array {
  const columns = values.length / scales.length;
  return Float32Array.from(values, (value, i) => scales[Math.floor(i / columns)] * value);
}

/** @throws InvalidInputError for a weight that is not a finite number */
export function quantizedTensors(
  parameters: Parameters,
  weights: QuantizedWeights,
): QuantizedTensors {
  const entries = new Map<string, TensorEntry>();
  const put = (entry: TensorEntry) => entries.set(entry.name, entry);
  for (const [name, tensor] of parameters.entries()) {
    if (!tensor.data.every(Number.isFinite)) {
      throw new InvalidInputError(
        `${name} has numbers that are not finite: it cannot be quantised`,
      );
    }
    const { file } = parameters.role(name);
    const shape = file?.shape ?? tensor.shape;
    const data = file?.toFile(tensor.data) ?? tensor.data.slice();
    if (!narrow(weights, shape)) {
      put(f32Entry(name, shape, data));
      continue;
    }
    const { values, scales } = quantizeRows(parameters.machine, data, shape[0]);
    put({ name, dtype: "I8", shape, data: new Uint8Array(values.buffer) });
    put(f32Entry(name + SCALE, [shape[0]], scales));
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
  shapes: ReadonlyMap<string, readonly number[]>,
  file: ReadonlyMap<string, TensorEntry>,
): QuantizedTensors {
  const expected = new Map<string, readonly number[]>();
  for (const [name, shape] of shapes) {
    expected.set(name, shape);
    if (narrow(weights, shape)) expected.set(name + SCALE, [shape[0]]);
  }
  checkShapes(expected, file);
  const entries = new Map<string, TensorEntry>();
  for (const name of expected.keys()) {
    const entry = file.get(name)!;
    const dtype = expected.has(name + SCALE) ? "I8" : "F32";
    if (entry.dtype !== dtype) {
      throw new ModelFileError(`tensor ${name} has dtype ${entry.dtype}, the model needs ${dtype}`);
    }
    if (dtype === "I8") checkValues(name, entry.data);
    else checkNumbers(name, f32Data(entry));
    entries.set(name, { ...entry, data: entry.data.slice() });
  }
  return { weights, entries };
}

function checkValues(name: string, data: Uint8Array): void {
  if (!data.includes(0x80)) return;
  throw new ModelFileError(`tensor ${name} has the value -128, expected -127 to 127`);
}

function checkNumbers(name: string, data: Float32Array): void {
  const scale = name.endsWith(SCALE);
  const odd = data.find((x) => !Number.isFinite(x) || (scale && x < 0));
  if (odd === undefined) return;
  const kind = scale ? "finite numbers of at least 0" : "finite numbers";
  throw new ModelFileError(`tensor ${name} must have ${kind}, got ${describe(odd)}`);
}
