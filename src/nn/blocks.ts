// Memory that lives as long as a sample: equal blocks of a machine's memory with a free list. A block may be
// shared by several samples, and is copied before one of them writes to it.

import type { Machine } from "../host/machine.js";

/** Bytes that are reserved at a time, at least. */
const CHUNK = 2 ** 18;

/** Blocks of one size. What was reserved is used again and never given back. */
export class Blocks {
  readonly #machine: Machine;
  /** Bytes of a block. */
  readonly size: number;
  readonly #free: number[] = [];
  /** How often each block in use is held. */
  readonly #held = new Map<number, number>();
  #reserved = 0;

  constructor(machine: Machine, size: number) {
    this.#machine = machine;
    this.size = size;
  }

  /** Blocks in use. */
  get used(): number {
    return this.#held.size;
  }

  /** Bytes reserved so far. */
  get bytes(): number {
    return this.#reserved;
  }

  /**
   * A block of one's own, not cleared. Call it while no activation is alive.
   * @throws OutOfMemoryError
   */
  take(): number {
    if (this.#free.length === 0) this.#grow();
    const block = this.#free.pop()!;
    this.#held.set(block, 1);
    return block;
  }

  /** Holds a block once more. */
  share(block: number): number {
    this.#held.set(block, this.#held.get(block)! + 1);
    return block;
  }

  /** The block, or a copy where others hold it, too: for who will write to it. */
  own(block: number): number {
    if (this.#held.get(block) === 1) return block;
    const copy = this.take();
    const bytes = this.#machine.u8(block, this.size);
    this.#machine.u8(copy, this.size).set(bytes);
    this.release(block);
    return copy;
  }

  /** Lets go of a block that is held. */
  release(block: number): void {
    const held = this.#held.get(block)! - 1;
    if (held > 0) this.#held.set(block, held);
    else {
      this.#held.delete(block);
      this.#free.push(block);
    }
  }

  /** As many blocks again as there are, so that reserving is rare. */
  #grow(): void {
    const blocks = Math.ceil(Math.max(CHUNK, Math.min(this.#reserved, 256 * CHUNK)) / this.size);
    const address = this.#machine.reserve(blocks * this.size);
    this.#reserved += blocks * this.size;
    for (let i = blocks - 1; i >= 0; i--) this.#free.push(address + i * this.size);
  }
}
