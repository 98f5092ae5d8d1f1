import { describe, InvalidInputError } from "../host/errors.js";
import type { Machine } from "../host/machine.js";

/** A copy of a matrix in the kernels' packed form that follows the matrix when it changes. */
export interface PackedCopy {
  /** Address of the copy, brought up to date first. */
  address(): number;
}

/** What a tensor shares with the views on it. */
interface TensorLife {
  /** Of the gradient. */
  address: number;
  /** The machine's number of the scope that it ends with; 0: it lives as long as the model. */
  readonly scope: number;
}

/**
 * f32 numbers in a machine's memory, row-major. A tensor of an operation lives until the end of the
 * step that made it; a parameter lives as long as its model.
 */
export class Tensor {
  readonly machine: Machine;
  readonly address: number;
  readonly shape: readonly number[];
  readonly size: number;
  /** Whether gradients flow into it. What a parameter wants is chosen by the phase of a step. */
  requiresGrad: boolean;
  /** Set for parameters that are used as matrices. */
  packed: PackedCopy | undefined;
  readonly #life: TensorLife;

  /** @param life where the gradient is and when it ends, shared with the tensor that this one is a view on */
  constructor(
    machine: Machine,
    address: number,
    shape: readonly number[],
    requiresGrad: boolean,
    life: TensorLife = { address: 0, scope: 0 },
  ) {
    this.machine = machine;
    this.address = address;
    this.shape = shape;
    this.size = sizeOf(shape);
    this.requiresGrad = requiresGrad;
    this.#life = life;
  }

  /** Whether the step or the call that made it has ended, and its memory with it. */
  get ended(): boolean {
    const { scope } = this.#life;
    return scope !== 0 && scope !== this.machine.scopes;
  }

  /** Address of the gradient; 0 while there is none. */
  get gradAddress(): number {
    return this.#life.address;
  }

  set gradAddress(address: number) {
    this.#life.address = address;
  }

  /**
   * The same numbers and the same gradient under another shape.
   * @throws InvalidInputError where that has another number of numbers
   */
  reshaped(shape: readonly number[]): Tensor {
    if (checkedSize("reshaped", shape) !== this.size) {
      throw new InvalidInputError(
        `reshaped: expected a shape of ${this.size} numbers, as [${this.shape}] has, got [${shape}]`,
      );
    }
    return new Tensor(this.machine, this.address, shape, this.requiresGrad, this.#life);
  }

  /** A view on the values. Do not keep it: the next allocation may detach it. */
  get data(): Float32Array<ArrayBuffer> {
    return this.machine.f32(this.address, this.size);
  }

  /** A view on the gradient, or undefined where none was computed. */
  get grad(): Float32Array<ArrayBuffer> | undefined {
    return this.gradAddress === 0 ? undefined : this.machine.f32(this.gradAddress, this.size);
  }
}

/** Indices in a machine's memory: i32. */
export interface Indices {
  readonly address: number;
  readonly length: number;
}

/** Whether this is one, of whatever copy of the package: a worker's script has its own. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "gradAddress" in value;
}

/**
 * The size of a shape that somebody gave.
 * @throws InvalidInputError for axes that are no whole numbers
 */
export function checkedSize(what: string, shape: readonly number[]): number {
  if (Array.isArray(shape)) {
    let size = 1;
    for (const axis of shape) size *= Number.isSafeInteger(axis) && axis >= 0 ? axis : Number.NaN;
    if (Number.isSafeInteger(size)) return size;
  }
  const got = Array.isArray(shape) ? `[${shape}]` : describe(shape);
  throw new InvalidInputError(`${what}: a shape is a list of whole numbers, got ${got}`);
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const axis of shape) size *= axis;
  return size;
}
