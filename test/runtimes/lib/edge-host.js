// Runs a handler in edge-runtime and prints its answer, in a process that can be ended.
//
//   node edge-host.js HANDLER.js MODULE.wasm ...

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { carriedModule } from "./platform.js";

const [handler, ...files] = process.argv.slice(2);
const compiled = {};
for (const file of files) {
  compiled[basename(file, ".wasm")] = await WebAssembly.compile(readFileSync(file));
}
const main = await carriedModule("edge-runtime");
const { EdgeRuntime } = main.default ?? main;
const respond = "event.respondWith(handler.default.fetch(event.request))";
const runtime = new EdgeRuntime({
  initialCode: `${readFileSync(handler)};addEventListener("fetch", (event) => ${respond})`,
  // As on the platform itself, which is stricter than the runtime is by default.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) => Object.assign(context, compiled),
});
const response = await runtime.dispatchFetch("http://127.0.0.1/");
const text = await response.text();
if (!response.ok) throw new Error(text);
console.log(text);
