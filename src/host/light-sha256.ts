// SHA-256 (FIPS 180-4) without the kernels, for where no machine is at hand; about 30 MB a second. See sha256.ts.

const BLOCK = 64;

/** SHA-256 of bytes, in hexadecimal. */
export function lightSha256(bytes: Uint8Array): string {
  const primes = firstPrimes(64);
  // The first 32 bits of the fractions of square roots and of cube roots.
  const state = Int32Array.from(primes.slice(0, 8), (prime) => rootFraction(prime, 2n));
  const constants = Int32Array.from(primes, (prime) => rootFraction(prime, 3n));
  // A one, zeros, and the number of bits, up to the end of a block.
  const whole = Math.floor(bytes.length / BLOCK) * BLOCK;
  const rest = bytes.length - whole;
  const end = new Uint8Array(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  end.set(bytes.subarray(whole));
  end[rest] = 0x80;
  new DataView(end.buffer).setBigUint64(end.length - 8, BigInt(8 * bytes.length));
  mix(state, constants, bytes.subarray(0, whole));
  mix(state, constants, end);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function mix(state: Int32Array, constants: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const w = new Int32Array(64);
  for (let at = 0; at < bytes.length; at += BLOCK) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [early, late] = [w[i - 15], w[i - 2]];
      const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
      const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
      w[i] = w[i - 16] + first + w[i - 7] + second;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
      const one = (h + high + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
      const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] += word;
  }
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** The first 32 bits after the point of a root of degree `n`: whole numbers, since roots of engines differ. */
function rootFraction(value: number, n: bigint): number {
  const wanted = BigInt(value) << (32n * n);
  let root = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) {
    if ((root + bit) ** n <= wanted) root += bit;
  }
  return Number(root & 0xffffffffn);
}
