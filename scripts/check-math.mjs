/**
 * Checks assembly/lib/math.ts and exponential.ts on all 2^32 floats against double precision: the error in ULP, special
 * values, and that a lane's bits are those of the scalar function whatever its neighbours are.
 *
 *   node scripts/check-math.mjs [--quick] [--speed] [name ...]
 *
 * --quick takes every 4,099th float, --speed also times each function on an array of 4,096.
 * JavaScript's Math is a fair judge here (a few ULP of a double are 1e-8 ULP of a float), though
 * not a fair source of weights. Exits with 1 if an error is above 2 ULP or anything else is wrong.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const LIMIT = 2;
const QUICK_STRIDE = 4099;
/** Floats in one call, a multiple of 4. */
const BLOCK = 1 << 14;

/** Reference in double precision. */
const reference = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  sin: Math.sin,
  cos: Math.cos,
};

/** [x, the only right answer]; -0 and 0 are told apart. */
const specials = {
  exp: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, 0],
    [89, Infinity],
    [-104, 0],
  ],
  log: [
    [0, -Infinity],
    [-0, -Infinity],
    [1, 0],
    [Infinity, Infinity],
    [-Infinity, NaN],
    [-1, NaN],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [2 ** -149, 2 ** -149],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [-104, 0],
    [3e38, 1],
  ],
  sin: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [-Infinity, NaN],
  ],
  cos: [
    [0, 1],
    [-0, 1],
    [Infinity, NaN],
    [-Infinity, NaN],
  ],
};

const names = Object.keys(reference);

/** Those that have a function of arrays. */
const ofArrays = ["exp", "tanh", "sigmoid"];

/**
 * The kernels under test: the function of an array, or of a vector where there is no other, and its bits against
 * the scalar's, which are the vector's.
 */
function entry(folder) {
  const module = (name) => (ofArrays.includes(name) ? "exponential" : "math");
  const imports = Array.from(
    new Set(names.map(module)),
    (m) => `import * as ${m} from "${folder}/${m}";`,
  );
  const kernels = names.map((name) => {
    const m = module(name);
    const body = ofArrays.includes(name)
      ? `${m}.${name}s(y, x, <i32>(bytes >> 2));`
      : `for (let i: usize = 0; i < bytes; i += 16) v128.store(y + i, ${m}.v${name}(v128.load(x + i)));`;
    return `
export function ${name}(x: usize, y: usize, bytes: usize): void {
  ${body}
}
export function ${name}_mismatches(x: usize, y: usize, bytes: usize): i32 {
  let count = 0;
  for (let i: usize = 0; i < bytes; i += 4) {
    const s = ${m}.s${name}(load<f32>(x + i));
    const v = load<f32>(y + i);
    count += i32(reinterpret<u32>(s) != reinterpret<u32>(v) && (s == s || v == v));
  }
  return count;
}`;
  });
  return `${imports.join("\n")}\n${kernels.join("\n")}\n`;
}

async function compile() {
  const folder = await mkdtemp(join(tmpdir(), "check-math-"));
  try {
    const sources = fileURLToPath(new URL("../assembly/lib", import.meta.url));
    await writeFile(join(folder, "entry.ts"), entry(relative(folder, sources)));
    const options = [
      "entry.ts",
      "--baseDir",
      folder,
      "--outFile",
      "check.wasm",
      "-O3",
      "--converge",
    ];
    options.push("--noAssert", "--runtime", "stub", "--enable", "simd", "--use", "abort=");
    options.push("--initialMemory", "16");
    const { error, stderr } = await asc.main(options);
    if (error) throw new Error(`asc: ${error.message}\n${stderr}`);
    return await WebAssembly.compile(await readFile(join(folder, "check.wasm")));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** 1 / ULP of a float, by the exponent field of its value as a double; constant for subnormals. */
const inverseUlp = Float64Array.from(
  { length: 2048 },
  (_, e) => 2 ** (23 - Math.max(e - 1023, -126)),
);
const wide = new Float64Array(1);
const wideHalves = new Uint32Array(wide.buffer);

/** Infinity as 2^128, the float that would come next. */
const finite = (x) => Math.max(-(2 ** 128), Math.min(x, 2 ** 128));

/** Error of y in ULP of the exact value. */
function ulps(y, exact) {
  if (y === exact) return 0;
  wide[0] = exact;
  const ulp = inverseUlp[Math.min((wideHalves[1] >>> 20) & 0x7ff, 1023 + 127)];
  return Math.abs(finite(y) - finite(exact)) * ulp;
}

function check(name, exports, stride) {
  const exact = reference[name];
  const kernel = exports[name];
  const mismatches = exports[`${name}_mismatches`];
  const X = 65536;
  const Y = X + 4 * BLOCK;
  const xs = new Float32Array(exports.memory.buffer, X, BLOCK);
  const bits = new Uint32Array(exports.memory.buffer, X, BLOCK);
  const ys = new Float32Array(exports.memory.buffer, Y, BLOCK);
  const result = { worst: 0, at: 0, failures: 0, mismatches: 0 };

  for (const [x, want] of specials[name]) {
    xs.fill(x, 0, 4);
    kernel(X, Y, 16);
    result.mismatches += mismatches(X, Y, 16);
    for (const y of ys.subarray(0, 4)) if (!Object.is(y, want)) result.failures++;
  }

  // The four lanes are 2^30 floats apart: small and large, positive and negative side by side.
  // (The last block starts over at 0, which does no harm.)
  for (let start = 0; start < 2 ** 30; start += (BLOCK / 4) * stride) {
    for (let i = 0; i < BLOCK; i++) {
      bits[i] = ((start + (i >> 2) * stride) % 2 ** 30) + (i & 3) * 2 ** 30;
    }
    kernel(X, Y, 4 * BLOCK);
    result.mismatches += mismatches(X, Y, 4 * BLOCK);
    for (let i = 0; i < BLOCK; i++) {
      const want = exact(xs[i]);
      const y = ys[i];
      if (Number.isNaN(want) || Number.isNaN(y)) {
        if (Number.isNaN(want) !== Number.isNaN(y)) result.failures++;
        continue;
      }
      const error = ulps(y, want);
      if (error > result.worst) {
        result.worst = error;
        result.at = xs[i];
      }
    }
  }
  return result;
}

/** Nanoseconds an element: the best of many runs over an array of 4,096 numbers in -8 .. 8. */
function time(name, exports) {
  const xs = new Float32Array(exports.memory.buffer, 65536, 4096);
  for (let i = 0; i < 4096; i++) xs[i] = ((i * 2654435761) % 4096) / 256 - (name === "log" ? 0 : 8);
  let best = Infinity;
  for (let run = 0; run < 300; run++) {
    const start = performance.now();
    for (let k = 0; k < 20; k++) exports[name](65536, 131072, 16384);
    best = Math.min(best, (performance.now() - start) / 20 / 4096);
  }
  return best * 1e6;
}

const flags = process.argv.slice(2);
const wanted = flags.filter((flag) => !flag.startsWith("--"));
const stride = flags.includes("--quick") ? QUICK_STRIDE : 1;
const { exports } = await WebAssembly.instantiate(await compile());
let failed = false;
for (const name of wanted.length > 0 ? wanted : names) {
  const start = performance.now();
  const { worst, at, failures, mismatches } = check(name, exports, stride);
  const seconds = (performance.now() - start) / 1000;
  const speed = flags.includes("--speed")
    ? `, ${time(name, exports).toFixed(2)} ns an element`
    : "";
  console.log(
    `${name}: max ${worst.toFixed(4)} ULP at ${at}, ${failures} special values wrong, ` +
      `${mismatches} scalar mismatches, ${seconds.toFixed(1)} s${speed}`,
  );
  failed ||= !(worst <= LIMIT) || failures > 0 || mismatches > 0;
}
process.exit(failed ? 1 : 0);
