// The two edge platforms, which may not compile bytes. The handler is bundled as their own tools do it: by
// the package's condition for the platform, the kernels left as the file that the platform compiles.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { carried, carriedVersion, here, LIMIT, lastJson } from "../lib/platform.js";
import { run, start, within } from "../lib/processes.js";

const kernels = (folder) => join(folder, "node_modules", "simdream", "dist", "kernels.wasm");

async function bundle(folder, options) {
  const { outputFiles } = await build({
    entryPoints: [join(folder, "programs", "fetch.js")],
    absWorkingDir: folder,
    bundle: true,
    write: false,
    logLevel: "silent",
    ...options,
  });
  return outputFiles[0].text;
}

const workerd = {
  name: "workerd",
  workers: false,
  async run({ folder }) {
    const program = carried("workerd", "bin", "workerd");
    const site = join(folder, "workerd");
    mkdirSync(site, { recursive: true });
    const options = { format: "esm", conditions: ["workerd", "worker"], external: ["*.wasm"] };
    writeFileSync(join(site, "main.js"), await bundle(folder, options));
    writeFileSync(join(site, "kernels.wasm"), readFileSync(kernels(folder)));
    writeFileSync(join(site, "config.capnp"), config);
    const version = carriedVersion("workerd");
    const server = start(program, ["serve", "config.capnp", "--control-fd=1"], { cwd: site });
    try {
      // It says so in a line of JSON.
      const [, port] = await within(LIMIT, server.said(/"event":"listen"[^\n]*"port":(\d+)/));
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        signal: AbortSignal.timeout(LIMIT),
      });
      if (!response.ok) throw new Error(await response.text());
      return { version, engine: "V8", ...(await response.json()) };
    } finally {
      await server.stop();
    }
  },
};

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
  ],
  compatibilityDate = "2025-01-01",
);
`;

const edgeRuntime = {
  name: "edge-runtime",
  workers: false,
  async run({ folder }) {
    const version = carriedVersion("edge-runtime");
    const site = join(folder, "edge-runtime");
    mkdirSync(site, { recursive: true });
    const options = { format: "iife", globalName: "handler", plugins: [compiledElsewhere] };
    const conditions = ["edge-light", "worker"];
    writeFileSync(join(site, "main.js"), await bundle(folder, { ...options, conditions }));
    const host = join(here, "lib", "edge-host.js");
    const args = [host, "main.js", kernels(folder)];
    const output = await run(process.execPath, args, { cwd: site, limit: LIMIT });
    return { version, engine: `V8 ${process.versions.v8}`, ...lastJson(output) };
  },
};

/** `?module` as the platform's tools do it: a global that holds the module, compiled outside. */
const compiledElsewhere = {
  name: "compiled-elsewhere",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path, namespace: "module" }));
    onLoad({ filter: /.*/, namespace: "module" }, () => ({ contents: "export default kernels" }));
  },
};

export const edge = [workerd, edgeRuntime];
