// The two edge platforms, which may not compile bytes. A handler is bundled as their own tools do it: by
// the package's condition for the platform, the kernels left as the file that the platform compiles.

import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { carried, here, LIMIT, lastJson } from "./platform.js";
import { run, start, within } from "./processes.js";

/** The files that the platforms compile. */
const modules = ["kernels.wasm", "pictures.wasm", "quantized.wasm"];
const compiled = (folder, name) => join(folder, "node_modules", "simdream", "dist", name);

/** Bundles one of the programs into a folder of its own. */
async function bundle(folder, program, platform, options) {
  const site = join(folder, platform);
  mkdirSync(site, { recursive: true });
  await build({
    entryPoints: [join(folder, "programs", program)],
    outfile: join(site, "main.js"),
    absWorkingDir: folder,
    bundle: true,
    logLevel: "silent",
    ...options,
  });
  return site;
}

/** The JSON with which a handler answers in workerd. */
export async function answerOfWorkerd(folder, program) {
  const workerd = carried("workerd", "bin", "workerd");
  const site = await bundle(folder, program, "workerd", {
    format: "esm",
    conditions: ["workerd", "worker"],
    external: ["*.wasm"],
  });
  for (const name of modules) copyFileSync(compiled(folder, name), join(site, name));
  writeFileSync(join(site, "config.capnp"), config);
  const server = start(workerd, ["serve", "config.capnp", "--control-fd=1"], { cwd: site });
  try {
    // It says so in a line of JSON.
    const [, port] = await within(LIMIT, server.said(/"event":"listen"[^\n]*"port":(\d+)/));
    const signal = AbortSignal.timeout(LIMIT);
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal });
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  } finally {
    await server.stop();
  }
}

/** No limits of time or memory: those are the network's, not the program's. Port 0 is any free one. */
const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "kernels.wasm", wasm = embed "kernels.wasm"),
    (name = "pictures.wasm", wasm = embed "pictures.wasm"),
    (name = "quantized.wasm", wasm = embed "quantized.wasm"),
  ],
  compatibilityDate = "2025-01-01",
);
`;

/** The JSON with which a handler answers in edge-runtime. */
export async function answerOfEdgeRuntime(folder, program) {
  carried("edge-runtime");
  const site = await bundle(folder, program, "edge-runtime", {
    format: "iife",
    globalName: "handler",
    conditions: ["edge-light", "worker"],
    plugins: [compiledElsewhere],
  });
  const args = [join(here, "lib", "edge-host.js"), "main.js"];
  args.push(...modules.map((name) => compiled(folder, name)));
  return lastJson(await run(process.execPath, args, { cwd: site, limit: LIMIT }));
}

/** `?module` as the platform's tools do it: a global that holds the module, compiled outside, under the file's name. */
const compiledElsewhere = {
  name: "compiled-elsewhere",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "module" }));
    onLoad({ filter: /.*/, namespace: "module" }, ({ path }) => ({
      contents: `export default ${/(\w+)\.wasm/.exec(path)[1]}`,
    }));
  },
};
