// Serves an edge function in edge-runtime, in a process that can be ended, and prints the address.
//
//   node edge-server.js FUNCTION.cjs [MODULE.wasm ...]

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { carriedModule } from "../runtimes/lib/platform.js";

const [code, ...files] = process.argv.slice(2);
const compiled = {};
for (const file of files) {
  compiled[basename(file, ".wasm")] = await WebAssembly.compile(readFileSync(file));
}
const main = await carriedModule("edge-runtime");
const { EdgeRuntime, runServer } = main.default ?? main;
// In a scope of its own, for the function's names are the script's.
const listen = `{
  const { config, default: handler } = module.exports;
  if (config.runtime !== "edge") throw new Error("not an edge function");
  addEventListener("fetch", (event) => event.respondWith(handler(event.request)));
}`;
const runtime = new EdgeRuntime({
  initialCode: `${readFileSync(code)};${listen}`,
  // The platform itself is stricter than its development server, which compiles bytes.
  codeGeneration: { strings: false, wasm: files.length === 0 },
  extend: (context) => Object.assign(context, { ...compiled, module: {} }),
});
const { url } = await runServer({ runtime, host: "127.0.0.1", port: 0 });
console.log(new URL(url).origin);
