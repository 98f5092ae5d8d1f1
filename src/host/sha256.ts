// SHA-256 (FIPS 180-4), of bytes that come in several arrays. The Web's own is asynchronous, and not everywhere.

/** The first 32 bits of the fractions of the square roots of the first 8 primes. */
const START = words("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19");

/** The same of the cube roots of the first 64. */
const ROUNDS = words(
  "428a2f9871374491b5c0fbcfe9b5dba53956c25b59f111f1923f82a4ab1c5ed5" +
    "d807aa9812835b01243185be550c7dc372be5d7480deb1fe9bdc06a7c19bf174" +
    "e49b69c1efbe47860fc19dc6240ca1cc2de92c6f4a7484aa5cb0a9dc76f988da" +
    "983e5152a831c66db00327c8bf597fc7c6e00bf3d5a7914706ca635114292967" +
    "27b70a852e1b21384d2c6dfc53380d13650a7354766a0abb81c2c92e92722c85" +
    "a2bfe8a1a81a664bc24b8b70c76c51a3d192e819d6990624f40e3585106aa070" +
    "19a4c1161e376c082748774c34b0bcb5391c0cb34ed8aa4a5b9cca4f682e6ff3" +
    "748f82ee78a5636f84c878148cc7020890befffaa4506cebbef9a3f7c67178f2",
);

const BLOCK = 64;

/** SHA-256 over arrays, one after the other, in hexadecimal. */
export function sha256Hex(arrays: Iterable<ArrayBufferView>): string {
  const state = START.slice();
  const schedule = new Int32Array(BLOCK);
  const block = new Uint8Array(BLOCK);
  const view = new DataView(block.buffer);
  let length = 0;
  const add = (bytes: Uint8Array) => {
    let from = 0;
    const at = length % BLOCK;
    length += bytes.length;
    if (at > 0) {
      const part = bytes.subarray(0, BLOCK - at);
      block.set(part, at);
      if (at + part.length < BLOCK) return;
      mix(state, view, 0, schedule);
      from = part.length;
    }
    // Whole blocks are read where they are.
    const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (; from + BLOCK <= bytes.length; from += BLOCK) mix(state, whole, from, schedule);
    block.set(bytes.subarray(from));
  };
  for (const { buffer, byteOffset, byteLength } of arrays) {
    add(new Uint8Array(buffer, byteOffset, byteLength));
  }
  // A one, zeros, and the number of bits, up to the end of a block.
  const bits = 8 * length;
  const end = new Uint8Array(1 + ((2 * BLOCK - 9 - (length % BLOCK)) % BLOCK) + 8);
  end[0] = 0x80;
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(bits));
  add(end);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/**
 * One block, which begins at a place, goes into the state. Words are turned in place: before an engine has compiled it, calls
 * would take most of the time.
 */
function mix(state: Int32Array, block: DataView, from: number, w: Int32Array): void {
  for (let i = 0; i < 16; i++) w[i] = block.getInt32(from + 4 * i);
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    const early = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const late = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = ((w[i - 16] + early) | 0) + ((w[i - 7] + late) | 0);
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const mixed =
      (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7)))) | 0;
    const one = (((mixed + choice) | 0) + ((ROUNDS[i] + w[i]) | 0)) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const two =
      ((((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) + majority) |
      0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

/** 32-bit numbers in hexadecimal. */
function words(hex: string): Int32Array {
  return Int32Array.from(hex.match(/.{8}/g)!, (word) => Number.parseInt(word, 16));
}
