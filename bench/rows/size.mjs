// What a page has to fetch to use the library: its import, bundled and minified by esbuild, and the
// WebAssembly that it fetches besides; each compressed with gzip -9.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bench } from "../lib/peers.mjs";
import { entry } from "../lib/simdream.mjs";

export const title = "Size of an import, gzipped";

export async function run({ labels, log }) {
  const { resolve } = createRequire(join(bench, "package.json"));
  const beside = (name, ...file) => join(dirname(resolve(name)), ...file);
  const contenders = [
    { peer: labels.simdream, code: () => `export * from ${JSON.stringify(entry("."))}` },
    { peer: labels.fast, code: () => `export * from ${JSON.stringify(entry("./fast"))}` },
    { peer: labels.jax, code: () => `export * from "@jax-js/jax"` },
    {
      peer: labels.tfjs,
      code: () =>
        `export * from "@tensorflow/tfjs"; export * as wasm from "@tensorflow/tfjs-backend-wasm"`,
      wasm: () => beside("@tensorflow/tfjs-backend-wasm", "tfjs-backend-wasm-simd.wasm"),
    },
    {
      peer: labels.onnx,
      code: () => `export * from "onnxruntime-web/wasm"`,
      wasm: () => beside("onnxruntime-web", "ort-wasm-simd-threaded.wasm"),
    },
  ];
  const results = [];
  for (const { peer, code, wasm } of contenders) {
    try {
      const script = gzipSync(await bundle(code()), { level: 9 }).length;
      const module = wasm ? gzipSync(readFileSync(wasm()), { level: 9 }).length : 0;
      results.push({ peer, value: (script + module) / 1000, script, module });
    } catch (error) {
      results.push({ peer, skipped: error.message.split("\n")[0] });
    }
  }
  const [{ value: own }] = results;
  for (const result of results.slice(1)) if (result.value) result.ratio = result.value / own;
  const row = { name: "import", unit: "kB", results };
  log(row);
  return [row];
}

async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: bench },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    external: ["node:*", "fs", "path", "os", "perf_hooks", "worker_threads", "util", "crypto"],
  });
  return outputFiles[0].contents;
}
