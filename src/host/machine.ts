// One instance of the kernels and its memory, planned by the host:
//
//   module's data | reserved regions (parameters, gradients, moments, state) | activations
//
// Regions are reserved while no activation is alive and stay for good. Activations are a bump arena:
// `scoped` marks it, runs, and resets it. Views are made at use and never kept, because growing the
// memory detaches them.

import { InvalidInputError, OutOfMemoryError } from "./errors.js";
import type { Kernels } from "./generated/kernels.js";
import type { PictureKernels } from "./generated/picture-kernels.js";
import type { QuantizedKernels } from "./generated/quantized-kernels.js";

/** A power of two. */
const ALIGN = 64;
const PAGE = 65536;
const LIMIT = 65536 * PAGE;

/** The kernels of further modules, where they have been loaded. */
interface FurtherKernels {
  readonly pictures?: PictureKernels;
  readonly quantized?: QuantizedKernels;
}

/** The kernels of one model, bound to one memory. */
export class Machine {
  readonly kernels: Kernels;
  /** What changes products while it is set: see `adapted`, and nn/adapter.ts. */
  adapter: object | undefined;
  /** What hears and may change what layers compute while it is set: see `Listener` in nn/tape.ts. */
  listener: object | undefined;
  readonly #further: FurtherKernels;
  readonly #memory: WebAssembly.Memory;
  /** The memory's buffer: another one after it has grown. Asking the memory costs more than a small kernel. */
  #buffer: ArrayBuffer;
  #bytes: number;
  /** End of the reserved regions, where the arena begins. */
  #base: number;
  /** End of what is in use. */
  #top: number;
  #scopes = 1;

  constructor(kernels: Kernels, memory: WebAssembly.Memory, further: FurtherKernels = {}) {
    this.kernels = kernels;
    this.#further = further;
    this.#memory = memory;
    this.#buffer = memory.buffer as ArrayBuffer;
    this.#bytes = this.#buffer.byteLength;
    this.#base = align(kernels.heap_base() >>> 0);
    this.#top = this.#base;
  }

  /** Whether it has the second module's kernels: machines made after `runtime.withPictures()` do. */
  get hasPictures(): boolean {
    return this.#further.pictures !== undefined;
  }

  /** The second module's kernels. @throws InvalidInputError where it has none */
  get pictures(): PictureKernels {
    if (this.#further.pictures) return this.#further.pictures;
    throw new InvalidInputError(
      "this operation is one of pictures, whose kernels have not been loaded: a model asks for them with pictures: true",
    );
  }

  /** The third module's kernels: machines made after `runtime.withQuantized()` have them. */
  get quantized(): QuantizedKernels {
    if (this.#further.quantized) return this.#further.quantized;
    throw new Error("the kernels of quantised weights have not been loaded");
  }

  /** Another number after activations have ended, from 1: what was made under one number ends with it. */
  get scopes(): number {
    return this.#scopes;
  }

  /** Bytes of memory that the machine holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of activations that are alive. 0 between public calls. */
  get activationBytes(): number {
    return this.#top - this.#base;
  }

  /**
   * Reserves a zeroed region for good and returns its address.
   * @throws OutOfMemoryError where it does not fit
   */
  reserve(bytes: number): number {
    if (this.#top !== this.#base) {
      throw new Error("a region can only be reserved while no activation is alive");
    }
    const address = this.alloc(bytes);
    // To the end of its place: ranges of parameters go over the gaps between them.
    this.u8(address, this.#top - address).fill(0);
    this.#base = this.#top;
    return address;
  }

  /**
   * Room in the arena, 64-byte aligned, not cleared.
   * @throws OutOfMemoryError where it does not fit
   */
  alloc(bytes: number): number {
    const address = this.#top;
    const end = align(address + bytes);
    if (end > this.#bytes) this.#grow(end, bytes);
    this.#top = end;
    return address;
  }

  /**
   * Makes room for so many bytes more, which somebody will ask for.
   * @param needs what they are for, and what would need less
   * @throws OutOfMemoryError where they cannot be had
   */
  ensure(bytes: number, needs: string): void {
    try {
      this.scoped(() => this.alloc(bytes));
    } catch (cause) {
      throw new OutOfMemoryError(`${(cause as Error).message}; ${needs}`, { cause });
    }
  }

  /** Runs `work` and releases whatever it allocated in the arena, also when it throws. */
  scoped<T>(work: () => T): T {
    const mark = this.#top;
    try {
      return work();
    } finally {
      // A region that was reserved before anything was allocated stays.
      this.#top = Math.max(mark, this.#base);
      if (this.#top === this.#base) this.#scopes++;
    }
  }

  /** Runs `work` with this adapter, or without any. */
  adapted<T>(adapter: object | undefined, work: () => T): T {
    const before = this.adapter;
    this.adapter = adapter;
    try {
      return work();
    } finally {
      this.adapter = before;
    }
  }

  f32(address: number, length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#buffer, address, length);
  }

  i32(address: number, length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, address, length);
  }

  u32(address: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#buffer, address, length);
  }

  u8(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, address, length);
  }

  #grow(end: number, asked: number): void {
    try {
      if (end > LIMIT) throw new RangeError("over 4 GiB");
      this.#memory.grow(Math.ceil((end - this.#bytes) / PAGE));
      this.#buffer = this.#memory.buffer as ArrayBuffer;
      this.#bytes = this.#buffer.byteLength;
    } catch (cause) {
      throw new OutOfMemoryError(
        `out of memory: ${amount(asked)} more were asked for on top of ${amount(this.#top)} in use; ` +
          `one model can have ${amount(LIMIT)}, less where the runtime gives less`,
        { cause },
      );
    }
  }
}

function align(address: number): number {
  return address + (-address & (ALIGN - 1));
}

/** For people. */
export function amount(bytes: number): string {
  return bytes < 1e6 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
