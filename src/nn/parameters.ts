// A model's parameters: one contiguous region, in the order of creation. Gradients, optimizer moments
// and averages are further regions with the same layout, so each of clipping, updating, zeroing and
// copying is one call over a range.

import { describe, InvalidInputError, listed, ModelFileError } from "../host/errors.js";
import { fnv1a } from "../host/fnv.js";
import type { Key } from "../host/key.js";
import type { Machine } from "../host/machine.js";
import type { Matrix } from "./ops/quantized.js";
import { keepPacked } from "./packed.js";
import { checkedSize, sizeOf, Tensor } from "./tensor.js";

/** Fills a new parameter. */
export type Initializer = (parameter: Tensor, key: Key) => void;

/** What a parameter is, recorded once. What is neither a buffer nor frozen by the run is trained. */
export interface ParameterRole {
  /** Weight decay applies to it: matrices and convolutions, not vectors and tables. */
  readonly decayed: boolean;
  /** Saved, but not trained: running averages. */
  readonly buffer: boolean;
  /** How it stands in a file, where that is not as it is here. */
  readonly file?: FileLayout;
  /** Whether 4 bits a number suffice where weights have few: matrices, but not those of logits. */
  readonly coarse?: boolean;
}

/** PyTorch's order of numbers that are kept in another one: kernels of convolutions, see file-layout.ts. */
export interface FileLayout {
  readonly shape: readonly number[];
  /** The numbers in the file's order. */
  toFile(values: Float32Array): Float32Array;
  /** The numbers of a file in the order in which they are kept. */
  fromFile(values: Float32Array): Float32Array;
}

/** How a matrix is used and stored, where that is not as a linear layer's. */
export interface MatrixForm {
  readonly file?: FileLayout;
  /** Products are with W itself, not with Wᵀ: a transposed convolution's. */
  readonly across?: boolean;
  /** Whether it gives logits, for which 4 bits a number are too few. */
  readonly logits?: boolean;
}

const vector: ParameterRole = { decayed: false, buffer: false };
const decayed: ParameterRole = { decayed: true, buffer: false };
const buffer: ParameterRole = { decayed: false, buffer: true };

function matrixRole({ file, logits = false }: MatrixForm): ParameterRole {
  return { ...decayed, ...(file && { file }), coarse: !logits };
}

/** Where layers get their parameters from: new ones, or those of a file. */
export interface ParameterSource {
  readonly machine: Machine;
  /** Memory that a number of a matrix takes, its packed copy included. */
  readonly bytesPerNumber: number;
  /** Another number after every change of a value. */
  readonly version: number;
  add(name: string, shape: readonly number[], init: Initializer, role?: ParameterRole): Tensor;
  /** A weight (outputs, inputs …) that is multiplied with. */
  addMatrix(name: string, shape: readonly number[], init: Initializer, form?: MatrixForm): Matrix;
  /** A table of vectors that is the output's weight, too. */
  addTied(name: string, shape: readonly [number, number], init: Initializer): TiedTable;
}

/** A table (V, D): to look rows up in, and to multiply with. One parameter, so one gradient. */
export interface TiedTable {
  readonly table: Tensor;
  readonly matrix: Matrix;
}

/** A parameter before there is memory for it. */
export interface ParameterShape {
  /** In a file. */
  readonly shape: readonly number[];
  readonly coarse: boolean;
}

/**
 * Names and shapes of what `build` asks for, without any memory.
 * @throws InvalidInputError for a name or a shape that no parameter can have
 */
export function recordShapes(
  machine: Machine,
  build: (source: ParameterSource) => unknown,
): Map<string, ParameterShape> {
  const shapes = new Map<string, ParameterShape>();
  const add = (
    name: string,
    shape: readonly number[],
    _?: Initializer,
    { file, coarse = false }: Pick<ParameterRole, "file" | "coarse"> = vector,
  ) => {
    checkParameter(name, shape, shapes.has(name));
    shapes.set(name, { shape: file?.shape ?? shape, coarse });
    return Object.defineProperty(new Tensor(machine, 0, shape, false), "data", {
      get: () => {
        throw new InvalidInputError(
          `parameter ${name} has no numbers before the model is built; an initializer sets them`,
        );
      },
    });
  };
  const addTied: ParameterSource["addTied"] = (name, shape) => {
    const table = add(name, shape);
    return { table, matrix: table };
  };
  const addMatrix: ParameterSource["addMatrix"] = (name, shape, init, form = {}) =>
    add(name, shape, init, matrixRole(form));
  build({ machine, bytesPerNumber: 0, version: 0, add, addMatrix, addTied });
  return shapes;
}

/** @throws InvalidInputError */
function checkParameter(name: string, shape: readonly number[], known: boolean): void {
  if (name === "" || name.startsWith("training.") || name.endsWith(".scale")) {
    throw new InvalidInputError(
      `a parameter's name cannot begin with "training." or end with ".scale", which files use, got ${describe(name)}`,
    );
  }
  if (known) throw new InvalidInputError(`there are two parameters ${name}`);
  if (checkedSize(`parameter ${name}`, shape) < 1) {
    throw new InvalidInputError(`parameter ${name}: its axes must be at least 1, got [${shape}]`);
  }
}

/** A range of the parameter region, in floats. */
export interface ParameterRange {
  readonly offset: number;
  readonly length: number;
}

/** All parameters of one model. */
export class Parameters implements ParameterSource {
  readonly machine: Machine;
  readonly bytesPerNumber = 8;
  /** Those that products of rows are made with, by name, but tables: what adapters can change. */
  readonly matrices: Map<string, Matrix> = new Map();
  readonly #key: Key;
  readonly #tensors = new Map<string, Tensor>();
  readonly #roles = new Map<string, ParameterRole>();
  readonly #matrices: { tensor: Tensor; across: boolean }[] = [];
  #start = 0;
  #end = 0;
  #sealed = false;
  #version = 0;
  readonly #regions = new Map<string, number>();

  /** @param key the key for initial values; each parameter derives its own from its name */
  constructor(machine: Machine, key: Key) {
    this.machine = machine;
    this.#key = key;
  }

  get version(): number {
    return this.#version;
  }

  /** Reserves and initialises a parameter. */
  add(
    name: string,
    shape: readonly number[],
    init: Initializer,
    role: ParameterRole = vector,
  ): Tensor {
    if (this.#sealed) throw new Error(`parameter ${name} comes after the model was built`);
    if (this.#tensors.has(name)) throw new Error(`parameter ${name} exists already`);
    const address = this.machine.reserve(4 * sizeOf(shape));
    if (this.#tensors.size === 0) this.#start = address;
    this.#end = address + 4 * sizeOf(shape);
    const tensor = new Tensor(this.machine, address, shape, !role.buffer);
    init(tensor, this.#key.fold(fnv1a(name)));
    this.#tensors.set(name, tensor);
    this.#roles.set(name, role);
    return tensor;
  }

  /** Marks a weight (outputs, inputs …) as a matrix: products use a packed copy that is kept. */
  addMatrix(
    name: string,
    shape: readonly number[],
    init: Initializer,
    form: MatrixForm = {},
  ): Tensor {
    const { across = false } = form;
    const tensor = this.add(name, shape, init, matrixRole(form));
    this.#matrices.push({ tensor, across });
    if (shape.length === 2 && !across) this.matrices.set(name, tensor);
    return tensor;
  }

  addTied(name: string, shape: readonly [number, number], init: Initializer): TiedTable {
    const table = this.addMatrix(name, shape, init, { logits: true });
    this.matrices.delete(name);
    return { table, matrix: table };
  }

  /** Called once, when the model is built. */
  seal(): void {
    this.#sealed = true;
    for (const { tensor, across } of this.#matrices) {
      keepPacked(tensor, across, () => this.#version);
    }
  }

  /** What the parameter of this name is. */
  role(name: string): ParameterRole {
    return this.#roles.get(name)!;
  }

  /** Names and tensors, in order. */
  entries(): IterableIterator<[string, Tensor]> {
    return this.#tensors.entries();
  }

  /** Number of parameters, as people count them: without buffers. */
  get count(): number {
    let count = 0;
    for (const [name, { size }] of this.#tensors) if (!this.role(name).buffer) count += size;
    return count;
  }

  /** Address of the region. */
  get address(): number {
    return this.#start;
  }

  /** Floats from the first to the last parameter, gaps included. */
  get length(): number {
    return (this.#end - this.#start) / 4;
  }

  /** Address of the gradients; 0 before `enableGradients`. */
  get grads(): number {
    return this.#regions.get("grads") ?? 0;
  }

  /** Replaces all values; `values` has the region's layout. */
  assign(values: Float32Array): void {
    this.all(this.address).set(values);
    this.changed();
  }

  /** Must be called after every change of a value, so that packed copies follow. */
  changed(): void {
    this.#version++;
  }

  /**
   * The region of this name with the parameters' layout, for moments, averages and the like:
   * reserved on the first call, and the same one afterwards.
   */
  region(name: string): number {
    const address = this.#regions.get(name) ?? this.machine.reserve(4 * this.length);
    this.#regions.set(name, address);
    return address;
  }

  /** Whether the region of this name has been reserved. */
  hasRegion(name: string): boolean {
    return this.#regions.has(name);
  }

  /** Reserves the gradients, on the first training step. */
  enableGradients(): void {
    const grads = this.region("grads");
    for (const [name, tensor] of this.#tensors) {
      if (this.role(name).buffer) continue;
      tensor.gradAddress = grads + (tensor.address - this.#start);
    }
  }

  /** Lets gradients flow past them; a step that trains some lets them in again. */
  freeze(): void {
    for (const tensor of this.#tensors.values()) tensor.requiresGrad = false;
  }

  /** Everything in a region, gaps (zeros) included. A view: do not keep it. */
  all(region: number): Float32Array<ArrayBuffer> {
    return this.machine.f32(region, this.length);
  }

  zeroGradients(): void {
    this.all(this.grads).fill(0);
  }

  /** The values of one region with this layout, by name. Views: do not keep them. */
  *views(region: number): Generator<[string, readonly number[], Float32Array<ArrayBuffer>]> {
    for (const [name, tensor] of this.#tensors) {
      const address = region + (tensor.address - this.#start);
      yield [name, tensor.shape, this.machine.f32(address, tensor.size)];
    }
  }

  /**
   * Checks that `values` has exactly these names and shapes, and returns a function that copies
   * them into a region: so nothing changes unless everything fits.
   * @param holds the parameters that the region holds numbers of; default all
   * @throws ModelFileError listing missing and extra names, or the first wrong shape
   */
  prepareAssign(
    values: ReadonlyMap<string, { readonly shape: readonly number[]; read(): Float32Array }>,
    holds: (name: string) => boolean = () => true,
  ): (region: number) => void {
    const shapes = new Map<string, { readonly shape: readonly number[] }>();
    for (const [name, { shape }] of this.#tensors) {
      if (holds(name)) shapes.set(name, this.role(name).file ?? { shape });
    }
    checkShapes(shapes, values);
    return (region) => {
      for (const [name, , view] of this.views(region)) {
        if (!holds(name)) continue;
        const read = values.get(name)!.read();
        view.set(this.role(name).file?.fromFile(read) ?? read);
      }
      this.changed();
    };
  }

  /** The contiguous ranges of the parameters of a choice; neighbours are joined, the gap between too. */
  ranges(choice: (name: string, role: ParameterRole) => boolean): ParameterRange[] {
    const ranges: { offset: number; length: number }[] = [];
    let open = false;
    for (const [name, tensor] of this.#tensors) {
      const chosen = choice(name, this.role(name));
      const offset = (tensor.address - this.#start) / 4;
      const last = ranges[ranges.length - 1];
      if (chosen && open) last.length = offset + tensor.size - last.offset;
      else if (chosen) ranges.push({ offset, length: tensor.size });
      open = chosen;
    }
    return ranges;
  }
}

/**
 * Refuses tensors that have not exactly these names and shapes.
 * @throws ModelFileError listing missing and extra names, or the first wrong shape
 */
export function checkShapes(
  expected: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  values: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): void {
  const missing = [...expected.keys()].filter((name) => !values.has(name));
  // PyTorch's files count the batches of a batch norm, which nothing needs.
  const known = (name: string) => name.replace("num_batches_tracked", "running_mean");
  const extra = [...values.keys()].filter((name) => !expected.has(known(name)));
  if (missing.length > 0 || extra.length > 0) {
    const parts = [];
    if (missing.length > 0) parts.push(`missing: ${listed(missing)}`);
    if (extra.length > 0) parts.push(`not expected: ${listed(extra)}`);
    throw new ModelFileError(`the file's tensors do not fit the model; ${parts.join("; ")}`);
  }
  for (const [name, { shape: needed }] of expected) {
    const { shape } = values.get(name)!;
    if (shape.length === needed.length && shape.every((n, i) => n === needed[i])) continue;
    throw new ModelFileError(
      `tensor ${name} has shape [${shape.join(", ")}], the model needs [${needed.join(", ")}]`,
    );
  }
}

/** A place in the parameters' naming: PyTorch's dotted names. */
export class Scope {
  readonly #parameters: ParameterSource;
  readonly prefix: string;

  constructor(parameters: ParameterSource, prefix = "") {
    this.#parameters = parameters;
    this.prefix = prefix;
  }

  /** `scope.child("lstm").param("bias_ih_l0", …)` is called `lstm.bias_ih_l0`. */
  child(name: string): Scope {
    return new Scope(this.#parameters, `${this.prefix}${name}.`);
  }

  /** The name of this place, without the last dot: what activations are called by. */
  get name(): string {
    return this.prefix.slice(0, -1);
  }

  /** @param options.decayed whether weight decay applies: to tables of positions. Default false */
  param(
    name: string,
    shape: readonly number[],
    init: Initializer,
    options: Partial<Omit<ParameterRole, "buffer">> = {},
  ): Tensor {
    return this.#parameters.add(this.prefix + name, shape, init, { ...vector, ...options });
  }

  /** Numbers that are saved and not trained, such as running averages. */
  buffer(
    name: string,
    shape: readonly number[],
    init: Initializer,
    form: Pick<MatrixForm, "file"> = {},
  ): Tensor {
    return this.#parameters.add(this.prefix + name, shape, init, { ...buffer, ...form });
  }

  /** A weight (outputs, inputs …) that is multiplied with. */
  matrix(name: string, shape: readonly number[], init: Initializer, form?: MatrixForm): Matrix {
    return this.#parameters.addMatrix(this.prefix + name, shape, init, form);
  }

  /** A table of vectors that is the output's weight, too. */
  tied(name: string, shape: readonly [number, number], init: Initializer): TiedTable {
    return this.#parameters.addTied(this.prefix + name, shape, init);
  }
}
