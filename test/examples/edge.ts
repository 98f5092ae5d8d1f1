// The tools of the edge platforms: their bundles, and the programs that run them.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { carried } from "../runtimes/lib/platform.js";
import { start, within } from "../runtimes/lib/processes.js";

/** Milliseconds until a server must have begun. */
const LIMIT = 120_000;

/** A server of an example. */
export interface EdgeServer {
  readonly address: string;
  stop(): Promise<void>;
}

export interface WorkerServer extends EdgeServer {
  /** Milliseconds of CPU that it has used, all threads together; undefined where nothing tells. */
  cpu(): number | undefined;
}

/** What is uploaded to Cloudflare: the settings, and the modules by name, the main one first. */
export interface Upload {
  readonly date: string;
  readonly modules: ReadonlyMap<string, Uint8Array>;
}

/** Bundles a Worker as wrangler does: modules that are no JavaScript stay beside it. */
export async function bundleWorker(folder: string): Promise<Upload> {
  // It has no comments.
  const settings = JSON.parse(readFileSync(join(folder, "wrangler.jsonc"), "utf8"));
  const data = settings.rules.flatMap(({ globs }: { globs: string[] }) => globs);
  const modules = new Map<string, Uint8Array>();
  const beside: Plugin = {
    name: "beside",
    setup({ onResolve }) {
      onResolve({ filter: /\.(wasm|safetensors)$/ }, ({ path, resolveDir }) => {
        const extension = path.slice(path.lastIndexOf("."));
        if (extension !== ".wasm" && !data.includes(`**/*${extension}`)) return undefined;
        const name = path.slice(path.lastIndexOf("/") + 1);
        modules.set(name, readFileSync(join(resolveDir, path)));
        return { path: `./${name}`, external: true };
      });
    },
  };
  const main = await bundle(folder, {
    entryPoints: [settings.main],
    format: "esm",
    target: "es2024",
    minify: settings.minify,
    alias: settings.alias ?? {},
    conditions: ["workerd", "worker", "browser"],
    plugins: [beside],
  });
  const date = settings.compatibility_date;
  return { date, modules: new Map([["main.js", Buffer.from(main)], ...modules]) };
}

/** Runs a Worker in workerd. @throws Unavailable */
export async function runWorker(folder: string, { date, modules }: Upload): Promise<WorkerServer> {
  const program = carried("workerd", "bin", "workerd");
  const site = join(folder, "site");
  mkdirSync(site, { recursive: true });
  for (const [name, bytes] of modules) writeFileSync(join(site, name), bytes);
  writeFileSync(join(site, "config.capnp"), workerdConfig(date, [...modules.keys()]));
  // The shell says what its number is, and becomes the program.
  const shell = ["-c", 'echo "pid $$"; exec "$0" serve config.capnp --control-fd=1', program];
  const server = start("sh", shell, { cwd: site } as object);
  try {
    const [, pid] = await within(LIMIT, server.said(/^pid (\d+)$/m));
    const [, port] = await within(LIMIT, server.said(/"event":"listen"[^\n]*"port":(\d+)/));
    return { address: `http://127.0.0.1:${port}`, cpu: () => cpuOf(pid), stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function workerdConfig(date: string, names: readonly string[]): string {
  const kind = (name: string) =>
    name.endsWith(".js") ? "esModule" : name.endsWith(".wasm") ? "wasm" : "data";
  const modules = names.map((name) => `(name = "${name}", ${kind(name)} = embed "${name}")`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (modules = [${modules.join(", ")}], compatibilityDate = "${date}");
`;
}

/**
 * Bundles an edge function as Vercel does, and runs it in edge-runtime. Where nothing asks for compiled
 * kernels, programs may compile them.
 * @throws Unavailable
 */
export async function runEdgeFunction(
  folder: string,
  entry: string,
  conditions: string[],
): Promise<EdgeServer> {
  carried("edge-runtime", "package.json");
  const files: string[] = [];
  const compiledElsewhere: Plugin = {
    name: "compiled-elsewhere",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm\?module$/ }, ({ path, resolveDir }) => {
        files.push(join(resolveDir, path.replace(/\?module$/, "")));
        return { path, namespace: "module" };
      });
      onLoad({ filter: /.*/, namespace: "module" }, ({ path }) => ({
        contents: `export default globalThis.${/(\w+)\.wasm/.exec(path)![1]}`,
      }));
    },
  };
  const code = await bundle(folder, {
    entryPoints: [entry],
    format: "cjs",
    platform: "browser",
    conditions,
    plugins: [compiledElsewhere],
  });
  writeFileSync(join(folder, "function.cjs"), code);
  const host = fileURLToPath(new URL("edge-server.js", import.meta.url));
  const server = start(process.execPath, [host, "function.cjs", ...files], {
    cwd: folder,
  } as object);
  try {
    const [address] = await within(LIMIT, server.said(/http:\/\/127\.0\.0\.1:\d+/));
    return { address, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function bundle(folder: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    bundle: true,
    write: false,
    logLevel: "silent",
    ...options,
  });
  return outputFiles![0].text;
}

/** Linux alone tells it finely enough: in nanoseconds, for each thread. */
function cpuOf(pid: string): number | undefined {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(`/proc/${pid}/schedstat`)) return undefined;
  const nanoseconds = readdirSync(tasks).map((task) => {
    const [running] = readFileSync(join(tasks, task, "schedstat"), "utf8").split(" ");
    return Number(running);
  });
  return nanoseconds.reduce((a, b) => a + b, 0) / 1e6;
}
