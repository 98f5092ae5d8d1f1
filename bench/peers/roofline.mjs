// The machine's own limit: multiply-adds between registers, without a load. The loop is written as
// WebAssembly bytes, so that no compiler stands between what is meant and what the engine gets.
//
//   plain:  s = s * x + y in two operations, as the default build computes
//   fused:  s = relaxed_madd(x, y, s), one operation where the engine fuses: P of the other rows
//
// Several independent sums hide the latency; how many are best differs, so each number of them is
// tried and the fastest kept.

import { serveOrRefuse } from "./serve.mjs";

const UNROLL = 4;
const ITERATIONS = 20_000;
const CHAINS = [8, 9, 10, 11, 12, 13];

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)]);
const simd = (opcode) => [0xfd, ...leb(opcode)];
const get = (local) => [0x20, ...leb(local)];
const set = (local) => [0x21, ...leb(local)];
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];

const SPLAT = simd(0x13);
const EXTRACT_0 = [...simd(0x1f), 0];
const ADD = simd(0xe4);
const MUL = simd(0xe6);
const RELAXED_MADD = simd(0x105);

/** The module of one function peak(n: i32, x: f32, y: f32): f32. */
function assemble(chains, fused) {
  const [n, xs, ys, x, y, first] = [0, 1, 2, 3, 4, 5];
  const sums = Array.from({ length: chains }, (_, i) => first + i);
  const one = (s) =>
    fused
      ? [...get(x), ...get(y), ...get(s), ...RELAXED_MADD, ...set(s)]
      : [...get(s), ...get(x), ...MUL, ...get(y), ...ADD, ...set(s)];
  const body = [
    ...[...get(xs), ...SPLAT, ...set(x)],
    ...[...get(ys), ...SPLAT, ...set(y)],
    ...[0x03, 0x40], // loop
    ...Array.from({ length: UNROLL }, () => sums.flatMap(one)).flat(),
    ...[...get(n), 0x41, 1, 0x6b, 0x22, n], // n = n - 1
    ...[0x0d, 0, 0x0b], // again while n is not 0
    ...get(first),
    ...sums.slice(1).flatMap((s) => [...get(s), ...ADD]),
    ...EXTRACT_0,
    0x0b,
  ];
  const code = [1, ...leb(chains + 2), V128, ...body];
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, I32, F32, F32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, 4, ...new TextEncoder().encode("peak"), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** The loop with the number of sums that is fastest here. */
function fastest(fused) {
  let best;
  for (const chains of CHAINS) {
    const module = new WebAssembly.Module(assemble(chains, fused));
    const { peak } = new WebAssembly.Instance(module).exports;
    const flops = 2 * 4 * chains * UNROLL * ITERATIONS;
    let rate = 0;
    for (let i = 0; i < 60; i++) {
      const begun = performance.now();
      peak(ITERATIONS, 0.999, 0.001);
      rate = Math.max(rate, flops / (performance.now() - begun) / 1e6);
    }
    if (!best || rate > best.rate) best = { rate, peak, flops, chains };
  }
  return best;
}

await serveOrRefuse(async () => {
  const loops = new Map();
  return {
    prepare({ fused, per = 1e9 }) {
      if (!loops.has(fused)) {
        try {
          loops.set(fused, fastest(fused));
        } catch (error) {
          if (!(error instanceof WebAssembly.CompileError)) throw error;
          throw new Error("this engine has no relaxed SIMD");
        }
      }
      const { peak, flops } = loops.get(fused);
      return {
        units: flops / per,
        run(repeats) {
          for (let i = 0; i < repeats; i++) peak(ITERATIONS, 0.999, 0.001);
        },
      };
    },
  };
});
