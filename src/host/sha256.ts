// SHA-256 (FIPS 180-4), of bytes that come in several arrays, by a kernel. The Web's own is asynchronous, and not everywhere; and in
// JavaScript a server that has just begun takes most of its time to compile it.

import type { Machine } from "./machine.js";

/** The first 32 bits of the fractions of the square roots of the first 8 primes. */
const START = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19";

const BLOCK = 64;
/** Bytes that go to the kernel at a time. */
const ROOM = 64 * BLOCK;

/**
 * SHA-256 over arrays, one after the other, in hexadecimal.
 * @param arrays may be views of the machine's memory: they are asked for once it grows no more
 */
export function sha256Hex(machine: Machine, arrays: () => Iterable<ArrayBufferView>): string {
  return machine.scoped(() => {
    const state = machine.alloc(32);
    const room = machine.alloc(ROOM);
    machine.u32(state, 8).set(START.match(/.{8}/g)!.map((word) => Number.parseInt(word, 16)));
    let length = 0;
    const mix = (bytes: number) => machine.kernels.sha256_blocks(state, room, bytes / BLOCK);
    const add = (bytes: Uint8Array) => {
      for (let from = 0; from < bytes.length; ) {
        const at = length % ROOM;
        const some = bytes.subarray(from, from + ROOM - at);
        machine.u8(room + at, some.length).set(some);
        from += some.length;
        length += some.length;
        if (length % ROOM === 0) mix(ROOM);
      }
    };
    for (const { buffer, byteOffset, byteLength } of arrays()) {
      add(new Uint8Array(buffer, byteOffset, byteLength));
    }
    // A one, zeros, and the number of bits, up to the end of a block.
    const end = new Uint8Array(1 + ((2 * BLOCK - 9 - (length % BLOCK)) % BLOCK) + 8);
    end[0] = 0x80;
    new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(8 * length));
    add(end);
    mix(length % ROOM);
    const words = Array.from(machine.u32(state, 8));
    return words.map((word) => word.toString(16).padStart(8, "0")).join("");
  });
}
