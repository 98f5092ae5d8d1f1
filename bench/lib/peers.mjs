// Who is measured, and how each one's process is started.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const bench = join(dirname(fileURLToPath(import.meta.url)), "..");
export const pinned = JSON.parse(readFileSync(join(bench, "package.json"), "utf8")).dependencies;

const node26 = join(bench, "node_modules", "node26", "bin", "node");

/** The engine of all JavaScript peers: Node 26, which can fuse, or the Node that runs the suite. */
export function chooseEngine(asked) {
  if (asked === "current") return process.execPath;
  if (asked) return asked;
  return existsSync(node26) ? node26 : process.execPath;
}

/** The processes of the suite, by name. */
export function commands(engine) {
  const script = (file, ...args) => [engine, join(bench, "peers", file), ...args];
  const torch = (threads) => ["python3", join(bench, "peers", "pytorch.py"), threads];
  return {
    roofline: script("roofline.mjs"),
    simdream: script("simdream.mjs", "default"),
    // V8's experiment of computing on 256 bits at once: the same build, the same bits.
    wide: [
      engine,
      "--experimental-wasm-revectorize",
      ...script("simdream.mjs", "default").slice(1),
    ],
    fast: script("simdream.mjs", "fast"),
    jax: script("jax.mjs"),
    tfjs: script("tfjs.mjs", "wasm"),
    tfjsCpu: script("tfjs.mjs", "cpu"),
    nanogpt: script("nanogpt.mjs"),
    onnx: script("onnx.mjs"),
    transformersJs: script("transformers-js.mjs"),
    torch1: torch("1"),
    torch2: torch("2"),
  };
}

/** What a reader sees. */
export const labels = {
  roofline: "peak P",
  simdream: "simdream",
  wide: "simdream, 256 bits",
  fast: "simdream/fast",
  jax: "jax-js",
  tfjs: "tfjs WASM",
  tfjsCpu: "tfjs cpu",
  nanogpt: "nanogpt on tfjs cpu",
  onnx: "ONNX Runtime Web",
  transformersJs: "transformers.js",
  torch1: "PyTorch, 1 thread",
  torch2: "PyTorch, 2 threads",
};
