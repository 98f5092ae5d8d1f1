// What a page has to fetch to use the library: its import, bundled and minified by esbuild, and the
// WebAssembly that it fetches besides; each compressed with gzip -9.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { importSize } from "../../scripts/import-size.mjs";
import { bench } from "../lib/peers.mjs";
import { entry } from "../lib/simdream.mjs";

export const title = "Size of an import, gzipped";

export async function run({ labels, log }) {
  const { resolve } = createRequire(join(bench, "package.json"));
  const beside = (name, ...file) => join(dirname(resolve(name)), ...file);
  const contenders = [
    { peer: labels.simdream, code: () => own(".") },
    { peer: labels.fast, code: () => own("./fast") },
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
      const script = await importSize(code(), bench);
      const module = wasm ? gzipSync(readFileSync(wasm()), { level: 9 }).length : 0;
      results.push({ peer, value: (script + module) / 1000, script, module });
    } catch (error) {
      results.push({ peer, skipped: error.message.split("\n")[0] });
    }
  }
  const [{ value: first }] = results;
  for (const result of results.slice(1)) if (result.value) result.ratio = result.value / first;
  const row = { name: "import", unit: "kB", results };
  log(row);
  return [row];
}

const own = (name) => `export * from ${JSON.stringify(entry(name, "browser"))}`;
