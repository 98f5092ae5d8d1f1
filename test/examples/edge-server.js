// Serves an edge function in edge-runtime, in a process that can be ended, and prints the address.
//
//   node edge-server.js FUNCTION.cjs KERNELS.wasm

import { readFileSync } from "node:fs";
import { carriedModule } from "../runtimes/lib/platform.js";

const [code, kernels] = process.argv.slice(2).map((file) => readFileSync(file));
const compiled = await WebAssembly.compile(kernels);
const main = await carriedModule("edge-runtime");
const { EdgeRuntime, runServer } = main.default ?? main;
// In a scope of its own, for the function's names are the script's.
const listen = `{
  const { config, default: handler } = module.exports;
  if (config.runtime !== "edge") throw new Error("not an edge function");
  addEventListener("fetch", (event) => event.respondWith(handler(event.request)));
}`;
const runtime = new EdgeRuntime({
  initialCode: `${code};${listen}`,
  // As on the platform itself, which is stricter than the runtime is by default.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, { kernels: compiled, module: {} }),
});
const { url } = await runServer({ runtime, host: "127.0.0.1", port: 0 });
console.log(new URL(url).origin);
